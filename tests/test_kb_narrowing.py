"""What a question matches in a large library: all of it while that is little, the telling else."""

from dataclasses import dataclass

import pytest
from conftest import KEY
from hypothesis import given
from hypothesis import strategies as st

from kb.narrowing import narrowed
from kb.store import Store
from kb.vocabulary import StoreVocabulary


@dataclass(frozen=True)
class Word:
    text: str
    frequency: int

    @property
    def searches(self):
        return (f'"{self.text}"',)


@pytest.fixture(scope="module")
def library():
    """A thousand passages; the word `every3` stands in every third."""
    store = Store(None, KEY)
    document = {
        "id": "d", "pack": "p", "title": "t", "digest": "", "media_type": "", "status": "",
        "kind": "", "language": "", "details": "{}", "text": "", "original": b"", "added": "",
    }  # fmt: skip
    passages = [
        {
            "id": f"d#{at}", "document": "d", "title": "", "aliases": "", "heading": "",
            "section": "[]", "page": None, "start": 0, "end": 0, "population": "[]",
            "setting": "[]", "digest": "",
            "text": " ".join(f"every{n}" for n in (2, 3, 5, 7, 400, 500) if at % n == 0),
        }
        for at in range(1, 1001)
    ]  # fmt: skip
    store.put_document(document, passages)
    yield store
    store.close()


def words(*steps):
    return [Word(f"every{step}", 1000 // step) for step in steps]


def matched(store, expression):
    return set(store.match(expression, 1000))


def every(*steps):
    return {n for n in range(1, 1001) if any(n % step == 0 for step in steps)}


def test_a_small_match_is_any_word(library):
    assert matched(library, narrowed(words(3, 400), 1000, most=400)) == every(3, 400)


def test_rare_words_match_alone_and_frequent_ones_together(library):
    found = matched(library, narrowed(words(5, 7, 500), 1000, most=140))
    assert found == every(500, 35)


def test_frequent_words_alone_are_never_left_without_a_match(library):
    assert matched(library, narrowed(words(2), 1000, most=10)) == every(2)
    both = matched(library, narrowed(words(2, 3), 1000, most=10))
    assert both == every(6)


def test_nothing_asked_is_nothing(library):
    assert narrowed([], 1000) == ""


@given(
    st.lists(st.sampled_from([2, 3, 5, 7, 400, 500]), min_size=1, unique=True), st.integers(1, 999)
)
def test_a_passage_with_every_word_is_always_matched(library, steps, most):
    found = matched(library, narrowed(words(*steps), 1000, most=most))
    everything = {n for n in range(1, 1001) if all(n % step == 0 for step in steps)}
    assert found >= everything
    assert found <= every(*steps)


def test_the_vocabulary_counts_as_the_index_does(library):
    known = StoreVocabulary(library)
    assert known.total == 1000
    assert known.passages("every3") == 333
    assert known.passages("every4") == 0
    assert not known.names("every3")
    assert set(known.spelled("e")) == {f"every{n}" for n in (2, 3, 5, 7, 400, 500)}
    assert list(known.spelled("z")) == []
