"""Files that only this user may read: written whole, or not at all."""

import os
from pathlib import Path

from kb.packs.disk import plain_errors, sync_folder

PRIVATE = 0o600
PUBLIC = 0o644


def write_private(path: Path, data: bytes) -> None:
    """Put a secret in its place; at no moment can another user read it.

    Raises:
        LibraryError: the disk is full or write-protected.
    """
    _write(path, data, PRIVATE)


def write_public(path: Path, data: bytes) -> None:
    """Put a file in its place that others may read.

    Raises:
        LibraryError: the disk is full or write-protected.
    """
    _write(path, data, PUBLIC)


def _write(path: Path, data: bytes, mode: int) -> None:
    part = path.with_name(f"{path.name}.part")
    with plain_errors():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.unlink(missing_ok=True)
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
