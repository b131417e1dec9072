"""Which passages full-text search looks at when a question has words that stand in very many.

Weighing a match costs a microsecond or two, so that a hundred thousand of them would be felt.
Rare words decide what is best; frequent ones only count together with another. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Protocol

MATCHED = 15_000
"""Passages that a question may match."""
PAIRED = 6
"""Frequent words of a question of which pairs are formed, the rarest first."""
TOGETHER = 4
"""So many times as often as by chance two words of one question stand in one passage."""


class Sought(Protocol):
    """One thing a question asks for."""

    @property
    def searches(self) -> tuple[str, ...]:
        """The ways to say it, as full-text expressions."""

    @property
    def frequency(self) -> int:
        """Passages that hold it."""


def narrowed(sought: Sequence[Sought], total: int, most: int = MATCHED) -> str:
    """A full-text expression for the best passages of `total`, which matches about `most` of them.

    While all together stand in fewer, every passage with any of them matches. Otherwise the rarest
    match alone, and of the others those passages that hold two.
    """
    if sum(one.frequency for one in sought) <= most:
        return _any(way for one in sought for way in one.searches)
    by_rarity = sorted(sought, key=lambda one: one.frequency)
    parts = list(_rare(by_rarity, most))
    left = most - sum(one.frequency for one in parts)
    frequent = by_rarity[len(parts) :]
    pairs = list(_pairs(frequent[:PAIRED], total, left, needed=not parts))
    return _any([way for one in parts for way in one.searches] + pairs) or _any(
        way for one in frequent for way in one.searches
    )


def _rare(by_rarity: Iterable[Sought], most: int) -> Iterator[Sought]:
    for one in by_rarity:
        most -= one.frequency
        if most < 0:
            return
        yield one


def _pairs(frequent: Sequence[Sought], total: int, left: float, *, needed: bool) -> Iterator[str]:
    """Expressions for two of them in one passage, the rarest pairs first."""
    for one, other in combinations(frequent, 2):
        expected = min(
            TOGETHER * one.frequency * other.frequency / max(1, total), float(one.frequency)
        )
        if expected <= left or needed:
            needed = False
            left -= expected
            yield f"(({_any(one.searches)}) AND ({_any(other.searches)}))"


def _any(ways: Iterable[str]) -> str:
    return " OR ".join(dict.fromkeys(ways))
