"""What the page does when someone asks: from the fields of the page to HTML, step by step.

Knows the desk, nothing of the web toolkit. Each open page has a key; under it stands only the
switch that stops its running answer, never a word of a question or a patient.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from assistant.errors import AssistantError
from assistant.messages import Answer, Mode, Patient, Question, Urgency
from assistant.patient import parse_patient
from kb.errors import LibraryError
from ui.render import answer_html, error_html, to_text, urgency_html, working_html
from ui.wiring import Desk

MOST_CHARACTERS = 4_000
TOO_LONG = f"The question is too long: at most {MOST_CHARACTERS:,} characters fit here."
STOPPED = "Stopped. What was traced until then is shown; it may not be complete."


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of the page."""

    text: str
    patient: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = "reference"
    careful: bool = False
    """Whether the model writes several drafts, of which the gate chooses."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows at one moment."""

    urgency: str = ""
    answer: str = ""
    text: str = ""
    """The answer as plain text, for the clipboard."""


EMPTY = Shown()


class _Turn:
    """A running answer: may be stopped, which keeps what is there, or forgotten."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.is_forgotten = False


class Turns:
    """The running answers of all open pages."""

    def __init__(self, desk: Desk, call: Callable[[], str] = str) -> None:
        """Take the desk that answers, and what knows the local emergency number."""
        self._desk = desk
        self._call = call
        self._running: dict[str, _Turn] = {}

    def ask(self, key: str, asked: Asked) -> Iterator[Shown]:
        """Ever fuller pages for one question; a page asks one question at a time."""
        self.stop(key)
        turn = self._running[key] = _Turn()
        try:
            for shown in self._steps(asked, turn):
                if turn.is_forgotten:
                    return
                yield shown
        finally:
            turn.stopped.set()
            if self._running.get(key) is turn:
                del self._running[key]

    def stop(self, key: str) -> None:
        """End the answer that a page is waiting for; what is there is kept."""
        turn = self._running.get(key)
        if turn is not None:
            turn.stopped.set()

    def forget(self, key: str) -> None:
        """End the answer of a page and show nothing more of it."""
        turn = self._running.pop(key, None)
        if turn is not None:
            turn.is_forgotten = True
            turn.stopped.set()

    def _steps(self, asked: Asked, turn: _Turn) -> Iterator[Shown]:
        if len(asked.text) > MOST_CHARACTERS:
            yield Shown(self._danger(asked.text[:MOST_CHARACTERS]), error_html(TOO_LONG))
            return
        try:
            patient, _ = parse_patient({k: v for k, v in asked.patient.items() if v})
            question = Question(asked.text, patient, asked.mode, asked.careful)
            for answer in self._desk.assistant.stream(question, turn.stopped):
                yield self._shown(answer, asked, is_stopped=turn.stopped.is_set())
        except (AssistantError, LibraryError) as error:
            yield Shown(self._danger(asked.text), error_html(str(error)))

    def _danger(self, text: str) -> str:
        """The banner for the words alone: a field that cannot be read must not hide a danger."""
        return self._banner(self._desk.rules.triage(text, Patient()))

    def _banner(self, urgency: Urgency) -> str:
        return urgency_html(urgency, self._call())

    def _shown(self, answer: Answer, asked: Asked, *, is_stopped: bool) -> Shown:
        banner = self._banner(answer.urgency)
        if not answer.done:
            return Shown(banner, working_html(answer))
        given = [f"{name} {value}" for name, value in asked.patient.items() if value]
        notice = error_html(STOPPED) if is_stopped else ""
        sheet = answer_html(answer, given)
        patient = f"Patient: {', '.join(given)}\n" if given else ""
        text = f"Question: {answer.question}\n{patient}\n{to_text(answer)}"
        return Shown(banner, notice + sheet, text)
