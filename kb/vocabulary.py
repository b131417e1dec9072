"""The words of one library, looked up as questions ask for them.

A library of a million passages has more words than a start may take to read; a question needs a
few dozen of them.
"""

from collections.abc import Sequence

from kb.store_interface import LibraryStore

LAST = "\U0010ffff"
"""Follows every letter."""


class StoreVocabulary:
    """A `Vocabulary` that asks the full-text index and remembers until it is dropped.

    Not safe to share between threads.
    """

    def __init__(self, store: LibraryStore) -> None:
        """Take the library."""
        self._store = store
        self._known: dict[str, tuple[int, bool]] = {}
        self._spelled: dict[str, list[str]] = {}
        self.total = int(store.query("SELECT count(*) AS n FROM passages")[0]["n"])

    def passages(self, stem: str) -> int:
        """Number of passages that hold a stem."""
        return self._look_up(stem)[0]

    def names(self, stem: str) -> bool:
        """Whether a stem stands in a title or another name."""
        return self._look_up(stem)[1]

    def spelled(self, first: str) -> Sequence[str]:
        """Stems that begin with a letter."""
        found = self._spelled.get(first)
        if found is None:
            sql = "SELECT DISTINCT term FROM words WHERE term >= ? AND term < ? ORDER BY term"
            rows = self._store.query(sql, [first, first + LAST])
            found = self._spelled[first] = [str(row["term"]) for row in rows]
        return found

    def _look_up(self, stem: str) -> tuple[int, bool]:
        found = self._known.get(stem)
        if found is None:
            sql = (
                "SELECT max(doc) AS passages, max(CASE WHEN col IN ('title', 'aliases') THEN 1 END)"
                " AS names FROM words WHERE term = ?"
            )
            row = self._store.query(sql, [stem])[0]
            found = (int(row["passages"] or 0), bool(row["names"]))
            if found[0]:  # a word that the library lacks may be a person's name
                self._known[stem] = found
        return found
