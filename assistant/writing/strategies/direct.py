"""One call: the question and its lines, and whatever the model says to them."""

from collections.abc import Iterator

from assistant.writing.strategies.choices import read_choice
from assistant.writing.strategies.task import Asks, Draft, How, Task

ABSTAINS = "NO ANSWER"


class Direct:
    """Asks once."""

    name = "direct"

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """The one draft."""
        yield answered(task, asks)


def answered(task: Task, asks: Asks, how: How | None = None) -> Draft:
    """One answer: cited sentences, or a choice where there are choices."""
    if task.choices:
        choice = read_choice(asks.say("exam", task, how), task.choices)
        return Draft(
            choice=choice, lines=task.lines, stopped="abstained" if choice is None else "answered"
        )
    text = asks.say("answer", task, how)
    if abstains(text):
        return Draft(lines=task.lines, stopped="abstained")
    return Draft(text, lines=task.lines)


def abstains(text: str) -> bool:
    """Whether a text says that it does not know."""
    return not text.strip() or text.lstrip().upper().startswith(ABSTAINS)
