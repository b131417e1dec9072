"""The words of passages, cut down to what a question wants: nothing that matters is lost."""

import itertools
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.bags import NAME_COUNTS, Bags, Wanted
from kb.messages import Passage
from kb.query import Term
from kb.text import Stemmer, words

STEMMER = Stemmer()
ENDINGS = (
    "s es ies ied ed ing ingly ly e er ers ment ness ation ational ization izer ability bility"
    " bilities iviti ivity ality ator ous ousness ful fulness ive iveness icate icity ical able ably"
    " ally ently logy ance ence ancy ency ant ent ion ism ate ity ic eed sses ss ll bling y ys"
).split()


def passage(text, title="", section=()):
    return Passage("d#1", "d", "p", title, tuple(section), None, 0, len(text), text, (), (), "", "")


def terms(*ways):
    return [Term(" ".join(way), (way,), (), known=True, weight=1.0) for way in ways]


def in_full(text):
    """Every stem of a text, one after the other."""
    return [STEMMER.stem(word) for word in words(text)]


def check(text, title, wanted):
    """Compare with cutting and stemming everything."""
    bag = Bags(STEMMER).of(1, passage(text, title), "", Wanted.by(terms(*wanted)))
    stems, names = in_full(text), in_full(title)
    asked = {stem for way in wanted for stem in way}
    assert [stem for stem in bag.stems if stem] == [stem for stem in stems if stem in asked]
    assert [stem for stem in bag.names if stem] == [stem for stem in names if stem in asked]
    assert bag.length == len(stems)
    for stem in asked:
        counted = stems.count(stem) + (NAME_COUNTS if stem in names else 0)
        assert bag.counts.get(stem, 0) == counted
    beside = {pair for pair in itertools.pairwise(stems) if set(pair) <= asked}
    assert {pair for pair in itertools.pairwise(bag.stems) if "" not in pair} == beside


@pytest.fixture(scope="module")
def cards():
    folder = files("kb.starter").joinpath("topics")
    return [
        file.read_text(encoding="utf-8")
        for group in folder.iterdir()
        if group.is_dir()
        for file in group.iterdir()
    ]


def test_every_word_of_the_library_is_found_by_its_own_stem(cards):
    for text in cards:
        kept = Bags(STEMMER)
        some = list(dict.fromkeys(in_full(text)))
        bag = kept.of(1, passage(text), "", Wanted.by(terms(*((stem,) for stem in some))))
        assert list(bag.stems) == in_full(text)


def test_a_question_cuts_a_card_as_if_all_of_it_were_cut(cards):
    for text in cards[::7]:
        check(text, text[:80], [("child",), ("dehydr", "zinc"), ("plan", "b"), ("a",)])


@given(
    st.lists(st.sampled_from("fl po cap mob sens hopp fil tabl relat vis y siz".split())), st.data()
)
def test_words_of_one_stem_however_they_end(roots, data):
    endings = data.draw(st.lists(st.tuples(*[st.sampled_from(ENDINGS)] * 2), max_size=len(roots)))
    text = " ".join(root + "".join(ends) for root, ends in zip(roots, endings, strict=False))
    check(text, "", [(stem,) for stem in dict.fromkeys(in_full(text))][::2])


@given(st.text(max_size=200), st.text(max_size=30))
def test_any_text_is_cut_as_the_index_cuts_it(text, title):
    check(text, title, [(stem,) for stem in dict.fromkeys(in_full(f"{title} {text}"))][::2])


def test_letters_of_a_plan_stay_beside_their_word():
    bag = Bags(STEMMER).of(
        1, passage("Plan B, not plan of type b"), "", Wanted.by(terms(("plan", "b")))
    )
    assert bag.stems == ("plan", "b", "", "plan", "", "b")


def test_nothing_wanted_is_an_empty_bag():
    bag = Bags(STEMMER).of(1, passage("zinc for a child"), "", Wanted.by([]))
    assert (bag.stems, bag.names, bag.counts, bag.length) == ((), (), {}, 4)
