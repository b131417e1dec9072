"""What a bedside session tells: state, words, answer, questions and sound. All immutable.

`to_json` gives one flat object with the name of the event as `event`; sound is base64.
"""

import base64
from dataclasses import asdict, dataclass
from typing import Any

from speech.talk.state import Mode, State


@dataclass(frozen=True, slots=True)
class StateChanged:
    """What the session is doing now; to be visible at all times."""

    state: State
    mode: Mode
    microphone: bool
    """Whether sound is wanted now."""


@dataclass(frozen=True, slots=True)
class PartialWords:
    """Words so far, while a person speaks; for the screen only."""

    firm: str
    """Does not change any more."""
    loose: str


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What was said, as written and as spoken."""

    text: str
    spoken_text: str


@dataclass(frozen=True, slots=True)
class DangerSeen:
    """A danger sign in what was said: fixed text of the rules."""

    level: str
    title: str
    action: str
    source: str


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of the answer that the gate has released."""

    text: str
    source: str
    kind: str


@dataclass(frozen=True, slots=True)
class AnswerComplete:
    """No more sentences will come."""


@dataclass(frozen=True, slots=True)
class ReadBackAsked:
    """Show these items large: nothing is used before a yes."""

    items: tuple[tuple[str, str], ...]
    """Kind and value of each; values are written in the language of the session."""
    text: str
    headings: tuple[str, ...] = ()
    """What each kind is called in that language."""


@dataclass(frozen=True, slots=True)
class ChoiceAsked:
    """Show these choices; one has to be touched, or said again."""

    ask: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the person."""

    message: str


@dataclass(frozen=True, slots=True)
class PlaySound:
    """Play this now in the place of anything else, and tell `played` when it has ended."""

    id: str
    wav: bytes
    text: str


@dataclass(frozen=True, slots=True)
class StopSound:
    """Fall silent at once."""


@dataclass(frozen=True, slots=True)
class MannerChanged:
    """Speed and volume of the voice."""

    speed: float
    volume: int


@dataclass(frozen=True, slots=True)
class PatientForgotten:
    """Wipe the screen, caches and sound; nothing of this patient is known any more."""


BedsideEvent = (
    StateChanged | PartialWords | Transcribed | DangerSeen | AnswerSentence | AnswerComplete
    | ReadBackAsked | ChoiceAsked | Notice | PlaySound | StopSound | MannerChanged
    | PatientForgotten
)  # fmt: skip


def to_json(event: BedsideEvent) -> dict[str, Any]:
    """An event as an object ready for `json.dumps`."""
    body = asdict(event)
    if isinstance(event, PlaySound):
        body["wav"] = base64.b64encode(event.wav).decode("ascii")
    return {"event": type(event).__name__, **body}
