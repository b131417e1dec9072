"""Which version of each pack is in use: folders of versions and one pointer file a pack.

    packs/<id>/<version>-<digest>/   a whole version, never changed once it has this name
    packs/<id>/current.json          the version in use and the one before; replaced by a rename
    packs/.staging/<digest>/         a version on its way in
    packs/trust/<domain>.root.json   roots that were added on this machine

A power cut leaves the old pointer or the new one, and both point to whole versions.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from kb.formulary_table import Table
from kb.packs.disk import plain_errors, remove_empty, sync_folder, write_whole
from kb.packs.errors import PackError, SwappedFile
from kb.packs.manifest import Base, Manifest, digest_of, read_base, read_manifest, slug
from kb.packs.names import MANIFEST
from kb.packs.policy import Installed
from kb.packs.staging import Version, check_whole
from kb.packs.strict_json import FORMAT, dump, from_table, read

POINTER = "current.json"
STAGING = ".staging"
TRUST = "trust"


class Slots:
    """The packs of one machine."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the packs; it is made when it is needed."""
        self.folder = folder

    @property
    def trust(self) -> Path:
        """Folder of the roots that were added on this machine."""
        return self.folder / TRUST

    def staging(self, digest: str) -> Path:
        """Folder for a version on its way in."""
        return self.folder / STAGING / digest[:16]

    def all(self) -> Iterator[Installed]:
        """All packs that this machine has or had, by name."""
        if self.folder.is_dir():
            for pointer in sorted(self.folder.glob(f"*/{POINTER}")):
                yield self._read(pointer)

    def find(self, pack: str) -> Installed | None:
        """What is known of a pack, or None."""
        pointer = self.folder / pack / POINTER
        return self._read(pointer) if pointer.is_file() else None

    def version(self, pack: str, base: Base) -> Version:
        """A version on this machine, its list of contents checked.

        Raises:
            SwappedFile: the list is not the one that was installed.
        """
        folder = self._slot(pack, base)
        return Version(base.digest, self._manifest(folder, base), folder)

    def whole(self, pack: str, base: Base) -> Version:
        """A version on this machine with every file checked.

        Raises:
            SwappedFile: a file is not the one that was installed.
        """
        version = self.version(pack, base)
        check_whole(version.manifest, version.folder)
        return version

    def adopt(self, pack: str, base: Base) -> Path:
        """Give a staged version its place; it is not in use yet."""
        slot = self._slot(pack, base)
        with plain_errors():
            slot.parent.mkdir(exist_ok=True)
            sync_folder(self.folder)
            if slot.exists():  # from an installation that was cut off before the switch
                shutil.rmtree(slot)
            self.staging(base.digest).rename(slot)
            sync_folder(slot.parent)
        return slot

    def switch(self, installed: Installed) -> None:
        """Make a version the one in use, in one step."""
        with plain_errors():
            write_whole(self.folder / installed.pack / POINTER, _pointer(installed))

    def undo(self, after: Installed, before: Installed | None) -> None:
        """Go back to what was in use before a switch that the library could not follow."""
        if before is not None:
            self.switch(before)
        else:
            with plain_errors():
                (self.folder / after.pack / POINTER).unlink(missing_ok=True)
        for base in set(_kept(after)) - set(_kept(before) if before else ()):
            shutil.rmtree(self._slot(after.pack, base), ignore_errors=True)
        remove_empty(self.folder / after.pack, self.folder / STAGING, self.folder)

    def drop_staging(self, digest: str) -> None:
        """Throw away a version on its way in, and folders that are empty without it."""
        shutil.rmtree(self.staging(digest), ignore_errors=True)
        remove_empty(self.folder / STAGING, self.folder)

    def tidy(self, installed: Installed) -> None:
        """Throw away all versions of a pack that are neither in use nor kept, and old stagings."""
        shutil.rmtree(self.folder / STAGING, ignore_errors=True)
        kept = {self._slot(installed.pack, base) for base in _kept(installed)}
        for folder in (self.folder / installed.pack).glob("*/"):
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _slot(self, pack: str, base: Base) -> Path:
        return self.folder / pack / f"{base.version}-{base.digest[:16]}"

    def _manifest(self, folder: Path, base: Base) -> Manifest:
        try:
            data = (folder / MANIFEST).read_bytes()
        except OSError as error:
            raise _changed(folder) from error
        if digest_of(data) != base.digest:
            raise _changed(folder)
        return read_manifest(data)

    def _read(self, pointer: Path) -> Installed:
        try:
            data = pointer.read_bytes()
        except OSError as error:
            message = f"What is known of the pack {pointer.parent.name} cannot be read."
            raise PackError(message) from error
        return read(data, f"The file {pointer.parent.name}/{POINTER}", _installed)


def _kept(installed: Installed) -> list[Base]:
    return [base for base in (installed.current, installed.previous) if base is not None]


def _changed(folder: Path) -> SwappedFile:
    return SwappedFile(f"the installed pack {folder.parent.name} has changed. Install it anew.")


def _pointer(installed: Installed) -> bytes:
    bases = {name: getattr(installed, name) for name in ("highest", "current", "previous")}
    rows = {
        name: {"version": base.version, "digest": base.digest}
        for name, base in bases.items()
        if base is not None
    }
    return dump({"format": FORMAT, "pack": installed.pack, "domain": installed.domain, **rows})


def _installed(table: Table) -> Installed:
    highest, current, previous = (
        from_table(inside, read_base) if inside else None
        for inside in (table.table(key) for key in ("highest", "current", "previous"))
    )
    if highest is None:
        raise table.fault("highest", "must stand there")
    return Installed(slug(table, "pack"), slug(table, "domain"), highest, current, previous)
