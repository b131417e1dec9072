"""The library as its users see it: add, list, show, search, remove, verify.

Files are read by a parser that is handed in, so that whoever opens the library decides where the
parser runs (in the app: a child process).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePath

from kb.embed import Embedder, to_int8
from kb.errors import DocumentTooLarge, LibraryDamaged, LibraryError, UnknownDocument
from kb.messages import (
    Document,
    Extraction,
    Hit,
    Passage,
    Problem,
    SearchFilter,
)
from kb.query import load_words
from kb.rank import Ranking
from kb.retrieve import Retriever
from kb.rows import PASSAGE_COLUMNS, Row, as_document, as_passage, checked, damaged, to_rows
from kb.store import Store
from kb.text import clean

Extract = Callable[[bytes, str], Extraction]
Card = tuple[Document, Extraction, bytes]
"""A built-in document: what it is, its text, and the bytes it came from."""

USER_PACK = "local"
MAX_BYTES = 50 * 1024 * 1024
LOCAL_STATUS = "added on this machine, not reviewed"


class Library:
    """One open library."""

    def __init__(self, store: Store, extract: Extract, embedder: Embedder | None = None) -> None:
        """Take an open store, the parser for files, and an encoder where one is installed."""
        self._store = store
        self._extract = extract
        self._embedder = embedder
        self._retriever = Retriever(store, load_words(), embedder)

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    # --- adding and removing ---------------------------------------------------------------

    def install_pack(self, pack: str, version: str, cards: Callable[[], Iterable[Card]]) -> bool:
        """Index a built-in pack unless this version of it is indexed; true if work was done."""
        if self._store.pack_digest(pack) == version:
            return False
        contents = [to_rows(document, text, raw) for document, text, raw in cards()]
        self._store.put_pack(pack, version, contents)
        self._changed([str(document["id"]) for document, _ in contents])
        return True

    def add(self, path: Path) -> Document:
        """Read a file into the library.

        Raises:
            UnreadableDocument: it cannot be turned into text; the message says why.
        """
        if not path.is_file():
            message = f"There is no file {path.name}."
            raise UnknownDocument(message)
        if path.stat().st_size > MAX_BYTES:
            raise _too_large(path.name)
        return self.add_bytes(path.read_bytes(), path.name)

    def add_bytes(self, data: bytes, name: str) -> Document:
        """Read the bytes of a file called `name` into the library.

        The same bytes under the same name replace nothing and change nothing; other bytes under a
        known name become a new document beside it.
        """
        if len(data) > MAX_BYTES:
            raise _too_large(name)
        file_name = clean(PurePath(name.replace("\\", "/")).name) or "document"
        identity = f"{USER_PACK}/{_slug(file_name)}-{hashlib.sha256(data).hexdigest()[:8]}"
        if self._has(identity):
            return self.document(identity)
        extraction = self._extract(data, file_name)
        document = Document(
            id=identity,
            pack=USER_PACK,
            title=extraction.title or file_name,
            digest=hashlib.sha256(data).hexdigest(),
            media_type=extraction.media_type,
            status=LOCAL_STATUS,
            aliases=(PurePath(file_name).stem,),
            pages=extraction.pages,
            file_name=file_name,
            added=datetime.now(UTC).isoformat(timespec="seconds"),
            notes=extraction.notes,
        )
        self._store.put_document(*to_rows(document, extraction, data))
        self._changed([identity])
        return document

    def remove(self, document: str) -> None:
        """Take a document out of the library; built-in cards stay."""
        if self.document(document).pack != USER_PACK:
            message = "This card is part of the built-in library and cannot be removed."
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
            [USER_PACK],
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

    def verify(self) -> list[Problem]:
        """Everything that does not match its digest or is broken in the file."""
        problems = [Problem("library file", finding) for finding in self._store.check_pages()]
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
        if self._embedder is not None:
            for document in documents:
                self._embed(document)
        self._retriever.forget()

    def _embed(self, document: str) -> None:
        rows = self._store.query(
            "SELECT rowid AS number, title, heading, text FROM passages WHERE document = ?",
            [document],
        )
        if not rows or self._embedder is None:
            return
        texts = [f"{row['title']}. {row['heading']}. {row['text']}" for row in rows]
        codes, scales = to_int8(self._embedder.embed_batch(texts))
        self._store.put_vectors(
            self._embedder.name,
            (
                (int(row["number"]), float(scale), code.tobytes())
                for row, code, scale in zip(rows, codes, scales, strict=True)
            ),
        )


def _one(rows: list[Row], identity: str) -> Row:
    if not rows:
        message = f"The library has nothing called {identity}."
        raise UnknownDocument(message)
    return rows[0]


def _too_large(name: str) -> DocumentTooLarge:
    return DocumentTooLarge(f"{name} is larger than 50 MB. Split it and add the parts.")


def _slug(name: str) -> str:
    kept = "".join(char if char.isascii() and char.isalnum() else "-" for char in name.lower())
    return "-".join(part for part in kept.split("-") if part)[:48] or "document"
