"""Vectors of the starter library worked out beforehand, so that the first start need not wait.

A passage is looked up by the digest of the very text that the encoder would read; a passage that
changed since is simply not there, and is encoded on the spot.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from kb.embed import Bytes8, Embedder, Floats, to_int8

FILE = "vectors.npz"
DIGEST_BYTES = 12

Stored = tuple[float, bytes]
"""Scale and int8 code of one passage."""


@dataclass(frozen=True, slots=True)
class ReadyVectors:
    """Vectors of one encoder by the digest of their text."""

    encoder: str
    vectors: Mapping[bytes, Stored]

    def find(self, encoder: str, text: str) -> Stored | None:
        """The vector of a text, if it was worked out by this encoder."""
        return self.vectors.get(digest(text)) if encoder == self.encoder else None


NONE_READY = ReadyVectors("", {})


def digest(text: str) -> bytes:
    """What a text is looked up by."""
    return hashlib.sha256(text.encode()).digest()[:DIGEST_BYTES]


def load_ready() -> ReadyVectors:
    """The vectors that come with the starter library; none where the file is missing."""
    source = files("kb.starter").joinpath(FILE)
    if not source.is_file():
        return NONE_READY
    with np.load(io.BytesIO(source.read_bytes()), allow_pickle=False) as table:
        keys, codes, scales = table["digests"], table["codes"], table["scales"]
        found = {
            key.tobytes(): (float(scale), code.tobytes())
            for key, code, scale in zip(keys, codes, scales, strict=True)
        }
        return ReadyVectors(str(table["encoder"]), found)


def encode(embedder: Embedder, ready: ReadyVectors, texts: Sequence[str]) -> tuple[Bytes8, Floats]:
    """Int8 codes, shape (texts, dimensions), and scales, shape (texts,)."""
    found = [ready.find(embedder.name, text) for text in texts]
    missing = [place for place, vector in enumerate(found) if vector is None]
    codes, scales = to_int8(embedder.embed_batch([texts[place] for place in missing]))
    if len(missing) == len(texts):
        return codes, scales
    width = len(next(vector[1] for vector in found if vector is not None))
    all_codes = np.empty((len(texts), width), dtype=np.int8)
    all_scales = np.empty(len(texts), dtype=np.float32)
    for place, vector in enumerate(found):
        if vector is not None:
            all_scales[place] = vector[0]
            all_codes[place] = np.frombuffer(vector[1], dtype=np.int8)
    if missing:
        all_codes[missing], all_scales[missing] = codes, scales
    return all_codes, all_scales


def pack_ready(embedder: Embedder, texts: Sequence[str], ready: ReadyVectors) -> bytes:
    """The file of vectors for these texts, as bytes; those that are ready are taken over."""
    codes, scales = encode(embedder, ready, texts)
    keys = np.frombuffer(b"".join(map(digest, texts)), dtype=np.uint8).reshape(len(texts), -1)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, encoder=np.array(embedder.name), digests=keys, codes=codes, scales=scales
    )
    return buffer.getvalue()
