"""Files that a page gives to the library: read in order, told of, stopped, and gone on with.

Knows the library and the reader of files, nothing of the web toolkit. An upload is deleted as soon
as nothing more is to be done with it; what is in the library stays there wherever the work ends.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb.incoming import Added
from kb.library import Library
from ui.workers import Progress, Reader, ReadingStopped

LOOK = 0.2
"""Seconds between two looks at how far the work is."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far the files of a page are."""

    done: tuple[Added, ...] = ()
    """What became of the files until now."""
    waiting: int = 0
    """Files that are not done, the one in hand among them."""
    name: str = ""
    """The file in hand; empty while the meaning of what was read is worked out."""
    page: int = 0
    """Pages of it that were read by OCR, of `pages`; both 0 where there is no need to tell."""
    pages: int = 0
    running: bool = True


class _Job:
    """The files of one page, read in a thread of its own."""

    def __init__(self, paths: Sequence[Path], open_reader: Callable[[Progress], Reader]) -> None:
        self.waiting = deque(paths)
        self.step = Step(waiting=len(paths))
        self._reader = open_reader(self._page)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._ended = False
        self._over = threading.Event()

    def work(self, library: Library) -> None:
        """Read the files into the library."""
        try:
            with self._reader as reader:
                for one in library.add_many(self._files(), reader):
                    self.waiting.popleft().unlink(missing_ok=True)
                    self._told(one)
        except ReadingStopped:
            return
        finally:
            self._end()

    def take(self, paths: Sequence[Path]) -> bool:
        """Take on more files; false if the work has ended or is about to."""
        with self._lock:
            if self._ended or self._stopped.is_set():
                return False
            self.waiting.extend(paths)
            return True

    def rest(self) -> Sequence[Path]:
        """Files that were left when the work ended; waits for its end."""
        self._over.wait()
        return tuple(self.waiting)

    def stop(self) -> None:
        """End the work; the file in hand counts as not read."""
        self._stopped.set()
        self._reader.stop()

    def _files(self) -> Iterator[Path]:
        while not self._is_over():
            self._told(name=self.waiting[0].name)
            yield self.waiting[0]

    def _is_over(self) -> bool:
        with self._lock:
            self._ended = not self.waiting or self._stopped.is_set()
            return self._ended

    def _end(self) -> None:
        with self._lock:
            self._ended = True
        self._told()
        self._over.set()

    def _told(self, *more: Added, name: str = "") -> None:
        self.step = Step((*self.step.done, *more), len(self.waiting), name)

    def _page(self, page: int, pages: int) -> None:
        self.step = replace(self.step, page=page, pages=pages)


@dataclass
class Uploads:
    """The files of all open pages on their way into the library."""

    library: Library
    open_reader: Callable[[Progress], Reader] = Reader
    _jobs: dict[str, _Job] = field(default_factory=dict)

    def add(self, key: str, paths: Sequence[Path] = ()) -> Iterator[Step]:
        """Read files behind those that the page has waiting; told of step by step.

        Without files it goes on with those that were waiting when it was stopped. While the page
        is adding already, that work takes the files on, and nothing is told here.

        Raises:
            LibraryError: what was read cannot be searched by its meaning.
        """
        before = self._jobs.get(key)
        if before is not None and before.take(paths):
            return
        rest = before.rest() if before is not None else ()
        job = self._jobs[key] = _Job([*rest, *paths], self.open_reader)
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(job.work, self.library)
            try:
                yield from _steps(job, lambda: not wait([work], LOOK).done)
            finally:
                job.stop()
        if not job.rest() and self._jobs.get(key) is job:
            del self._jobs[key]
        work.result()

    def stop(self, key: str) -> None:
        """End the work for a page; what is waiting is kept to go on with."""
        job = self._jobs.get(key)
        if job is not None:
            job.stop()

    def forget(self, key: str) -> None:
        """End the work for a page that is gone, and delete what was waiting."""
        job = self._jobs.pop(key, None)
        if job is None:
            return
        job.stop()
        for path in tuple(job.waiting):
            path.unlink(missing_ok=True)


def _steps(job: _Job, goes_on: Callable[[], bool]) -> Iterator[Step]:
    """Each new step of a job, and the last one."""
    shown = job.step
    yield shown
    while goes_on():
        if job.step is not shown:
            shown = job.step
            yield shown
    yield replace(job.step, running=False)
