"""Passages by their number, read once for as long as nobody writes to the library.

A question weighs hundreds of passages; to decipher them and to make them of rows costs more than to
weigh them. Nothing of a question is remembered.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from kb.messages import Passage
from kb.rows import PASSAGE_COLUMNS, as_passage
from kb.store_interface import LibraryStore

KEPT = 10_000
"""Passages that are remembered; about 2 kB each."""


@dataclass(frozen=True, slots=True)
class Named:
    """A passage and the other names of its document."""

    passage: Passage
    aliases: str
    """One a line."""


class PassageReader:
    """Reads passages of one library; safe to share between threads."""

    def __init__(self, store: LibraryStore, kept: int = KEPT) -> None:
        """Take the library, and how many passages are remembered."""
        self._store = store
        self._most = kept
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Named] = OrderedDict()
        self._version: object = None

    def of(self, numbers: Sequence[int]) -> dict[int, Named]:
        """Passages by ascending number; numbers that the library has no longer are left out."""
        with self._lock:
            self._follow()
            fresh = self._read([number for number in numbers if number not in self._kept])
            found = {
                number: fresh[number] if number in fresh else self._kept[number]
                for number in sorted(numbers)
                if number in fresh or number in self._kept
            }
            self._keep(fresh)
            return found

    def _follow(self) -> None:
        """Forget everything once anybody wrote to the library."""
        version = self._store.version()
        if version is None or version != self._version:
            self._kept.clear()
        self._version = version

    def _keep(self, fresh: dict[int, Named]) -> None:
        self._kept.update(fresh)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def _read(self, numbers: Sequence[int]) -> dict[int, Named]:
        if not numbers:
            return {}
        marks = ",".join("?" * len(numbers))
        rows = self._store.query(
            f"SELECT p.rowid AS number, p.aliases, {PASSAGE_COLUMNS} FROM passages p"  # noqa: S608
            f" JOIN documents d ON d.id = p.document WHERE p.rowid IN ({marks})",
            list(numbers),
        )
        return {int(row["number"]): Named(as_passage(row), str(row["aliases"])) for row in rows}
