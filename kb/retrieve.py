"""Finds what answers a question: words and meaning, joined, ranked and calibrated."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kb.bags import Bags, Wanted
from kb.embed import Embedder, Floats, unit
from kb.messages import OWN_PACK, SearchFilter
from kb.model_files import ModelUnusable
from kb.name_stems import NameStems
from kb.name_vectors import Likeness, NameVectors, stacked
from kb.passage_reader import Named, PassageReader
from kb.query import Query, QueryReader, WordLists
from kb.rank import rank
from kb.ranking import Candidate, Ranking
from kb.relevance import as_share, by_words, joined, smoothed
from kb.store_interface import LibraryStore
from kb.text import Stemmer, words
from kb.vector_index import Source, VectorIndex
from kb.vectors import Meaning
from kb.vocabulary import StoreVocabulary

BY_WORDS, BY_MEANING = 300, 150
"""Passages taken from each way of searching."""
WEIGHED, RANKED = 300, 200
"""Passages of all that are weighed word by word, and that are ranked in the end."""
BY_NAME = 25
"""Documents whose passages are taken because a name of theirs resembles the query."""
OF_NAMED, OF_NAMED_SEEN = 250, 5_000
"""So many of their passages at most, of so many looked at: one document may be a whole book."""
NAME_SHARE = 0.5
"""Weight, for a passage, of how much its document's names resemble the query."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the encoder makes of a query."""

    meaning: Meaning | None
    names: Likeness
    """How much the names of documents resemble it."""


NOTHING_HEARD = _Heard(None, stacked(()).likeness(np.zeros(0, dtype=np.float32)))


