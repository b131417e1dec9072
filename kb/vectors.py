"""The vectors of a library in memory, and what they say about one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kb.embed import Bytes8, Floats, similarities


@dataclass(frozen=True)
class Vectors:
    """Int8 codes of all passages, sorted by passage number."""

    numbers: NDArray[np.int64]
    """Passage numbers, ascending, shape (passages,)."""
    codes: Bytes8
    """Shape (passages, dimensions)."""
    scales: Floats
    """codes * scale is the unit vector, shape (passages,)."""

    def places(self, numbers: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where passages stand here, and whether they are here at all."""
        wanted = np.asarray(numbers, dtype=np.int64)
        places = np.searchsorted(self.numbers, wanted)
        places = np.minimum(places, max(0, len(self.numbers) - 1))
        return places, self.numbers[places] == wanted


@dataclass(frozen=True)
class Meaning:
    """One query against all vectors."""

    stored: Vectors
    query: Floats
    """Unit vector, shape (dimensions,)."""

    @cached_property
    def _all(self) -> Floats:
        return similarities(self.query, self.stored.codes, self.stored.scales)

    def nearest(self, k: int) -> list[int]:
        """Numbers of the k passages nearest in meaning, best first."""
        k = min(k, len(self._all))
        some = np.argpartition(-self._all, k - 1)[:k]
        best = some[np.argsort(-self._all[some], kind="stable")]
        return [int(number) for number in self.stored.numbers[best]]

    def cosines(self, numbers: Sequence[int]) -> Floats:
        """Cosine of each passage with the query; 0 where a passage has no vector."""
        places, there = self.stored.places(numbers)
        return np.where(there, self._all[places], 0).astype(np.float32)

    def vectors(self, numbers: Sequence[int]) -> Floats:
        """Unit vectors of passages, shape (passages, dimensions); zeros where there is none."""
        places, there = self.stored.places(numbers)
        rows = self.stored.codes[places].astype(np.float32) * self.stored.scales[places][:, None]
        return (rows * there[:, None]).astype(np.float32)
