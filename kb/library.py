"""The library as its users see it: add, list, show, search, remove, verify.

Files are read by a parser that is handed in, so that whoever opens the library decides where the
parser runs (in the app: a child process).
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from kb.embed import Embedder
from kb.errors import LibraryDamaged, LibraryError
from kb.incoming import Added, bytes_of, check_size, identity, shown_name
from kb.library_reading import LibraryReading
from kb.library_vectors import LibraryVectors
from kb.many_reading import Extract, Ready, local_document
from kb.messages import (
    OWN_PACK,
    Document,
    Extraction,
    Hit,
    Problem,
    SearchFilter,
)
from kb.query import load_words
from kb.ranking import Ranking
from kb.ready_vectors import NONE_READY, ReadyVectors
from kb.retrieve import Retriever
from kb.rows import to_rows
from kb.store_interface import LibraryStore

Card = tuple[Document, Extraction, bytes]
"""A built-in document: what it is, its text, and the bytes it came from."""

BATCH = 16
"""Documents of which the vectors are computed and written together."""


class Library(LibraryReading):
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
        super().__init__(store)
        self._extract = extract
        self._vectors = LibraryVectors(store, embedder, ready, self.document)
        self._retriever = Retriever(store, load_words(), embedder)

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    # --- adding and removing ---------------------------------------------------------------

    def install_pack(self, pack: str, version: str, cards: Callable[[], Iterable[Card]]) -> bool:
        """Index a pack unless this version of it is indexed; true if work was done."""
        if self._store.pack_digest(pack) == version:
            lacking = self._vectors.lacking_in(pack)
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
                if new or self._vectors.lacking(document.id):
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
        if self._vectors.take(document, ready.encoded):
            self._retriever.forget()
        else:
            self._changed([document])

    def complete(self, document: Document) -> None:
        """Give a document the vectors that it lacks since the work broke off."""
        if self._vectors.lacking(document.id):
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

    def _changed(self, documents: Sequence[str]) -> None:
        self._vectors.make(documents)
        self._retriever.forget()

    def texts(self) -> list[str]:
        """What the encoder reads of every passage and document, in the order of the library."""
        return self._vectors.texts([document.id for document in self.documents()])
