"""Made-up passages, vectors and questions for measuring search at any size.

Words follow Zipf's law (the n-th most frequent word occurs about 1 / n as often as the first), as
the words of any language do; vectors lie in clusters, as those of an encoder do. Everything hangs
on the seed alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb.embed import Bytes8, Embedder, Floats, to_int8, unit
from kb.messages import OWN_PACK
from kb.store import Store

DIMENSIONS = 384
ENCODER, PACK = "made-up-384", "scale"
WORDS = 200_000
SHORTEST, LONGEST = 40, 120
"""Words of a passage; the library cuts text into passages of about this length."""
OFTEN = 40
"""So many of the most frequent words stand for glue, which no question asks for."""
TITLE = 3
A_DOCUMENT, NAMES = 50, 4
"""Passages of a document, and names that it goes by."""
CLUSTERS, NOISE = 2_000, 1.0
"""Centres of the vectors, and length of what is added to a centre of length one."""
BLOCK = 10_000
"""Passages made at a time."""
ASKED_BLOCKS = 5
"""Questions ask for passages of so many blocks."""
SEED = 20_110
_SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or"))
Text = tuple[str, str, str]
"""Document, title and text of a passage."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A made-up question with its vector."""

    text: str
    vector: Floats


@dataclass(frozen=True, slots=True)
class Block:
    """Some passages."""

    start: int
    ranks: list[list[int]]
    """Words of each passage by how frequent they are."""
    vectors: Floats
    """Unit vectors, shape (passages, dimensions)."""


class Prepared:
    """An `Embedder` that is told the vector of the next question; a real one may run beside it.

    The real encoder's vector is thrown away: it only makes the time that of a real question.
    """

    name = ENCODER

    def __init__(self, real: Embedder | None) -> None:
        """Take the encoder whose time counts."""
        self._real = real
        self.next = np.zeros(DIMENSIONS, dtype=np.float32)

    def embed_batch(self, texts: Sequence[str]) -> Floats:
        """The next question's vector for every text."""
        return np.stack([self.next] * len(texts))

    def embed_query(self, text: str) -> Floats:
        """The next question's vector, after the time that encoding takes."""
        if self._real is not None:
            self._real.embed_query(text)
        return self.next


def blocks(size: int) -> Iterator[Block]:
    """All passages."""
    return (block(start, size) for start in range(0, size, BLOCK))


def block(start: int, size: int) -> Block:
    """The passages from `start` on."""
    count = min(BLOCK, size - start)
    centres = unit(_noise(0, CLUSTERS))
    chosen = np.random.default_rng((SEED, 1, start)).integers(CLUSTERS, size=count)
    vectors = unit(centres[chosen] + NOISE * _noise(start + 1, count))
    return Block(start, _ranks(start, count), vectors)


def fill(store: Store, size: int) -> None:
    """Put passages and their vectors into an empty store, block by block."""
    spelled = _spelled()
    for some in blocks(size):
        put(store, PACK, some, list(_texts(spelled, some)))


def own_document(store: Store) -> tuple[Block, list[Text]]:
    """A document of one's own that a store does not hold yet, and its texts."""
    last = store.query("SELECT max(rowid) AS n FROM passages")[0]["n"] or 0
    made = block(0, A_DOCUMENT)
    texts = [(f"{OWN_PACK}/added", title, text) for _, title, text in _texts(_spelled(), made)]
    return replace(made, start=int(last)), texts


