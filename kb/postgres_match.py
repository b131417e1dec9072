"""Which passages an FTS5 expression matches, and their BM25, as FTS5 works them out. Pure.

The expressions are those that `kb/query.py` and `kb/narrowing.py` write: quoted words, `AND`, `OR`,
brackets, and `*` behind the beginning of a word. The formula is that of FTS5's own `bm25()`
(SQLite, FTS5 Extension, section "The bm25() function"), in the same order of operations, so that
scores and ties are the same to the last bit.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from kb.errors import LibraryError

K1, B = 1.2, 0.75
LEAST_IDF = 1e-6
"""What a word is worth that stands in more than half of all passages."""
_PART = re.compile(r'\s*("(?:[^"]|"")*"|\(|\)|\*|AND\b|OR\b|$)')

Numbers = NDArray[np.int64]
NOWHERE: Numbers = np.zeros(0, dtype=np.int64)
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sought:
    """Words that stand one behind the other; of the last, the beginning is enough if it says so."""

    stems: tuple[str, ...]
    beginning: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Several expressions of which all, or any, must match."""

    every: bool
    parts: tuple["Node", ...]


Node = Sought | Joined


@dataclass(frozen=True, slots=True)
class Found:
    """Passages that hold words."""

    there: Numbers
    """Passages that hold each of the words somewhere, where FTS5 stops to look; ascending."""
    passages: Numbers
    """Those that hold them one behind the other; ascending."""
    weights: Values
    """How often, weighed by column."""
    tokens: Numbers
    """Length of each of `passages`, in words."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The library as a whole."""

    passages: int
    tokens: int
    """Length of all passages together, in words."""


def parse(expression: str, stems: Callable[[str], tuple[str, ...]]) -> Node:
    """The tree of an expression; `stems` cuts what is quoted.

    Raises:
        LibraryError: it is none that can be searched.
    """
    parts = list(_parts(expression))
    node, place = _any(parts, 0, stems)
    if place != len(parts):
        raise unsearchable()
    return node


def phrases(node: Node) -> Iterator[Sought]:
    """Quoted parts of an expression, in order."""
    if isinstance(node, Sought):
        yield node
    else:
        for part in node.parts:
            yield from phrases(part)


def best(node: Node, found: Mapping[Sought, Found], totals: Totals, limit: int) -> dict[int, float]:
    """Numbers of the passages that match, best first and of equals the oldest, with their BM25."""
    matched = _matched(node, found)
    if not len(matched):
        return {}
    weights, tokens = _weighed(node, found, matched)
    scores = _scores([found[one] for one in phrases(node)], weights, tokens, totals)
    order = np.lexsort((matched, -scores))[:limit]
    return dict(zip(matched[order].tolist(), scores[order].tolist(), strict=True))


def unsearchable() -> LibraryError:
    """The error for an expression that is none."""
    return LibraryError("These words cannot be searched.")


def _parts(expression: str) -> Iterator[str]:
    place = 0
    while place < len(expression):
        part = _PART.match(expression, place)
        if part is None:
            raise unsearchable()
        if part[1]:
            yield part[1]
        place = part.end() if part[1] else len(expression)


_Stems = Callable[[str], tuple[str, ...]]


def _any(parts: Sequence[str], place: int, stems: _Stems) -> tuple[Node, int]:
    return _row(parts, place, stems, every=False)


def _row(parts: Sequence[str], place: int, stems: _Stems, *, every: bool) -> tuple[Node, int]:
    """Expressions joined by AND (`every`) or by OR, which binds less."""
    word = "AND" if every else "OR"
    nodes: list[Node] = []
    while True:
        if every:
            node, place = _one(parts, place, stems)
        else:
            node, place = _row(parts, place, stems, every=True)
        nodes.append(node)
        if place == len(parts) or parts[place] != word:
            return (nodes[0] if len(nodes) == 1 else Joined(every, tuple(nodes))), place
        place += 1


