"""Holds two builds of the same sources against each other, file by file and byte by byte.

    SOURCE_DATE_EPOCH=1760000000 make dist                 in one copy of the sources
    SOURCE_DATE_EPOCH=1760000000 make dist                 in another, in another folder
    python packaging/compare_builds.py ONE/.build OTHER/.build

Compared are the one-folder program (`dist/`) and everything that is given away (`out/`). Nothing is
left out of the comparison. Ends with status 1 where anything differs.
"""

import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dist_common import say, sha256, stop

PARTS = ("dist", "out")
_PACKAGE = ".deb"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is compared of one file, link or folder."""

    kind: str
    mode: int
    """Permissions; 0 for a link, which has none of its own."""
    content: str
    """Digest of a file, or where a link leads."""


def main(arguments: Sequence[str]) -> int:
    """Compare two folders of builds; the status of the program."""
    if len(arguments) != 2:
        stop("Two folders are compared: ONE/.build OTHER/.build")
    one, other = (Path(word) for word in arguments)
    total, said = 0, []
    for part in PARTS:
        if not (one / part).is_dir() or not (other / part).is_dir():
            stop(f"There is no folder “{part}” in one of them; run `make dist` first.")
        total += len(seen_below(one / part))
        said += [f"{part}/{row}" for row in differences(one / part, other / part)]
    for row in said:
        say(row)
    say(f"{total} files and folders compared, {len(said)} differences")
    return 1 if said else 0


def differences(one: Path, other: Path) -> list[str]:
    """How two folders differ, a row for each path; empty where they are the same."""
    first, second = seen_below(one), seen_below(other)
    rows = []
    for name in sorted(first.keys() | second.keys()):
        if name not in first or name not in second:
            rows.append(f"{name}: only in {one if name in first else other}")
        elif first[name] != second[name]:
            rows.append(f"{name}: {_how(first[name], second[name])}")
            rows += [f"  {row}" for row in _inside(one / name, other / name)]
    return rows


def seen_below(folder: Path) -> dict[str, Seen]:
    """Everything below a folder by its path."""
    return {path.relative_to(folder).as_posix(): _seen(path) for path in folder.rglob("*")}


def _seen(path: Path) -> Seen:
    if path.is_symlink():
        return Seen("link", 0, str(path.readlink()))
    mode = stat.S_IMODE(path.stat().st_mode)
    return Seen("folder", mode, "") if path.is_dir() else Seen("file", mode, sha256(path))


def _how(one: Seen, other: Seen) -> str:
    if one.kind != other.kind:
        return f"{one.kind} and {other.kind}"
    if one.mode != other.mode:
        return f"permissions {one.mode:o} and {other.mode:o}"
    return "other bytes" if one.kind == "file" else f"leads to {one.content} and {other.content}"


def _inside(one: Path, other: Path) -> Iterator[str]:
    """What differs inside two Debian packages."""
    if one.suffix != _PACKAGE or one.is_symlink():
        return
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / "one", Path(place) / "other"]
        for package, folder in zip((one, other), folders, strict=True):
            subprocess.run(["dpkg-deb", "-R", package, folder], check=True)  # noqa: S607
        yield from differences(*folders)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
