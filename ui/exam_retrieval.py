"""Measures retrieval on a folder of passages and questions; an in-memory library of its own."""

import gzip
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kb.embed import Embedder, to_int8
from kb.errors import UnknownDocument
from kb.messages import Block, Document, Extraction
from kb.query import load_words
from kb.retrieve import Retriever
from kb.rows import Row, to_rows
from kb.store import Store
from kb.text import words

DEPTH = 100
PACK = "exam"


@dataclass(frozen=True, slots=True)
class Encoders:
    """What measures meaning in an exam; None where there is nothing."""

    own: Embedder | None = None
    base: Embedder | None = None
    """A plain encoder to compare with, joined with BM25 by reciprocal rank."""


@dataclass(slots=True)
class _Tally:
    """Scores and times of one way of searching."""

    scores: list[dict[str, float]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def add(self, hits: Sequence[str], gold: Mapping[str, float], seconds: float) -> None:
        self.scores.append(score(hits, gold))
        self.times.append(seconds * 1000)

    def report(self) -> dict[str, float]:
        if not self.scores:
            return {}
        means = {key: statistics.fmean(s[key] for s in self.scores) for key in self.scores[0]}
        rounded = {key: round(value, 4) for key, value in means.items()}
        return {**rounded, "p50_ms": round(statistics.median(self.times), 2)}


def run_retrieval(folder: Path, encoders: Encoders) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Report and the ranked ids of each question.

    The report holds nDCG@10, recall@100, MRR@10 and the median latency of this program's search,
    the same of plain BM25 and, with a base encoder, of BM25 joined with it, and how often the
    first hit is right among the questions of which the search is surest.

    Raises:
        UnknownDocument: a file is missing.
    """
    store = Store(None, bytes(32))
    try:
        contents = list(map(_rows, read_lines(folder, "passages.jsonl")))
        store.put_pack(PACK, "", contents)
        seconds = _encode(store, encoders.own)
        peers = Peers(store, encoders.base)
        retriever = Retriever(store, load_words(), encoders.own)
        retriever.read("")  # what is read once per library is not part of a question's time
        tallies: dict[str, _Tally] = {}
        runs: list[dict[str, Any]] = []
        sure: list[tuple[float, bool]] = []
        for question in read_lines(folder, "questions.jsonl"):
            gold = _graded(question["gold"])
            ways = {"": lambda text: _own(retriever, text), **peers.ways()}
            for way, search in ways.items():
                start = time.perf_counter()
                hits, probability = search(question["question"])
                taken = time.perf_counter() - start
                tallies.setdefault(way, _Tally()).add(hits, gold, taken)
                if not way:
                    runs.append({"id": question["id"], "hits": hits})
                    sure.append((probability, bool(hits) and hits[0] in gold))
    finally:
        store.close()
    report: dict[str, Any] = {"questions": len(runs), "passages": len(contents)}
    report.update(tallies.pop("").report() if tallies else {"p50_ms": None})
    report.update({way: tally.report() for way, tally in tallies.items()})
    report["encoding_s"] = round(seconds, 1)
    return {**report, "first_hit_right": coverage_curve(sure)}, runs


def coverage_curve(sure: Sequence[tuple[float, bool]]) -> dict[str, float]:
    """Share of right first hits among the surest tenths of the questions (risk-coverage curve)."""
    ordered = [right for _, right in sorted(sure, key=lambda item: -item[0])]
    cuts = {tenth: max(1, len(ordered) * tenth // 10) for tenth in (2, 4, 6, 8, 10)}
    if not ordered:
        return {}
    return {f"{10 * t}%": round(statistics.fmean(ordered[:cut]), 3) for t, cut in cuts.items()}


def _own(retriever: Retriever, text: str) -> tuple[list[str], float]:
    ranking = retriever.search(text)
    return [hit.passage.document for hit in ranking.hits(DEPTH)], ranking.probability


def _encode(store: Store, embedder: Embedder | None) -> float:
    """Store vectors of all passages; the seconds that took."""
    start = time.perf_counter()
    if embedder is not None:
        rows = store.query("SELECT rowid AS number, title, text FROM passages")
        texts = [_read(row) for row in rows]
        codes, scales = to_int8(embedder.embed_batch(texts))
        vectors = zip(rows, codes, scales, strict=True)
        store.put_vectors(
            embedder.name,
            ((int(r["number"]), float(scale), code.tobytes()) for r, code, scale in vectors),
        )
    return time.perf_counter() - start


def _read(row: Row) -> str:
    return f"{row['title']}. {row['text']}" if row["title"] else str(row["text"])


class Peers:
    """Plain ways of searching the same passages, to compare with."""

    def __init__(self, store: Store, base: Embedder | None) -> None:
        """Take the store and, where one was given, a base encoder."""
        self._store = store
        self._base = base
        rows = store.query("SELECT rowid AS number, document, title, text FROM passages")
        self._names = [str(row["document"]) for row in rows]
        self._vectors = base.embed_batch([_read(row) for row in rows]) if base else None

    def ways(self) -> dict[str, Callable[[str], tuple[list[str], float]]]:
        """Name of each way and how it searches."""
        ways: dict[str, Callable[[str], tuple[list[str], float]]] = {
            "bm25": lambda text: (self.by_words(text)[:DEPTH], 0.0)
        }
        if self._base is not None:
            ways["base_encoder"] = lambda text: (self.by_meaning(text)[:DEPTH], 0.0)
            ways["bm25_and_base_encoder"] = lambda text: (self.both(text)[:DEPTH], 0.0)
        return ways

    def by_words(self, text: str) -> list[str]:
        """SQLite's bm25() over every word of the question."""
        expression = " OR ".join(f'"{word}"' for word in dict.fromkeys(words(text)))
        rows = self._store.query(
            "SELECT p.document AS name FROM passages_fts JOIN passages p"
            " ON p.rowid = passages_fts.rowid WHERE passages_fts MATCH ?"
            " ORDER BY bm25(passages_fts) LIMIT 150",
            [expression or '""'],
        )
        return [str(row["name"]) for row in rows]

    def by_meaning(self, text: str) -> list[str]:
        """Cosine of the base encoder, exact."""
        if self._base is None or self._vectors is None:
            return []
        scores = self._vectors @ self._base.embed_query(text)
        return [self._names[int(place)] for place in np.argsort(-scores, kind="stable")[:150]]

    def both(self, text: str) -> list[str]:
        """Both joined by reciprocal rank, k = 60 (Cormack and others, SIGIR 2009)."""
        scores: dict[str, float] = {}
        for ranking in (self.by_words(text), self.by_meaning(text)):
            for place, name in enumerate(ranking, 1):
                scores[name] = scores.get(name, 0.0) + 1 / (60 + place)
        return sorted(scores, key=lambda name: -scores[name])


def score(hits: Sequence[str], gold: Mapping[str, float]) -> dict[str, float]:
    """nDCG@10 with linear gains, recall@100 and reciprocal rank within ten."""
    gains = sum(gold.get(hit, 0) / math.log2(place + 2) for place, hit in enumerate(hits[:10]))
    best = sorted(gold.values(), reverse=True)[:10]
    ideal = sum(gain / math.log2(place + 2) for place, gain in enumerate(best))
    first = next((place for place, hit in enumerate(hits[:10], 1) if hit in gold), None)
    return {
        "ndcg10": gains / ideal if ideal else 0.0,
        "recall100": sum(hit in gold for hit in hits[:DEPTH]) / len(gold) if gold else 0.0,
        "mrr10": 1 / first if first else 0.0,
    }


def read_lines(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """Objects of a JSONL file, plain or gzipped."""
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.exists():
        with plain.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())
    elif packed.exists():
        with gzip.open(packed, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())
    else:
        message = f"There is no {name} or {name}.gz in {folder}."
        raise UnknownDocument(message)


def _graded(gold: list[str] | dict[str, float]) -> dict[str, float]:
    return gold if isinstance(gold, dict) else dict.fromkeys(gold, 1.0)


def _rows(passage: dict[str, Any]) -> tuple[Row, list[Row]]:
    """A document of one passage that keeps the id it was given."""
    text, title = str(passage["text"]), str(passage.get("title") or "")
    identity = str(passage["id"])
    block = Block(0, len(text), "table")  # a table is never cut
    document = Document(identity, PACK, title, "", "text/plain", "")
    return to_rows(document, Extraction(title, text, (block,), "text/plain"), b"")
