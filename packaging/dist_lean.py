"""Makes the one-folder program smaller without taking anything away that runs.

Names for debuggers go, and a library that lies there under several names becomes one file with
links. Libraries that were moved into wheels with a changed layout are left alone: not all of them
survive it.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from dist_common import files_below, megabytes, run, say, sha256

_STRIPPED = (
    "*.abi3.so",
    "*.cpython-*.so",
    "libctranslate2-*.so*",
    "libpython3.*.so*",
)
_LEAST = 100_000
"""Bytes below which a file is not worth the time."""


def make_lean(folder: Path) -> None:
    """Strip and link the files of the program."""
    before = megabytes(files_below(folder))
    if sys.platform == "linux" and shutil.which("strip"):
        for path in _extensions(folder):
            run(["strip", "--strip-unneeded", path])
    if os.name != "nt":
        link_twins(folder)
    say(f"leaner by {before - megabytes(files_below(folder)):.0f} MB")


def link_twins(folder: Path) -> None:
    """Replace files of one folder that are equal by links to the one with the longest name."""
    known: dict[tuple[Path, str], Path] = {}
    libraries = [
        path for path in files_below(folder) if ".so" in path.name or ".dylib" in path.name
    ]
    for path in sorted(libraries, key=lambda one: (-len(one.name), one.name)):
        if path.is_symlink() or path.stat().st_size < _LEAST:
            continue
        kept = known.setdefault((path.parent, sha256(path)), path)
        if kept != path:
            path.unlink()
            path.symlink_to(kept.name)


def _extensions(folder: Path) -> Iterator[Path]:
    for path in files_below(folder):
        named = any(fnmatch(path.name, pattern) for pattern in _STRIPPED)
        if named and not path.is_symlink() and path.stat().st_size >= _LEAST:
            yield path
