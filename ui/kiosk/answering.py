"""Puts a question to the assistant and hands its sentences to the conversation as they come."""

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from assistant.errors import AssistantError
from assistant.messages import Answer, Patient, Question
from assistant.patient import parse_patient
from kb.errors import LibraryError
from speech.talk.events import AnswerEnded, Event, Sentence
from ui.kiosk.parts import Answers
from ui.kiosk.view import Page, danger_of, pages_of

Post = Callable[[Callable[[], None]], None]


class Shows(Protocol):
    """What an answer is shown by: a conversation."""

    def happened(self, event: Event) -> None:
        """One event of the loop."""
        ...

    def show(self, **changes: object) -> None:
        """Change what is shown."""
        ...


class Answering:
    """The running answer of one conversation; a new question ends the one before."""

    def __init__(self, answers: Answers, post: Post, shows: Shows) -> None:
        """Take who answers, the mailbox, and where the answer is shown."""
        self._answers = answers
        self._post = post
        self._shows = shows
        self._cancelled = threading.Event()
        self.running = False

    def cancel(self) -> None:
        """End the running answer; nothing more of it is shown."""
        self._cancelled.set()
        self.running = False

    def ask(self, text: str, patient: Mapping[str, str]) -> None:
        """Put a question; returns at once."""
        self.cancel()
        cancelled = self._cancelled = threading.Event()
        known, _ = parse_patient(patient)
        work = threading.Thread(
            target=self._work, args=(text, known, cancelled), name="kiosk-answer", daemon=True
        )
        self.running = True
        work.start()

    def _work(self, text: str, patient: Patient, cancelled: threading.Event) -> None:
        released: list[Page] = []
        try:
            for answer in self._answers.stream(Question(text, patient), cancelled):
                pages = pages_of(answer)
                fresh = _beyond(pages, released)
                released += fresh
                self._hand_over(answer, tuple(released), fresh, cancelled)
        except (AssistantError, LibraryError) as error:
            page = Page(str(error), "", "", "warning")
            self._release((*released, page), [page], cancelled)
        self._post(lambda: None if cancelled.is_set() else self._ended())

    def _ended(self) -> None:
        self.running = False
        self._shows.happened(AnswerEnded())

    def _hand_over(
        self, answer: Answer, pages: tuple[Page, ...], fresh: list[Page], off: threading.Event
    ) -> None:
        danger = danger_of(answer.urgency)
        self._post(lambda: None if off.is_set() else self._shows.show(danger=danger))
        self._release(pages, fresh, off)

    def _release(self, pages: tuple[Page, ...], fresh: list[Page], off: threading.Event) -> None:
        def now() -> None:
            if off.is_set():
                return
            self._shows.show(pages=pages)
            for page in fresh:
                self._shows.happened(Sentence(page.text))

        self._post(now)


def _beyond(pages: tuple[Page, ...], released: list[Page]) -> list[Page]:
    """Pages that are new: what was shown once keeps its place, whatever a later step leaves out."""
    known = set(released)
    return [page for page in pages if page not in known]
