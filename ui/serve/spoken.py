"""A question of the chat interface in its conversation, as the client tells it with each question.

Nothing is kept between two requests: the earlier questions are read again, by rule, each time.
"""

from dataclasses import dataclass

from assistant.follow_up.conversation import Conversation, Turn, Typed, Understood, gone_on
from assistant.follow_up.dangers import Dangers, dangers, raised
from assistant.messages import Answer, Patient, Question
from ui.serve.chat import ChatRequest, Row
from ui.understood_words import understood_json, understood_lines
from ui.wiring import Desk


@dataclass(frozen=True, slots=True)
class Spoken:
    """A question as it is understood."""

    understood: Understood
    dangers: Dangers

    @property
    def lines(self) -> tuple[str, ...]:
        """What the person has to check."""
        return understood_lines(self.understood)

    def question(self, usual: Question) -> Question:
        """The question to answer."""
        return self.understood.question(usual)

    def told(self, answer: Answer) -> Answer:
        """The answer with the danger signs that still stand."""
        return self.dangers.standing(answer)

    def traced(self, row: Row) -> Row:
        """The object of an answer, and how its question was understood."""
        return {**row, "conversation": understood_json(self.understood)}


def spoken(chat: ChatRequest, patient: Patient, desk: Desk) -> Spoken:
    """Understand the last question of a chat."""
    before = Conversation()
    triage = desk.rules.triage
    for one in chat.earlier:
        understood = desk.follow_ups.understand(before, Typed(one.question, patient))
        flags = raised(understood, triage).flags
        before = gone_on(understood, Turn(understood.meant, one.answer), flags)
    typed = Typed(str(chat.asked["question"]), patient, is_alone=chat.is_alone)
    found = desk.follow_ups.understand(before, typed)
    return Spoken(found, dangers(found, triage))
