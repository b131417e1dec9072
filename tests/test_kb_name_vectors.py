"""What documents go by: the mean of the nearest names, the same for few and for many."""

import numpy as np
import pytest

from kb import name_vectors
from kb.embed import to_int8, unit
from kb.name_vectors import NEAREST, by_owner, stacked


def named(documents, seed=1, dimensions=48):
    """Documents with three to nine names each, and the unit vectors of all."""
    rng = np.random.default_rng(seed)
    rows, full = [], {}
    for place in range(documents):
        names = unit(
            rng.normal(size=(int(rng.integers(NEAREST, 10)), dimensions)).astype(np.float32)
        )
        codes, scales = to_int8(names)
        rows.append((f"d{place}", scales, codes))
        full[f"d{place}"] = codes.astype(np.float32) * scales[:, None]
    return rows, full


@pytest.mark.parametrize("limit", [name_vectors.EXACT, 0])
def test_likeness_is_the_mean_of_the_three_nearest_names(monkeypatch, limit):
    monkeypatch.setattr(name_vectors, "EXACT", limit)
    rows, full = named(300)
    query = unit(np.random.default_rng(2).normal(size=(1, 48)).astype(np.float32))[0]
    expected = {one: np.sort(names @ query)[-NEAREST:].mean() for one, names in full.items()}
    likeness = stacked(rows).likeness(query)
    asked = ["d7", "d299", "nobody", "d7", "d0"]
    assert likeness.of(asked).tolist() == pytest.approx(
        [expected.get(d, 0) for d in asked], abs=1e-5
    )
    assert likeness.best(20) == sorted(expected, key=lambda one: -expected[one])[:20]


def test_documents_with_too_few_names_are_passed_over():
    rows, _ = named(2)
    few = (np.ones(2, dtype=np.float32), np.ones((2, 48), dtype=np.int8))
    likeness = stacked([rows[0], ("nameless", *few), rows[1]]).likeness(rows[0][2][0] / 127.0)
    assert set(likeness.best(5)) == {"d0", "d1"}
    assert likeness.of(["nameless"]).tolist() == [0]
    nothing = stacked([]).likeness(np.zeros(48, dtype=np.float32))
    assert nothing.best(5) == []
    assert nothing.of(["d0"]).tolist() == [0]


def test_vectors_are_given_to_their_owners():
    rows, _ = named(5)
    owners = [owner for owner, scales, _ in rows for _ in scales]
    codes = np.concatenate([codes for _, _, codes in rows])
    scales = np.concatenate([scales for _, scales, _ in rows])
    for given, row in zip(by_owner(owners, codes, scales), rows, strict=True):
        assert given[0] == row[0]
        assert np.array_equal(given[1], row[1])
        assert np.array_equal(given[2], row[2])
