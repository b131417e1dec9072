"""The running answer of a session: sentences as the gate releases them, each with its source."""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from assistant.errors import AssistantError
from assistant.messages import Answer, Patient, Question
from kb.errors import LibraryError
from ui.kiosk.view import Page, pages_of

Release = Callable[[Page | None], None]
"""Takes a sentence, and None once there are no more."""


class Answers(Protocol):
    """Answers questions; safe to share between threads."""

    def stream(self, question: Question, cancelled: threading.Event) -> Iterator[Answer]:
        """Ever fuller answers, danger first; the last one is `done`."""
        ...


class Running:
    """One answer at a time; a new question ends the one before."""

    def __init__(self, answers: Answers) -> None:
        """Take who answers."""
        self._answers = answers
        self._cancelled = threading.Event()
        self.running = False

    def cancel(self) -> None:
        """End the running answer; nothing more of it is released."""
        self._cancelled.set()
        self.running = False

    def ask(self, text: str, patient: Patient, release: Release) -> None:
        """Put a question; returns at once, sentences come from a thread of its own."""
        self.cancel()
        cancelled = self._cancelled = threading.Event()

        def work() -> None:
            for page in self._pages(Question(text, patient), cancelled):
                if cancelled.is_set():
                    return
                release(page)
            if not cancelled.is_set():
                self.running = False
                release(None)

        self.running = True
        threading.Thread(target=work, name="session-answer", daemon=True).start()

    def _pages(self, question: Question, cancelled: threading.Event) -> Iterator[Page]:
        """Every sentence once, in the order in which it is released."""
        released: set[Page] = set()
        try:
            for answer in self._answers.stream(question, cancelled):
                fresh = [page for page in pages_of(answer) if page not in released]
                released.update(fresh)
                yield from fresh
        except (AssistantError, LibraryError) as error:
            yield Page(str(error), "", "", "warning")
