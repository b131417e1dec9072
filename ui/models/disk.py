"""Reading, writing and measuring model files: whole or not at all, and in plain words when not."""

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kb.packs.disk import sync_file, sync_folder, write_whole
from ui.models.errors import ModelFilesError, NoRoom

BLOCK = 1 << 20
SPARE = 200_000_000
"""Bytes that stay free after a model has come, for the library and its index."""
_FULL = {errno.ENOSPC, errno.EDQUOT}
_PROTECTED = {errno.EROFS, errno.EACCES, errno.EPERM}

Progress = Callable[[str, int, int], None]
"""Told the name of a file, how many bytes of it are done, and how many there are."""


def untold(_name: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


@contextmanager
def plain_errors(what: str) -> Iterator[None]:
    """Turn what the system says while a file is used into sentences.

    Raises:
        NoRoom: the disk is full, write-protected or cannot hold a file of this size.
        ModelFilesError: anything else that it says.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoRoom(
                f"The disk is full: {what} could not be finished. Make room and try again."
            ) from error
        if error.errno == errno.EFBIG:
            raise NoRoom(
                f"{what} is larger than a file can be on this disk. Sticks in the FAT32 format hold"
                " files of at most 4 GB; format the stick as exFAT and try again."
            ) from error
        if error.errno in _PROTECTED:
            raise NoRoom(
                f"{what} cannot be written: the disk or folder is write-protected."
            ) from error
        raise ModelFilesError(f"{what} cannot be read or written: {error.strerror}.") from error


def require_room(folder: Path, size: int) -> None:
    """Raise `NoRoom` unless a disk has room for so many bytes and some to spare."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < size + SPARE:
        raise NoRoom(
            f"The disk is too full: {in_words(size + SPARE)} are needed and {in_words(free)} are"
            " free. Make room, or move the data folder with AIDPOST_HOME."
        )


def in_words(size: int) -> str:
    """A number of bytes as people read it, in powers of ten."""
    for unit, word in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {word}" if size < 1000 * unit else f"{size // unit} {word}"
    return f"{size} bytes"


def digest_of(path: Path, progress: Progress = untold) -> str:
    """SHA-256 of a file in hex, read in blocks."""
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        total = os.fstat(file.fileno()).st_size
        while block := file.read(BLOCK):
            digest.update(block)
            done += len(block)
            progress(path.name, done, total)
    return digest.hexdigest()


def copied(source: Path, target: Path, progress: Progress = untold) -> str:
    """Copy a file beside its place and put it there whole; gives its SHA-256."""
    part = target.with_name(f"{target.name}.part")
    digest = hashlib.sha256()
    done = 0
    try:
        with source.open("rb") as old, part.open("wb") as new:
            total = os.fstat(old.fileno()).st_size
            while block := old.read(BLOCK):
                new.write(block)
                digest.update(block)
                done += len(block)
                progress(source.name, done, total)
            new.flush()
            sync_file(new.fileno())
        moved(part, target)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest()


def moved(part: Path, target: Path) -> None:
    """Put a finished file in its place."""
    part.replace(target)
    sync_folder(target.parent)


def written_whole(path: Path, data: bytes) -> None:
    """Write a small file so that there is the old one or the new one.

    Raises:
        ModelFilesError: it cannot be written.
    """
    with plain_errors(path.name):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)


@contextmanager
def my_turn(folder: Path) -> Iterator[None]:
    """Let one program at a time change a folder of models.

    Raises:
        ModelFilesError: another one is at work.
    """
    with plain_errors("The folder of models"):
        folder.mkdir(parents=True, exist_ok=True)
        number = os.open(folder / ".busy", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _claim(number)
        yield
    finally:
        os.close(number)


def _claim(number: int) -> None:
    """Take the lock of an open file, which ends with the program whatever happens to it."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - only there

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise ModelFilesError(
            "Another `aidpost models` command is changing the models. Wait until it is done."
        ) from error
