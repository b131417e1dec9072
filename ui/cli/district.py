"""`aidpost kb add` with several workers: processes of this machine, or a district's machines."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kb.incoming import Added
from kb.library import Library

Page = Callable[[int, int], None]
"""Told of each page read by OCR, and of how many; only where this process reads."""


@contextmanager
def adding(
    library: Library, files: Iterable[Path], page: Page, workers: int = 1, scheduler: str = ""
) -> Iterator[Generator[Added]]:
    """What adds files: this process one by one, or several workers that it writes down for.

    Args:
        library: where they go.
        files: in this order.
        page: is told of pages.
        workers: processes of this machine.
        scheduler: address of a Dask scheduler whose workers read instead.

    Raises:
        LibraryError: there are no such workers; the message says why.
    """
    if workers == 1 and not scheduler:
        from ui.workers import Reader  # noqa: PLC0415 - only needed when a file is added

        with Reader(page) as reader:
            yield library.add_many(files, reader)
        return
    from kb.many import add_with  # noqa: PLC0415 - only a district has many workers
    from kb.many_dask import farm  # noqa: PLC0415
    from ui.district_reading import open_reading, reading_by_words  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    make = open_reading if load_settings()[0].meaning else reading_by_words
    with farm(make, workers, scheduler) as together:
        yield add_with(library, files, together)
