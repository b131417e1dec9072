"""The library on a PostgreSQL server, for the machines of a district.

The same interface, the same hits in the same order as the encrypted file of `kb/store.py`. What
lies on the server is not encrypted by this program; who may read it is the server's matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from kb.embed import Bytes8, Floats
from kb.errors import LibraryDamaged, LibraryError, LibraryTooNew
from kb.postgres_found import Stem, found, stems_of
from kb.postgres_link import Link, Transaction
from kb.postgres_match import Sought, Totals, best, parse, phrases
from kb.postgres_rows import put_contents
from kb.postgres_schema import SERVER_MIGRATIONS, VERSIONS, WRITE_LOCK
from kb.postgres_words import Cutter
from kb.rows import Row
from kb.store_rows import delete_document_rows, delete_pack_rows, names_of
from kb.vocabulary import LAST

PUT = 5_000
"""Vectors sent at a time."""
NOW = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
_PUT_VECTORS = (
    "INSERT INTO vectors (passage, encoder, scale, vector)"
    " SELECT passage, ?, scale, vector FROM unnest(?::bigint[], ?::float8[], ?::bytea[])"
    " AS came (passage, scale, vector) ON CONFLICT (encoder, passage)"
    " DO UPDATE SET scale = excluded.scale, vector = excluded.vector"
)
_PUT_NAMES = (
    "INSERT INTO name_vectors (document, encoder, scales, vectors)"
    " SELECT document, ?, scales, vectors FROM unnest(?::text[], ?::bytea[], ?::bytea[])"
    " AS came (document, scales, vectors) ON CONFLICT (encoder, document)"
    " DO UPDATE SET scales = excluded.scales, vectors = excluded.vectors"
)
_HITS = "term, col, string_agg(hits, ''::bytea) AS hits"
_HITS_AND_PLACES = f"{_HITS}, string_agg(places, ''::bytea) AS places"
_WRONG_WORDS = (
    "SELECT count(*) AS n FROM words FULL JOIN (SELECT term, col, sum(doc) AS doc, sum(cnt) AS cnt"
    " FROM postings GROUP BY term, col) AS summed USING (term, col)"
    " WHERE words.doc IS DISTINCT FROM summed.doc OR words.cnt IS DISTINCT FROM summed.cnt"
)
_WRONG_HITS = (
    "SELECT count(*) AS n FROM postings WHERE length(hits) <> 16 * doc OR length(places) <> 8 * cnt"
)
_WRONG_TOTALS = (
    "SELECT count(*) AS n FROM totals WHERE passages <> (SELECT count(*) FROM passages)"
    " OR tokens <> (SELECT coalesce(sum(tokens), 0) FROM passages)"
)


class PostgresStore:
    """One library on a server; safe to share between threads."""

    shared = True
    """Several machines follow its log of changes."""

    def __init__(self, address: str, path: Path | None = None) -> None:
        """Open or create the library of a `postgresql://` address.

        `path` names the place beside which this machine keeps the vectors of a large library for
        fast reading; without one they are kept in memory.

        Raises:
            LibraryTooNew: written by a newer version.
            LibraryReadOnly: there is no library yet, and nothing may be written.
            LibraryError: the server cannot be reached, or refuses.
        """
        self.path = path
        self._link = Link(address)
        self._cutter = Cutter()
        try:
            self._migrate()
        except LibraryError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._link.close()
        self._cutter.close()

    def pragma(self, name: str) -> object:
        """Value of a setting of the server; `user_version` is that of the tables."""
        if name == "user_version":
            return self._version()
        return self.query("SELECT current_setting(?, true) AS value", [name])[0]["value"]

    def version(self) -> None:
        """Not told: what other machines write would have to be asked for each time."""

    def query(self, sql: str, parameters: Sequence[object] = (), /) -> list[Row]:
        """Rows of a SELECT as dictionaries."""
        return self._link.query(sql, parameters)

    def writing(self) -> AbstractContextManager[Transaction]:
        """One transaction; all of it lands or nothing. Writers wait for one another."""
        return self._link.writing(WRITE_LOCK)

    def _version(self) -> int:
        if self.query("SELECT to_regclass('versions') AS table")[0]["table"] is None:
            return 0
        return int(self.query("SELECT count(*) AS n FROM versions")[0]["n"])

    def _migrate(self) -> None:
        newest = len(SERVER_MIGRATIONS)
        if self._version() < newest:
            # Two machines may open an empty database at the same time; the second finds it made.
            with self._link.writing("SELECT pg_advisory_xact_lock(hashtext('aidpost'))") as db:
                db.script(VERSIONS)
                done = self._version()
                for number in range(done, newest):
                    db.script(SERVER_MIGRATIONS[number])
                    db.execute("INSERT INTO versions (number) VALUES (?)", [number + 1])
        if self._version() > newest:
            message = "This library was written by a newer Aidpost. Update the app to open it."
            raise LibraryTooNew(message)

    # --- documents -------------------------------------------------------------------------

    def put_document(self, document: Row, passages: Iterable[Row]) -> None:
        """Store a document and its passages, in the place of an earlier one of the same id."""
        with self.writing() as db:
            delete_document_rows(db, str(document["id"]))
            put_contents(db, self._cutter, [(document, list(passages))])

    def put_pack(self, pack: str, digest: str, contents: Iterable[tuple[Row, list[Row]]]) -> None:
        """Replace a whole pack by new contents and remember its digest."""
        with self.writing() as db:
            _delete_pack(db, pack)
            put_contents(db, self._cutter, list(contents))
            db.execute(
                f"INSERT INTO packs (id, digest, added) VALUES (?, ?, ({NOW}))"  # noqa: S608 - constant
                " ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, added = excluded.added",
                [pack, digest],
            )

    def delete_pack(self, pack: str) -> None:
        """Remove a pack with all its documents."""
        with self.writing() as db:
            _delete_pack(db, pack)
            db.execute("DELETE FROM packs WHERE id = ?", [pack])

    def delete_document(self, document: str) -> None:
        """Remove a document, its passages and their vectors."""
        with self.writing() as db:
            delete_document_rows(db, document)

    def pack_digest(self, pack: str) -> str | None:
        """Digest of the pack as it was indexed, or None."""
        rows = self.query("SELECT digest FROM packs WHERE id = ?", [pack])
        return str(rows[0]["digest"]) if rows else None

    # --- search ----------------------------------------------------------------------------

    def match(self, expression: str, limit: int) -> dict[int, float]:
        """Numbers of the passages that match an FTS5 expression, best first, with their BM25."""
        node = parse(expression, self._cutter.stems)
        wanted = list(dict.fromkeys(phrases(node)))
        rows = self._postings(wanted)
        total = self.query("SELECT passages, tokens FROM totals")[0]
        totals = Totals(int(total["passages"]), int(total["tokens"]))
        return best(node, {one: found(one, rows) for one in wanted}, totals, limit)

    def _postings(self, wanted: Sequence[Sought]) -> Mapping[Stem, list[Row]]:
        """Postings of all words, with the places of those that must stand together."""
        together = {stem for one in wanted if len(one.stems) > 1 for stem in stems_of(one)}
        every = dict.fromkeys(stem for one in wanted for stem in stems_of(one))
        rows: dict[Stem, list[Row]] = {stem: [] for stem in every}
        for columns, some in (
            (_HITS_AND_PLACES, [stem for stem in every if stem in together]),
            (_HITS, [stem for stem in every if stem not in together]),
        ):
            whole = [stem for stem, beginning in some if not beginning]
            found_rows = self._select(columns, "term = ANY(?)", [whole]) if whole else []
            for row in found_rows:
                rows[row["term"], False].append(row)
            for stem, beginning in some:
                if beginning:
                    between = [stem, stem + LAST]
                    rows[stem, True] = self._select(columns, "term >= ? AND term < ?", between)
        return rows

    def _select(self, columns: str, which: str, parameters: Sequence[object]) -> list[Row]:
        sql = f"SELECT {columns} FROM postings WHERE {which} GROUP BY term, col"  # noqa: S608 - constants
        return self.query(sql, parameters)

    def put_vectors(self, encoder: str, rows: Iterable[tuple[int, float, bytes]]) -> None:
        """Store int8 vectors of passages for one encoder."""
        kept = list(rows)
        with self.writing() as db:
            for start in range(0, len(kept), PUT):
                numbers, scales, vectors = zip(*kept[start : start + PUT], strict=True)
                db.execute(_PUT_VECTORS, [encoder, list(numbers), list(scales), list(vectors)])

    def put_name_vectors(self, encoder: str, rows: Iterable[tuple[str, Floats, Bytes8]]) -> None:
        """Store the vectors of what documents go by: document, scales and int8 codes."""
        kept = list(rows)
        scales = [scales.astype(np.float32).tobytes() for _, scales, _ in kept]
        codes = [codes.tobytes() for _, _, codes in kept]
        with self.writing() as db:
            db.execute(_PUT_NAMES, [encoder, [name for name, _, _ in kept], scales, codes])

    def name_vectors(self, encoder: str) -> list[tuple[str, Floats, Bytes8]]:
        """Document, scales and int8 codes of everything it goes by, for one encoder."""
        rows = self.query(
            "SELECT document, scales, vectors FROM name_vectors WHERE encoder = ?"
            " ORDER BY document",
            [encoder],
        )
        return [(str(row["document"]), *names_of(row)) for row in rows]

    def check_pages(self) -> list[str]:
        """What is wrong with the index of words on the server; empty when all is well."""
        try:
            wrong = [self.query(sql)[0]["n"] for sql in (_WRONG_WORDS, _WRONG_HITS, _WRONG_TOTALS)]
        except LibraryDamaged as error:
            return [str(error)]
        if not any(wrong):
            return []
        return ["the index of words does not fit the passages; remove its packs and add them again"]


def _delete_pack(db: Transaction, pack: str) -> None:
    # At once; left to the documents, each of them would settle the counts of words anew.
    db.execute(
        "DELETE FROM postings WHERE document IN (SELECT number FROM documents WHERE pack = ?)",
        [pack],
    )
    delete_pack_rows(db, pack)
