"""What the page does when someone asks: from the fields of the page to HTML, step by step.

Knows the desk, nothing of the web toolkit. Each open page has a key; under it stands only the
switch that stops its running answer, never a word of a question or a patient. The conversation
comes with each question and goes back to the page with the answer.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from assistant.errors import AssistantError
from assistant.follow_up.conversation import Conversation, Typed, Understood, answered
from assistant.follow_up.dangers import Dangers, dangers, standing
from assistant.messages import Answer, Fact, Mode, Patient, Question, Urgency
from assistant.patient import parse_patient
from kb.errors import LibraryError
from ui.render import answer_html, error_html, to_text, urgency_html, working_html
from ui.understood_words import patient_words
from ui.web.talk import Talk, closed, opened, talk_html
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
    talk: str = ""
    """The conversation that the page keeps."""
    is_alone: bool = False
    """Whether the last question is asked once more, without what was said before it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows at one moment."""

    urgency: str = ""
    answer: str = ""
    text: str = ""
    """The answer as plain text, for the clipboard."""
    understood: str = ""
    """How the question was understood in its conversation."""
    talk: str = ""
    """The conversation, for the page to keep."""


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
        talk, lost = opened(asked.talk)
        before, text = (talk.before, talk.typed) if asked.is_alone else (talk.now, asked.text)
        if len(text) > MOST_CHARACTERS:
            yield self._failed(text[:MOST_CHARACTERS], TOO_LONG, before, asked)
            return
        given = {name: value for name, value in asked.patient.items() if value}
        try:
            patient, _ = parse_patient(given)
            typed = Typed(text, patient, given, asked.is_alone)
            understood = self._desk.follow_ups.understand(before, typed)
            spoken = _Spoken(understood, dangers(understood, self._desk.rules.triage), before, lost)
            question = understood.question(Question("", mode=asked.mode, careful=asked.careful))
            for answer in self._desk.assistant.stream(question, turn.stopped):
                yield self._shown(answer, spoken, given, is_stopped=turn.stopped.is_set())
        except (AssistantError, LibraryError) as error:
            yield self._failed(text, str(error), before, asked)

    def _failed(self, text: str, why: str, before: Conversation, asked: Asked) -> Shown:
        """A message, with the danger of the words alone: a field that cannot be read hides none."""
        urgency = standing(self._desk.rules.triage(text, Patient()), before.flags)
        return Shown(self._banner(urgency), error_html(why), talk=asked.talk)

    def _banner(self, urgency: Urgency) -> str:
        return urgency_html(urgency, self._call())

    def _shown(
        self, answer: Answer, spoken: "_Spoken", given: Mapping[str, str], *, is_stopped: bool
    ) -> Shown:
        told = spoken.dangers.standing(answer)
        banner, understood = self._banner(told.urgency), spoken.html()
        talk = spoken.after(answer)
        if not answer.done:
            return Shown(banner, working_html(answer), "", understood, talk)
        panel = [f"{name} {value}" for name, value in given.items()]
        notice = error_html(STOPPED) if is_stopped else ""
        sheet = answer_html(spoken.with_kept(answer), panel)
        patient = ", ".join((*panel, *patient_words(spoken.understood)))
        who = f"Patient: {patient}\n" if patient else ""
        text = f"Question: {answer.question}\n{who}\n{to_text(told)}"
        return Shown(banner, notice + sheet, text, understood, talk)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A question in the conversation of its page."""

    understood: Understood
    dangers: Dangers
    before: Conversation
    """The conversation before it."""
    lost: str
    """What the person should know of the conversation."""

    def html(self) -> str:
        return talk_html(self.understood, self.lost)

    def after(self, answer: Answer) -> str:
        """The conversation as the page keeps it; with what was answered when that is whole."""
        answer = answer if answer.done else replace(answer, sentences=(), citations={})
        now = answered(self.understood, self.dangers.now(answer))
        return closed(Talk(now, self.before, self.understood.typed))

    def with_kept(self, answer: Answer) -> Answer:
        """The answer with what was said of the patient earlier among its facts."""
        known = {fact.name for fact in answer.facts}
        kept = [fact for fact in self.understood.kept if fact.name not in known]
        kept += [Fact("allergy", name, 0, 0) for name in self.understood.allergies]
        kept += [Fact("takes", name, 0, 0) for name in self.understood.drugs]
        return replace(answer, facts=(*answer.facts, *kept))
