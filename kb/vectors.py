"""The vectors of a library, and what they say about one query.

Up to a few ten thousand are compared one by one. Of more, the signs are scanned first and only
those nearest by their signs are compared by their codes: exact to the eye for a part of the work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.embed import Bytes8, Floats, similarities
from kb.signs import NEVER, Places, Signs, apart, least, signs, signs_of

EXACT = 20_000
"""Up to so many vectors, all codes are compared."""
RESCORED, SHARE = 2_048, 128
"""Vectors nearest by their signs whose codes are compared: at least so many, and one in so many.
Of a million vectors like those of the encoder, so 0.990 of the ten nearest are found, and 0.992
where all codes are compared: the rest is what int8 loses among vectors equally near."""


class Meaning(Protocol):
    """One query against all vectors."""

    def nearest(self, k: int) -> list[int]:
        """Numbers of the k passages nearest in meaning, best first."""

    def cosines(self, numbers: Sequence[int]) -> Floats:
        """Cosine of each passage with the query; 0 where a passage has no vector."""

    def vectors(self, numbers: Sequence[int]) -> Floats:
        """Unit vectors of passages, shape (passages, dimensions); zeros where there is none."""


class Kept(Protocol):
    """Vectors kept in one place, by ascending passage number."""

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Passage numbers, ascending."""

    @property
    def scales(self) -> Floats:
        """Code times scale is the unit vector."""

    @property
    def signs(self) -> Signs:
        """The signs of all codes."""

    def codes_at(self, places: Places) -> Bytes8:
        """Codes at places, shape (places, dimensions)."""


@dataclass(frozen=True)
class Vectors:
    """Vectors in memory."""

    numbers: NDArray[np.int64]
    """Passage numbers, ascending, shape (passages,)."""
    codes: Bytes8
    """Shape (passages, dimensions)."""
    scales: Floats
    """codes * scale is the unit vector, shape (passages,)."""

    def __len__(self) -> int:
        """Number of vectors."""
        return len(self.numbers)

    @cached_property
    def signs(self) -> Signs:
        """The signs of all codes."""
        return signs(self.codes)

    def codes_at(self, places: Places) -> Bytes8:
        """Codes at places."""
        return self.codes[places]

    def meaning(self, query: Floats) -> "Asked":
        """What they say about a query, a unit vector."""
        return Asked((Valid(self),), query)


@dataclass(frozen=True)
class Valid:
    """Vectors kept in one place, of which some hold no longer."""

    kept: Kept
    gone: Places | None = None
    """Places of those that hold no longer."""

    def __len__(self) -> int:
        """Number of vectors that hold."""
        return len(self.kept.numbers) - (0 if self.gone is None else len(self.gone))

    def promising(self, query: Floats, some: int, exact: int = EXACT) -> Places:
        """Places among which the nearest are: all of few, of many `some` nearest by their signs.

        Up to `exact` are few.
        """
        count = len(self.kept.numbers)
        few = count <= max(exact, some)
        if few:
            distances = np.zeros(count, dtype=np.uint16)
        else:
            distances = apart(self.kept.signs, signs_of(query))
        if self.gone is not None:
            distances[self.gone] = NEVER
        return least(distances, count if few else some)

    def find(self, wanted: NDArray[np.int64]) -> tuple[Places, Places]:
        """Which of some passages are here, as places in `wanted` and places here."""
        stored = self.kept.numbers
        if not len(stored) or not len(wanted):
            return wanted[:0], wanted[:0]
        places = np.minimum(np.searchsorted(stored, wanted), len(stored) - 1)
        here = stored[places] == wanted
        if self.gone is not None:
            here &= ~np.isin(places, self.gone)
        return np.flatnonzero(here), places[here]


@dataclass(frozen=True)
class Layers:
    """Vectors in several places that share no passage."""

    layers: tuple[Valid, ...]

    def __len__(self) -> int:
        """Number of vectors."""
        return sum(map(len, self.layers))

    def meaning(self, query: Floats) -> "Asked":
        """What they say about a query, a unit vector."""
        return Asked(self.layers, query)


@dataclass(frozen=True)
class Asked:
    """One query against vectors in several places."""

    layers: tuple[Valid, ...]
    query: Floats
    """Unit vector, shape (dimensions,)."""

    def nearest(self, k: int) -> list[int]:
        """Numbers of the k passages nearest in meaning, best first."""
        found = list(self._nearest(k))
        if not found:
            return []
        scores = np.concatenate([scores for _, scores in found])
        numbers = np.concatenate([numbers for numbers, _ in found])
        return [int(number) for number in numbers[best(scores, k)]]

    def _nearest(self, k: int) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        for layer in filter(len, self.layers):
            some = max(RESCORED, len(layer) // SHARE, 4 * k)
            places = layer.promising(self.query, some, EXACT)
            kept = layer.kept
            scores = similarities(self.query, kept.codes_at(places), kept.scales[places])
            first = best(scores, k)
            yield kept.numbers[places[first]], scores[first]

    def cosines(self, numbers: Sequence[int]) -> Floats:
        """Cosine of each passage with the query; 0 where a passage has no vector."""
        cosines: Floats = np.vecdot(self.vectors(numbers), self.query)
        return cosines

    def vectors(self, numbers: Sequence[int]) -> Floats:
        """Unit vectors of passages, shape (passages, dimensions); zeros where there is none."""
        rows = np.zeros((len(numbers), len(self.query)), dtype=np.float32)
        for layer in filter(len, self.layers):
            wanted, places = layer.find(np.asarray(numbers, dtype=np.int64))
            codes = layer.kept.codes_at(places).astype(np.float32)
            rows[wanted] = codes * layer.kept.scales[places][:, None]
        return rows


def best(scores: Floats, k: int) -> Places:
    """Places of the k largest scores, largest first."""
    k = min(k, len(scores))
    if not k:
        return np.zeros(0, dtype=np.int64)
    some = np.argpartition(-scores, k - 1)[:k]
    return some[np.argsort(-scores[some], kind="stable")]
