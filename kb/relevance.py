"""How near each found passage is to a query: words and meaning, joined and smoothed.

Pure arithmetic over the candidates of one query. Words are scored by BM25 with the constants that
suit short passages; meaning is the cosine of the encoder; both are joined as z-scores over the
candidates, since ranks throw away how much better the first is than the second. Then scores are
spread between passages that resemble each other: what lies near a good passage is more often good
(the cluster hypothesis: van Rijsbergen, Information Retrieval, 1979, chapter 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kb.embed import Floats
from kb.query import Term

SATURATION, LENGTH = 0.6, 0.5
"""k1 and b of BM25 (Robertson and Zaragoza, 2009); passages are short and alike in length."""
MEANING = 0.5
"""Share of meaning in the joined score; the rest is words."""
NEIGHBOURS, WARMTH, SPREAD, ROUNDS = 8, 0.5, 2.0, 2
"""Neighbours kept of each passage, temperature, weight of what neighbours say, and rounds of
spreading. Results hardly change within half or double of each."""


@dataclass(frozen=True, slots=True)
class Bag:
    """The words of a passage with its title, names and headings that a question wants."""

    stems: tuple[str, ...]
    """Wanted stems of heading and text, in order; an empty one stands for all between two."""
    names: tuple[str, ...]
    """The same of title and aliases."""
    counts: Mapping[str, float]
    """Wanted stem -> how often it occurs, words of names counted more."""
    length: int
    """Number of all words of heading and text."""


def by_words(terms: Sequence[Term], bags: Sequence[Bag]) -> Floats:
    """BM25 of each bag; a term counts by the best of its ways, shape (bags,)."""
    mean = sum([bag.length for bag in bags]) / max(1, len(bags)) or 1.0
    sought = [
        (term, frozenset(stem for way in term.alternatives for stem in way)) for term in terms
    ]
    return np.array([_by_words(sought, bag, mean) for bag in bags], dtype=np.float32)


def _by_words(sought: Sequence[tuple[Term, frozenset[str]]], bag: Bag, mean: float) -> float:
    norm = SATURATION * (1 - LENGTH + LENGTH * bag.length / mean)
    score = 0.0
    for term, stems in sought:
        if not stems.isdisjoint(bag.counts):
            often = _often(term, bag.counts)
            score += term.rarity * often * (SATURATION + 1) / (often + norm)
    return score


def _often(term: Term, counts: Mapping[str, float]) -> float:
    """How often a text holds a term in the way that it holds most."""
    ways = [
        counts.get(way[0], 0.0)
        if len(way) == 1
        else min([counts.get(stem, 0.0) for stem in way], default=0.0)
        for way in term.alternatives
    ]
    return max(ways)


def joined(words: Floats, meaning: Floats | None) -> Floats:
    """One score from words and, where there is an encoder, meaning; shape (candidates,)."""
    if meaning is None:
        return _z(words)
    return (1 - MEANING) * _z(words) + MEANING * _z(meaning)


def smoothed(scores: Floats, vectors: Floats) -> Floats:
    """Scores after spreading between passages of like meaning.

    `vectors` are unit rows, shape (candidates, dimensions).
    """
    if len(scores) <= NEIGHBOURS:
        return scores
    # Pair by pair, since a product of the whole waits for threads on a busy machine.
    near = np.clip(np.vecdot(vectors[:, None], vectors[None]), 0, None)
    np.fill_diagonal(near, 0)
    near *= near * near  # to the sixth power by products, which is many times faster than **
    near *= near
    least = np.partition(near, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS][:, None]
    near = np.where(near >= least, near, 0)
    near = np.maximum(near, near.T)
    degree = near.sum(axis=1) + 1e-9
    near /= np.sqrt(degree[:, None] * degree[None, :])
    start = np.exp((scores - scores.max()) / WARMTH)
    heat = start
    for _ in range(ROUNDS):
        heat = 0.5 * start + 0.5 * np.vecdot(near, heat)
    after: Floats = (scores + SPREAD * _z(np.log(heat + 1e-6)) * scores.std()).astype(np.float32)
    return after


def as_share(scores: Floats) -> Floats:
    """Scores stretched to 0 for the worst and 1 for the best candidate."""
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.ones_like(scores)
    share: Floats = ((scores - low) / (high - low)).astype(np.float32)
    return share


def _z(values: Floats) -> Floats:
    spread = float(values.std())
    standard: Floats = ((values - values.mean()) / (spread or 1.0)).astype(np.float32)
    return standard
