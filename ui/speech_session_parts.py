"""What a bedside session is made of and how it behaves; everything with a door is handed in."""

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.messages import Patient, Urgency
from speech.hearing.session import StreamSession, Tell
from speech.hearing.wake import WakeEar
from speech.messages import Transcript
from speech.talk.events import Said
from speech.talk.state import Mode
from speech.voice.manner import Manner
from speech.voice.speaker import Spoken
from ui.speech_answers import Answers


@dataclass(frozen=True, slots=True)
class SessionParts:
    """The doors of a session."""

    answers: Answers
    triage: Callable[[str, Patient], Urgency]
    understand: Callable[[Transcript], Said]
    """Finds commands and everything that has to be read back."""
    speak: Callable[[str, Manner], Spoken]
    """A sentence as sound, or why there is none."""
    open_hearing: Callable[[Tell], StreamSession] | None = None
    """None where listening needs a model that is not there; typing and touch still work."""
    hot_words: Callable[[Patient], str] = lambda _: ""
    wake: WakeEar | None = None
    """What hears the wake word; None is off."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a session behaves."""

    language: str = "en"
    """Of the person who speaks; answers are in the language of the library."""
    mode: Mode = "push"
    manner: Manner = field(default_factory=Manner)
    barge_in: bool = True
    """Whether the microphone is open while the voice speaks; needs a headset or echo cancelling."""
    yes_within_s: float = 30.0
    """What waits longer for a yes is dropped."""
    speak_within_s: float = 10.0
    """After the wake word; then it waits for the word again."""
    forget_after_s: float = 180.0
    """Without any sign of a person the patient is forgotten after this."""
