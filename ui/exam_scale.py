"""Measures search in libraries of any size, and the vectors alone against other ways to search.

Each way runs in a process of its own, so that the memory told is its own.
"""

import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kb.embed import Floats
from kb.messages import OWN_PACK
from kb.query import load_words
from kb.retrieve import BY_MEANING, BY_WORDS, Retriever
from kb.signs import Places
from kb.store import Store
from kb.vector_index import Source, VectorIndex
from ui.measuring import apart, load, median, megabytes, resident_mb, spread, timed, timed_twice
from ui.scale_data import ENCODER, Asked, Prepared, blocks, fill, own_document, put, questions
from ui.scale_peers import KEY, PEERS, installed, library_path

K = 10
BYTES_A_PASSAGE = 6_000
"""Disk that a passage takes in the library and all peers together."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured."""

    sizes: tuple[int, ...]
    """Passages of each library."""
    asked: int
    """Questions a library is asked."""
    peers: bool
    """Whether other ways to search vectors are measured too."""


class UnfitFolder(Exception):
    """The libraries cannot be made in the folder; the message says why."""


def run_scale(folder: Path, plan: Plan) -> dict[str, Any]:
    """Report for each size: time of a search and its stages, memory, recall, peers with ratios.

    A library that is in the folder already is used again.

    Raises:
        UnfitFolder: there is too little room, or another library.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted, free = BYTES_A_PASSAGE * max(plan.sizes), shutil.disk_usage(folder).free
    if wanted > free:
        message = f"{wanted / 1e9:.1f} GB are needed in {folder}; {free / 1e9:.1f} GB are free."
        raise UnfitFolder(message)
    return {str(size): _one_size(folder, size, plan) for size in plan.sizes}


def _one_size(folder: Path, size: int, plan: Plan) -> dict[str, Any]:
    path = library_path(folder, size)
    before = load()
    report: dict[str, Any] = {
        "made_s": _made(path, size),
        "opened_first_s": apart(opened, path),
        "opened_s": apart(opened, path),
        "search": apart(searched, path, size, plan.asked),
        "change": apart(changed, path),
        "library_mb": megabytes(path),
        "vectors_file_mb": megabytes(*path.parent.glob(f"{path.stem}-*.vectors")),
    }
    if plan.peers:
        report["vectors"] = _peers(folder, size, plan.asked)
    return {**report, "load": [before, load()]}


def _made(path: Path, size: int) -> float:
    """Seconds that making a library took; 0 where it is there."""
    store = Store(path, KEY)
    try:
        there = int(store.query("SELECT count(*) AS n FROM passages")[0]["n"])
        if there not in (0, size):
            message = f"{path} holds {there} passages instead of {size}. Name another folder."
            raise UnfitFolder(message)
        return 0.0 if there else round(timed(fill, store, size)[1] / 1000, 1)
    finally:
        store.close()


def opened(path: Path) -> float:
    """Seconds until the vectors of a library can be searched."""
    store = Store(path, KEY)
    took = timed(_index(store).now)[1]
    store.close()
    return round(took / 1000, 3)


def searched(path: Path, size: int, asked: int) -> dict[str, Any]:
    """Times of whole searches and, with other questions, of their stages; in milliseconds."""
    from ui.wiring import open_encoder  # noqa: PLC0415

    store, real = Store(path, KEY), open_encoder()
    prepared = Prepared(real)
    retriever = Retriever(store, load_words(), prepared)
    some = questions(size, 2 * asked + 1)
    _whole(retriever, prepared, some[-1:])
    totals = _whole(retriever, prepared, some[:asked])
    memory = resident_mb()
    stages = _stages(store, retriever, prepared, some[asked:-1])
    store.close()
    return {
        **spread([took for took, _ in totals]),
        "work_p50_ms": median([worked for _, worked in totals]),
        "stages_p50_ms": {name: median(times) for name, times in stages.items()},
        "with_encoder": real is not None,
        "memory_mb": memory,
    }


def _whole(
    retriever: Retriever, prepared: Prepared, asked: Sequence[Asked]
) -> list[tuple[float, float]]:
    """Milliseconds of each search, and of its work on all cores."""
    times = []
    for question in asked:
        prepared.next = question.vector
        times.append(timed_twice(retriever.search, question.text))
    return times


def _stages(
    store: Store, retriever: Retriever, prepared: Prepared, asked: Sequence[Asked]
) -> dict[str, list[float]]:
    """Times of what can be asked for by itself, with questions that are new to all of it."""
    index = _index(store)
    index.now()
    times: dict[str, list[float]] = {"reading": [], "words": [], "encoding": [], "meaning": []}
    for question in asked:
        prepared.next = question.vector
        query, reading = timed(retriever.read, question.text)
        _, words = timed(store.match, query.expression(), BY_WORDS)
        vector, encoding = timed(prepared.embed_query, question.text)
        _, meaning = timed(index.now().meaning(vector).nearest, BY_MEANING)
        for name, took in zip(times, (reading, words, encoding, meaning), strict=True):
            times[name].append(took)
    return times


def changed(path: Path) -> dict[str, float]:
    """Milliseconds until a document of one's own is found, and until it is gone again."""
    store = Store(path, KEY)
    index = _index(store)
    index.now()
    block, texts = own_document(store)
    _, added = timed(put, store, OWN_PACK, block, texts)
    _, found = timed(index.now)
    _, removed = timed(store.delete_document, texts[0][0])
    _, gone = timed(index.now)
    store.close()
    times = {"add": added, "then_open": found, "remove": removed, "then_open_again": gone}
    return {f"{name}_ms": round(took, 1) for name, took in times.items()}


