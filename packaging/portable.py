"""Packs a folder as `.tar.gz` so that two builds of the same folder are the same bytes."""

import gzip
import tarfile
from pathlib import Path

from dist_common import files_below

_LEVEL = 6
_PROGRAM, _PLAIN = 0o755, 0o644


def pack(folder: Path, top: str, out: Path, made: int) -> None:
    """Write an archive.

    Args:
        folder: what goes in; links inside it stay links.
        top: name of the one folder in the archive.
        out: the archive to write.
        made: time of every entry, in seconds since 1970.
    """
    part = out.with_name(f"{out.name}.part")
    with (
        part.open("wb") as raw,
        # Neither a name nor a time in the head of the gzip file.
        gzip.GzipFile("", "wb", _LEVEL, raw, 0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in files_below(folder):
            _add(archive, path, f"{top}/{path.relative_to(folder).as_posix()}", made)
    part.replace(out)


def _add(archive: tarfile.TarFile, path: Path, name: str, made: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.mtime = made
    if path.is_symlink():
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, str(path.readlink()), 0o777
        archive.addfile(entry)
        return
    stat = path.stat()
    entry.size = stat.st_size
    entry.mode = _PROGRAM if stat.st_mode & 0o100 else _PLAIN
    with path.open("rb") as file:
        archive.addfile(entry, file)
