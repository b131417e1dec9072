"""What a library holds, read as it was stored and checked against its digests."""

import hashlib

from kb.errors import UnknownDocument
from kb.messages import OWN_PACK, Document, Passage
from kb.rows import PASSAGE_COLUMNS, Row, as_document, as_passage, checked, damaged
from kb.store_interface import LibraryStore

_COLUMNS = "id, pack, title, digest, media_type, status, kind, language, details, added"


class LibraryReading:
    """The documents and passages of one library."""

    def __init__(self, store: LibraryStore) -> None:
        """Take an open store."""
        self._store = store

    def documents(self) -> list[Document]:
        """All documents, built-in first, then by title."""
        rows = self._store.query(
            f"SELECT {_COLUMNS} FROM documents ORDER BY pack = ? , title",  # noqa: S608 - constants
            [OWN_PACK],
        )
        return [as_document(row) for row in rows]

    def document(self, identity: str) -> Document:
        """One document without its text."""
        rows = self._store.query(
            f"SELECT {_COLUMNS} FROM documents WHERE id = ?",  # noqa: S608 - constants
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


def _one(rows: list[Row], identity: str) -> Row:
    if not rows:
        message = f"The library has nothing called {identity}."
        raise UnknownDocument(message)
    return rows[0]
