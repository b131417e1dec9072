"""Writing that survives a power cut: content first, then the name, then the folder."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kb.errors import LibraryReadOnly
from kb.packs.errors import PackError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PROTECTED = {errno.EROFS, errno.EACCES, errno.EPERM}
_SPARE = 32_000_000
"""Bytes that are to stay free for the library's own index."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what the system says about a disk into sentences.

    Raises:
        LibraryReadOnly: it is full or write-protected.
        PackError: anything else that it says.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            message = "The disk is full. Make room and try again."
            raise LibraryReadOnly(message) from error
        if error.errno in _PROTECTED:
            message = "The folder cannot be written to: it or its disk is write-protected."
            raise LibraryReadOnly(message) from error
        message = f"A file of the packs cannot be read or written: {error.strerror}."
        raise PackError(message) from error


def require_room(folder: Path, size: int) -> None:
    """Raise `LibraryReadOnly` unless a disk has room for so many bytes and some to spare."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < size + _SPARE:
        needed = (size + _SPARE) // 10**6 + 1
        message = (
            f"The disk of this machine is too full: the pack needs {needed} MB"
            f" and {free // 10**6} MB are free."
        )
        raise LibraryReadOnly(message)


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in its place so that there is the old one or the new one, never half of one."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        sync_file(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_file(number: int) -> None:
    """Wait until an open file is on the disk."""
    os.fsync(number)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do that."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_tree(folder: Path) -> None:
    """Wait until all names below a folder are on the disk."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)


def remove_empty(*folders: Path) -> None:
    """Remove folders that hold nothing; the others stay."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
