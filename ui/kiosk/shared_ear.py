"""The one ear of the kiosk, which hears for one patient at a time.

It knows whose patient it hears for: what it tells late goes to a conversation that is closed. It is
emptied before it hears for the next one.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from speech.audio.clip import Samples
from speech.hearing.recogniser import Wanted
from speech.hearing.session import StreamEvent
from ui.kiosk.parts import Hearing, Parts


class Hears(Protocol):
    """Whom the ear hears for."""

    closed: threading.Event

    def heard(self, event: StreamEvent) -> None:
        """Something from the microphone."""
        ...


class SharedEar:
    """Safe to call from any thread; without a speech model it hears nothing."""

    def __init__(self, parts: Parts, post: Callable[[Callable[[], None]], None]) -> None:
        """Take the doors, and the mailbox in which a conversation is told."""
        self._parts = parts
        self._post = post
        self._turn = threading.Lock()
        self._hearing: Hearing | None = None
        self.owner: Hears | None = None

    def open(self, silence_s: float, language: str) -> None:
        """Hear with this pause at the end of speech; what was heard before is forgotten."""
        if self._parts.open_hearing is None:
            return
        with self._turn:
            if self._hearing is not None:
                self._hearing.close()
            self.owner = None
            self._hearing = self._parts.open_hearing(self.tell, silence_s)
        self.wants(language)

    def wants(self, language: str) -> None:
        """Listen for this language."""
        if self._hearing is not None:
            self._hearing.wants(Wanted(language, self._parts.hot_words()))

    def feed(self, samples: Samples, owner: Hears) -> None:
        """Sound for a patient."""
        with self._turn:
            if self._hearing is not None:
                self._give(owner)
                self._hearing.feed(samples)

    def fresh(self) -> None:
        """What lies in the ear does not belong to what comes next."""
        self.owner = None

    def empty_for(self, owner: Hears) -> None:
        """Forget everything, as soon as the ear is free; returns at once."""

        def work() -> None:
            with self._turn:
                self._give(owner)

        threading.Thread(target=work, daemon=True).start()

    def finish(self, owner: Hears, done: Callable[[], None]) -> None:
        """Nothing more comes of this utterance; returns at once, `done` follows its words."""

        def work() -> None:
            with self._turn:
                if self._hearing is not None and self.owner is owner:
                    self._hearing.finish()
                    self._hearing.reset()
            self._post(done)

        threading.Thread(target=work, daemon=True).start()

    def close(self) -> None:
        """Give back what it holds."""
        with self._turn:
            if self._hearing is not None:
                self._hearing.close()
                self._hearing = None

    def tell(self, event: StreamEvent) -> None:
        """What was heard, to whom it was heard for."""
        owner = self.owner
        if owner is not None and not owner.closed.is_set():
            self._post(lambda: owner.heard(event))

    def _give(self, owner: Hears) -> None:
        if self._hearing is not None and self.owner is not owner:
            self._hearing.reset()
            self.owner = owner