def _index(store: Store) -> VectorIndex:
    return VectorIndex(Source(store, ENCODER, OWN_PACK))


def _peers(folder: Path, size: int, asked: int) -> dict[str, Any]:
    vectors = [question.vector for question in questions(size, asked, seed=1)]
    exact = _exact(size, vectors)
    report: dict[str, Any] = {}
    for name in PEERS:
        if installed(name):
            report[name] = apart(measured, name, folder, (vectors, exact), size)
        else:
            report[name] = "not installed"
    own = report["aidpost"]["p50_ms"]
    for told in report.values():
        if isinstance(told, dict):
            told["p50_over_aidpost"] = round(told["p50_ms"] / own, 2)
    return report


def measured(
    name: str, folder: Path, asked: tuple[Sequence[Floats], Sequence[Sequence[int]]], size: int
) -> dict[str, Any]:
    """Times, recall and memory of one way to search vectors, asked for some with known answers."""
    making = Making(_numbered(size))
    search, took = timed(PEERS[name][1], folder, size, iter(making))
    search(asked[0][0], K)
    found = [timed(search, vector, K) for vector in asked[0]]
    right = [len(set(had) & set(best)) / K for (had, _), best in zip(found, asked[1], strict=True)]
    return {
        **spread([took for _, took in found]),
        "recall10": round(statistics.fmean(right), 4),
        "made_s": round(took / 1000 - making.elsewhere, 1),
        "memory_mb": resident_mb(),
    }


class Making:
    """Hands vectors on and counts the seconds that making them up took."""

    def __init__(self, vectors: Iterator[tuple[Places, Floats]]) -> None:
        """Take the vectors."""
        self._vectors = vectors
        self.elsewhere = 0.0

    def __iter__(self) -> Iterator[tuple[Places, Floats]]:
        while True:
            start = time.perf_counter()
            some = next(self._vectors, None)
            self.elsewhere += time.perf_counter() - start
            if some is None:
                return
            yield some


def _numbered(size: int) -> Iterator[tuple[Places, Floats]]:
    for some in blocks(size):
        yield np.arange(some.start + 1, some.start + len(some.vectors) + 1), some.vectors


def _exact(size: int, asked: Sequence[Floats]) -> list[list[int]]:
    """Numbers of the nearest by comparing all in full."""
    queries = np.stack(asked)
    scores = np.zeros((len(asked), 0), dtype=np.float32)
    numbers = np.zeros((len(asked), 0), dtype=np.int64)
    for some, vectors in _numbered(size):
        scores = np.concatenate([scores, queries @ vectors.T], axis=1)
        numbers = np.concatenate([numbers, np.tile(some, (len(asked), 1))], axis=1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :K]
        scores = np.take_along_axis(scores, best, 1)
        numbers = np.take_along_axis(numbers, best, 1)
    return [[int(number) for number in row] for row in numbers]
