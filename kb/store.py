"""The only door to the database: SQLite with page encryption and checksums (SQLCipher).

Every page carries a MAC, so a changed byte is noticed on read. WAL with synchronous FULL keeps
acknowledged writes through a power cut; writers take the lock at once (BEGIN IMMEDIATE), since a
transaction that upgrades from reading to writing fails under contention whatever the time-out.
"""

import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlcipher3 import dbapi2 as sqlcipher

from kb.embed import Bytes8, Floats
from kb.errors import LibraryDamaged, LibraryError, LibraryReadOnly, LibraryTooNew
from kb.migrations import MIGRATIONS
from kb.rows import Row
from kb.store_rows import delete_document_rows, delete_pack_rows, names_of

if TYPE_CHECKING:
    from sqlite_utils import Database

LOWEST_SQLITE = (3, 51, 3)
"""Earlier versions can corrupt a WAL database with several connections (sqlite.org/wal.html)."""
BUSY_MS = 15_000
CACHE_KB = 65_536
"""Deciphered pages kept; with fewer, a large library is deciphered anew for every question."""
BM25_WEIGHTS = (6.0, 5.0, 2.0, 1.0)
"""Weights of title, aliases, heading and text."""


def load_key(path: Path) -> bytes:
    """Read the 32-byte key of a library, or make one that only this user can read."""
    if path.exists():
        key = path.read_bytes()
        if len(key) != 32:
            message = f"The key file {path.name} is damaged. Restore it from a backup."
            raise LibraryDamaged(message)
        return key
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(32)
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(key)
    return key


class Store:
    """One open library file; safe to share between threads."""

    shared = False
    """The vectors beside the file are all there are."""

    def __init__(self, path: Path | None, key: bytes) -> None:
        """Open or create the file; `path` None keeps it in memory.

        Raises:
            LibraryDamaged: wrong key, or not a library.
            LibraryTooNew: written by a newer version.
            LibraryError: the SQLite inside is too old to be trusted.
        """
        _check_version()
        self._lock = threading.RLock()
        self.path = path
        self._conn = _connect(path, key)
        self._migrate()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._conn.close()

    def pragma(self, name: str) -> object:
        """Value of a setting of the connection, such as `journal_mode`."""
        row = self._conn.execute(f"PRAGMA {name}").fetchone()
        return row[0] if row else None

    def version(self) -> object:
        """Another value after every change, by this program or another."""
        with self._lock, _plain_errors():
            return self._conn.total_changes, self.pragma("data_version")

    def query(self, sql: str, parameters: Sequence[object] | Row = ()) -> list[Row]:
        """Rows of a SELECT as dictionaries."""
        with self._lock, _plain_errors():
            cursor = self._conn.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    @contextmanager
    def writing(self) -> Iterator["Database"]:
        """A sqlite-utils database inside one IMMEDIATE transaction; all of it lands or nothing."""
        from sqlite_utils import Database  # noqa: PLC0415 - costs 0.25 s, readers do without

        with self._lock, _plain_errors():
            self._conn.execute("BEGIN IMMEDIATE")
            try:
                yield Database(self._conn, recursive_triggers=False, execute_plugins=False)
            except BaseException:
                if self._conn.in_transaction:
                    self._conn.execute("ROLLBACK")
                raise
            self._conn.execute("COMMIT")

    def _migrate(self) -> None:
        with _plain_errors():
            done = int(self._conn.execute("PRAGMA user_version").fetchone()[0])
        if done > len(MIGRATIONS):
            message = "This library was written by a newer Aidpost. Update the app to open it."
            raise LibraryTooNew(message)
        for number in range(done, len(MIGRATIONS)):
            with self.writing() as db:
                MIGRATIONS[number](db)
                db.conn.execute(f"PRAGMA user_version = {number + 1}")

    # --- documents -------------------------------------------------------------------------

    def put_document(self, document: Row, passages: Iterable[Row]) -> None:
        """Store a document and its passages, in the place of an earlier one of the same id."""
        with self.writing() as db:
            delete_document_rows(db, str(document["id"]))
            db.table("documents").insert(document)
            db.table("passages").insert_all(passages)

    def put_pack(self, pack: str, digest: str, contents: Iterable[tuple[Row, list[Row]]]) -> None:
        """Replace a whole pack by new contents and remember its digest."""
        with self.writing() as db:
            delete_pack_rows(db, pack)
            kept = list(contents)
            db.table("documents").insert_all(document for document, _ in kept)
            db.table("passages").insert_all(row for _, passages in kept for row in passages)
            db.table("packs").insert(
                {"id": pack, "digest": digest, "added": document_time(db)}, replace=True
            )

    def delete_pack(self, pack: str) -> None:
        """Remove a pack with all its documents."""
        with self.writing() as db:
            delete_pack_rows(db, pack)
            db.execute("DELETE FROM packs WHERE id = ?", [pack])

    def delete_document(self, document: str) -> None:
        """Remove a document, its passages and their vectors."""
        with self.writing() as db:
            delete_document_rows(db, document)

    def pack_digest(self, pack: str) -> str | None:
        """Digest of the pack as it was indexed, or None."""
        rows = self.query("SELECT digest FROM packs WHERE id = ?", [pack])
        return str(rows[0]["digest"]) if rows else None

    # --- search ----------------------------------------------------------------------------

    def match(self, expression: str, limit: int) -> dict[int, float]:
        """Numbers of the passages that match an FTS5 expression, best first, with their BM25."""
        weights = ", ".join(str(weight) for weight in BM25_WEIGHTS)
        rows = self.query(
            f"SELECT rowid AS number, -bm25(passages_fts, {weights}) AS score FROM passages_fts"  # noqa: S608 - constants
            " WHERE passages_fts MATCH ? ORDER BY score DESC LIMIT ?",
            [expression, limit],
        )
        return {int(row["number"]): float(row["score"]) for row in rows}

    def put_vectors(self, encoder: str, rows: Iterable[tuple[int, float, bytes]]) -> None:
        """Store int8 vectors of passages for one encoder."""
        with self.writing() as db:
            db.table("vectors").insert_all(
                (
                    {"encoder": encoder, "passage": number, "scale": scale, "vector": vector}
                    for number, scale, vector in rows
                ),
                pk=("encoder", "passage"),
                replace=True,
            )

    def put_name_vectors(self, encoder: str, rows: Iterable[tuple[str, Floats, Bytes8]]) -> None:
        """Store the vectors of what documents go by: document, scales and int8 codes."""
        with self.writing() as db:
            db.table("name_vectors").insert_all(
                (
                    {
                        "encoder": encoder,
                        "document": document,
                        "scales": scales.astype(np.float32).tobytes(),
                        "vectors": codes.tobytes(),
                    }
                    for document, scales, codes in rows
                ),
                pk=("encoder", "document"),
                replace=True,
            )

    def name_vectors(self, encoder: str) -> list[tuple[str, Floats, Bytes8]]:
        """Document, scales and int8 codes of everything it goes by, for one encoder."""
        rows = self.query(
            "SELECT document, scales, vectors FROM name_vectors WHERE encoder = ?"
            " ORDER BY document",
            [encoder],
        )
        return [(str(row["document"]), *names_of(row)) for row in rows]

    def check_pages(self) -> list[str]:
        """What SQLCipher and SQLite find wrong with the file; empty when all is well."""
        try:
            pages = self.query("PRAGMA cipher_integrity_check") if self.path else []
            rows = [*pages, *self.query("PRAGMA integrity_check")]
        except LibraryDamaged as error:
            return [str(error)]
        return [str(value) for row in rows for value in row.values() if value != "ok"]


