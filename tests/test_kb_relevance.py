"""Words and meaning joined and smoothed: the arithmetic of kb/relevance.py and kb/vectors.py."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.embed import to_int8, unit
from kb.query import Term
from kb.relevance import Bag, as_share, by_words, joined, smoothed
from kb.vectors import Vectors


def bag(text: str, names: str = "") -> Bag:
    stems, named = tuple(text.split()), tuple(names.split())
    counts: dict[str, float] = {}
    for stem in (*stems, *named):
        counts[stem] = counts.get(stem, 0.0) + 1
    return Bag(stems, named, counts, len(stems))


def term(*ways: str, rarity: float = 1.0) -> Term:
    split = tuple(tuple(way.split()) for way in ways)
    return Term(ways[0], split, (), known=True, weight=rarity, rarity=rarity)


def test_a_rare_word_tells_more_than_a_common_one():
    bags = [bag("zinc for a child"), bag("water for a child")]
    scores = by_words([term("zinc", rarity=5.0), term("child", rarity=0.5)], bags)
    assert scores[0] > scores[1] > 0


def test_a_term_counts_by_its_best_way_and_needs_the_whole_way():
    bags = [bag("heart attack"), bag("heart beat"), bag("myocardial infarction")]
    scores = by_words([term("heart attack", "myocardial infarction")], bags)
    assert scores[0] > 0
    assert scores[1] == 0
    assert scores[2] > 0


def test_the_same_words_in_a_shorter_passage_score_higher():
    bags = [bag("zinc"), bag("zinc " + "and other words of no use " * 10)]
    scores = by_words([term("zinc")], bags)
    assert scores[0] > scores[1]


def test_meaning_lifts_what_words_do_not_hold():
    words = np.array([3.0, 0.0, 0.0], dtype=np.float32)
    meaning = np.array([0.2, 0.9, 0.1], dtype=np.float32)
    both = joined(words, meaning)
    assert both[1] > both[2]
    assert np.argmax(joined(words, None)) == 0


def test_a_neighbour_of_a_good_passage_rises():
    rng = np.random.default_rng(7)
    vectors = unit(rng.normal(size=(40, 32)).astype(np.float32))
    vectors[11] = unit((vectors[3] + 0.05 * vectors[20])[None])[0]
    scores = np.zeros(40, dtype=np.float32)
    scores[3] = 4.0
    after = smoothed(scores, vectors)
    assert int(np.argmax(after)) == 3
    others = np.delete(after, [3, 11])
    assert after[11] > others.max()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=50))
def test_shares_lie_between_nought_and_one_and_keep_the_order(values):
    scores = np.array(values, dtype=np.float32)
    shares = as_share(scores)
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert np.all(np.diff(shares[np.argsort(scores, kind="stable")]) >= 0)


def stored(count: int, seed: int = 1) -> tuple[Vectors, np.ndarray]:
    rng = np.random.default_rng(seed)
    vectors = unit(rng.normal(size=(count, 48)).astype(np.float32))
    codes, scales = to_int8(vectors)
    numbers = np.arange(count, dtype=np.int64) * 3 + 5
    return Vectors(numbers, codes, scales), vectors


def test_nearest_passages_are_those_of_the_exact_search():
    there, vectors = stored(500)
    query = unit(np.random.default_rng(2).normal(size=(1, 48)).astype(np.float32))[0]
    exact = np.argsort(-(vectors @ query))[:10] * 3 + 5
    found = there.meaning(query).nearest(10)
    assert len(set(found) & set(exact.tolist())) >= 9
    assert there.meaning(query).nearest(10_000)[:10] == found


def test_a_passage_without_a_vector_says_nothing():
    there, vectors = stored(20)
    meaning = there.meaning(vectors[4])
    cosines = meaning.cosines([5 + 3 * 4, 6, 10_000])
    assert cosines[0] == pytest.approx(1.0, abs=0.02)
    assert cosines[1] == 0
    assert cosines[2] == 0
    assert not meaning.vectors([6]).any()
