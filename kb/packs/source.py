"""Where a pack is read from: a ZIP archive or a folder; nothing in it is believed.

Names, kinds and sizes are looked at before a byte of content is read, and no more is read of a
file than the manifest allows. ZIP64 is not read: packs are smaller.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Protocol

from kb.packs.errors import (
    DuplicateEntry,
    EndlessData,
    PackError,
    PackUnreadable,
    SymlinkInPack,
    TruncatedPack,
)
from kb.packs.manifest import MAX_FILES, MAX_MANIFEST
from kb.packs.names import MANIFEST, SIGNATURES, check_name, checked_names, shown
from kb.packs.signatures import MAX_SIGNATURES

CHUNK = 1 << 20
MAX_DIRECTORY = 6_000_000
"""Most bytes of the list of contents of an archive."""
JUNK = frozenset(
    "System Volume Information|$RECYCLE.BIN|Thumbs.db|desktop.ini|.DS_Store|.Spotlight-V100"
    "|.Trashes|.fseventsd|.TemporaryItems|lost+found".split("|")
)
"""What systems leave on sticks without being asked; never part of a pack."""
_END = b"PK\x05\x06"
_END_SIZE = 22
_ZIP64 = b"PK\x06\x07"
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError)


class Source(Protocol):
    """A pack as it lies on the stick."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file by its name."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """Content of a file, piece by piece."""


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """The pack at a path: an archive, a folder, or a folder that holds just one pack.

    Raises:
        PackUnreadable: there is no pack.
        PackRefused: names or kinds of its files are not allowed.
    """
    try:
        found = find_pack(path)
        folder = FolderSource(found) if found.is_dir() else None
        file = None if folder else found.open("rb")
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}. Is the stick still there?"
        raise PackError(message) from error
    if folder:
        yield folder
    elif file:
        with file:
            yield ZipSource(open_archive(file))


def find_pack(path: Path) -> Path:
    """The one pack at a path or directly below it."""
    if path.is_file() or (path / MANIFEST).is_file():
        return path
    if not path.is_dir():
        raise PackError(f"There is no file or folder {path.name}.")
    below = [one for one in sorted(path.iterdir()) if _looks_like_pack(one)]
    if len(below) != 1:
        names = ", ".join(shown(one.name) for one in below[:9]) or "none"
        raise PackUnreadable(f"{path.name} must hold one pack to choose it alone; found: {names}.")
    return below[0]


def _looks_like_pack(path: Path) -> bool:
    return (path / MANIFEST).is_file() or (path.is_file() and zipfile.is_zipfile(path))


def read_small(source: Source, name: str, limit: int) -> bytes:
    """A whole file that may not be larger than `limit` bytes.

    Raises:
        TruncatedPack: it is not there.
        EndlessData: it is larger.
    """
    if name not in source.sizes:
        raise TruncatedPack(f"it has no {name}: it is no pack, or was not copied to the end.")
    data = b""
    for chunk in source.chunks(name):
        data += chunk
        if len(data) > limit:
            raise EndlessData(f"its {name} is larger than {limit // 1000} kB.")
    return data


def read_head(source: Source) -> tuple[bytes, bytes | None]:
    """Bytes of the manifest and of the signatures; None where there are no signatures."""
    manifest = read_small(source, MANIFEST, MAX_MANIFEST)
    if SIGNATURES not in source.sizes:
        return manifest, None
    return manifest, read_small(source, SIGNATURES, MAX_SIGNATURES)


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive in an open file.

    Raises:
        TruncatedPack, EndlessData: it is none, or its list of contents is not believable.
    """
    try:
        check_end(file)
        return zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise TruncatedPack("its list of contents is damaged. Copy it anew.") from error


class FolderSource:
    """A pack that lies unpacked in a folder."""

    def __init__(self, folder: Path) -> None:
        """List the folder.

        Raises:
            SymlinkInPack: it holds a link or a device.
        """
        self.folder = folder
        found = dict(islice(self._listed(folder, ""), MAX_FILES + 1))
        if len(found) > MAX_FILES:
            raise EndlessData(f"it holds more than {MAX_FILES} files.")
        self.sizes: Mapping[str, int] = found
        checked_names(found)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Content of a file, piece by piece; a link put in its place meanwhile is not followed."""
        try:
            number = os.open(self.folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(number, "rb") as file:
                yield from _pieces(file)
        except OSError as error:
            raise _unreadable(name) from error

    def _listed(self, folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
        with os.scandir(folder) as listing:
            entries = list(islice(listing, MAX_FILES + 1))
        for entry in entries:
            if entry.name in JUNK or entry.name.startswith("._"):
                continue
            name = f"{prefix}{entry.name}"
            check_name(name)
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                yield from self._listed(folder / entry.name, f"{name}/")
            elif stat.S_ISREG(found.st_mode):
                yield name, found.st_size
            else:
                raise SymlinkInPack(f"“{shown(name)}” is a link or a device and no plain file.")


class ZipSource:
    """A pack in a ZIP archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """List the archive.

        Raises:
            PackRefused: an entry has a name or a kind that is not allowed.
        """
        self._archive = archive
        parts = archive.infolist()
        if len(parts) > MAX_FILES:
            raise EndlessData(f"it holds more than {MAX_FILES} files.")
        for part in parts:
            _check_kind(part)
        # The name as it stands in the file: Python cuts `filename` at a zero byte.
        names = [part.orig_filename for part in parts if not part.orig_filename.endswith("/")]
        folders = {part.orig_filename[:-1] for part in parts if part.orig_filename.endswith("/")}
        if len(folders) + len(names) != len(parts):
            raise DuplicateEntry("a folder stands in it twice. Ask for the pack anew.")
        checked_names(names)
        checked_names(folder + "/x" for folder in sorted(folders))
        self._parts = {part.orig_filename: part for part in parts}
        self.sizes: Mapping[str, int] = {name: self._parts[name].file_size for name in names}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Content of a file, piece by piece."""
        try:
            with self._archive.open(self._parts[name]) as file:
                yield from _pieces(file)
        except _DAMAGED as error:
            raise _unreadable(name) from error


def check_end(file: IO[bytes]) -> None:
    """Raise unless the archive ends as one does and its list of contents is of a usual size."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_SIZE - 0xFFFF))
    tail = file.read()
    file.seek(0)
    place = tail.rfind(_END)
    if place < 0 or len(tail) < place + _END_SIZE:
        raise TruncatedPack("its end is missing, or it is no pack. Copy it anew and compare sizes.")
    directory = int.from_bytes(tail[place + 12 : place + 16], "little")
    if directory > MAX_DIRECTORY or _ZIP64 in tail[max(0, place - 20) : place]:
        raise EndlessData("its list of contents is larger than that of any pack.")


def _check_kind(part: zipfile.ZipInfo) -> None:
    mode = part.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise SymlinkInPack(f"“{shown(part.orig_filename)}” is a link or a device, no plain file.")
    if part.flag_bits & _ENCRYPTED:
        raise PackUnreadable("The pack asks for a password. Packs are signed, not locked.")
    if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise PackUnreadable("The pack is compressed in a way that is not read.")


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def _unreadable(name: str) -> TruncatedPack:
    return TruncatedPack(
        f"“{shown(name)}” cannot be read to its end: the copy or the stick is damaged."
    )