def document_time(db: "Database") -> str:
    """The database's clock, UTC, to the second."""
    return str(db.execute("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')").fetchone()[0])


def _check_version() -> None:
    if sqlcipher.sqlite_version_info < LOWEST_SQLITE:
        message = (
            f"The SQLite inside is {sqlcipher.sqlite_version}; at least 3.51.3 is needed because"
            " older ones can damage a library. Update the package sqlcipher3."
        )
        raise LibraryError(message)


def _connect(path: Path | None, key: bytes) -> Any:  # noqa: ANN401 - sqlcipher3 has no types
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    with _plain_errors():
        conn = sqlcipher.connect(
            str(path) if path else ":memory:", check_same_thread=False, isolation_level=None
        )
        # A raw key skips the slow derivation that only passwords need.
        conn.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        conn.execute("PRAGMA cipher_log_level = NONE")  # errors are raised, not printed
        conn.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA temp_store = MEMORY")
        conn.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    return conn


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except sqlcipher.DatabaseError as error:
        raise _plain(error) from error


def _plain(error: Exception) -> LibraryError:
    text = str(error).lower()
    if "full" in text or "readonly" in text or "read-only" in text:
        return LibraryReadOnly(
            "The library cannot be written: the disk is full or write-protected."
            " What is stored can still be read."
        )
    if any(words in text for words in ("not a database", "malformed", "disk i/o", "hmac")):
        return LibraryDamaged(
            "The library file is damaged or its key does not fit. Restore a backup,"
            " or remove the file to rebuild the starter library."
        )
    if any(words in text for words in ("syntax error", "fts5", "unterminated")):
        return LibraryError("These words cannot be searched.")
    return LibraryError(f"The library could not be read: {error}")
