"""The records of a machine as they were at an update, so that it can be taken back.

In the data folder:

    kept/update-<version>/   the libraries as they were when that version was left; one generation
    kept/back-<version>/     what was there when a person went back from that version; it stays
        added/               the files of documents that were added since the update
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from kb.errors import LibraryError
from kb.library_copy import (
    added_since,
    copy_library,
    original_of,
    remove_library,
    replace_library,
    schema_of,
    settle,
    size_of,
)
from kb.packs.disk import sync_file, sync_folder, sync_tree
from kb.packs.errors import PackError
from kb.packs.names import check_name
from kb.store import load_key
from ui.bundle.errors import BundleError
from ui.bundle.patience import patiently
from ui.models.disk import plain_errors, require_room

STORES = ("library.db", "atlas.db")
"""Encrypted files that a program brings to its own schema: the library, and known pictures."""
KEY = "library.key"
KEPT, ADDED = "kept", "added"
_UPDATE, _BACK = "update-", "back-"


@dataclass(frozen=True, slots=True)
class Records:
    """The libraries in one data folder."""

    home: Path

    def there(self, folder: Path | None = None) -> tuple[str, ...]:
        """Names of the libraries in a folder; None: in the data folder."""
        if not (self.home / KEY).is_file():
            return ()
        return tuple(name for name in STORES if ((folder or self.home) / name).is_file())

    def schema(self, folder: Path | None = None) -> int:
        """Most schema changes that a library in a folder has seen; 0 where there is none.

        Raises:
            BundleError: one cannot be opened.
        """
        place = folder or self.home
        with _in_words():
            return max(
                (schema_of(place / name, self._key) for name in self.there(place)), default=0
            )

    def update_of(self, version: str) -> Path:
        """Folder of the copies that were made when a version was left."""
        return self.home / KEPT / f"{_UPDATE}{version}"

    def keep(self, version: str) -> None:
        """Copy the libraries as they are, before another program than this version opens them.

        Raises:
            BundleError: one cannot be copied.
            NoRoom: the disk has no room for the copy.
        """
        self._made(self.update_of(version), self._copy)

    def drop_all_but(self, version: str) -> None:
        """Keep one generation: the copies for the version that can be gone back to."""
        for folder in (self.home / KEPT).glob(f"{_UPDATE}*"):
            if folder != self.update_of(version):
                shutil.rmtree(folder, ignore_errors=True)

    def added_since(self, folder: Path) -> list[str]:
        """Names of documents that came to the libraries after copies were made; by library."""
        with _in_words():
            return [
                document.name
                for name in self.there()
                for document in added_since(self.home / name, folder / name, self._key)
            ]

    def lost_since(self, folder: Path) -> list[str]:
        """Names of documents in copies that were taken out of the libraries since."""
        with _in_words():
            return [
                document.name
                for name in self.there(folder)
                if (self.home / name).is_file()
                for document in added_since(folder / name, self.home / name, self._key)
            ]

    def leave(self, version: str, since: Path) -> Path:
        """Copy what is there now, with the files of documents added since; gives the folder.

        Args:
            version: the version that is gone back from.
            since: the copies that will take the place of the libraries.
        """
        plain = self.home / KEPT / f"{_BACK}{version}"
        others = (plain.with_name(f"{plain.name}-{number}") for number in count(2))
        folder = next(path for path in chain((plain,), others) if not path.exists())

        def fill(part: Path) -> None:
            self._copy(part)
            self._export(part, since)

        self._made(folder, fill)
        return folder

    def require_alone(self) -> None:
        """Raise `BundleError` while another program has a library open."""
        with _in_words():
            for name in self.there():
                settle(self.home / name, self._key)

    def put_back(self, folder: Path) -> None:
        """Put copies in the place of the libraries; the copies stay.

        Raises:
            BundleError: a program has a library open, or a copy is damaged.
        """
        if not self.there(folder):
            raise BundleError(f"The copies of the records are not in {folder}.")
        with _in_words():
            for name in self.there(folder):
                replace_library(folder / name, self._key, self.home / name)
            for name in set(self.there()) - set(self.there(folder)):
                remove_library(self.home / name, self._key)

    @property
    def _key(self) -> bytes:
        return load_key(self.home / KEY)

    def _copy(self, folder: Path) -> None:
        for name in self.there():
            copy_library(self.home / name, self._key, folder / name)

    def _export(self, part: Path, since: Path) -> None:
        """The files of documents added since, each in a folder of its own: names may be equal."""
        for name in self.there(part):
            numbers = count(1)
            for document in added_since(part / name, since / name, self._key):
                place = part / ADDED / Path(name).stem / f"{next(numbers):04}"
                place.mkdir(parents=True)
                with (place / _file_name(document.name)).open("wb") as file:
                    file.write(original_of(part / name, self._key, document.id))
                    file.flush()
                    sync_file(file.fileno())

    def _made(self, folder: Path, fill: Callable[[Path], None]) -> None:
        """Make a folder whole or not at all, in the place of one of the same name."""
        part = folder.with_name(f"{folder.name}.part")
        with plain_errors("The copy of the records"), _in_words():
            size = sum(size_of(self.home / name) for name in self.there())
            shutil.rmtree(part, ignore_errors=True)
            require_room(self.home, 2 * size)
            part.mkdir(parents=True)
            try:
                fill(part)
                sync_tree(part)
                shutil.rmtree(folder, ignore_errors=True)
                patiently(lambda: part.rename(folder))
                sync_folder(folder.parent)
            finally:
                shutil.rmtree(part, ignore_errors=True)


def _file_name(name: str) -> str:
    """A name that every disk can hold; the document's own where that is one."""
    try:
        check_name(name)
    except PackError:
        plain = "".join(char if char.isalnum() or char in "._-" else "-" for char in name)
        return plain.strip(".-")[:80] or "document"
    return name.replace("/", "-")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except LibraryError as error:
        raise BundleError(f"The records of this machine: {error}") from error
