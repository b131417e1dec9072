"""The vectors of a library: which documents lack them, and how they come to be.

Without an encoder nothing lacks any and none are made.
"""

from collections.abc import Callable, Iterator, Sequence

from kb.embed import Bytes8, Embedder, Floats
from kb.many_reading import Encoded, names, passage_text
from kb.messages import Document
from kb.name_vectors import by_owner
from kb.ready_vectors import ReadyVectors, encode
from kb.store_interface import LibraryStore


class LibraryVectors:
    """Makes and stores the vectors of one library."""

    def __init__(
        self,
        store: LibraryStore,
        embedder: Embedder | None,
        ready: Callable[[], ReadyVectors],
        document: Callable[[str], Document],
    ) -> None:
        """Take the store, an encoder where one is installed, and what gives a document by its id.

        `ready` gives vectors that were worked out beforehand; it is asked only when needed.
        """
        self._store = store
        self._embedder = embedder
        self._ready = ready
        self._document = document

    def lacking(self, document: str) -> bool:
        """Whether a document was stored but the work broke off before it was encoded."""
        if self._embedder is None:
            return False
        sql = (
            "SELECT 1 FROM passages p LEFT JOIN vectors v ON v.passage = p.rowid AND v.encoder = ?"
            " WHERE p.document = ? AND v.passage IS NULL LIMIT 1"
        )
        return bool(self._store.query(sql, [self._embedder.name, document]))

    def lacking_in(self, pack: str) -> list[str]:
        """Documents of a pack that were stored before the power went, and not encoded."""
        if self._embedder is None:
            return []
        sql = (
            "SELECT DISTINCT p.document FROM documents d JOIN passages p ON p.document = d.id"
            " LEFT JOIN vectors v ON v.passage = p.rowid AND v.encoder = ?"
            " WHERE d.pack = ? AND v.passage IS NULL"
        )
        return [str(row["document"]) for row in self._store.query(sql, [self._embedder.name, pack])]

    def take(self, document: str, encoded: Encoded | None) -> bool:
        """Store vectors that were worked out elsewhere; false where another encoder made them."""
        if encoded is None or not self._embedder or encoded.encoder != self._embedder.name:
            return False
        rows = self._store.query(
            "SELECT rowid AS number FROM passages WHERE document = ? ORDER BY rowid",
            [document],
        )
        self._put(encoded.encoder, [int(row["number"]) for row in rows], *encoded.passages)
        codes, scales = encoded.names
        self._store.put_name_vectors(encoded.encoder, [(document, scales, codes)])
        return True

    def make(self, documents: Sequence[str]) -> None:
        """Store the vectors of all passages and names of documents."""
        if self._embedder is None or not documents:
            return
        passages = list(self._texts(documents))
        called = list(self._names(documents))
        texts = [text for _, text in (*passages, *called)]
        codes, scales = encode(self._embedder, self._ready(), texts)
        first, encoder = len(passages), self._embedder.name
        self._put(encoder, [number for number, _ in passages], codes, scales)
        owners = [document for document, _ in called]
        self._store.put_name_vectors(encoder, by_owner(owners, codes[first:], scales[first:]))

    def texts(self, documents: Sequence[str]) -> list[str]:
        """What the encoder reads of every passage, and of every name, of some documents."""
        return [text for _, text in (*self._texts(documents), *self._names(documents))]

    def _put(self, encoder: str, numbers: Sequence[int], codes: Bytes8, scales: Floats) -> None:
        rows = zip(numbers, scales, codes, strict=False)
        self._store.put_vectors(
            encoder, ((number, float(scale), code.tobytes()) for number, scale, code in rows)
        )

    def _names(self, documents: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Title, other names, and how people bring it up, of each document."""
        for document in map(self._document, documents):
            for name in names(document):
                yield document.id, name

    def _texts(self, documents: Sequence[str]) -> Iterator[tuple[int, str]]:
        for document in documents:
            rows = self._store.query(
                "SELECT rowid AS number, title, heading, text FROM passages WHERE document = ?"
                " ORDER BY rowid",
                [document],
            )
            for row in rows:
                yield int(row["number"]), passage_text(row)