class Retriever:
    """Searches one library; safe to share between threads."""

    def __init__(
        self, store: LibraryStore, lists: WordLists, embedder: Embedder | None = None
    ) -> None:
        """Take the store, the word lists and, where one is installed, an encoder."""
        self._store = store
        self._lists = lists
        self._embedder = embedder
        self._stemmer = Stemmer()
        self._lock = threading.Lock()
        self._reader: QueryReader | None = None
        self._vectors: VectorIndex | None = None
        self._names: NameVectors | None = None
        self._bags = Bags(self._stemmer)
        self._called = NameStems(self._stemmer)
        self._passages = PassageReader(store)

    def forget(self) -> None:
        """Drop what was remembered of the library; called after it changed."""
        with self._lock:
            self._reader = None
            self._names = None
            self._bags = Bags(self._stemmer)
            self._called = NameStems(self._stemmer)

    def encoder(self) -> str | None:
        """Name of the encoder, if it can be used."""
        if self._embedder is None:
            return None
        try:
            self._embedder.embed_query("fever")
        except ModelUnusable:
            return None
        return self._embedder.name

    def settle(self) -> None:
        """Follow the library at once, so that the next search need not."""
        if self._embedder is not None:
            self._index().now()

    def mended(self) -> bool:
        """Whether the file of vectors beside the library was damaged; then it is made anew."""
        return self._index().mended()

    def read(self, text: str) -> Query:
        """The cleaned-up query."""
        with self._lock:
            if self._reader is None:
                self._reader = self._new_reader()
            return self._reader.read(text)

    def search(self, text: str, who: SearchFilter | None = None) -> Ranking:
        """Documents and passages for a query, best first."""
        query = self.read(text)
        matched = self._matching(query.expression())
        heard = self._heard(query)
        passages = self._passages.of(self._likely(matched, heard))
        candidates = self._weighed(query, passages, heard) if passages else []
        with self._lock:
            return rank(query, candidates, who or SearchFilter(), self._called)

    def _likely(self, matched: Mapping[int, float], heard: "_Heard") -> list[int]:
        """Passages worth weighing word by word: the best by the index's own score and by meaning.

        Reading and cutting passages costs more than finding them.
        """
        if heard.meaning is None:
            return list(matched)
        named = self._named(heard.names, heard.meaning)
        numbers = list(dict.fromkeys([*matched, *heard.meaning.nearest(BY_MEANING), *named]))
        if len(numbers) <= WEIGHED:
            return numbers
        least = min(matched.values(), default=0.0)
        words = np.array([matched.get(number, least) for number in numbers], dtype=np.float32)
        cosines = heard.meaning.cosines(numbers)
        names = [named.get(*pair) for pair in zip(numbers, cosines.tolist(), strict=True)]
        scores = joined(words, cosines + NAME_SHARE * np.array(names, dtype=np.float32))
        best = np.argsort(-scores, kind="stable")[:WEIGHED]
        return [numbers[place] for place in best.tolist()]

    def _weighed(
        self, query: Query, found: Mapping[int, Named], heard: "_Heard"
    ) -> list[Candidate]:
        numbers, rows = list(found), list(found.values())
        wanted = Wanted.by(query.terms)
        with self._lock:
            bags = [
                self._bags.of(number, row.passage, row.aliases, wanted)
                for number, row in found.items()
            ]
        words = by_words(query.terms, bags)
        named = heard.names.of([row.passage.document for row in rows])
        if heard.meaning is None:
            cosines, scores = np.zeros_like(words), joined(words, None)
        else:
            cosines = heard.meaning.cosines(numbers)
            names = np.where(named == 0, cosines, named)
            scores = joined(words, (cosines + NAME_SHARE * names).astype(np.float32))
        best = np.argsort(-scores, kind="stable")[:RANKED]
        scores = scores[best]
        if heard.meaning is not None:
            scores = smoothed(scores, heard.meaning.vectors(numbers)[best])
        places, figures = best.tolist(), (as_share(scores), cosines[best], named[best])
        return [
            Candidate(rows[at].passage, rows[at].aliases, bags[at], *three)
            for at, *three in zip(places, *(one.tolist() for one in figures), strict=True)
        ]

    def _new_reader(self) -> QueryReader:
        return QueryReader(self._lists, StoreVocabulary(self._store), self._stemmer)

    def _matching(self, expression: str) -> dict[int, float]:
        return self._store.match(expression, BY_WORDS) if expression else {}

    def _heard(self, query: Query) -> "_Heard":
        """What the encoder makes of a query; nothing where there is none."""
        vectors = self._index().now()
        if self._embedder is None or not len(vectors):
            return NOTHING_HEARD
        try:
            vector = self._encoded(self._embedder, query)
        except ModelUnusable:
            self._embedder = None  # search by words goes on; the page of the doctor says why
            return NOTHING_HEARD
        return _Heard(vectors.meaning(vector), self._all_names().likeness(vector))

    @staticmethod
    def _encoded(embedder: Embedder, query: Query) -> Floats:
        """The query as typed and in the library's own words, halfway between both."""
        typed = embedder.embed_query(query.text)
        if not query.plain or query.plain == " ".join(words(query.text)):
            return typed
        both: Floats = unit((typed + embedder.embed_query(query.plain))[None])[0]
        return both

    def _all_names(self) -> NameVectors:
        with self._lock:
            if self._names is None:
                name = self._embedder.name if self._embedder else ""
                self._names = stacked(self._store.name_vectors(name))
            return self._names

    def _named(self, names: Likeness, meaning: Meaning) -> dict[int, float]:
        """Passages of the documents whose names resemble a query most, and how much those do.

        Of many passages, those nearest in meaning.
        """
        documents = names.best(BY_NAME)
        likeness = dict(zip(documents, names.of(documents).tolist(), strict=True))
        marks = ",".join("?" * len(documents))
        rows = self._store.query(
            f"SELECT rowid, document FROM passages WHERE document IN ({marks})"  # noqa: S608
            " ORDER BY document, rowid LIMIT ?",
            [*documents, OF_NAMED_SEEN],
        )
        if len(rows) > OF_NAMED:
            cosines = meaning.cosines([int(row["rowid"]) for row in rows])
            near = np.argsort(-cosines, kind="stable")[:OF_NAMED]
            rows = [rows[place] for place in near.tolist()]
        return {int(row["rowid"]): likeness[row["document"]] for row in rows}

    def _index(self) -> VectorIndex:
        with self._lock:
            if self._vectors is None:
                name = self._embedder.name if self._embedder else ""
                self._vectors = VectorIndex(Source(self._store, name, OWN_PACK))
            return self._vectors
