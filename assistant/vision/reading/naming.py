"""Finds the name of a laboratory test at the beginning of a row."""

import re
from dataclasses import dataclass
from functools import cache

from rapidfuzz.distance import OSA

from assistant.vision.reading.units import unit_of
from assistant.vision.reading.wording import Analyte, load_analytes, simple

_LOOK = str.maketrans({"1": "l", "|": "l", "i": "l", "0": "o", "5": "s", "8": "b"})
_MOST_WORDS = 7
_BETWEEN = frozenset(
    (
        "serum", "plasma", "blood", "whole", "level", "count", "total", "estimated", "random",
        "quantitative", "test", "s", "p", "b", "in", "of",
    )
)  # fmt: skip
"""Words that may stand between a test's name and its value without making it another test."""


@dataclass(frozen=True, slots=True)
class Named:
    """A test whose name was found."""

    analyte: Analyte
    end: int
    """Where its name ends in the text."""
    sure: bool
    """Whether it is spelt as known."""


def named_test(text: str, value_at: int) -> Named | None:
    """The test whose name stands before the value, or None.

    Args:
        text: of a row.
        value_at: where the value begins.
    """
    words = [match for match in re.finditer(r"\S+", text) if match.start() < value_at]
    names = _names()
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        end = words[count - 1].end()
        key = _key(text[:end])
        analyte = load_analytes().get(names.get(key, ""))
        if analyte and not _other_words(analyte, text[end:value_at]):
            return Named(analyte, end, sure=True)
    return _misread(text[:value_at].rstrip())


def _misread(written: str) -> Named | None:
    """The one test whose name is a misread letter away."""
    bare = re.sub(r"\([^)]*\)", " ", written)
    key = _key(bare)
    found = _looks().get(key.translate(_LOOK))
    if found:
        return Named(load_analytes()[found], len(written), sure=key in _names())
    if len(key) < 6:
        return None
    most = 1 if len(key) < 10 else 2
    near = {
        name
        for spelt, name in _names().items()
        if OSA.distance(key, spelt, score_cutoff=most) <= most
    }
    return Named(load_analytes()[near.pop()], len(written), sure=False) if len(near) == 1 else None


def _other_words(analyte: Analyte, between: str) -> bool:
    """Whether words stand there that make it another test, such as `2 h after food`."""
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", between)
    bare = " ".join(word for word in bare.split() if not unit_of(analyte, word)[1])
    words = re.findall(r"[a-z]+", simple(bare))
    return any(word not in _BETWEEN for word in words)


def _key(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9+]", " ", simple(text)).split())


@cache
def _names() -> dict[str, str]:
    """Spelling -> test."""
    return {_key(s): each.name for each in load_analytes().values() for s in each.spellings}


@cache
def _looks() -> dict[str, str]:
    """What a spelling looks like -> test, where that is one test only."""
    found: dict[str, set[str]] = {}
    for spelling, name in _names().items():
        found.setdefault(spelling.translate(_LOOK), set()).add(name)
    return {look: min(names) for look, names in found.items() if len(names) == 1}
