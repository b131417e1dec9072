"""Copies a pack beside the library, each file checked while it is copied.

The folder is named by the manifest, so that after a power cut the files that are whole already
are kept and only the others are copied again. A file that a delta leaves out is taken from the
installed version, if that one has it.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kb.packs.disk import plain_errors, sync_file, sync_tree
from kb.packs.errors import EndlessData, MixAndMatch, PackRefused, SwappedFile, TruncatedPack
from kb.packs.manifest import Manifest, PackFile
from kb.packs.names import MANIFEST, OWN, SIGNATURES, shown
from kb.packs.source import CHUNK, Source


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a pack as it lies on this machine."""

    digest: str
    manifest: Manifest
    folder: Path


@dataclass(frozen=True, slots=True)
class Incoming:
    """A pack whose signatures hold and whose contents are still to be looked at."""

    manifest: Manifest
    digest: str
    head: Mapping[str, bytes]
    """Bytes of the manifest and of the signatures, by file name."""
    source: Source
    bases: tuple[Version, ...] = ()
    """Versions of the same pack on this machine, that in use first."""


def head_of(manifest: bytes, signatures: bytes) -> dict[str, bytes]:
    """Both files by their names."""
    return {MANIFEST: manifest, SIGNATURES: signatures}


def require_listed(incoming: Incoming) -> None:
    """Raise unless the pack holds what its manifest lists, by name and size, and nothing else.

    Raises:
        MixAndMatch: a file that the manifest does not list, or a delta of another version.
        EndlessData, TruncatedPack: a file longer or shorter than it says, or one that is missing.
    """
    files = incoming.manifest.by_path()
    for name, size in incoming.source.sizes.items():
        if name in OWN:
            continue
        if name not in files:
            raise MixAndMatch(f"“{shown(name)}” is not in the list that was signed.")
        if size != files[name].size and _is_of_base(incoming, name):
            raise _of_base(name)
        require_size(files[name], size)
    for file in incoming.manifest.files:
        if file.path not in incoming.source.sizes:
            _require_in_base(incoming, file)


def require_size(file: PackFile, size: int) -> None:
    """Raise unless a file has the size that was signed."""
    if size > file.size:
        raise EndlessData(f"“{shown(file.path)}” is larger than the size that was signed.")
    if size < file.size:
        raise TruncatedPack(f"“{shown(file.path)}” is cut short. Copy the pack anew.")


def stage(incoming: Incoming, folder: Path) -> None:
    """Make a folder hold the whole pack, on the disk for good.

    Raises:
        PackRefused: a file is not the one that was signed.
    """
    with plain_errors():
        folder.mkdir(parents=True, exist_ok=True)
        for file in incoming.manifest.files:
            target = folder / file.path
            if not _is_whole(target, file):
                _write(target, _content(incoming, file))
        for name, data in incoming.head.items():
            _write(folder / name, iter([data]))
        _remove_others(folder, {*incoming.head, *incoming.manifest.by_path()})
        sync_tree(folder)


def missing_bytes(incoming: Incoming, folder: Path) -> int:
    """How many bytes are still to be written."""
    return sum(
        file.size for file in incoming.manifest.files if not _has_size(folder / file.path, file)
    )


def check_whole(manifest: Manifest, folder: Path) -> None:
    """Raise `SwappedFile` unless a folder on this machine holds every file as it was signed."""
    for file in manifest.files:
        if not _is_whole(folder / file.path, file):
            raise SwappedFile(f"“{shown(file.path)}” has changed on this machine. Install it anew.")


def checked_content(incoming: Incoming, file: PackFile) -> Iterator[bytes]:
    """The content of a file; its end is reached only if it is what was signed.

    Raises:
        EndlessData, TruncatedPack, SwappedFile, MixAndMatch: it is not.
    """
    total, size = hashlib.sha256(), 0
    for chunk in incoming.source.chunks(file.path):
        size += len(chunk)
        if size > file.size:
            require_size(file, size)
        total.update(chunk)
        yield chunk
    require_size(file, size)
    if total.hexdigest() != file.sha256:
        raise _not_signed(incoming, file, total.hexdigest())


def _content(incoming: Incoming, file: PackFile) -> Iterator[bytes]:
    if file.path in incoming.source.sizes:
        return checked_content(incoming, file)
    base = _require_in_base(incoming, file)
    if not _is_whole(base.folder / file.path, file):
        raise SwappedFile(
            f"“{shown(file.path)}” of the installed version has changed on this machine."
            " Install the full pack in place of the one with the changes only."
        )
    return _pieces(base.folder / file.path)


def _require_in_base(incoming: Incoming, file: PackFile) -> Version:
    """The version on this machine that the delta was made from."""
    wanted = incoming.manifest.previous
    if wanted is None:
        raise TruncatedPack(f"“{shown(file.path)}” is missing from it. Copy the pack anew.")
    base = next((base for base in incoming.bases if base.digest == wanted.digest), None)
    if base is None:
        raise MixAndMatch(
            f"it holds only what changed since version {wanted.version}, which this machine"
            " does not have. Ask for the full pack."
        )
    known = base.manifest.by_path().get(file.path)
    if known is None or known.sha256 != file.sha256:
        raise TruncatedPack(f"“{shown(file.path)}” is missing from it. Copy the pack anew.")
    return base


def _not_signed(incoming: Incoming, file: PackFile, found: str) -> PackRefused:
    if any(ours.sha256 == found for ours in _of_bases(incoming, file.path)):
        return _of_base(file.path)
    return SwappedFile(f"“{shown(file.path)}” is not the file that was signed.")


def _of_bases(incoming: Incoming, name: str) -> list[PackFile]:
    """What the versions on this machine have under a name."""
    found = (base.manifest.by_path().get(name) for base in incoming.bases)
    return [file for file in found if file is not None]


def _is_of_base(incoming: Incoming, name: str) -> bool:
    """Whether a file that is not the signed one is that of a version on this machine."""
    size = incoming.source.sizes[name]
    known = {ours.sha256 for ours in _of_bases(incoming, name) if ours.size == size}
    if not known:
        return False
    total = hashlib.sha256()
    for chunk in incoming.source.chunks(name):
        total.update(chunk)
    return total.hexdigest() in known


def _of_base(name: str) -> MixAndMatch:
    return MixAndMatch(f"“{shown(name)}” is that of another version, which this machine has.")


def _is_whole(path: Path, file: PackFile) -> bool:
    if not _has_size(path, file):
        return False
    total = hashlib.sha256()
    for chunk in _pieces(path):
        total.update(chunk)
    return total.hexdigest() == file.sha256


def _has_size(path: Path, file: PackFile) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size == file.size


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def _write(target: Path, chunks: Iterator[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        sync_file(file.fileno())


def _remove_others(folder: Path, kept: set[str]) -> None:
    """What an interrupted copy of another program may have left."""
    for path in sorted(folder.rglob("*"), reverse=True):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(each.startswith(f"{name}/") for each in kept):
                shutil.rmtree(path)
        elif name not in kept:
            path.unlink()
