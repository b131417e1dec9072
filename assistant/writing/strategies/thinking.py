"""Thinking before answering, within a budget that is never stretched."""

import re
from collections.abc import Iterator

from assistant.writing.strategies.choices import marked_choice
from assistant.writing.strategies.direct import answered
from assistant.writing.strategies.task import Asks, Draft, Task

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)


class Thinking:
    """Lets the model think in one call of at most 4,096 tokens, then reads its answer.

    Nothing is ever added to make it think on. Thoughts that reach no answer cost one further, short
    call without thoughts. A question that is answered in sentences is asked once; thoughts in it
    are taken out.
    """

    name = "thinking"

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """The answer of the thoughts; or the short one where they reach none."""
        if not task.choices:
            draft = answered(task, asks)
            yield Draft(without_thoughts(draft.text), lines=draft.lines, stopped=draft.stopped)
            return
        text = asks.say("think", task)
        choice = marked_choice(without_thoughts(text), task.choices)
        if choice is not None:
            yield Draft(choice=choice, lines=task.lines)
            return
        yield Draft(lines=task.lines, stopped="cut off")
        yield answered(task, asks)


def without_thoughts(text: str) -> str:
    """A text without what a model marks as thoughts; those that never end take the rest."""
    return _THOUGHT.sub("", text).strip()
