"""The words of passages as the index on a server keeps them, cut and stemmed by FTS5 itself.

A library in memory does the cutting, so that both kinds of library agree on every word. Postings
are packed by word, document and column.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.migrations import FTS_COLUMNS
from kb.rows import Row
from kb.store import Store

HIT = np.dtype([("passage", "<i8"), ("tokens", "<i4"), ("count", "<i4")])
"""One passage: its number, its length in words over all columns, how often the word is in it."""
PASSAGE_BITS, COLUMN_BITS = 32, 28
"""A place is the passage's number, the column and the word's place in it, in one integer."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Cut:
    """All words of some passages, by word, column, passage and place."""

    terms: tuple[str, ...]
    """The different words."""
    term: Numbers
    """Of each word that stands somewhere, which of `terms` it is."""
    column: Numbers
    passage: Numbers
    """Numbers from 0."""
    place: Numbers
    """Places in the column."""


class Cutter:
    """Cuts passages and the words of questions; safe to share between threads."""

    def __init__(self) -> None:
        """Make an empty index in memory."""
        self._store = Store(None, bytes(32))
        self._known: dict[str, tuple[str, ...]] = {}
        with self._store.writing() as db:
            db.execute(
                f"CREATE VIRTUAL TABLE cut USING fts5({', '.join(FTS_COLUMNS)}, content='',"
                " tokenize='porter unicode61 remove_diacritics 2')"
            )
            db.execute("CREATE VIRTUAL TABLE heard USING fts5vocab('cut', 'instance')")

    def close(self) -> None:
        """Close the index."""
        self._store.close()

    def cut(self, passages: Sequence[Row]) -> Cut:
        """Words of passages."""
        rows = [[row[column] for column in FTS_COLUMNS] for row in passages]
        heard = self._heard(rows)
        terms = {term: at for at, term in enumerate(dict.fromkeys(one[0] for one in heard))}
        places = {column: at for at, column in enumerate(FTS_COLUMNS)}
        table = np.array(
            [(terms[term], places[column], number, at) for term, number, column, at in heard],
            dtype=np.int64,
        ).reshape(-1, 4)
        return Cut(tuple(terms), *table[np.lexsort(table.T[::-1])].T)

    def stems(self, text: str) -> tuple[str, ...]:
        """Words of a part of a question, in order."""
        known = self._known.get(text)
        if known is None:
            heard = sorted((place, term) for term, _, _, place in self._heard([[text]]))
            known = tuple(term for _, term in heard)
            if len(self._known) < 50_000:
                self._known[text] = known
        return known

    def _heard(self, rows: Sequence[Sequence[str]]) -> list[tuple[str, int, str, int]]:
        """Word, row, column and place of all words of rows."""
        columns = FTS_COLUMNS[: len(rows[0])] if rows else ()
        insert = (
            f"INSERT INTO cut (rowid, {', '.join(columns)})"  # noqa: S608 - constants
            f" VALUES (?{', ?' * len(columns)})"
        )
        with self._store.writing() as db:
            for number, row in enumerate(rows):
                db.execute(insert, [number, *row])
            heard = db.execute("SELECT term, doc, col, offset FROM heard").fetchall()
            db.execute("INSERT INTO cut(cut) VALUES ('delete-all')")
        return heard


def lengths(cut: Cut, count: int) -> list[int]:
    """Length in words of each of `count` passages."""
    counted: list[int] = np.bincount(cut.passage, minlength=count).tolist()
    return counted


Posting = tuple[str, str, int, int, int, bytes, bytes]
"""A row of the table `postings`: word, column, document, passages, times, hits and places."""


def postings(cut: Cut, document: int, first: int, tokens: Sequence[int]) -> Iterator[Posting]:
    """Rows of the table `postings`, for passages that are numbered from `first` on.

    All are packed at once and cut apart as bytes; a book has a hundred thousand of them.
    """
    if not len(cut.term):
        return
    numbers = cut.passage + first
    places = (numbers << PASSAGE_BITS) | (cut.column << COLUMN_BITS) | cut.place
    begins = _begins(cut.term, cut.column, cut.passage)
    hits = np.empty(len(begins), dtype=HIT)
    hits["passage"] = numbers[begins]
    hits["tokens"] = np.array(tokens)[cut.passage[begins]]
    hits["count"] = np.diff(begins, append=len(numbers))
    rows = _begins(cut.term[begins], cut.column[begins])
    all_hits, all_places = hits.tobytes(), places.astype("<i8").tobytes()
    starts, bounds = [*rows.tolist(), len(begins)], [*begins[rows].tolist(), len(numbers)]
    terms, columns = cut.term[begins[rows]].tolist(), cut.column[begins[rows]].tolist()
    for at, (term, column) in enumerate(zip(terms, columns, strict=True)):
        one, two, three, four = *starts[at : at + 2], *bounds[at : at + 2]
        yield (
            cut.terms[term], FTS_COLUMNS[column], document, two - one, four - three,
            all_hits[HIT.itemsize * one : HIT.itemsize * two], all_places[8 * three : 8 * four],
        )  # fmt: skip


def _begins(*columns: Numbers) -> Numbers:
    """Where a new group begins in sorted columns."""
    new = np.zeros(len(columns[0]), dtype=bool)
    new[0] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)
