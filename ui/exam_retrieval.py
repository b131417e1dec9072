"""Measures retrieval on a folder of passages and questions; an in-memory library of its own."""

import gzip
import json
import math
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kb.errors import UnknownDocument
from kb.messages import Block, Document, Extraction
from kb.query import load_words
from kb.retrieve import Retriever
from kb.rows import Row, to_rows
from kb.store import Store

DEPTH = 100
PACK = "exam"


def run_retrieval(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Report (nDCG@10, recall@100, MRR@10, latency) and the ranked ids of each question.

    Raises:
        UnknownDocument: a file is missing.
    """
    store = Store(None, bytes(32))
    try:
        store.put_pack(PACK, "", map(_rows, read_lines(folder, "passages.jsonl")))
        retriever = Retriever(store, load_words())
        runs, scores, times = [], [], []
        for question in read_lines(folder, "questions.jsonl"):
            start = time.perf_counter()
            hits = [h.passage.document for h in retriever.search(question["question"]).hits(DEPTH)]
            times.append((time.perf_counter() - start) * 1000)
            runs.append({"id": question["id"], "hits": hits})
            scores.append(score(hits, _graded(question["gold"])))
    finally:
        store.close()
    means = {key: statistics.fmean(s[key] for s in scores) for key in scores[0]} if scores else {}
    report = {"questions": len(runs), **{key: round(value, 4) for key, value in means.items()}}
    return {**report, "p50_ms": round(statistics.median(times), 2) if times else None}, runs


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
