"""Choices of exam questions: put in another order, and read from what a model wrote. Pure."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.writing.prompts import LETTERS
from assistant.writing.strategies.task import Task
from kb.text import words

_MARKED = re.compile(r"\banswer(?:\s+is)?\s*[:=]?\s*\**\(?([A-J])\b", re.IGNORECASE)
_LEADING = re.compile(r"^\W*\(?([A-J])(?:[).:,]|\s*$|\s+[-\u2013])")
_NONE = re.compile(r"\bno answer\b|\bcannot be (?:known|answered)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shuffled:
    """A task with its choices in another order."""

    task: Task
    order: tuple[int, ...]
    """For each place, the place it had."""

    def back(self, choice: int | None) -> int | None:
        """The place in the first order."""
        return None if choice is None else self.order[choice]


def shuffled(task: Task, seed: int) -> Shuffled:
    """The choices in an order that the seed gives; seed 0 leaves them as they are."""
    order = list(range(len(task.choices)))
    if seed:
        random.Random(seed).shuffle(order)  # noqa: S311 - an order, no secret
    choices = tuple(task.choices[place] for place in order)
    return Shuffled(replace(task, choices=choices), tuple(order))


def read_choice(text: str, choices: Sequence[str]) -> int | None:
    """The choice that a text names; None where it abstains or names none for sure.

    The last `ANSWER: B` counts; else a letter at the start; else the one choice that it quotes.
    """
    marked = marked_choice(text, choices)
    if marked is not None:
        return marked
    if _NONE.search(text):
        return None
    leading = _LEADING.match(text.strip())
    if leading:
        return _place(leading[1], choices)
    said = " ".join(words(text))
    held = [n for n, choice in enumerate(choices) if " ".join(words(choice)) in said]
    return held[0] if len(held) == 1 else None


def marked_choice(text: str, choices: Sequence[str]) -> int | None:
    """The choice that the last `ANSWER: B` of a text names; None where there is none."""
    marked = _MARKED.findall(text)
    return _place(marked[-1], choices) if marked else None


def _place(letter: str, choices: Sequence[str]) -> int | None:
    place = LETTERS.index(letter.upper())
    return place if place < len(choices) else None
