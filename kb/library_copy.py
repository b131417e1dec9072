"""Copies of a library file as it is: nothing in it is brought up to date.

`kb.store` brings whatever it opens to its own schema. Here a file of an older or newer program is
copied, looked into and put in the place of another, so that an update can be taken back.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from kb.errors import LibraryDamaged, LibraryError, LibraryReadOnly
from kb.packs.disk import sync_file, sync_folder

_WAIT_MS = 5_000
_IN_USE = "The library is in use. Close Aidpost on this machine and try again."
_OWN = "pack NOT IN (SELECT id FROM packs)"
"""Documents that came from no pack: a pack puts its own back by itself."""


class LibraryInUse(LibraryError):
    """A program has the library open, which must not be while its file is changed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document of a library, as a person knows it."""

    id: str
    name: str
    """Name of its file, else its title."""


def schema_of(path: Path, key: bytes) -> int:
    """How many schema changes a library has seen.

    Raises:
        LibraryError: it cannot be opened.
    """
    with _opened(path, key) as conn:
        return int(conn.execute("PRAGMA user_version").fetchone()[0])


def copy_library(path: Path, key: bytes, target: Path) -> None:
    """Copy a library whole, as it is at one moment, though others may be writing.

    Args:
        path: the library.
        key: of both.
        target: file to make; it is on the disk when this returns.

    Raises:
        LibraryError: it cannot be read, or the copy cannot be written.
    """
    with _plain(), _opened(path, key) as source:
        target.unlink(missing_ok=True)
        with closing(_keyed(target.resolve().as_uri() + "?mode=rwc", key)) as made:
            source.backup(made)
        with target.open("rb+") as file:
            sync_file(file.fileno())
        sync_folder(target.parent)


def settle(path: Path, key: bytes) -> None:
    """Bring everything of a library into its one file, so that another may take its place.

    Raises:
        LibraryInUse: a program has it open.
    """
    with _opened(path, key) as conn:
        conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        mode = str(conn.execute("PRAGMA journal_mode = DELETE").fetchone()[0])
    left = [path.with_name(path.name + end) for end in ("-wal", "-shm")]
    if mode != "delete" or any(one.exists() for one in left):
        raise LibraryInUse(_IN_USE)


def added_since(now: Path, before: Path, key: bytes) -> list[Kept]:
    """Documents of people that a library holds and an earlier copy of it does not.

    Args:
        now: the library, or a copy of it.
        before: the earlier copy; when it is not there, everything was added since.
        key: of both.
    """
    there: set[tuple[str, str]] = set()
    if before.is_file():
        with _opened(before, key) as conn:
            there = set(conn.execute("SELECT id, digest FROM documents"))
    with _opened(now, key) as conn:
        rows = conn.execute(
            f"SELECT id, digest, title, details FROM documents WHERE {_OWN} ORDER BY id"  # noqa: S608 - a constant
        ).fetchall()
    return [Kept(row[0], _name(row[2], row[3])) for row in rows if (row[0], row[1]) not in there]


def original_of(path: Path, key: bytes, document: str) -> bytes:
    """The bytes of the file from which a document was read."""
    with _opened(path, key) as conn:
        row = conn.execute("SELECT original FROM documents WHERE id = ?", [document]).fetchone()
    if row is None:
        raise LibraryError(f"There is no document {document} in {path.name}.")
    return bytes(row[0])


def replace_library(copy: Path, key: bytes, target: Path) -> None:
    """Put a copy in the place of a library, whole; the copy stays.

    Raises:
        LibraryInUse: a program has the library open; nothing is changed.
    """
    part = target.with_name(f"{target.name}.part")
    copy_library(copy, key, part)
    settle(part, key)
    if target.is_file():
        settle(target, key)
    with _plain():
        part.replace(target)
        sync_folder(target.parent)


def remove_library(path: Path, key: bytes) -> None:
    """Take a library away that an earlier state did not have.

    Raises:
        LibraryInUse: a program has it open.
    """
    settle(path, key)
    with _plain():
        path.unlink()
        sync_folder(path.parent)


def size_of(path: Path) -> int:
    """Bytes of a library with what is not yet in its one file."""
    with _plain():
        files = (path, path.with_name(f"{path.name}-wal"))
        return sum(one.stat().st_size for one in files if one.is_file())


def _name(title: str, details: str) -> str:
    told = json.loads(details)
    return str(told.get("file_name") or title) if isinstance(told, dict) else title


@contextmanager
def _opened(path: Path, key: bytes) -> Iterator[Any]:
    """A connection to a library that is there; it makes none."""
    with _plain(), closing(_keyed(path.resolve().as_uri() + "?mode=rw", key)) as conn:
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield conn


def _keyed(address: str, key: bytes) -> Any:  # noqa: ANN401 - sqlcipher3 has no types
    conn = sqlcipher.connect(address, uri=True, isolation_level=None)
    # A raw key skips the slow derivation that only passwords need.
    conn.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    conn.execute("PRAGMA cipher_log_level = NONE")
    conn.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
    return conn


@contextmanager
def _plain() -> Iterator[None]:
    """Turn what the system and the database say into sentences."""
    try:
        yield
    except OSError as error:
        message = f"The library cannot be copied: {error.strerror}."
        raise LibraryReadOnly(message) from error
    except sqlcipher.DatabaseError as error:
        text = str(error).lower()
        if "locked" in text or "busy" in text:
            raise LibraryInUse(_IN_USE) from error
        if "full" in text or "readonly" in text:
            message = "The library cannot be copied: the disk is full or write-protected."
            raise LibraryReadOnly(message) from error
        message = f"The library cannot be copied ({error}): it is damaged or its key does not fit."
        raise LibraryDamaged(message) from error
