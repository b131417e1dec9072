"""Opens a bedside session over the parts of this machine: ears, voice, library, wake word."""

from pathlib import Path

from speech.hearing.endpoint import EndSettings
from speech.hearing.recogniser import Recogniser
from speech.hearing.wake import OnnxWakeNetwork, WakeEar
from speech.voice.manner import Manner
from speech.voice.speaker import Spoken
from speech.voice.voices import NONE, Voice
from ui.speech_names import SpokenMedicines
from ui.speech_session_parts import SessionParts
from ui.speech_wiring import open_renderer, open_session, open_understanding
from ui.wiring import Desk


def open_wake_word(path: str) -> WakeEar | None:
    """What hears the wake word; None without a path, which is the default.

    Raises:
        NoRecogniser: a file is missing or damaged.
    """
    return WakeEar(OnnxWakeNetwork(Path(path))) if path else None


def session_parts(
    desk: Desk, recogniser: Recogniser | None, voice: Voice | None, ends: EndSettings | None = None
) -> SessionParts:
    """The doors of a bedside session; without a recogniser it types, without a voice it shows."""
    medicines = SpokenMedicines()
    understanding = open_understanding(medicines)
    hearing = None
    if recogniser is not None:
        hears = recogniser
        hearing = lambda tell: open_session(hears, medicines.book, tell, ends)  # noqa: E731
    speak = open_renderer(voice) if voice is not None else _unspoken
    return SessionParts(
        desk.assistant,
        desk.rules.triage,
        understanding.said,
        speak,
        hearing,
        medicines.hot_words,
    )


def _unspoken(sentence: str, _: Manner) -> Spoken:
    return Spoken(sentence, sentence, failed=NONE)
