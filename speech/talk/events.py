"""What can happen while a person and the assistant talk, and what is to be done then.

All values are immutable. Events come from microphone, screen and assistant; effects go back to
them. Between both stands only `speech.talk.machine.step`, which is pure.
"""

from dataclasses import dataclass
from typing import Literal

from speech.messages import Doubt
from speech.talk.commands import Command
from speech.voice.manner import Manner

# --- what a person said -------------------------------------------------------------------------

ItemKind = Literal[
    "patient", "drug", "dose", "route", "frequency", "duration", "weight", "age", "allergy",
    "number",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """A fact in what was said that can kill if it was misheard: it is read back."""

    kind: ItemKind
    shown: str
    """As it stands on the screen: `15 mg`."""
    spoken: str
    """As it is read back: `fifteen, one five, milligrams`."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance, understood as far as it can be without acting on it."""

    text: str
    command: Command | None = None
    items: tuple[Item, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    sure: float = 1.0
    """Probability of its least certain word."""

    @property
    def critical(self) -> bool:
        """Whether it has to be read back before it is used."""
        return bool(self.items or self.doubts)


# --- events -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pressed:
    """The talk button went down."""


@dataclass(frozen=True, slots=True)
class Released:
    """The talk button went up."""


@dataclass(frozen=True, slots=True)
class WakeWord:
    """The wake word was heard."""


@dataclass(frozen=True, slots=True)
class VoiceBegan:
    """Somebody begins to speak."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Somebody finished speaking."""

    said: Said


@dataclass(frozen=True, slots=True)
class NothingHeard:
    """What was taken for speech was none, or nothing of it was believed."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The assistant released a sentence of its answer."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The assistant has nothing more to say."""


@dataclass(frozen=True, slots=True)
class SentenceSpoken:
    """The voice came to the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice on the screen was touched."""

    index: int


@dataclass(frozen=True, slots=True)
class Touched:
    """A command was touched on the screen."""

    command: Command


@dataclass(frozen=True, slots=True)
class Muted:
    """The microphone was switched off or on."""

    off: bool


@dataclass(frozen=True, slots=True)
class WaitedTooLong:
    """Nobody did anything for a while."""


Event = (
    Pressed | Released | WakeWord | VoiceBegan | Utterance | NothingHeard | Sentence | AnswerEnded
    | SentenceSpoken | Chosen | Touched | Muted | WaitedTooLong
)  # fmt: skip

# --- effects ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listen:
    """Open the ear, or close it."""

    on: bool


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this now, after falling silent."""

    text: str
    verbatim: bool = False
    """It is in spoken words already."""
    own: bool = False
    """It is a sentence of the assistant itself, in the language of the conversation; all others
    are in that of the library."""


@dataclass(frozen=True, slots=True)
class FallSilent:
    """Stop speaking at once."""


@dataclass(frozen=True, slots=True)
class LookForDanger:
    """Check the words for danger signs; only fixed text is shown, nothing is kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Put the words to the assistant."""

    text: str
    confirmed: bool
    """Whether a person said yes to everything critical in it."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Show the critical items large, and ask for a yes."""

    items: tuple[Item, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Choose:
    """Show choices for something doubtful."""

    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Tell:
    """Show a message to the person."""

    message: str


@dataclass(frozen=True, slots=True)
class ForgetPatient:
    """Wipe everything about the patient: memory, screen, sound, caches."""


@dataclass(frozen=True, slots=True)
class SpeakLike:
    """Speak like this from now on."""

    manner: Manner


Effect = (
    Listen | Speak | FallSilent | LookForDanger | Ask | ReadBack | Choose | Tell | ForgetPatient
    | SpeakLike
)  # fmt: skip
