"""How people bring up the topics of the cards: well formed, and each for one card."""

import re
from collections import Counter
from pathlib import Path

import pytest

from kb.phrasings import phrasing_files, read_phrasings

CARDS = {path.stem for path in (Path(__file__).parent.parent / "kb/starter/topics").glob("*/*.md")}
PHRASINGS = read_phrasings(phrasing_files())


def test_every_card_has_many_and_every_name_is_a_card():
    assert set(PHRASINGS) == CARDS
    assert {card: len(some) for card, some in PHRASINGS.items() if len(some) < 14} == {}


def test_no_phrasing_stands_for_two_cards_or_twice():
    counts = Counter(one for some in PHRASINGS.values() for one in some)
    assert [one for one, times in counts.items() if times > 1] == []


@pytest.mark.parametrize("card", sorted(PHRASINGS))
def test_short_lower_case_and_without_figures(card):
    for one in PHRASINGS[card]:
        assert one == one.lower().strip()
        assert 2 <= len(one.split()) <= 16, one
        assert not re.search(r"(?<![a-z])\d", one), one


def test_two_files_may_speak_of_one_card():
    contents = [("a.toml", b'fever = ["hot head"]'), ("b.toml", b'fever = ["burning up"]')]
    assert read_phrasings(contents) == {"fever": ("hot head", "burning up")}
