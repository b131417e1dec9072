"""What a recogniser is to the rest of the program: sound goes in, segments with figures come out.

A recogniser is never believed: `speech.hearing.gates` decides what of its words is kept.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from speech.audio.clip import Clip
from speech.errors import SpeechError
from speech.messages import Heard


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a clip is to be heard."""

    language: str | None = None
    """ISO 639-1 code, or None to find it out."""
    hot_words: str = ""
    """Words that are likelier than usual, such as names of medicines."""
    draft: bool = False
    """A first impression while the person still speaks: fast, without times of words."""


class Recogniser(Protocol):
    """Turns sound into words. Safe to call from any thread; one clip is heard at a time."""

    def hear(self, clip: Clip, wanted: Wanted) -> Heard:
        """What is said in a clip of at most 30 seconds.

        Raises:
            NoRecogniser: there is no model.
            RecogniserDamaged: its files cannot be loaded.
            RecogniserStopped: its process ended.
        """
        ...

    def close(self) -> None:
        """Give back what it holds; it is not used again."""
        ...


class ScriptedRecogniser:
    """Hears what it was told to hear, in order: for demonstrations and for tests.

    An entry may be an error, which is raised in its place. What it was asked is kept.
    """

    def __init__(self, heard: Iterable[Heard | SpeechError]) -> None:
        """Take what it is going to hear."""
        self._heard = deque(heard)
        self._turn = Lock()
        self.asked: list[tuple[Clip, Wanted]] = []
        self.closed = False

    def hear(self, clip: Clip, wanted: Wanted) -> Heard:
        """The next entry; nothing where none is left."""
        with self._turn:
            self.asked.append((clip, wanted))
            entry = self._heard.popleft() if self._heard else Heard((), wanted.language or "en")
        if isinstance(entry, SpeechError):
            raise entry
        return entry

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True
