"""A program that reads files into a library with two workers; the tests start and kill it.

Arguments: the library file, the address of a scheduler or nothing, then the files.
"""

import os
import sys
from pathlib import Path

from kb.embed import HashingEmbedder
from kb.extract.registry import extract
from kb.library import Library
from kb.many import add_with
from kb.many_dask import Reading, farm
from kb.many_reading import Ready, Refused
from kb.store import Store
from ui.district_reading import reading_with

KEY = bytes(range(32))


def reading() -> Reading:
    """What each worker makes; a file called `crash` ends its process, as a broken reader would."""
    usual = reading_with(extract, HashingEmbedder())

    def read(data: bytes, name: str) -> Ready | Refused:
        if name == "crash.md":
            os._exit(1)
        return usual(data, name)

    return read


def main(file: str, scheduler: str, *files: str) -> None:
    """Tell of each file as it is written down."""
    store = Store(Path(file), KEY)
    library = Library(store, extract, HashingEmbedder())
    with farm(reading, 2, scheduler) as workers:
        for one in add_with(library, map(Path, files), workers):
            print(one.path.name, "new" if one.new else one.reason or "known", flush=True)  # noqa: T201
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
