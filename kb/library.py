"""The library as its users see it: add, list, show, search, remove, verify.

Files are read by a parser that is handed in, so that whoever opens the library decides where the
parser runs (in the app: a child process).
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from kb.embed import Bytes8, Embedder, Floats
from kb.errors import LibraryDamaged, LibraryError, UnknownDocument
from kb.incoming import Added, bytes_of, check_size, identity, shown_name
from kb.many_reading import Extract, Ready, local_document, names, passage_text
from kb.messages import (
    OWN_PACK,
    Document,
    Extraction,
    Hit,
    Passage,
    Problem,
    SearchFilter,
)
from kb.name_vectors import by_owner
from kb.query import load_words
from kb.ranking import Ranking
from kb.ready_vectors import NONE_READY, ReadyVectors, encode
from kb.retrieve import Retriever
from kb.rows import PASSAGE_COLUMNS, Row, as_document, as_passage, checked, damaged, to_rows
from kb.store_interface import LibraryStore

Card = tuple[Document, Extraction, bytes]
"""A built-in document: what it is, its text, and the bytes it came from."""

BATCH = 16
"""Documents of which the vectors are computed and written together."""


class Library:
    """One open library."""

    def __init__(
        self,
        store: LibraryStore,
        extract: Extract,
        embedder: Embedder | None = None,
        ready: Callable[[], ReadyVectors] = lambda: NONE_READY,
    ) -> None:
        """Take an open store, the parser for files, and an encoder where one is installed.

        `ready` gives vectors that were worked out beforehand; it is asked only when needed.
        """
        self._store = store
        self._extract = extract
        self._embedder = embedder
        self._ready = ready
        self._retriever = Retriever(store, load_words(), embedder)

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    # --- adding and removing ---------------------------------------------------------------

    def install_pack(self, pack: str, version: str, cards: Callable[[], Iterable[Card]]) -> bool:
        """Index a pack unless this version of it is indexed; true if work was done."""
        if self._store.pack_digest(pack) == version:
            lacking = self._without_vectors(pack)
            self._changed(lacking)
            return bool(lacking)
        contents = [to_rows(document, text, raw) for document, text, raw in cards()]
        self._store.put_pack(pack, version, contents)
        self._changed([str(document["id"]) for document, _ in contents])
        self._retriever.settle()
        return True

    def remove_pack(self, pack: str) -> None:
        """Take all documents of a pack out of the library."""
        self._store.delete_pack(pack)
        self._retriever.forget()

    def add(self, path: Path) -> Document:
        """Read a file into the library.

        Raises:
            UnreadableDocument: it cannot be turned into text; the message says why.
        """
        return self.add_bytes(bytes_of(path), path.name)

    def add_bytes(self, data: bytes, name: str) -> Document:
        """Read the bytes of a file called `name` into the library.

        The same bytes under the same name replace nothing and change nothing; other bytes under a
        known name become a new document beside it.
        """
        document, new = self._put(data, name, self._extract)
        if new:
            self._changed([document.id])
        return document

    def add_many(self, paths: Iterable[Path], read: Extract | None = None) -> Generator[Added]:
        """Read files one after the other, telling of each; `read` stands in for the usual parser.

        What is done stays, wherever the loop is left; what is there already is passed over, so
        that doing it again goes on where it stopped.
        """
        waiting: list[str] = []
        try:
            for path in paths:
                try:
                    document, new = self._put(bytes_of(path), path.name, read or self._extract)
                except LibraryError as error:
                    yield Added(path, reason=str(error))
                    continue
                if new or self._lacks_vectors(document.id):
                    waiting.append(document.id)
                yield Added(path, document, new=new)
                if len(waiting) >= BATCH:
                    self._changed(waiting)
                    waiting = []
        finally:
            self._changed(waiting)

    def _put(self, data: bytes, name: str, extract: Extract) -> tuple[Document, bool]:
        """Store a file without its vectors; whether it is new."""
        check_size(len(data), name)
        file_name = shown_name(name)
        known = identity(OWN_PACK, file_name, data)
        if self._has(known):
            return self.document(known), False
        extraction = extract(data, file_name)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        document = local_document(file_name, data, extraction, now)
        self._store.put_document(*to_rows(document, extraction, data))
        return document, True

    def known(self, data: bytes, name: str) -> Document | None:
        """The document of a file that is there already; None where it is not."""
        called = identity(OWN_PACK, shown_name(name), data)
        return self.document(called) if self._has(called) else None

    def take(self, ready: Ready, original: bytes) -> None:
        """Write down a document that was read elsewhere, and the bytes of its file."""
        document = ready.document.id
        self._store.put_document({**ready.row, "original": original}, ready.passages)
        encoded = ready.encoded
        if encoded is not None and self._embedder and encoded.encoder == self._embedder.name:
            rows = self._store.query(
                "SELECT rowid AS number FROM passages WHERE document = ? ORDER BY rowid",
                [document],
            )
            self._put_vectors([int(row["number"]) for row in rows], *encoded.passages)
            codes, scales = encoded.names
            self._store.put_name_vectors(encoded.encoder, [(document, scales, codes)])
            self._retriever.forget()
        else:
            self._changed([document])

    def complete(self, document: Document) -> None:
        """Give a document the vectors that it lacks since the work broke off."""
        if self._lacks_vectors(document.id):
            self._changed([document.id])

    def remove(self, document: str) -> None:
        """Take a document out of the library; built-in cards stay."""
        if self.document(document).pack != OWN_PACK:
            message = "This document is part of a built-in or installed pack and stays."
            raise LibraryError(message)
        self._store.delete_document(document)
        self._retriever.forget()

    def reindex(self) -> int:
        """Compute the vectors of all passages anew; the number of passages done."""
        documents = [document.id for document in self.documents()]
        self._changed(documents)
        return sum(len(self.passages(document)) for document in documents)

    # --- reading ---------------------------------------------------------------------------

    def documents(self) -> list[Document]:
        """All documents, built-in first, then by title."""
        rows = self._store.query(
            "SELECT id, pack, title, digest, media_type, status, kind, language, details, added"
            " FROM documents ORDER BY pack = ? , title",
            [OWN_PACK],
        )
        return [as_document(row) for row in rows]

    def document(self, identity: str) -> Document:
        """One document without its text."""
        rows = self._store.query(
            "SELECT id, pack, title, digest, media_type, status, kind, language, details, added"
            " FROM documents WHERE id = ?",
            [identity],
        )
        return as_document(_one(rows, identity))

    def text(self, identity: str) -> str:
        """The extracted text that spans point into."""
        rows = self._store.query("SELECT text FROM documents WHERE id = ?", [identity])
        return str(_one(rows, identity)["text"])

    def original(self, identity: str) -> bytes:
        """The bytes of the file as it was added.

        Raises:
            LibraryDamaged: they do not match their digest.
        """
        rows = self._store.query("SELECT original, digest FROM documents WHERE id = ?", [identity])
        row = _one(rows, identity)
        data = bytes(row["original"])
        if hashlib.sha256(data).hexdigest() != row["digest"]:
            raise damaged(identity)
        return data

    def passages(self, identity: str) -> list[Passage]:
        """All passages of a document in reading order."""
        rows = self._store.query(
            f"SELECT {PASSAGE_COLUMNS} FROM passages p JOIN documents d ON d.id = p.document"  # noqa: S608
            " WHERE p.document = ? ORDER BY p.rowid",
            [identity],
        )
        return [checked(as_passage(row)) for row in rows]

    def passage(self, identity: str) -> Passage:
        """One passage; its digest is checked.

        Raises:
            LibraryDamaged: the text does not match its digest.
        """
        rows = self._store.query(
            f"SELECT {PASSAGE_COLUMNS} FROM passages p JOIN documents d ON d.id = p.document"  # noqa: S608
            " WHERE p.id = ?",
            [identity],
        )
        return checked(as_passage(_one(rows, identity)))

    def versions(self) -> dict[str, str]:
        """Built-in packs and their digests."""
        rows = self._store.query("SELECT id, digest FROM packs ORDER BY id")
        return {str(row["id"]): str(row["digest"]) for row in rows}

    # --- searching -------------------------------------------------------------------------

    def search(self, text: str, k: int = 10, who: SearchFilter | None = None) -> list[Hit]:
        """The k best passages for a query, best first."""
        return list(self.rank(text, who).hits(k))

    def rank(self, text: str, who: SearchFilter | None = None) -> Ranking:
        """Documents and passages for a query with the probability that they answer it."""
        return self._retriever.search(text, who)

    @property
    def encoder(self) -> str | None:
        """Name of the encoder in use; None where search goes by words alone.

        Loads it, since a damaged one is only noticed then.
        """
        return self._retriever.encoder()

    def verify(self) -> list[Problem]:
        """Everything that does not match its digest or is broken in the file."""
        problems = [Problem("library file", finding) for finding in self._store.check_pages()]
        if self._retriever.mended():
            problems.append(Problem("vectors file", "it was damaged and is made anew"))
        for document in self.documents():
            problems += self._problems(document)
        return problems

    def _problems(self, document: Document) -> list[Problem]:
        try:
            self.original(document.id)
            text = self.text(document.id)
            passages = self.passages(document.id)
        except LibraryDamaged as error:
            return [Problem(document.id, str(error))]
        return [
            Problem(passage.id, "the passage is not where it says in the text")
            for passage in passages
            if text[passage.start : passage.end] != passage.text
        ]

    def _has(self, identity: str) -> bool:
        return bool(self._store.query("SELECT 1 FROM documents WHERE id = ?", [identity]))

    def _lacks_vectors(self, document: str) -> bool:
        """Whether a document was stored but the work broke off before it was encoded."""
        if self._embedder is None:
            return False
        sql = (
            "SELECT 1 FROM passages p LEFT JOIN vectors v ON v.passage = p.rowid AND v.encoder = ?"
            " WHERE p.document = ? AND v.passage IS NULL LIMIT 1"
        )
        return bool(self._store.query(sql, [self._embedder.name, document]))

    def _without_vectors(self, pack: str) -> list[str]:
        """Documents of a pack that were stored before the power went, and not encoded."""
        if self._embedder is None:
            return []
        sql = (
            "SELECT DISTINCT p.document FROM documents d JOIN passages p ON p.document = d.id"
            " LEFT JOIN vectors v ON v.passage = p.rowid AND v.encoder = ?"
            " WHERE d.pack = ? AND v.passage IS NULL"
        )
        return [str(row["document"]) for row in self._store.query(sql, [self._embedder.name, pack])]

    def _changed(self, documents: Sequence[str]) -> None:
        if self._embedder is not None and documents:
            self._embed(self._embedder, documents)
        self._retriever.forget()

    def _embed(self, embedder: Embedder, documents: Sequence[str]) -> None:
        """Store the vectors of all passages and names of documents."""
        passages = list(self._texts(documents))
        called = list(self._names(documents))
        texts = [text for _, text in (*passages, *called)]
        codes, scales = encode(embedder, self._ready(), texts)
        first = len(passages)
        self._put_vectors([number for number, _ in passages], codes, scales)
        owners = [document for document, _ in called]
        self._store.put_name_vectors(embedder.name, by_owner(owners, codes[first:], scales[first:]))

    def _put_vectors(self, numbers: Sequence[int], codes: Bytes8, scales: Floats) -> None:
        if self._embedder is not None:
            rows = zip(numbers, scales, codes, strict=False)
            self._store.put_vectors(
                self._embedder.name,
                ((number, float(scale), code.tobytes()) for number, scale, code in rows),
            )

    def texts(self) -> list[str]:
        """What the encoder reads of every passage and document, in the order of the library."""
        documents = [document.id for document in self.documents()]
        return [text for _, text in (*self._texts(documents), *self._names(documents))]

    def _names(self, documents: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Title, other names, and how people bring it up, of each document."""
        for document in map(self.document, documents):
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


def _one(rows: list[Row], identity: str) -> Row:
    if not rows:
        message = f"The library has nothing called {identity}."
        raise UnknownDocument(message)
    return rows[0]
