"""Search by meaning in few and in many vectors: as good as comparing every one in full."""

import numpy as np
import pytest

from kb import vectors
from kb.embed import to_int8, unit
from kb.signs import NEVER, apart, least, signs, signs_of
from kb.vectors import Layers, Valid, Vectors


def clustered(count, dimensions=384, seed=1):
    """Vectors as an encoder gives them: near one of many centres."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(200, dimensions)).astype(np.float32)
    noise = rng.normal(size=(count, dimensions)).astype(np.float32)
    return unit(centres[rng.integers(200, size=count)] + noise)


def in_memory(full, numbers=None):
    codes, scales = to_int8(full)
    numbers = np.arange(len(full), dtype=np.int64) if numbers is None else numbers
    return Vectors(numbers, codes, scales)


@pytest.mark.parametrize("dimensions", [3, 64, 100, 384])
def test_signs_apart_are_those_that_differ(dimensions):
    full = clustered(50, dimensions)
    codes, _ = to_int8(full)
    query = full[7]
    differing = ((codes > 0) != (query > 0)).sum(axis=1)
    assert apart(signs(codes), signs_of(query)).tolist() == differing.tolist()


def test_least_takes_the_nearest_and_never_what_is_gone():
    rng = np.random.default_rng(3)
    distances = rng.integers(0, 30, size=1000).astype(np.uint16)
    distances[rng.integers(1000, size=200)] = NEVER
    for k in (1, 10, 500, 900, 5000):
        found = least(distances, k)
        there = np.sort(distances[distances != NEVER])
        assert np.sort(distances[found]).tolist() == there[:k].tolist()
        assert len(set(found.tolist())) == len(found)


def test_many_vectors_are_searched_as_if_each_were_compared():
    full = clustered(60_040)
    full, queries = full[:60_000], full[60_000:]
    stored = in_memory(full)
    assert len(stored) > vectors.EXACT
    kept = []
    for query in queries:
        exact = np.argsort(-(full @ query))[:10]
        kept.append(len(set(stored.meaning(query).nearest(10)) & set(exact.tolist())) / 10)
    assert np.mean(kept) >= 0.98


def test_layers_are_searched_as_one(monkeypatch):
    full = clustered(3_000, 64)
    numbers = np.arange(3_000, dtype=np.int64)
    odd = numbers % 2 == 1
    whole = in_memory(full, numbers)
    parts = Layers(
        (Valid(in_memory(full[odd], numbers[odd])), Valid(in_memory(full[~odd], numbers[~odd])))
    )
    for limit in (vectors.EXACT, 0):
        monkeypatch.setattr(vectors, "EXACT", limit)
        for query in clustered(10, 64, seed=4):
            assert parts.meaning(query).nearest(20) == whole.meaning(query).nearest(20)
    asked = [5, 2_999, 7_000, 0]
    found = parts.meaning(full[5]).cosines(asked)
    assert found[0] == pytest.approx(1, abs=0.02)
    assert found[2] == 0
    assert np.array_equal(found, whole.meaning(full[5]).cosines(asked))


@pytest.mark.parametrize("limit", [0, 20_000])
def test_what_is_gone_is_not_found(monkeypatch, limit):
    monkeypatch.setattr(vectors, "EXACT", limit)
    full = clustered(5_000, 64)
    gone = np.arange(0, 5_000, 3)
    there = Layers((Valid(in_memory(full), gone),))
    assert len(there) == 5_000 - len(gone)
    meaning = there.meaning(full[3])
    assert not set(meaning.nearest(200)) & set(gone.tolist())
    assert meaning.cosines([3]).tolist() == [0]
    assert not meaning.vectors([3]).any()
    assert meaning.vectors([4]).any()


def test_nothing_stored_finds_nothing():
    empty = Layers(())
    assert len(empty) == 0
    meaning = empty.meaning(clustered(1, 64)[0])
    assert meaning.nearest(5) == []
    assert meaning.cosines([1, 2]).tolist() == [0, 0]
