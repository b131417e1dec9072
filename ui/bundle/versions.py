"""Which version of the program is in use: whole folders side by side, and one pointer.

A power cut leaves the old pointer or the new one, and both name whole versions.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from kb.errors import LibraryError
from kb.formulary_table import Table
from kb.packs.disk import remove_empty, sync_folder, sync_tree, write_whole
from kb.packs.strict_json import FORMAT, dump, line, read, whole
from ui.bundle.errors import BundleError
from ui.bundle.patience import patiently
from ui.models.disk import plain_errors

POINTER, VERSIONS, STAGING = "installed.json", "versions", ".staging"
_NAME = re.compile(r"\d{1,9}-[0-9a-f]{16}(?:-\d{1,4})?")


@dataclass(frozen=True, slots=True)
class Installed:
    """Which versions of the program a machine has, and has had."""

    highest: int
    """Highest number of a bundle that was ever in use."""
    current: str
    """Folder of the version in use."""
    previous: str = ""
    """Folder of the one before it; empty where there is none."""

    @property
    def number(self) -> int:
        """Number of the bundle from which the version in use came."""
        return number_of(self.current)


class Versions:
    """The versions of the program in one folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when it is needed."""
        self.folder = folder

    @property
    def staging(self) -> Path:
        """Folder for a version on its way in."""
        return self.folder / STAGING

    def path(self, name: str) -> Path:
        """Folder of a version."""
        return self.folder / VERSIONS / name

    def find(self) -> Installed | None:
        """What is installed, or None.

        Raises:
            BundleError: the pointer cannot be read.
        """
        pointer = self.folder / POINTER
        if not pointer.is_file():
            return None
        try:
            return read(pointer.read_bytes(), POINTER, installed_from)
        except (OSError, LibraryError) as error:
            raise BundleError(
                f"What is installed in {self.folder} cannot be read ({error}). Install the"
                " bundle anew into another folder with --to; records are not touched."
            ) from error

    def fresh_name(self, number: int, digest: str) -> str:
        """A name that no version here has."""
        plain = f"{number}-{digest[:16]}"
        names = chain((plain,), (f"{plain}-{number}" for number in count(1)))
        return next(name for name in names if not self.path(name).exists())

    def begin(self) -> Path:
        """An empty folder for a version on its way in; what was left there is gone."""
        with plain_errors("The folder of the program"):
            shutil.rmtree(self.staging, ignore_errors=True)
            self.staging.mkdir(parents=True)
        return self.staging / "app"

    def adopt(self, name: str) -> Path:
        """Give a staged version its name; it is not in use yet."""
        slot = self.path(name)
        with plain_errors("The new version"):
            sync_tree(self.staging / "app")
            slot.parent.mkdir(exist_ok=True)
            patiently(lambda: (self.staging / "app").rename(slot))
            sync_folder(slot.parent)
            sync_folder(self.folder)
        return slot

    def switch(self, installed: Installed) -> None:
        """Make a version the one in use, in one step."""
        with plain_errors(POINTER):
            write_whole(
                self.folder / POINTER, dump({"format": FORMAT, **installed_values(installed)})
            )

    def undo(self, before: Installed | None) -> None:
        """Go back to what was in use before a switch that did not turn out well."""
        if before is not None:
            self.switch(before)
        else:
            with plain_errors(POINTER):
                patiently(lambda: (self.folder / POINTER).unlink(missing_ok=True))

    def tidy(self) -> None:
        """Throw away versions that are neither in use nor kept, and what is on its way in."""
        shutil.rmtree(self.staging, ignore_errors=True)
        known = self.find()
        kept = {known.current, known.previous} if known else set()
        for folder in self.all():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        remove_empty(self.folder / VERSIONS, self.folder)

    def all(self) -> Iterator[Path]:
        """Folders of all versions here."""
        if (self.folder / VERSIONS).is_dir():
            yield from sorted(
                path for path in (self.folder / VERSIONS).iterdir() if _NAME.fullmatch(path.name)
            )


def number_of(name: str) -> int:
    """Number of the bundle from which a version came."""
    return int(name.partition("-")[0])


def installed_values(installed: Installed) -> dict[str, int | str]:
    """What is installed, as it is written."""
    return {
        "highest": installed.highest,
        "current": installed.current,
        "previous": installed.previous,
    }


def installed_from(table: Table) -> Installed:
    """What is installed, as it was written."""
    found = Installed(
        whole(table, "highest", 1), line(table, "current"), line(table, "previous", "")
    )
    for key in ("current", "previous"):
        name = getattr(found, key)
        if name and not _NAME.fullmatch(name):
            raise table.fault(key, "must name a version")
    return found
