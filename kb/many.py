"""Many files at once: read in several processes or machines, written down by one, in order.

The library comes out as if it had read them one after the other. What is done stays; done again,
it goes on where it stopped.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from kb.errors import LibraryError
from kb.incoming import Added, bytes_of
from kb.library import Library
from kb.many_reading import Ready, Refused

AHEAD = 2
"""Files for each worker that are read before they can be written down."""


class Promise(Protocol):
    """A file that is being read."""

    def result(self) -> Ready | Refused:
        """What became of it, once it is read."""


class Farm(Protocol):
    """Workers that read files."""

    @property
    def workers(self) -> int:
        """How many read at the same time."""

    def start(self, data: bytes, name: str) -> Promise:
        """Have a file read by whoever is free."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    path: Path
    data: bytes
    promise: Promise | None = None
    """None for a file that needs no reading."""
    reason: str = ""


def add_with(library: Library, paths: Iterable[Path], farm: Farm) -> Generator[Added]:
    """Read files with the workers of a farm, telling of each in order.

    What is there already is passed over, so that doing it again goes on where it stopped.
    """
    coming = _started(library, paths, farm)
    waiting = deque(islice(coming, AHEAD * farm.workers))
    while waiting:
        one = waiting.popleft()
        yield _written(library, one)
        waiting.extend(islice(coming, 1))


def _started(library: Library, paths: Iterable[Path], farm: Farm) -> Iterator[_Waiting]:
    for path in paths:
        try:
            data = bytes_of(path)
        except LibraryError as error:
            yield _Waiting(path, b"", reason=str(error))
            continue
        known = library.known(data, path.name)
        yield _Waiting(path, data, None if known else farm.start(data, path.name))


def _written(library: Library, one: _Waiting) -> Added:
    if one.reason:
        return Added(one.path, reason=one.reason)
    found = one.promise.result() if one.promise else None
    if isinstance(found, Refused):
        return Added(one.path, reason=found.reason)
    known = library.known(one.data, one.path.name)  # the same file may have come twice
    if known is None and found is not None:
        library.take(found, one.data)
        return Added(one.path, found.document, new=True)
    if known is not None:
        library.complete(known)
    return Added(one.path, known)
