"""What is known of a conversation at one moment. All values are immutable."""

from dataclasses import dataclass, field
from typing import Literal

from speech.talk.events import Said
from speech.talk.says import Says
from speech.talk.steering import Spoken
from speech.voice.manner import Manner

State = Literal["idle", "listening", "thinking", "speaking", "muted"]
Mode = Literal["push", "hands_free", "wake_word"]
SURE_OF_YES = 0.6
"""Probability below which a spoken yes is not taken as one; it can be touched."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that waits for a yes."""

    said: Said
    forget: bool = False
    """It is the wish for a new patient."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Everything that is known of the conversation."""

    state: State = "idle"
    mode: Mode = "push"
    pending: Pending | None = None
    spoken: Spoken = field(default_factory=Spoken)
    """The answer as far as it was released, and where in it the voice is."""
    manner: Manner = field(default_factory=Manner)
    says: Says = field(default_factory=Says)
