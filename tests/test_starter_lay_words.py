"""The lay-wording questions keep their rule: they share no telling word with their card."""

import tomllib
from pathlib import Path

import pytest

from kb.query import load_words
from kb.small_words import GLUE, UNITS, WHO
from kb.text import Stemmer, words

HERE = Path(__file__).parent
FOLDER = HERE.parent / "kb/starter/topics"
QUESTIONS = tomllib.loads((HERE / "data/lay_questions.toml").read_text(encoding="utf-8"))[
    "question"
]
STEMMER = Stemmer()
FREE = GLUE | WHO | UNITS | load_words().everyday


@pytest.fixture(scope="module")
def cards():
    """Card -> the stems of its title, aliases and body."""
    found = {}
    for path in FOLDER.glob("*/*.md"):
        _, front, body = path.read_text("utf-8").split("+++", 2)
        card = tomllib.loads(front)
        found[path.stem] = set(STEMMER.stems("\n".join([card["title"], *card["aliases"], body])))
    return found


def telling(ask):
    return [
        word for word in words(ask) if len(word) > 2 and not word.isdigit() and word not in FREE
    ]


def test_no_telling_word_stands_in_the_card(cards):
    shared = {
        entry["ask"]: [
            w for w in telling(entry["ask"]) if STEMMER.stem(w) in cards[entry["cards"][0]]
        ]
        for entry in QUESTIONS
    }
    assert {ask: found for ask, found in shared.items() if found} == {}


def test_every_card_exists(cards):
    assert {card for entry in QUESTIONS for card in entry["cards"]} <= set(cards)


def test_each_names_one_to_three_different_cards():
    counts = [(len(entry["cards"]), len(set(entry["cards"]))) for entry in QUESTIONS]
    assert all(1 <= listed <= 3 and listed == different for listed, different in counts)


def test_many_questions_over_most_cards_and_every_group():
    groups = {path.stem: path.parent.name for path in FOLDER.glob("*/*.md")}
    first = {entry["cards"][0] for entry in QUESTIONS}
    assert len({entry["ask"].casefold() for entry in QUESTIONS}) == len(QUESTIONS) >= 200
    assert len(first) >= 150
    assert {groups[card] for card in first} == set(groups.values())


def test_questions_are_short_sentences():
    lengths = {entry["ask"]: len(entry["ask"].split()) for entry in QUESTIONS}
    assert {ask: length for ask, length in lengths.items() if not 3 < length < 15} == {}
