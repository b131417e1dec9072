"""Files cut into parts that FAT32 holds, and joined again; a copy that was cut off goes on."""

import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kb.packs.disk import sync_file
from ui.bundle.errors import BundleDamaged
from ui.bundle.listing import Part
from ui.bundle.patience import patiently
from ui.models.disk import Progress, in_words, moved, plain_errors, untold

PART = 2_000_000_000
"""Most bytes of a part: FAT32 holds files below 4 GiB, and some old sticks only below 2 GiB."""
BLOCK = 4 << 20
_MOST_THREADS = 4


def cut(
    source: Path, stick: Path, path: str, most: int = PART, progress: Progress = untold
) -> tuple[Part, ...]:
    """Copy a file onto a stick in parts; parts that are there already and right are kept.

    Args:
        source: the file.
        stick: folder of the bundle.
        path: name on the stick, parted by `/`; parts of a cut file end in `.001` and so on.
        most: most bytes of a part.
        progress: told how far it is.

    Raises:
        NoRoom: the stick is full or write-protected.
    """
    size = source.stat().st_size
    count = max(1, -(-size // most))
    made = []
    for number in range(count):
        name = path if count == 1 else f"{path}.{number + 1:03}"
        span = range(number * most, min(size, (number + 1) * most))
        with plain_errors(name):
            made.append(_part(source, stick, name, span))
        progress(path, span.stop, size)
    return tuple(made)


def _part(source: Path, stick: Path, name: str, span: range) -> Part:
    wanted = Part(name, len(span), _digest(_blocks(source, span)))
    target = stick / name
    if not is_right(target, wanted):
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{target.name}.part")
        try:
            with fresh.open("wb") as file:
                for block in _blocks(source, span):
                    file.write(block)
                file.flush()
                sync_file(file.fileno())
            patiently(lambda: moved(fresh, target))
        finally:
            fresh.unlink(missing_ok=True)
    return wanted


def require_right(stick: Path, parts: Sequence[Part], progress: Progress = untold) -> None:
    """Raise unless every part is on the stick, whole and as signed; sizes are looked at first.

    Raises:
        BundleDamaged: naming the first that is not.
    """
    for part in parts:
        _require_size(stick / part.path, part)
    total, done = sum(part.size for part in parts), 0
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda part: _digest_of(stick / part.path), parts)
        for part, digest in zip(parts, found, strict=True):
            if digest != part.sha256:
                raise BundleDamaged(
                    f"“{part.path}” on the stick is damaged: it is not what was signed."
                    " Copy the bundle onto the stick again, best onto another one."
                )
            done += part.size
            progress(part.path, done, total)


def is_right(path: Path, part: Part) -> bool:
    """Whether a file is a part, whole."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != part.size:
        return False
    return _digest_of(path) == part.sha256


def opened(stick: Path, parts: Sequence[Part]) -> io.BufferedReader:
    """All parts as one file that is read from its beginning to its end."""
    return io.BufferedReader(_Joined([stick / part.path for part in parts]), BLOCK)


class _Joined(io.RawIOBase):
    """Several files as one."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Take the files; one is open at a time."""
        super().__init__()
        self._paths = list(paths)
        self._file: io.BufferedReader | None = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer from the file in hand or the next one; 0 at the end of all."""
        try:
            return self._fill(memoryview(buffer))  # type: ignore[arg-type]
        except OSError as error:
            raise _pulled(error) from error

    def _fill(self, view: memoryview) -> int:
        while True:
            if self._file is None:
                if not self._paths:
                    return 0
                self._file = self._paths.pop(0).open("rb")
            if count := self._file.readinto(view):
                return count
            self._file.close()
            self._file = None

    def close(self) -> None:
        """Close the file in hand."""
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()


def _require_size(path: Path, part: Part) -> None:
    if path.is_symlink() or not path.is_file():
        raise BundleDamaged(
            f"“{part.path}” is missing on the stick: it was not copied to its end. Copy it again;"
            " what is there already is kept."
        )
    size = path.stat().st_size
    if size != part.size:
        raise BundleDamaged(
            f"“{part.path}” on the stick has {in_words(size)} and should have"
            f" {in_words(part.size)}: it was not copied to its end. Copy the bundle again."
        )


def _digest_of(path: Path) -> str:
    """SHA-256 of a file, in large blocks and one buffer."""
    total, buffer = hashlib.sha256(), bytearray(BLOCK)
    view = memoryview(buffer)
    try:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                total.update(view[:count])
    except OSError as error:
        raise _pulled(error) from error
    return total.hexdigest()


def _pulled(error: OSError) -> BundleDamaged:
    """What a person can do where a stick that was whole a moment ago cannot be read."""
    return BundleDamaged(
        f"The stick cannot be read any more ({error.strerror}): it was pulled out, it is failing,"
        " or another program holds the file. Plug it in again and do the same once more; if this"
        " comes again, copy the bundle onto another stick."
    )


def _digest(blocks: Iterator[bytes]) -> str:
    total = hashlib.sha256()
    for block in blocks:
        total.update(block)
    return total.hexdigest()


def _blocks(path: Path, span: range) -> Iterator[bytes]:
    """The bytes of a span of a file."""
    with path.open("rb") as file:
        file.seek(span.start)
        left = len(span)
        while left and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
