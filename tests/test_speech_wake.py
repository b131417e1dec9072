"""The wake word over real networks: it wakes at its word, once, and at nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers_speech import noise, spoken
from makers_wake import make_wake_word, word_sound

from speech.audio.clip import RATE
from speech.errors import NoRecogniser
from speech.hearing.wake import STEP, OnnxWakeNetwork, WakeEar, WakeSettings
from ui.speech_bedside import open_wake_word


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return make_wake_word(tmp_path_factory.mktemp("wake"))


def wakes(ear, sound, portion=1600):
    """At which seconds the word was heard."""
    return [
        (begin + portion) / RATE
        for begin in range(0, len(sound), portion)
        if ear.feed(sound[begin : begin + portion])
    ]


def test_it_wakes_once_at_its_word(path):
    ear = open_wake_word(str(path))
    sound = np.concatenate((noise(1e-3, 1), word_sound(2.0), noise(1e-3, 1)))
    heard = wakes(ear, sound)
    assert len(heard) == 1
    assert 1.0 < heard[0] < 3.0


def test_it_does_not_wake_at_speech_or_noise(path):
    ear = open_wake_word(str(path))
    assert wakes(ear, noise(0.05, 10)) == []
    assert wakes(ear, spoken("Give the child water now, please, and wait.")) == []


@given(st.integers(100, 9000))
@settings(max_examples=10, deadline=None)
def test_it_makes_no_difference_in_which_portions_the_sound_comes(path, portion):
    sound = np.concatenate((noise(1e-3, 1), word_sound(2.0)))
    whole, parts = open_wake_word(str(path)), open_wake_word(str(path))
    assert whole.feed(sound) == bool(wakes(parts, sound, portion))


def test_after_a_reset_nothing_of_the_word_is_left(path):
    ear = open_wake_word(str(path))
    word = word_sound(2.0)
    first = int(wakes(open_wake_word(str(path)), word)[0] * RATE)
    assert not ear.feed(word[: first - 4 * STEP])
    ear.reset()
    assert not ear.feed(word[: 2 * STEP])


def test_a_single_sure_moment_is_not_the_word():
    class Blips:
        def __init__(self):
            self.count = 0

        def probability(self, _):
            self.count += 1
            return 1.0 if self.count % 3 == 0 else 0.0

        def reset(self):
            self.count = 0

    assert not WakeEar(Blips()).feed(np.zeros(STEP * 60, np.float32))
    assert WakeEar(Blips(), WakeSettings(steps=1)).feed(np.zeros(STEP * 3, np.float32))


def test_it_is_off_by_default():
    assert open_wake_word("") is None


@pytest.mark.parametrize("name", ["melspectrogram.onnx", "embedding_model.onnx", "word.onnx"])
def test_a_file_that_is_missing_or_damaged_is_named(tmp_path, name):
    path = make_wake_word(tmp_path / "wake")
    (path.parent / name).write_bytes(b"not a network")
    with pytest.raises(NoRecogniser, match=rf"damaged: .*{name}"):
        OnnxWakeNetwork(path)
    (path.parent / name).unlink()
    with pytest.raises(NoRecogniser, match=f"needs {name}"):
        OnnxWakeNetwork(path)


def test_a_network_of_another_kind_is_told(tmp_path):
    path = make_wake_word(tmp_path / "wake")
    path.write_bytes((path.parent / "embedding_model.onnx").read_bytes())
    network = OnnxWakeNetwork(path)
    with pytest.raises(NoRecogniser, match="not of the kind"):
        network.probability(np.zeros(STEP, np.float32))
