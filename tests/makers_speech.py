"""Spoken sentences by the voice of this machine, and models as an installation has them."""

from functools import cache
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from speech.audio.clip import RATE
from speech.audio.resample import to_rate
from speech.voice.manner import Manner
from ui.cli.models import models
from ui.settings import load_settings
from ui.speech_wiring import open_voices


@cache
def spoken(text, speed=1.0, pause_s=0.5):
    """A sentence with a quiet room on either side; samples at 16 kHz."""
    sound = open_voices(Path("/nowhere")).render(text, Manner(speed=speed))
    room = noise(1e-4, pause_s)
    return np.concatenate((room, to_rate(sound.samples, sound.rate), room))


def noise(level, seconds, seed=5):
    """White noise."""
    return np.random.default_rng(seed).normal(0, level, int(seconds * RATE)).astype("f4")


def imported(folder):
    """The data folder, after `aidpost models import` of a model."""
    done = CliRunner().invoke(models, ["import", str(folder)])
    assert done.exit_code == 0, done.output
    return load_settings()[0].home
