"""From the archive of a program to a folder: only plain files and links that stay inside."""

import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path, PurePosixPath

from kb.errors import LibraryError
from kb.packs.disk import sync_file
from kb.packs.names import check_name
from ui.bundle.errors import BundleDamaged
from ui.models.disk import Progress, digest_of, plain_errors, untold

CONTENTS = ".contents"
"""In every version: digest and name of each of its files, as `sha256sum` writes them."""
_BLOCK = 1 << 20
_PROGRAM, _PLAIN = 0o755, 0o644


def unpack(archive: BufferedReader, target: Path, most: int, progress: Progress = untold) -> None:
    """Unpack the one folder of a `.tar.gz`, and write down what came.

    Args:
        archive: the archive; its bytes were held against the signed list before.
        target: folder to make.
        most: bytes that the files may have together.
        progress: told how many bytes are there.

    Raises:
        BundleDamaged: it is no such archive, or holds what does not belong there.
        NoRoom: the disk is full or write-protected.
    """
    rows, done = [], 0
    try:
        with plain_errors("The new version"), tarfile.open(fileobj=archive, mode="r|gz") as packed:
            target.mkdir(parents=True, exist_ok=True)
            for entry, name in _entries(packed):
                done += entry.size
                if done > most:
                    raise BundleDamaged("The program on the stick is larger than it says.")
                rows.append(f"{_put(packed, entry, target, name)}  {name}")
                progress("program", done, most)
            _write_contents(target, rows)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BundleDamaged("The program on the stick is damaged. Copy it again.") from error


def broken(folder: Path) -> list[str]:
    """Names of files of a version that are missing or not what they were when it came."""
    try:
        rows = (folder / CONTENTS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return [CONTENTS]
    bad = []
    for row in rows:
        digest, _, name = row.partition("  ")
        if _seen(folder / name) != digest:
            bad.append(name)
    return bad


def _seen(path: Path) -> str:
    try:
        if path.is_symlink():
            return _link_digest(str(path.readlink()))
        return digest_of(path)
    except OSError:
        return ""


def _entries(packed: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, str]]:
    """The files and links, by their names below the one folder at the top."""
    tops: set[str] = set()
    for entry in packed:
        top, _, name = entry.name.rstrip("/").partition("/")
        tops.add(top)
        if len(tops) > 1:
            raise BundleDamaged("The program on the stick is not packed as one folder.")
        if entry.isdir():
            continue
        _require_safe(entry, name)
        yield entry, name


def _require_safe(entry: tarfile.TarInfo, name: str) -> None:
    try:
        check_name(name)
        if entry.issym():
            _require_inside(name, entry.linkname)
    except LibraryError as error:
        raise BundleDamaged(f"The program on the stick cannot be used: {error}") from error
    if not (entry.isreg() or entry.issym()):
        raise BundleDamaged("The program on the stick holds something that is no plain file.")


def _require_inside(name: str, link: str) -> None:
    """Raise unless a link leads to a file of the same program."""
    place = list(PurePosixPath(name).parent.parts)
    for part in link.split("/"):
        if part == ".." and place:
            place.pop()
        elif part in {"", ".."}:
            raise BundleDamaged("A link in the program on the stick leads out of it.")
        elif part != ".":
            place.append(part)
    check_name("/".join(place))


def _put(packed: tarfile.TarFile, entry: tarfile.TarInfo, target: Path, name: str) -> str:
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.exists() or _through_link(target, path):
        raise BundleDamaged("Two files of the program on the stick have one name.")
    if entry.issym():
        path.symlink_to(entry.linkname)
        return _link_digest(entry.linkname)
    source = packed.extractfile(entry)
    total = hashlib.sha256()
    with path.open("wb") as file:
        while source is not None and (block := source.read(_BLOCK)):
            file.write(block)
            total.update(block)
        file.flush()
        sync_file(file.fileno())
    path.chmod(_PROGRAM if entry.mode & 0o100 else _PLAIN)
    return total.hexdigest()


def _through_link(target: Path, path: Path) -> bool:
    """Whether a folder on the way to a file is a link that came before it."""
    return any(
        parent.is_symlink()
        for parent in path.parents
        if parent != target and target in parent.parents
    )


def _link_digest(link: str) -> str:
    return hashlib.sha256(f"link to {link}".encode()).hexdigest()


def _write_contents(target: Path, rows: list[str]) -> None:
    with (target / CONTENTS).open("w", encoding="utf-8", newline="\n") as file:
        file.write("".join(f"{row}\n" for row in sorted(rows)))
        file.flush()
        sync_file(file.fileno())
