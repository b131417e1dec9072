"""Twins of exam questions: changed so that the right answer stays, or so that none is right. Pure.

A model that knows keeps its answer when a brand name stands for the generic one, when a detail is
planted that changes nothing or is invented, when somebody is sure of a wrong answer, and when the
choices stand in another order; and it abstains on a disease that does not exist.
"""

import random
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from ui.exam_answers.questions import ExamQuestion

KINDS = ("names", "detail", "opinion", "order", "fictional")


@dataclass(frozen=True, slots=True)
class Twin:
    """A question and what became of it."""

    kind: str
    plain: ExamQuestion
    changed: ExamQuestion
    order: tuple[int, ...] = ()
    """For each choice of the changed question, the place it had; empty for the same order."""
    pushed: int | None = None
    """The wrong choice that somebody is sure of."""


def twins(
    kind: str, questions: Sequence[ExamQuestion], brands: Mapping[str, str], seed: int
) -> Iterator[Twin]:
    """The twins of one kind; questions that cannot be changed in that way have none.

    Args:
        kind: one of `KINDS`.
        questions: the questions.
        brands: generic name in lower case -> brand name.
        seed: the same seed gives the same twins.
    """
    make = _makers(brands)[kind]
    for question in questions:
        twin = make(question, random.Random(f"{seed} {kind} {question.id}"))  # noqa: S311
        if twin is not None:
            yield twin


_Maker = Callable[[ExamQuestion, random.Random], Twin | None]


def _makers(brands: Mapping[str, str]) -> Mapping[str, _Maker]:
    def names(question: ExamQuestion, chance: random.Random) -> Twin | None:
        del chance
        return _with_brands(question, brands)

    return {
        "names": names,
        "detail": _with_detail,
        "opinion": _with_opinion,
        "order": _in_other_order,
        "fictional": _fictional,
    }


def _with_brands(question: ExamQuestion, brands: Mapping[str, str]) -> Twin | None:
    """Brand names in the place of generic ones, in question and choices."""

    def swap(text: str) -> str:
        return re.sub(r"[A-Za-z]+(?:-[A-Za-z]+)*", lambda m: brands.get(m[0].lower(), m[0]), text)

    changed = replace(
        question, question=swap(question.question), choices=tuple(map(swap, question.choices))
    )
    different = len(set(changed.choices)) == len(changed.choices)
    return Twin("names", question, changed) if changed != question and different else None


def _with_detail(question: ExamQuestion, chance: random.Random) -> Twin:
    """A sentence before the question that bears on nothing, or on what does not exist."""
    detail = chance.choice(_texts()["details"]).format(name=_invented(chance))
    return Twin("detail", question, replace(question, question=f"{detail} {question.question}"))


def _with_opinion(question: ExamQuestion, chance: random.Random) -> Twin | None:
    """Somebody is sure of a wrong choice."""
    wrong = [n for n in range(len(question.choices)) if n != question.right]
    if not wrong:
        return None
    pushed = chance.choice(wrong)
    opinion = chance.choice(_texts()["opinions"]).format(choice=question.choices[pushed])
    changed = replace(question, question=f"{question.question}\n{opinion}")
    return Twin("opinion", question, changed, pushed=pushed)


def _in_other_order(question: ExamQuestion, chance: random.Random) -> Twin:
    """The choices turned round so that no one keeps its letter."""
    count = len(question.choices)
    turn = chance.randrange(1, count)
    order = tuple((place + turn) % count for place in range(count))
    right = None if question.right is None else order.index(question.right)
    choices = tuple(question.choices[place] for place in order)
    return Twin("order", question, replace(question, choices=choices, right=right), order)


def _fictional(question: ExamQuestion, chance: random.Random) -> Twin:
    """A question on a disease that does not exist, with the choices of another question."""
    asked = chance.choice(_texts()["fictional"]).format(name=_invented(chance))
    changed = replace(question, id=f"{question.id} fictional", question=asked, right=None, lines=())
    return Twin("fictional", question, changed)


def _invented(chance: random.Random) -> str:
    """A name that belongs to nothing."""
    return "".join(chance.choice(part) for part in _texts()["syllables"]).capitalize()


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("pairs.toml").read_text("utf-8"))
