"""Finds what answers a question: words and meaning, fused, ranked and calibrated."""

import threading
from collections.abc import Sequence

import numpy as np

from kb.embed import Bytes8, Embedder, Floats, fuse, similarities
from kb.messages import SearchFilter
from kb.query import Query, QueryReader, Vocabulary, WordLists
from kb.rank import Candidate, Ranking, rank
from kb.rows import PASSAGE_COLUMNS, as_passage
from kb.store import Store
from kb.text import Stemmer

CANDIDATES = 150
"""Passages taken from each way of searching."""


class Retriever:
    """Searches one library; safe to share between threads."""

    def __init__(self, store: Store, lists: WordLists, embedder: Embedder | None = None) -> None:
        """Take the store, the word lists and, where one is installed, an encoder."""
        self._store = store
        self._lists = lists
        self._embedder = embedder
        self._stemmer = Stemmer()
        self._lock = threading.Lock()
        self._reader: QueryReader | None = None
        self._vectors: tuple[list[int], Bytes8, Floats] | None = None

    def forget(self) -> None:
        """Drop what was remembered of the library; called after it changed."""
        with self._lock:
            self._reader = None
            self._vectors = None

    def read(self, text: str) -> Query:
        """The cleaned-up query."""
        with self._lock:
            if self._reader is None:
                self._reader = self._new_reader()
            return self._reader.read(text)

    def search(self, text: str, who: SearchFilter | None = None) -> Ranking:
        """Documents and passages for a query, best first."""
        query = self.read(text)
        candidates = self._by_words(query)
        if self._embedder is not None:
            candidates = self._fused(text, candidates)
        return rank(query, candidates, who or SearchFilter(), self._stemmer)

    def _new_reader(self) -> QueryReader:
        rows = self._store.vocabulary()
        vocabulary = Vocabulary(
            passages={str(row["term"]): int(row["passages"]) for row in rows},
            names=frozenset(str(row["term"]) for row in rows if row["names"]),
            total=int(self._store.query("SELECT count(*) AS n FROM passages")[0]["n"]),
        )
        return QueryReader(self._lists, vocabulary, self._stemmer)

    def _by_words(self, query: Query) -> list[Candidate]:
        expression = query.expression()
        if not expression:
            return []
        rows = self._store.match(expression, CANDIDATES)
        return [Candidate(as_passage(row), row["aliases"], float(row["score"])) for row in rows]

    def _fused(self, text: str, candidates: list[Candidate]) -> list[Candidate]:
        """Words and meaning joined by reciprocal rank; scores become fused scores."""
        nearest = self._by_meaning(text)
        known = {self._number(c.passage.id): c for c in candidates}
        scores = fuse([list(known), nearest])
        missing = [number for number in nearest if number not in known]
        known.update(self._load(missing))
        return [
            Candidate(known[number].passage, known[number].aliases, score)
            for number, score in sorted(scores.items(), key=lambda item: -item[1])
            if number in known
        ]

    def _by_meaning(self, text: str) -> list[int]:
        numbers, codes, scales = self._all_vectors()
        if not numbers or self._embedder is None:
            return []
        scores = similarities(self._embedder.embed_batch([text])[0], codes, scales)
        best = np.argsort(-scores, kind="stable")[:CANDIDATES]
        return [numbers[int(place)] for place in best]

    def _all_vectors(self) -> tuple[list[int], Bytes8, Floats]:
        with self._lock:
            if self._vectors is None:
                name = self._embedder.name if self._embedder else ""
                rows = self._store.query(
                    "SELECT passage, scale, vector FROM vectors WHERE encoder = ? ORDER BY passage",
                    [name],
                )
                blob = b"".join(row["vector"] for row in rows)
                codes = np.frombuffer(blob, dtype=np.int8).reshape(len(rows), -1)
                scales = np.array([row["scale"] for row in rows], dtype=np.float32)
                self._vectors = ([int(row["passage"]) for row in rows], codes, scales)
            return self._vectors

    def _number(self, passage: str) -> int:
        rows = self._store.query("SELECT rowid AS number FROM passages WHERE id = ?", [passage])
        return int(rows[0]["number"])

    def _load(self, numbers: Sequence[int]) -> dict[int, Candidate]:
        marks = ",".join("?" * len(numbers))
        rows = self._store.query(
            f"SELECT p.rowid AS number, p.aliases, {PASSAGE_COLUMNS} FROM passages p"  # noqa: S608
            f" JOIN documents d ON d.id = p.document WHERE p.rowid IN ({marks})",
            list(numbers),
        )
        return {int(row["number"]): Candidate(as_passage(row), row["aliases"], 0.0) for row in rows}
