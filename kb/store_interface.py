"""What the library asks of the place where it is kept: a file (`kb/store.py`) or a server.

SQL is written once, in what SQLite and PostgreSQL both understand; `?` stands for a parameter.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from kb.embed import Bytes8, Floats
from kb.rows import Row


class Writing(Protocol):
    """A transaction in which rows are written."""

    def execute(self, sql: str, parameters: Any = None, /) -> Any:  # noqa: ANN401 - two drivers' cursors
        """Run one statement; the answer has `fetchone`."""


class LibraryStore(Protocol):
    """One open library; safe to share between threads."""

    @property
    def path(self) -> Path | None:
        """The file beside which vectors may be kept for fast reading; None for nowhere."""

    @property
    def shared(self) -> bool:
        """Whether several machines, each with vectors of its own, follow its log of changes."""

    def close(self) -> None:
        """Close it."""

    def pragma(self, name: str) -> object:
        """Value of a setting; None for one that is not known."""

    def version(self) -> object:
        """Another value after every change, by whichever program; None where that is not told."""

    def query(self, sql: str, parameters: Sequence[object] = (), /) -> list[Row]:
        """Rows of a SELECT as dictionaries."""

    def writing(self) -> AbstractContextManager[Writing]:
        """One transaction; all of it lands or nothing. Writers wait for one another."""

    def put_document(self, document: Row, passages: Iterable[Row]) -> None:
        """Store a document and its passages, in the place of an earlier one of the same id."""

    def put_pack(self, pack: str, digest: str, contents: Iterable[tuple[Row, list[Row]]]) -> None:
        """Replace a whole pack by new contents and remember its digest."""

    def delete_pack(self, pack: str) -> None:
        """Remove a pack with all its documents."""

    def delete_document(self, document: str) -> None:
        """Remove a document, its passages and their vectors."""

    def pack_digest(self, pack: str) -> str | None:
        """Digest of the pack as it was indexed, or None."""

    def match(self, expression: str, limit: int) -> dict[int, float]:
        """Numbers of the passages that match an FTS5 expression, best first, with their BM25."""

    def put_vectors(self, encoder: str, rows: Iterable[tuple[int, float, bytes]]) -> None:
        """Store int8 vectors of passages for one encoder."""

    def put_name_vectors(self, encoder: str, rows: Iterable[tuple[str, Floats, Bytes8]]) -> None:
        """Store the vectors of what documents go by: document, scales and int8 codes."""

    def name_vectors(self, encoder: str) -> list[tuple[str, Floats, Bytes8]]:
        """Document, scales and int8 codes of everything it goes by, for one encoder."""

    def check_pages(self) -> list[str]:
        """What is wrong with the store itself; empty when all is well."""
