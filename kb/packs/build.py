"""Makes packs: a folder with a `pack.toml` becomes an archive with a manifest, then is signed.

`pack.toml` holds what the manifest says, but for the files; two builds of the same folder on the
same day are the same bytes. With an earlier version as base, files that did not change are left
out (a delta); the manifest, and so the signatures, are the same with and without them.
"""

import hashlib
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from kb.formulary_table import Table
from kb.packs.contents import DOCUMENTS, require_places
from kb.packs.disk import plain_errors, sync_file, sync_folder, write_whole
from kb.packs.errors import PackError, PackUnreadable
from kb.packs.keys import PrivateKey
from kb.packs.manifest import (
    Base,
    Manifest,
    PackFile,
    about,
    check_files,
    digest_of,
    read_manifest,
    write_manifest,
)
from kb.packs.names import MANIFEST, OWN, SIGNATURES, shown
from kb.packs.signatures import Signatures, read_signatures, with_signature, write_signatures
from kb.packs.source import CHUNK, FolderSource, Source, open_source, read_head
from kb.packs.strict_json import from_table, line

RECIPE = "pack.toml"
_DAY_ZERO = (1980, 1, 1, 0, 0, 0)
"""Time of every entry, so that two builds are the same bytes."""
_PLAIN_FILE = 0o100644


def build(folder: Path, out: Path, made: date, base: Path | None, *, full: bool) -> Manifest:
    """Make an unsigned pack.

    Args:
        folder: holds `pack.toml` and the folders of contents.
        out: the archive to write.
        made: day to write into the manifest.
        base: the version before it, an archive or a folder; unchanged files are left out then.
        full: keep the unchanged files even so.

    Raises:
        PackError: something in the folder does not belong into a pack.
    """
    source = FolderSource(folder)
    names = sorted(name for name in source.sizes if name not in {RECIPE, *OWN})
    require_places(tuple(names))
    manifest = _read_recipe(folder, made, tuple(_file(source, name) for name in names))
    old = _base(base, manifest) if base else None
    if old:
        manifest = replace(manifest, previous=Base(old.version, digest_of(write_manifest(old))))
    unchanged = set() if full or not old else _unchanged(old, manifest)
    data = write_manifest(manifest)
    read_manifest(data)
    _put(_write_archive(out, source, {MANIFEST: data}, sorted(set(names) - unchanged)), out)
    return manifest


def sign_pack(path: Path, key: PrivateKey) -> Signatures:
    """Add the signature of one key to a pack, in its place.

    Raises:
        PackError: it is no pack.
    """
    with open_source(path) as source:
        head, signed = read_head(source)
        read_manifest(head)
        known = read_signatures(signed) if signed else Signatures(digest_of(head))
        signatures = with_signature(known, key, "manifest", head)
        signed = write_signatures(signatures)
        if isinstance(source, FolderSource):
            with plain_errors():
                write_whole(source.folder / SIGNATURES, signed)
            return signatures
        names = [name for name in source.sizes if name not in OWN]
        part = _write_archive(path, source, {MANIFEST: head, SIGNATURES: signed}, names)
    _put(part, path)
    return signatures


def _read_recipe(folder: Path, made: date, files: tuple[PackFile, ...]) -> Manifest:
    try:
        values = tomllib.loads((folder / RECIPE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"{folder.name} has no {RECIPE}, which says what the pack is."
        raise PackUnreadable(message) from error
    except (OSError, ValueError, RecursionError) as error:
        raise PackUnreadable(f"{RECIPE} cannot be read: {error}.") from error
    named: dict[str, Any] = values.pop("documents", {})
    unknown = sorted(set(named) - {file.path for file in files})
    if unknown:
        raise PackUnreadable(f"{RECIPE} describes {shown(unknown[0])}, which is not there.")
    described = tuple(_described(file, named.get(file.path)) for file in files)
    manifest = from_table(Table(RECIPE, values), lambda table: about(table, made, described))
    check_files(manifest.files)
    return manifest


def _described(file: PackFile, about: Mapping[str, Any] | None) -> PackFile:
    if about is None:
        return file
    if not file.path.startswith(DOCUMENTS):
        raise PackUnreadable(f"{RECIPE}: only files in documents/ are described, not {file.path}.")

    def described(table: Table) -> PackFile:
        return replace(file, title=line(table, "title", ""), source=line(table, "source", ""))

    return from_table(Table(f"{RECIPE}: {file.path}", about), described)


def _file(source: Source, name: str) -> PackFile:
    total, size = hashlib.sha256(), 0
    for chunk in source.chunks(name):
        total.update(chunk)
        size += len(chunk)
    return PackFile(name, size, total.hexdigest())


def _base(path: Path, manifest: Manifest) -> Manifest:
    with open_source(path) as source:
        old = read_manifest(read_head(source)[0])
    if old.id != manifest.id or old.version >= manifest.version:
        message = (
            f"The base must be an earlier version of {manifest.id}; it is {old.id} {old.version}."
        )
        raise PackError(message)
    return old


def _unchanged(old: Manifest, new: Manifest) -> set[str]:
    known = {(file.path, file.sha256) for file in old.files}
    return {file.path for file in new.files if (file.path, file.sha256) in known}


def _write_archive(
    out: Path, source: Source, own: Mapping[str, bytes], names: Iterable[str]
) -> Path:
    """Write a whole archive beside its place."""
    part = out.with_name(f"{out.name}.part")
    with plain_errors(), part.open("wb") as file:
        with zipfile.ZipFile(file, "w", allowZip64=False) as archive:
            for name, data in own.items():
                _add(archive, name, [data])
            for name in names:
                _add(archive, name, source.chunks(name))
        file.flush()
        sync_file(file.fileno())
    return part


def _put(part: Path, out: Path) -> None:
    """Give a written archive its name; the archive that it was made from is closed by now."""
    with plain_errors():
        part.replace(out)
        sync_folder(out.parent)


def _add(archive: zipfile.ZipFile, name: str, chunks: Iterable[bytes]) -> None:
    entry = zipfile.ZipInfo(name, _DAY_ZERO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = _PLAIN_FILE << 16
    entry.create_system = 3
    with archive.open(entry, "w") as file:
        for chunk in chunks:
            for start in range(0, len(chunk), CHUNK):
                file.write(chunk[start : start + CHUNK])
