"""The phrase list: complete, in the right script, and found by its words."""

import re
import unicodedata
from collections import Counter

import pytest

from speech.errors import NoPhrases
from speech.phrasebook.phrases import load_phrasebook

BOOK = load_phrasebook()
SCRIPTS = {"hi": "DEVANAGARI", "ar": "ARABIC"}
ENDS = {"en": ".?!", "hi": "।?!", "ar": ".؟!"}
QUESTION = "?؟"


def test_there_are_120_sentences_in_eight_languages():
    assert len(BOOK.phrases) == 120
    assert BOOK.languages == ("en", "fr", "es", "pt", "sw", "hi", "ar", "ha")
    assert BOOK.status == "draft, no native speaker has read it"


def test_every_sentence_has_a_name_of_its_own():
    assert max(Counter(phrase.id for phrase in BOOK.phrases).values()) == 1


@pytest.mark.parametrize("language", BOOK.languages)
def test_every_sentence_of_a_language_is_clean(language):
    script = SCRIPTS.get(language, "LATIN")
    for phrase in BOOK.phrases:
        text = BOOK.in_language(phrase, language)
        assert text == unicodedata.normalize("NFC", text).strip()
        assert "  " not in text
        assert text[-1] in ENDS.get(language, ".?!"), text
        letters = [char for char in text if char.isalpha()]
        assert all(unicodedata.name(char).startswith(script) for char in letters), text
        asks = phrase.english.rstrip().endswith("?")
        assert text.endswith(tuple(QUESTION)) == asks, text
        assert re.findall(r"\d+", text) == re.findall(r"\d+", phrase.english)


@pytest.mark.parametrize("language", BOOK.languages)
def test_no_two_sentences_are_the_same(language):
    texts = Counter(BOOK.in_language(phrase, language) for phrase in BOOK.phrases)
    assert max(texts.values()) == 1, texts.most_common(1)


@pytest.mark.parametrize("language", BOOK.languages[1:])
def test_nothing_was_left_in_english(language):
    same = [p.id for p in BOOK.phrases if BOOK.in_language(p, language) == p.english]
    assert same == []


def test_spanish_questions_begin_as_such():
    for phrase in BOOK.phrases:
        text = BOOK.in_language(phrase, "es")
        assert text.count("?") == text.count("¿")


@pytest.mark.parametrize(
    ("words", "first"),
    [("allergic medicine", "allergy"), ("allergies", "allergy"), ("fever", "fever"),
     ("embarazada", "pregnant"), ("mal poitrine", "chest-pain"), ("homa", "fever")],
)  # fmt: skip
def test_a_sentence_is_found_by_words_of_any_language(words, first):
    assert BOOK.search(words)[0].id == first


def test_what_is_not_there_is_told():
    assert BOOK.search("helicopter") == ()
    assert BOOK.search("") == ()
    with pytest.raises(NoPhrases, match="xx"):
        BOOK.in_language(BOOK.phrases[0], "xx")


def test_groups_hold_all_sentences_once():
    assert sum(len(BOOK.group(name)) for name in BOOK.groups) == len(BOOK.phrases)