def put(store: Store, pack: str, some: Block, texts: Sequence[Text]) -> None:
    """Put passages with their documents and vectors into a store."""
    with store.writing() as db:
        db.conn.executemany(
            "INSERT OR IGNORE INTO documents (id, pack, title, digest, media_type, status,"
            " kind, language, details, text, original, added)"
            " VALUES (?, ?, ?, '', 'text/plain', '', '', 'en', '{}', '', x'', '')",
            {document: (document, pack, title) for document, title, _ in texts}.values(),
        )
        db.conn.executemany(
            "INSERT INTO passages (rowid, id, document, title, aliases, heading, section,"
            " start, end, text, population, setting, digest)"
            " VALUES (?, ?, ?, ?, '', '', '[]', 0, ?, ?, '[]', '[]', '')",
            (
                (number, f"{document}#{number}", document, title, len(text), text)
                for number, (document, title, text) in enumerate(texts, some.start + 1)
            ),
        )
    codes, scales = to_int8(some.vectors)
    store.put_name_vectors(ENCODER, _named(texts, scales, codes))
    rows = enumerate(zip(scales.tolist(), codes, strict=True), some.start + 1)
    store.put_vectors(ENCODER, ((number, scale, code.tobytes()) for number, (scale, code) in rows))


def _named(
    texts: Sequence[Text], scales: Floats, codes: Bytes8
) -> Iterator[tuple[str, Floats, Bytes8]]:
    """Vectors of what documents go by: those of their first passages."""
    for place in range(0, len(texts), A_DOCUMENT):
        names = slice(place, place + NAMES)
        yield texts[place][0], scales[names], codes[names]


def questions(size: int, count: int, seed: int = 0) -> list[Asked]:
    """Questions of four to six words of a passage, with a vector near that passage's."""
    spelled = _spelled()
    rng = np.random.default_rng((SEED, 2, size, seed))
    starts = rng.choice(np.arange(0, size, BLOCK), size=min(ASKED_BLOCKS, -(-size // BLOCK)))
    chosen = [block(int(start), size) for start in starts]
    return [_question(rng, spelled, chosen[at % len(chosen)]) for at in range(count)]


def _question(rng: np.random.Generator, spelled: Sequence[str], some: Block) -> Asked:
    place = int(rng.integers(len(some.ranks)))
    telling = list(dict.fromkeys(rank for rank in some.ranks[place] if rank >= OFTEN))
    words = rng.choice(telling, size=min(len(telling), int(rng.integers(4, 7))), replace=False)
    noise = rng.normal(size=DIMENSIONS).astype(np.float32) / np.float32(np.sqrt(DIMENSIONS))
    vector = unit((some.vectors[place] + noise)[None])[0]
    return Asked(" ".join(spelled[rank] for rank in words), vector)


def _noise(seed: int, count: int) -> Floats:
    rng = np.random.default_rng((SEED, 3, seed))
    values = rng.standard_normal((count, DIMENSIONS), dtype=np.float32)
    return values / np.float32(np.sqrt(DIMENSIONS))


def _spelled() -> list[str]:
    """The words, most frequent first; frequent ones are shorter."""
    some = len(_SYLLABLES)
    short = some * some
    return [
        _word(number, 2) if number < short else _word(number - short, 3) for number in range(WORDS)
    ]


def _word(number: int, syllables: int) -> str:
    parts = []
    for _ in range(syllables):
        number, part = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[part])
    return "".join(parts)


def _ranks(start: int, count: int) -> list[list[int]]:
    """Words of passages by how frequent they are."""
    rng = np.random.default_rng((SEED, 4, start))
    often = np.cumsum(1.0 / np.arange(1, WORDS + 1))
    lengths = rng.integers(SHORTEST, LONGEST, size=count)
    drawn = np.searchsorted(often, rng.random(int(lengths.sum())) * often[-1])
    rows: list[NDArray[np.int64]] = np.split(drawn, np.cumsum(lengths)[:-1])
    return [row.tolist() for row in rows]


def _texts(spelled: Sequence[str], some: Block) -> Iterator[Text]:
    """Document, title and text of each passage."""
    title = ""
    for place, row in enumerate(some.ranks):
        number = some.start + place
        if number % A_DOCUMENT == 0:
            telling = [spelled[rank] for rank in row if rank >= OFTEN]
            title = " ".join(telling[:TITLE])
        document = f"{PACK}/{number // A_DOCUMENT}"
        yield document, title, " ".join(spelled[rank] for rank in row)
