"""The vocabulary of listening: what a recogniser heard, and what is made of it.

All values are immutable. Times are seconds from the beginning of the recording; spans are
half-open places in a text. `Transcript.to_json` gives the object of `aidpost transcribe --json`.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

ChangeKind = Literal["number", "unit", "frequency", "route", "letters", "fraction", "words"]
DoubtKind = Literal["name", "sound-alike", "number", "decimal-comma", "ratio", "unsure"]
Mode = Literal["whisper", "none"]
NOT_HEARD = "I did not hear you. Please speak again, a little louder and nearer."
"""What is said where a recording holds no speech."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word with its time and how sure the recogniser is of it."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of speech as a recogniser gives it, with the figures that the gates judge."""

    text: str
    start: float
    end: float
    words: tuple[HeardWord, ...] = ()
    log_probability: float = 0.0
    """Mean of the logarithms of the probabilities of its tokens."""
    no_speech: float = 0.0
    """How likely the recogniser itself finds that nobody spoke."""
    compression: float = 1.0
    """Bytes of the text over bytes of it compressed; high where it repeats itself."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything a recogniser has to say of one clip."""

    segments: tuple[Segment, ...]
    language: str
    language_probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Rejected:
    """A piece that was kept out of the transcript, and why."""

    text: str
    reason: str
    start: float = 0.0
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """Words that were written otherwise than they were spoken."""

    start: int
    end: int
    """Span in the written text."""
    spoken_start: int
    spoken_end: int
    """Span in the spoken text."""
    written: str
    spoken: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something a person must settle before it is used; nothing was replaced."""

    start: int
    end: int
    """Span in the written text."""
    heard: str
    choices: tuple[str, ...]
    """What it may be, likeliest first; empty where it has to be said again."""
    kind: DoubtKind
    ask: str
    """The question to put to the person."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, as written, with all that is doubtful about it."""

    text: str
    spoken_text: str
    """The words of the recogniser, unchanged."""
    segments: tuple[Segment, ...]
    language: str | None
    mode: Mode
    changes: tuple[Change, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    message: str = ""
    """What the person should know, such as that nothing was heard."""

    def to_json(self) -> dict[str, Any]:
        """The object of the command-line contract, ready for `json.dumps`."""
        return asdict(self)
