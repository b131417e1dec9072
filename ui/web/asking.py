"""What the page does when someone asks: from the fields of the page to HTML, step by step.

Knows the desk, nothing of the web toolkit; each call is one question of one person.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.errors import AssistantError
from assistant.messages import Mode, Question
from assistant.patient import parse_patient
from kb.errors import LibraryError
from ui.render import answer_html, error_html, to_text, urgency_html, working_html
from ui.wiring import Desk

MOST_CHARACTERS = 4_000
TOO_LONG = f"The question is too long: at most {MOST_CHARACTERS:,} characters fit here."


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows at one moment."""

    urgency: str
    answer: str
    text: str
    """The answer as plain text, for the clipboard."""


EMPTY = Shown("", "", "")


def ask(desk: Desk, text: str, patient: dict[str, str], mode: Mode) -> Iterator[Shown]:
    """Ever fuller pages for one question; closing the iterator cancels the answer."""
    cancelled = threading.Event()
    try:
        if len(text) > MOST_CHARACTERS:
            yield Shown("", error_html(TOO_LONG), "")
            return
        who, _ = parse_patient({key: value for key, value in patient.items() if value})
        for answer in desk.assistant.stream(Question(text, who, mode), cancelled):
            body = answer_html(answer) if answer.done else working_html(answer)
            yield Shown(urgency_html(answer.urgency), body, to_text(answer))
    except (AssistantError, LibraryError) as error:
        yield Shown("", error_html(str(error)), "")
    finally:
        cancelled.set()
