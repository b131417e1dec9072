"""From packed postings to the passages that hold a quoted part of a question. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from kb.migrations import FTS_COLUMNS
from kb.postgres_match import Found, Numbers, Sought, Values
from kb.postgres_words import COLUMN_BITS, HIT, PASSAGE_BITS
from kb.rows import Row
from kb.store import BM25_WEIGHTS

Stem = tuple[str, bool]
"""A word, and whether it is only the beginning of one."""
WEIGHTS = np.array(BM25_WEIGHTS)
NOTHING = np.zeros(0, dtype=np.int64)
NOT_FOUND = Found(NOTHING, NOTHING, np.zeros(0), NOTHING)


def stems_of(sought: Sought) -> tuple[Stem, ...]:
    """The words of a quoted part; only the last may be a beginning."""
    last = len(sought.stems) - 1
    return tuple((stem, sought.beginning and at == last) for at, stem in enumerate(sought.stems))


def found(sought: Sought, rows: Mapping[Stem, Sequence[Row]]) -> Found:
    """Passages that hold a quoted part, by the rows of the postings of its words.

    The rows have `col` and `hits`, and `places` where the part has several words.
    """
    stems = stems_of(sought)
    held = [rows.get(stem, ()) for stem in stems]
    if not held or not all(held):
        return NOT_FOUND
    numbers, weights, tokens = _summed(held[0])
    if len(held) == 1:
        return Found(numbers, numbers, weights, tokens)
    keys = [_places(one) for one in held]
    there = reduce(np.intersect1d, [key >> PASSAGE_BITS for key in keys])
    begins = reduce(np.intersect1d, [key - at for at, key in enumerate(keys)])
    passages, weights = _grouped(
        begins >> PASSAGE_BITS, WEIGHTS[(begins >> COLUMN_BITS) & (len(FTS_COLUMNS) - 1)]
    )
    return Found(there, passages, weights, tokens[np.searchsorted(numbers, passages)])


def _summed(rows: Iterable[Row]) -> tuple[Numbers, Values, Numbers]:
    """Passages of postings, ascending, how often the word is there by weight, their lengths."""
    hits, weights = [], []
    for row in rows:
        some: NDArray[np.void] = np.frombuffer(row["hits"], dtype=HIT)
        hits.append(some)
        weights.append(some["count"] * WEIGHTS[FTS_COLUMNS.index(row["col"])])
    every = np.concatenate(hits)
    numbers, summed = _grouped(every["passage"], np.concatenate(weights))
    tokens = np.zeros(len(numbers), dtype=np.int64)
    tokens[np.searchsorted(numbers, every["passage"])] = every["tokens"]
    return numbers, summed, tokens


def _grouped(numbers: Numbers, weights: Values) -> tuple[Numbers, Values]:
    unique, owners = np.unique(numbers, return_inverse=True)
    summed = np.bincount(owners, weights=weights, minlength=len(unique))
    return unique, summed.astype(np.float64)


def _places(rows: Iterable[Row]) -> Numbers:
    return np.concatenate([np.frombuffer(row["places"], dtype=np.int64) for row in rows])
