"""The seam for meaning: text to vectors, and vectors as the store keeps them.

Vectors are kept as int8 with one scale each: 384 bytes a passage instead of 1,536, at a cosine
error below 0.01. How they are searched is told in `kb/vectors.py`.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.text import words

Floats = NDArray[np.float32]
Bytes8 = NDArray[np.int8]
COMPARED = 512
"""Stored vectors compared at a time, so that their floats stay in the processor's cache."""


class Embedder(Protocol):
    """Turns texts into vectors of length one."""

    @property
    def name(self) -> str:
        """Names the encoder and its version; vectors of different names never meet."""

    def embed_batch(self, texts: Sequence[str]) -> Floats:
        """Vectors of the texts, shape (texts, dimensions), each of length one."""

    def embed_query(self, text: str) -> Floats:
        """Vector of a query, shape (dimensions,), of length one."""


class HashingEmbedder:
    """A deterministic encoder without weights: hashed character trigrams.

    It knows spelling, not meaning. It keeps the dense path alive and tested where no trained
    encoder is installed, and is never chosen by default.
    """

    def __init__(self, dimensions: int = 256) -> None:
        """Set the number of dimensions."""
        self._dimensions = dimensions

    @property
    def name(self) -> str:
        """Name with the number of dimensions."""
        return f"hashing-{self._dimensions}"

    def embed_batch(self, texts: Sequence[str]) -> Floats:
        """Vectors of the texts."""
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for trigram in _trigrams(text):
                place = int.from_bytes(hashlib.blake2b(trigram, digest_size=8).digest(), "big")
                vectors[row, place % self._dimensions] += 1.0 if place >> 63 else -1.0
        return unit(vectors)

    def embed_query(self, text: str) -> Floats:
        """Vector of a query."""
        vector: Floats = self.embed_batch([text])[0]
        return vector


def unit(vectors: Floats) -> Floats:
    """Vectors scaled to length one; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)


def to_int8(vectors: Floats) -> tuple[Bytes8, Floats]:
    """Int8 codes and one scale a vector, so that codes * scale is near the vector."""
    if not vectors.size:
        return vectors.astype(np.int8), np.zeros(len(vectors), dtype=np.float32)
    scales = np.abs(vectors).max(axis=1, keepdims=True) / 127.0
    scales = np.where(scales == 0, 1, scales).astype(np.float32)
    return np.rint(vectors / scales).astype(np.int8), scales[:, 0]


def similarities(query: Floats, codes: Bytes8, scales: Floats) -> Floats:
    """Cosine of one query vector with every stored vector, exact over the codes."""
    products = np.empty(len(codes), dtype=np.float32)
    for start in range(0, len(codes), COMPARED):
        some = slice(start, start + COMPARED)
        # Row by row: the product of the whole starts threads, and waits for them on a busy machine.
        products[some] = np.vecdot(codes[some].astype(np.float32), query)
    cosines: Floats = products * scales
    return cosines


def _trigrams(text: str) -> list[bytes]:
    spoken = " ".join(words(text))
    padded = f"  {spoken}  ".encode() if spoken else b""
    return [padded[place : place + 3] for place in range(len(padded) - 2)]
