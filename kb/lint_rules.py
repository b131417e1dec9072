"""What every rule of the card linter shares: the fault it reports, and text without tags."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.cards import Card, Line

SECTIONS = (
    "Recognise",
    "Danger signs",
    "Assess",
    "Manage now",
    "Medicines",
    "Refer",
    "Follow up",
    "Advice to give",
    "What this does not cover",
)
"""Headings of a card, in their order."""
TAG = re.compile(r"\[(s\d+)\]")
TAGS_AT_END = re.compile(r"(\[s\d+\])+\.?$")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with a card."""

    line: int
    """Line number in the file, from 1."""
    message: str


def bare(text: str) -> str:
    """A line without its source tags."""
    return " ".join(TAG.sub(" ", text).split())


def said(card: Card) -> Iterator[Line]:
    """Lines of the body that say something: items and what stands under them."""
    return (line for line in card.lines if line.kind in {"item", "sub", "text"})


def items(card: Card) -> list[tuple[Line, ...]]:
    """Each item of the body with the sub-bullets under it."""
    groups: list[tuple[Line, ...]] = []
    for line in card.lines:
        if line.kind == "item":
            groups.append((line,))
        elif line.kind == "sub" and groups and groups[-1][-1].section == line.section:
            groups[-1] += (line,)
    return groups
