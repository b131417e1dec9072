"""The vectors of what documents go by: titles, other names, and how people bring them up.

A question in everyday words often resembles none of a document's sentences, but it does resemble
another way of asking for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from kb.embed import Bytes8, Floats, similarities
from kb.signs import Places
from kb.vectors import Valid, Vectors

NEAREST = 3
"""Names of a document that speak for it."""
EXACT, PROMISING = 4_000, 40
"""Up to so many names, all are looked at; of more, so many for each document that is wanted."""


@dataclass(frozen=True)
class NameVectors:
    """All names of a library."""

    documents: tuple[str, ...]
    starts: NDArray[np.int64]
    """Where the names of each document begin, and where the last one's end."""
    names: Vectors
    """The names, numbered from 0."""

    @cached_property
    def places(self) -> dict[str, int]:
        """Place of each document."""
        return {document: place for place, document in enumerate(self.documents)}

    def likeness(self, query: Floats) -> "Likeness":
        """How much each document's names resemble a query, a unit vector."""
        return Likeness(self, query)


@dataclass(frozen=True)
class Likeness:
    """How much the names of documents resemble a query; worked out for those it is asked of.

    The mean cosine of a document's three nearest names: one chance resemblance tells little.
    """

    stored: NameVectors
    query: Floats
    _known: dict[int, float] = field(default_factory=dict, repr=False, compare=False)
    """What is worked out already, by the place of the document."""

    def best(self, k: int) -> list[str]:
        """The k documents whose names resemble the query most, best first."""
        if not self.stored.documents:
            return []
        near = Valid(self.stored.names).promising(self.query, PROMISING * k, EXACT)
        some = np.unique(np.searchsorted(self.stored.starts, near, side="right") - 1)
        order = np.argsort(-self._means(some), kind="stable")[:k]
        return [self.stored.documents[place] for place in some[order].tolist()]

    def of(self, documents: Sequence[str]) -> Floats:
        """Likeness of each document; 0 for one with too few names."""
        places = self.stored.places
        named = {one: places[one] for one in documents if one in places}
        means = self._means(np.array(list(named.values()), dtype=np.int64)).tolist()
        found = dict(zip(named, means, strict=True))
        return np.array([found.get(one, 0.0) for one in documents], dtype=np.float32)

    def _means(self, some: Places) -> Floats:
        """Likeness of documents by their places."""
        new = [place for place in some.tolist() if place not in self._known]
        if new:
            means = self._worked_out(np.array(new, dtype=np.int64))
            self._known.update(zip(new, means.tolist(), strict=True))
        return np.array([self._known[place] for place in some.tolist()], dtype=np.float32)

    def _worked_out(self, some: Places) -> Floats:
        begins, counts = self.stored.starts[some], np.diff(self.stored.starts)[some]
        first = np.cumsum(counts) - counts
        places = np.arange(counts.sum()) + np.repeat(begins - first, counts)
        names = self.stored.names
        table = np.full((len(some), counts.max()), -np.inf, dtype=np.float32)
        table[np.arange(table.shape[1]) < counts[:, None]] = similarities(
            self.query, names.codes[places], names.scales[places]
        )
        table.sort(axis=1)
        nearest_first = np.ascontiguousarray(table[:, : -NEAREST - 1 : -1])
        means: Floats = nearest_first.mean(axis=1)
        return means


def stacked(rows: Sequence[tuple[str, Floats, Bytes8]]) -> NameVectors:
    """All names together, of documents with their scales and codes.

    A document with fewer than three is left out: the title of a file says little of what is in it.
    """
    kept = [row for row in rows if len(row[1]) >= NEAREST]
    starts = np.cumsum([0, *(len(scales) for _, scales, _ in kept)])
    codes = np.concatenate([codes for _, _, codes in kept] or [np.zeros((0, 0), dtype=np.int8)])
    scales = np.concatenate([scales for _, scales, _ in kept] or [np.zeros(0, dtype=np.float32)])
    names = Vectors(np.arange(len(codes)), codes, scales)
    return NameVectors(tuple(document for document, _, _ in kept), starts, names)


def by_owner(
    owners: Sequence[str], codes: Bytes8, scales: Floats
) -> Iterator[tuple[str, Floats, Bytes8]]:
    """Each owner with the scales and codes of its vectors; those of one owner stand together."""
    start = 0
    for owner, group in groupby(owners):
        end = start + sum(1 for _ in group)
        yield owner, scales[start:end], codes[start:end]
        start = end
