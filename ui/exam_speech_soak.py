"""Leads one patient after another through a bedside session and looks for anything that is left."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from speech.audio.clip import RATE, Samples
from speech.hearing.recogniser import ScriptedRecogniser
from speech.messages import Heard, Segment
from speech.voice.voices import Voice
from ui import speech_events as told
from ui.exam_speech_session import QUESTION, QUIET_S, Watch, speak
from ui.settings import Settings
from ui.speech_bedside import session_parts
from ui.speech_session import BedsideSession
from ui.speech_session_parts import SessionOptions
from ui.wiring import open_desk

_KIB = 1024
_WARM_UP = 100
"""Patients after which memory is looked at for the first time."""


def soak(
    voice: Voice, speech: Samples, patients: int, said: Callable[[str], None]
) -> dict[str, Any]:
    """Patient after patient at speed, each with speech, an answer, a voice and a reset.

    Args:
        voice: of this machine.
        speech: a spoken sentence; 3.6 s with its pauses makes 1,000 patients an hour of sound.
        patients: how many.
        said: takes a line now and then.
    """
    watch, leaks, sizes = Watch(), 0, []
    with tempfile.TemporaryDirectory() as home:
        desk = open_desk(Settings(home=Path(home)))
        script = _Patients()
        session = BedsideSession(
            session_parts(desk, script, voice), SessionOptions(mode="hands_free"), watch.tell
        )
        try:
            for number in range(patients):
                script.number = number
                leaks += _patient(session, watch, speech)
                if number % _WARM_UP == _WARM_UP - 1:
                    sizes.append(_resident_mib())
                    said(f"{number + 1} patients, {sizes[-1]:.1f} MiB, {leaks} leaks")
        finally:
            session.close()
            desk.close()
    growth = round(100 * (sizes[-1] / sizes[0] - 1), 2) if len(sizes) > 1 else None
    return {
        "patients": patients,
        "minutes_of_sound": round(patients * (len(speech) / RATE + QUIET_S) / 60, 1),
        "leaks": leaks,
        "memory_mib": [round(size, 1) for size in sizes],
        "growth_percent": growth,
    }


class _Patients(ScriptedRecogniser):
    """Hears a word that belongs to one patient alone."""

    def __init__(self) -> None:
        super().__init__(())
        self.number = 0

    def hear(self, clip: Any, wanted: Any) -> Heard:  # noqa: ANN401 - as the class above
        """A question with the mark of the patient."""
        del wanted
        text = f"{QUESTION} {_mark(self.number)}"
        return Heard((Segment(text, 0.0, clip.seconds),), "en")


def _patient(session: BedsideSession, watch: Watch, speech: Samples) -> int:
    """One patient; how many words of an earlier one were told."""
    watch.events.clear()
    quiet = np.zeros(int(QUIET_S * RATE), np.float32)
    speak(session, np.concatenate((speech, quiet)))
    _, heard = watch.wait(told.Transcribed)
    watch.wait(told.PlaySound)
    session.reset()
    watch.wait(told.PatientForgotten)
    own = heard.text.split()[-1] if isinstance(heard, told.Transcribed) else ""
    marks = {
        mark for _, event in watch.events for mark in re.findall(r"zq[a-j]+", repr(event)[:400])
    }
    return len(marks - {own})


def _mark(number: int) -> str:
    return "zq" + "".join("abcdefghij"[int(digit)] for digit in str(number))


def _resident_mib() -> float:
    """Memory of this process that is not shared with files, in MiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / _KIB
    return 0.0
