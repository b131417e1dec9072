"""Vectors as the signs of their dimensions: 48 bytes for 384, compared by counting what differs.

The share of signs in which two vectors differ grows with the angle between them, so that a scan of
the signs finds the few thousand vectors among which the nearest are (Charikar, Similarity
Estimation Techniques from Rounding Algorithms, STOC 2002). The codes decide among those.
"""

import numpy as np
from numpy.typing import NDArray

from kb.embed import Bytes8, Floats

Signs = NDArray[np.uint64]
"""Shape (words, vectors): bit for bit the signs of 64 dimensions a word."""
Distances = NDArray[np.uint16]
Places = NDArray[np.int64]

SCANNED = 32_768
"""Vectors compared at a time, so that what is worked on stays in the processor's cache."""
NEVER = np.iinfo(np.uint16).max
"""The distance of what must not be found."""


def width(dimensions: int) -> int:
    """Words of 64 bits that the signs of one vector take."""
    return -(-dimensions // 64)


def signs(codes: Bytes8) -> Signs:
    """The signs of int8 codes, one row a vector."""
    wide = np.zeros((len(codes), width(codes.shape[1]) * 8), dtype=np.uint8)
    packed = np.packbits(codes > 0, axis=1)
    wide[:, : packed.shape[1]] = packed
    return np.ascontiguousarray(wide.view(np.uint64).T)


def signs_of(vector: Floats) -> NDArray[np.uint64]:
    """The signs of one vector, shape (words,)."""
    wide = np.zeros(width(len(vector)) * 8, dtype=np.uint8)
    packed = np.packbits(vector > 0)
    wide[: len(packed)] = packed
    return wide.view(np.uint64)


def apart(stored: Signs, asked: NDArray[np.uint64]) -> Distances:
    """In how many dimensions each stored vector has another sign than the asked one."""
    found = np.zeros(stored.shape[1], dtype=np.uint16)
    for start in range(0, stored.shape[1], SCANNED):
        total = found[start : start + SCANNED]
        for row, word in zip(stored[:, start : start + SCANNED], asked, strict=True):
            total += np.bitwise_count(row ^ word)
    return found


def least(distances: Distances, k: int) -> Places:
    """Places of the k smallest distances, ascending by place; of equals the first."""
    if k >= len(distances):
        return np.flatnonzero(distances != NEVER)
    limit = _limit(distances, k)
    closer = np.flatnonzero(distances < limit)
    equal = np.flatnonzero(distances == limit)[: k - len(closer)]
    return np.union1d(closer, equal) if limit != NEVER else closer


def _limit(distances: Distances, k: int) -> int:
    """The k-th smallest distance."""
    often = np.bincount(distances)
    return int(np.searchsorted(np.cumsum(often), k))