def _one(parts: Sequence[str], place: int, stems: _Stems) -> tuple[Node, int]:
    part = parts[place] if place < len(parts) else ""
    if part == "(":
        node, place = _any(parts, place + 1, stems)
        if place == len(parts) or parts[place] != ")":
            raise unsearchable()
        return node, place + 1
    if not part.startswith('"'):
        raise unsearchable()
    beginning = place + 1 < len(parts) and parts[place + 1] == "*"
    cut = stems(part[1:-1].replace('""', '"'))
    return Sought(cut, beginning), place + 1 + beginning


def _there(node: Node, found: Mapping[Sought, Found]) -> Numbers:
    """Passages at which FTS5 stops to look whether they match; ascending."""
    if isinstance(node, Sought):
        return found[node].there
    parts = [_there(part, found) for part in node.parts]
    return reduce(_both if node.every else np.union1d, parts)


def _matched(node: Node, found: Mapping[Sought, Found]) -> Numbers:
    """Passages that match; ascending."""
    if isinstance(node, Sought):
        return found[node].passages
    parts = [_matched(part, found) for part in node.parts]
    return reduce(_both if node.every else np.union1d, parts)


def _both(one: Numbers, other: Numbers) -> Numbers:
    return np.intersect1d(one, other, assume_unique=True)


def _weighed(
    node: Node, found: Mapping[Sought, Found], matched: Numbers
) -> tuple[list[Values], Numbers]:
    """For each quoted part its weight in each passage that matches, and the passages' lengths.

    What stands under an AND counts only where all of the AND matches, and FTS5 did not forget it.
    """
    weights: list[Values] = []
    tokens = np.zeros(len(matched), dtype=np.int64)
    for sought, counted in _counted(node, found):
        one = found[sought]
        places = np.searchsorted(matched, one.passages)
        here = np.isin(one.passages, matched, assume_unique=True)
        tokens[places[here]] = one.tokens[here]
        here &= counted
        row = np.zeros(len(matched))
        row[places[here]] = one.weights[here]
        weights.append(row)
    return weights, tokens


def _counted(
    node: Node, found: Mapping[Sought, Found]
) -> Iterator[tuple[Sought, NDArray[np.bool_]]]:
    """Each quoted part, and which of its passages count for it."""
    # At the top, FTS5 passes over what does not match without forgetting anything.
    parts, within = [node], None
    if isinstance(node, Joined) and node.every:
        parts, within = list(node.parts), _matched(node, found)
    for part in parts:
        for sought, allowed, forgotten in _allowed(part, found, within, NOWHERE):
            counted = ~np.isin(found[sought].passages, forgotten)
            if allowed is not None:
                counted &= np.isin(found[sought].passages, allowed, assume_unique=True)
            yield sought, counted


def _allowed(
    node: Node, found: Mapping[Sought, Found], within: Numbers | None, forgotten: Numbers
) -> Iterator[tuple[Sought, Numbers | None, Numbers]]:
    """Each quoted part, where the ANDs around it match, and where FTS5 forgot that it is there.

    When an AND stops at a passage and does not match, all below it is forgotten: also what an OR
    below it has found further on, and waits there for its turn.
    """
    if isinstance(node, Sought):
        yield node, within, forgotten
        return
    if node.every:
        every = _matched(node, found)
        within = every if within is None else _both(within, every)
        forgotten = np.union1d(forgotten, np.setdiff1d(_there(node, found), every))
    for part in node.parts:
        waits = forgotten if node.every else _from(_there(part, found), forgotten)
        yield from _allowed(part, found, within, waits)


def _from(stops: Numbers, numbers: Numbers) -> Numbers:
    """Of some stops, for each number the first that is not before it."""
    places = np.searchsorted(stops, numbers)
    return stops[places[places < len(stops)]]


def _scores(
    found: Sequence[Found], weights: Sequence[Values], tokens: Numbers, totals: Totals
) -> Values:
    scores = np.zeros(len(tokens))
    mean = float(totals.tokens) / float(totals.passages)
    for one, weight in zip(found, weights, strict=True):
        hits = len(one.passages)
        idf = math.log((totals.passages - hits + 0.5) / (hits + 0.5))
        idf = idf if idf > 0.0 else LEAST_IDF
        scores += idf * ((weight * (K1 + 1.0)) / (weight + K1 * (1 - B + B * tokens / mean)))
    return scores
