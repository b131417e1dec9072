"""The vectors that come with the starter library, and what they find with the encoder."""

import tomllib
from pathlib import Path

import pytest

from assistant.clinical.facts import find_facts, merge
from assistant.messages import Patient
from assistant.population import certain, groups
from kb.library import Library
from kb.messages import SearchFilter
from kb.ready_vectors import load_ready
from kb.starter_pack import index_starter
from kb.store import Store
from ui.wiring import open_encoder

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def library():
    opened = Library(Store(None, bytes(32)), lambda data, name: None, open_encoder(), load_ready)
    index_starter(opened)
    yield opened
    opened.close()


def read(name):
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def share_found(library, questions, k):
    """Share of (question, cards) where one of the cards is among the first k."""
    found = 0
    for ask, cards in questions:
        patient = merge(Patient(), find_facts(ask))
        who = SearchFilter(population=groups(patient), certain=certain(patient))
        first = library.rank(ask, who).documents[:k]
        found += any(hit.document.removeprefix("starter/") in cards for hit in first)
    return found / len(questions)


def test_every_text_is_ready_so_that_the_first_start_need_not_wait(library):
    ready = load_ready()
    missing = [text for text in library.texts() if ready.find(library.encoder, text) is None]
    assert missing == [], "run: python packaging/starter_vectors.py"


def test_no_vector_is_left_over_from_texts_that_are_gone(library):
    assert len(load_ready().vectors) == len(set(library.texts()))


def test_questions_in_the_library_s_words_find_their_card_first(library):
    questions = [(row["ask"], row["card"]) for row in read("questions.toml")["answerable"]]
    assert share_found(library, questions, 1) >= 0.96


def test_questions_without_one_telling_word_of_the_card_find_it_among_five(library):
    questions = [(row["ask"], row["cards"]) for row in read("lay_questions.toml")["question"]]
    assert share_found(library, questions, 5) >= 0.76


@pytest.mark.parametrize("language", ["french", "hindi", "spanish", "swahili"])
def test_questions_in_other_languages_find_their_card_among_three(library, language):
    asked = read("language_questions.toml")[language]
    assert share_found(library, list(asked.items()), 3) >= 0.96
