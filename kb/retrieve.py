"""Finds what answers a question: words and meaning, joined, ranked and calibrated."""

import threading
from collections.abc import Mapping, Sequence

import numpy as np

from kb.bags import Bags
from kb.embed import Embedder
from kb.messages import SearchFilter
from kb.model_files import ModelUnusable
from kb.query import Query, QueryReader, Vocabulary, WordLists
from kb.rank import Candidate, Ranking, rank
from kb.relevance import as_share, by_words, joined, smoothed
from kb.rows import PASSAGE_COLUMNS, Row, as_passage
from kb.store import Store
from kb.text import Stemmer
from kb.vectors import Meaning, Vectors

BY_WORDS, BY_MEANING = 300, 150
"""Passages taken from each way of searching."""
RANKED = 200
"""Passages of both that are ranked in the end."""


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
        self._vectors: Vectors | None = None
        self._bags = Bags(self._stemmer)

    def forget(self) -> None:
        """Drop what was remembered of the library; called after it changed."""
        with self._lock:
            self._reader = None
            self._vectors = None
            self._bags = Bags(self._stemmer)

    def read(self, text: str) -> Query:
        """The cleaned-up query."""
        with self._lock:
            if self._reader is None:
                self._reader = self._new_reader()
            return self._reader.read(text)

    def search(self, text: str, who: SearchFilter | None = None) -> Ranking:
        """Documents and passages for a query, best first."""
        query = self.read(text)
        expression = query.expression()
        rows = {int(r["number"]): r for r in self._matching(expression)}
        meaning = self._meaning(text) if self._embedder is not None else None
        if meaning is not None:
            missing = [n for n in meaning.nearest(BY_MEANING) if n not in rows]
            rows.update(self._load(missing))
        if not rows:
            return rank(query, [], who or SearchFilter(), self._stemmer)
        candidates = self._weighed(query, rows, meaning)
        return rank(query, candidates, who or SearchFilter(), self._stemmer)

    def _weighed(
        self, query: Query, rows: Mapping[int, Row], meaning: Meaning | None
    ) -> list[Candidate]:
        passages = [as_passage(row) for row in rows.values()]
        with self._lock:
            bags = [
                self._bags.of(number, passage, str(row["aliases"]))
                for (number, row), passage in zip(rows.items(), passages, strict=True)
            ]
        cosines = meaning.cosines(list(rows)) if meaning else None
        scores = joined(by_words(query.terms, bags), cosines)
        best = np.argsort(-scores, kind="stable")[:RANKED]
        scores = scores[best]
        if meaning is not None:
            scores = smoothed(scores, meaning.vectors(list(rows))[best])
        aliases = [str(row["aliases"]) for row in rows.values()]
        likeness = np.zeros(len(rows), dtype=np.float32) if cosines is None else cosines
        return [
            Candidate(passages[at], aliases[at], bags[at], float(share), float(likeness[at]))
            for at, share in zip(best.tolist(), as_share(scores), strict=True)
        ]

    def _new_reader(self) -> QueryReader:
        rows = self._store.vocabulary()
        vocabulary = Vocabulary(
            passages={str(row["term"]): int(row["passages"]) for row in rows},
            names=frozenset(str(row["term"]) for row in rows if row["names"]),
            total=int(self._store.query("SELECT count(*) AS n FROM passages")[0]["n"]),
        )
        return QueryReader(self._lists, vocabulary, self._stemmer)

    def _matching(self, expression: str) -> list[Row]:
        return self._store.match(expression, BY_WORDS) if expression else []

    def _meaning(self, text: str) -> Meaning | None:
        vectors = self._all_vectors()
        if self._embedder is None or not len(vectors.numbers):
            return None
        try:
            return Meaning(vectors, self._embedder.embed_query(text))
        except ModelUnusable:
            self._embedder = None  # search by words goes on; the page of the doctor says why
            return None

    def _all_vectors(self) -> Vectors:
        with self._lock:
            if self._vectors is None:
                name = self._embedder.name if self._embedder else ""
                self._vectors = Vectors(*self._store.vectors(name))
            return self._vectors

    def _load(self, numbers: Sequence[int]) -> dict[int, Row]:
        marks = ",".join("?" * len(numbers))
        rows = self._store.query(
            f"SELECT p.rowid AS number, p.aliases, {PASSAGE_COLUMNS} FROM passages p"  # noqa: S608
            f" JOIN documents d ON d.id = p.document WHERE p.rowid IN ({marks})",
            list(numbers),
        )
        return {int(row["number"]): row for row in rows}
