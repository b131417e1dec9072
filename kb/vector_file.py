"""The vectors of a large library in a file that is mapped, not read: derived data, never the truth.

One file holds a header of 4,096 bytes, then the int8 codes of all passages by ascending number,
their numbers, scales and signs. It is never changed: a new one is written beside it under another
name, brought to the disk and renamed, so that a power cut leaves the old file or the new one. The
name holds the mark of the change up to which it tells of the library.
"""

import hashlib
import json
import mmap
import os
import tempfile
import time
import weakref
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from kb.embed import Bytes8, Floats
from kb.signs import Places, Signs, signs, width

SUFFIX, UNFINISHED = ".vectors", ".part"
MAGIC = b"aidpost vectors 1\n"
HEADER = 4096
ALIGNED = 64
HEX = 64
"""Characters of a SHA-256."""
ABANDONED_S = 3600.0
"""Age in seconds at which an unfinished file belongs to nobody any more."""


class NotTheseVectors(Exception):
    """The file is cut off, changed, of another format or cannot be opened; it is made anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """A point in the history of a library's vectors."""

    number: int
    mark: str
    """Random, hexadecimal; tells histories apart that went different ways from one backup."""


@dataclass(frozen=True, slots=True)
class Part:
    """Vectors of some passages, by ascending number."""

    numbers: NDArray[np.int64]
    codes: Bytes8
    scales: Floats


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself."""

    encoder: str
    dimensions: int
    rows: int
    change: int
    mark: str
    digest: str
    """SHA-256 of all behind the header, hexadecimal."""

    @property
    def at(self) -> tuple[int, int, int, int, int]:
        """Where codes, numbers, scales and signs begin, and where the file ends; in bytes."""
        numbers = _aligned(HEADER + self.rows * self.dimensions)
        scales = _aligned(numbers + self.rows * 8)
        marks = _aligned(scales + self.rows * 4)
        return HEADER, numbers, scales, marks, marks + self.rows * width(self.dimensions) * 8


class VectorFile:
    """An open file, mapped: what the system needs memory for, it drops and reads again."""

    def __init__(self, path: Path) -> None:
        """Open and check a file, all but the digest of its contents.

        Raises:
            NotTheseVectors: it is not whole.
        """
        self.path = path
        try:
            self._file = path.open("rb")
            weakref.finalize(self, self._file.close)
            self.header = _read_header(self._file.read(HEADER))
            size = self.header.at[-1]
            mapped = mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ)
        except (OSError, ValueError, TypeError) as error:
            message = f"{path.name} cannot be used: {error}"
            raise NotTheseVectors(message) from error
        head, (_, numbers, scales, marks, _) = self.header, self.header.at
        shape = (width(head.dimensions), head.rows)
        self.numbers = np.frombuffer(mapped, np.int64, head.rows, numbers)
        self.scales = np.frombuffer(mapped, np.float32, head.rows, scales)
        count = shape[0] * shape[1]
        self.signs: Signs = np.frombuffer(mapped, np.uint64, count, marks).reshape(shape)
        codes = np.frombuffer(mapped, np.int8, head.rows * head.dimensions, HEADER)
        self._codes: Bytes8 = codes.reshape(head.rows, head.dimensions)

    def __len__(self) -> int:
        """Number of vectors."""
        return self.header.rows

    @property
    def change(self) -> Change:
        """The change of the library up to which the file tells of it."""
        return Change(self.header.change, self.header.mark)

    def codes_at(self, places: Places) -> Bytes8:
        """Codes at places, copied."""
        return self._codes[places]

    def whole(self) -> bool:
        """Whether the file is still as long as it says; what is cut off must not be touched."""
        return os.fstat(self._file.fileno()).st_size == self.header.at[-1]

    def sound(self) -> bool:
        """Whether all the contents match their digest; reads the whole file."""
        total = hashlib.sha256()
        with self.path.open("rb") as file:
            file.seek(HEADER)
            while piece := file.read(1 << 20):
                total.update(piece)
        return total.hexdigest() == self.header.digest


def newest(library: Path, encoder: str) -> VectorFile | None:
    """The file beside a library that tells of its latest change, if there is one."""
    found = [
        file
        for path in library.parent.glob(f"{library.stem}-*{SUFFIX}")
        if (file := _opened(path)) is not None and file.header.encoder == encoder
    ]
    return max(found, key=lambda file: file.change.number, default=None)


def _opened(path: Path) -> VectorFile | None:
    try:
        return VectorFile(path)
    except NotTheseVectors:
        return None


def remove_others(library: Path, kept: Path) -> None:
    """Remove the files beside a library that another one has replaced, and what was abandoned."""
    for path in library.parent.glob(f"{library.stem}-*{SUFFIX}"):
        if path != kept:
            _remove(path)
    for path in library.parent.glob(f"{library.stem}-*{UNFINISHED}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                _remove(path)


def _remove(path: Path) -> None:
    with suppress(OSError):  # where files in use cannot be removed, the next one to write does it
        path.unlink()


def write(library: Path, head: Header, parts: Iterable[Part]) -> Path:
    """Write a file of vectors beside a library; rows and digest of `head` are filled in.

    Raises:
        OSError: the disk is full or write-protected; nothing is left behind.
    """
    descriptor, name = tempfile.mkstemp(UNFINISHED, f"{library.stem}-", library.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            _fill(file, head, parts)
            file.flush()
            os.fsync(file.fileno())
        finished = library.with_name(f"{library.stem}-{head.mark}{SUFFIX}")
        unfinished.replace(finished)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _settle(library.parent)
    return finished


def _fill(file: IO[bytes], head: Header, parts: Iterable[Part]) -> None:
    file.write(bytes(HEADER))
    digest = hashlib.sha256()
    numbers, scales, marks = [], [], []
    for part in parts:
        _put(file, digest, part.codes.tobytes())
        numbers.append(part.numbers)
        scales.append(part.scales)
        marks.append(signs(part.codes))
    rows = sum(map(len, numbers))
    empty = np.zeros((width(head.dimensions), 0), dtype=np.uint64)
    for column in (
        np.concatenate(numbers or [np.zeros(0, np.int64)]),
        np.concatenate(scales or [np.zeros(0, np.float32)]),
        np.concatenate(marks or [empty], axis=1),
    ):
        _put(file, digest, bytes(_aligned(file.tell()) - file.tell()))
        _put(file, digest, column.tobytes())
    told = {**asdict(head), "rows": rows, "digest": digest.hexdigest()}
    text = json.dumps(told).encode()
    file.seek(0)
    file.write(MAGIC + hashlib.sha256(text).hexdigest().encode() + text + b"\n")


def _put(file: IO[bytes], digest: "hashlib._Hash", data: bytes) -> None:
    file.write(data)
    digest.update(data)


def _read_header(data: bytes) -> Header:
    if len(data) < HEADER or not data.startswith(MAGIC):
        message = "it is no file of vectors"
        raise ValueError(message)
    told = data[len(MAGIC) :].split(b"\n", 1)[0]
    if hashlib.sha256(told[HEX:]).hexdigest().encode() != told[:HEX]:
        message = "its header is damaged"
        raise ValueError(message)
    return Header(**json.loads(told[HEX:]))


def _aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED


def _settle(home: Path) -> None:
    """Bring the new name to the disk, where the system can do that for a folder."""
    if os.name == "posix":
        folder = os.open(home, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
