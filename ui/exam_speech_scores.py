"""Scores of transcripts against what was said. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from speech.hearing.invented import folded
from speech.words.names import NameBook

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?: ?(?:mg|mcg|g|kg|mL|L|units|mmol|%|cm|mm)(?:/\w+)*)?")


@dataclass(frozen=True, slots=True)
class Errors:
    """Words that are wrong, and words that were said."""

    wrong: int
    said: int

    @property
    def rate(self) -> float | None:
        """Share of words that are wrong; None where nothing was said."""
        return self.wrong / self.said if self.said else None


def word_errors(said: str, written: str) -> Errors:
    """Substitutions, insertions and deletions between two texts, case and marks aside."""
    return Errors(_distance(_words(said), _words(written)), len(_words(said)))


def medical_errors(said: str, written: str, normal: Callable[[str], str]) -> Errors:
    """The same once both texts are written alike: `five hundred milligrams` is `500 mg`."""
    return word_errors(normal(said), normal(written))


def names_recalled(said: str, written: str, book: NameBook) -> tuple[int, int]:
    """Names of medicines that were written down, and those that were said."""
    wanted = [mention.name for mention in book.find(said).mentions]
    found = [mention.name for mention in book.find(written).mentions]
    return sum(min(found.count(name), wanted.count(name)) for name in set(wanted)), len(wanted)


def number_errors(said: str, written: str, normal: Callable[[str], str]) -> Errors:
    """Numbers with their units that are missing or wrong."""
    wanted, found = _NUMBER.findall(normal(said)), _NUMBER.findall(normal(written))
    right = sum(min(found.count(one), wanted.count(one)) for one in set(wanted))
    extra = max(0, len(found) - len(wanted))
    return Errors(len(wanted) - right + extra, len(wanted))


def total(parts: Sequence[Errors]) -> Errors:
    """All errors together."""
    return Errors(sum(part.wrong for part in parts), sum(part.said for part in parts))


def _words(text: str) -> list[str]:
    numbers = re.sub(r"(?<=\d)[.,](?=\d)", "point", text)
    return folded(numbers.replace("%", " percent").replace("/", " per ")).split()


def _distance(first: list[str], second: list[str]) -> int:
    row = list(range(len(second) + 1))
    for place, word in enumerate(first, 1):
        before, row[0] = row[0], place
        for column, other in enumerate(second, 1):
            cost = before + (word != other)
            before = row[column]
            row[column] = min(cost, row[column] + 1, row[column - 1] + 1)
    return row[-1]
