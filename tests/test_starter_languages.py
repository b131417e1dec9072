"""Questions in other languages: the lists themselves, and the cards they find."""

import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from kb.languages import Languages, Spelling, load_languages, names_in
from kb.library import Library
from kb.query import load_words
from kb.small_words import GLUE, UNITS, WHO
from kb.starter_pack import index_starter
from kb.store import Store
from kb.text import Stemmer, words

HERE = Path(__file__).parent
FOLDER = HERE.parent / "kb/starter"
QUESTIONS = tomllib.loads((HERE / "data/language_questions.toml").read_text(encoding="utf-8"))
ENGLISH = tomllib.loads((HERE / "data/questions.toml").read_text(encoding="utf-8"))
LANGUAGES = {language.name: language for language in load_languages()}
NAMES = sorted(LANGUAGES)
REACHED = {"french": 0.96, "hindi": 0.94, "spanish": 0.96, "swahili": 0.95}
STEMMER = Stemmer()
SETTINGS = {"alike", "ending", "beginnings", "glue", "english"}
COMMON = 8
"""A name that fits more cards than this stands for none of them."""


@pytest.fixture(scope="module")
def library():
    opened = Library(Store(None, bytes(32)), lambda data, name: None)
    index_starter(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def cards():
    """Card -> title and aliases, and all its text."""
    texts = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("topics/*/*.md")}
    fronts = {card: tomllib.loads(text.split("+++")[1]) for card, text in texts.items()}
    return {card: ([f["title"], *f["aliases"]], texts[card]) for card, f in fronts.items()}


@pytest.fixture(scope="module")
def english(cards):
    """Every word of the cards, the word lists and everyday speech."""
    lists = load_words()
    typed = {word for phrase in lists.synonyms for word in phrase}
    written = {word for _, text in cards.values() for word in words(text)}
    return written | typed | lists.everyday | WHO | GLUE | UNITS


def top(library, ask):
    return [hit.document.removeprefix("starter/") for hit in library.rank(ask).documents[:3]]


@pytest.mark.parametrize("name", NAMES)
def test_right_card_is_among_the_first_three(library, name):
    asked = QUESTIONS[name]
    found = [ask for ask, right in asked.items() if set(right) & set(top(library, ask))]
    assert len(asked) >= 40
    assert len(found) / len(asked) >= REACHED[name], sorted(set(asked) - set(found))


@pytest.mark.parametrize("name", NAMES)
def test_questions_are_read_in_their_language(name):
    languages = Languages()
    assert [ask for ask in QUESTIONS[name] if languages.spoken(ask).name != name] == []


@pytest.mark.parametrize("name", NAMES)
def test_questions_name_cards_that_exist(cards, name):
    assert {card for right in QUESTIONS[name].values() for card in right} <= set(cards)


def test_english_questions_are_in_no_other_language():
    languages = Languages()
    asked = [*ENGLISH["unanswerable"], *(entry["ask"] for entry in ENGLISH["answerable"])]
    assert len(asked) > 100
    assert [ask for ask in asked if languages.spoken(ask)] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_sign_of_a_language_is_an_english_word(english, name):
    language = LANGUAGES[name]
    plain = {word for typed in english for word in language.spelling.plain(typed)}
    signs = {sign[0] for sign in language.signs if len(sign) == 1}
    assert sorted(signs & plain) == []


@pytest.mark.parametrize("name", NAMES)
def test_lists_are_large_and_hold_no_empty_name(name):
    language = LANGUAGES[name]
    assert len(language.names) >= 450
    assert () not in language.names


@pytest.mark.parametrize("name", NAMES)
def test_no_name_says_two_things(name):
    """Names that are the same without glue would silently replace one another."""
    table = tomllib.loads((FOLDER / f"languages/{name}.toml").read_text(encoding="utf-8"))
    language = LANGUAGES[name]
    parts = [part for key, part in table.items() if key not in SETTINGS]
    said = defaultdict(set)
    for part in parts:
        for key, ways in names_in(part, language.spelling, language.glue):
            said[key] |= {ways} - {()}
    assert {key: ways for key, ways in said.items() if len(ways) > 1} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_name_leads_to_words_of_the_library(cards, name):
    held = {stem for _, text in cards.values() for stem in STEMMER.stems(text)}
    lost = [
        key
        for key, ways in LANGUAGES[name].names.items()
        if ways and not any(held.issuperset(STEMMER.stems(way)) for way in ways)
    ]
    assert lost == []


@pytest.mark.parametrize("name", NAMES)
def test_every_card_has_a_name_in_every_language(cards, name):
    ways = {frozenset(STEMMER.stems(w)) for part in LANGUAGES[name].names.values() for w in part}
    called = {
        card: [frozenset(STEMMER.stems(said)) for said in names]
        for card, (names, _) in cards.items()
    }
    fitting = {w: {c for c, said in called.items() if any(w <= s for s in said)} for w in ways}
    named = set().union(*(fits for fits in fitting.values() if len(fits) <= COMMON))
    assert sorted(set(cards) - named) == []


@pytest.mark.parametrize(
    ("with_accents", "without"),
    [
        ("diarrhée chez l'enfant déshydraté", "diarrhee chez l enfant deshydrate"),
        ("presión alta en el embarazo", "presion alta en el embarazo"),
        ("खाँसी और बुख़ार", "खांसी और बुखार"),
        ("bachche ko dast", "bache ko dast"),
        ("bukhaar aur ultee", "bukhar aur ulti"),
    ],
)
def test_spellings_of_one_question_ask_the_same(library, with_accents, without):
    one, other = (library.rank(text).query for text in (with_accents, without))
    assert [term.alternatives[-1] for term in one.terms] == [
        term.alternatives[-1] for term in other.terms
    ]
    assert all(term.known for term in one.terms)


def test_english_names_in_such_a_question_stay_as_they_are(library):
    read = library.rank("bachche ko zinc aur paracetamol").query
    assert read.unknown == ()
    assert [term.typed for term in read.terms][1:] == ["zinc", "paracetamol"]


@pytest.mark.parametrize(
    "ask", ["dosis de zelmoraxin para la fiebre", "dose de zelmoraxin", "zelmoraxin ki khurak"]
)
def test_medicines_nobody_knows_stay_unknown(library, ask):
    ranking = library.rank(ask)
    assert "zelmoraxin" in ranking.query.unknown
    assert ranking.probability < 0.2


@pytest.mark.parametrize("ask", ["vitamine A", "vitamina A", "vitamini A", "विटामिन ए"])
def test_a_vitamin_keeps_its_letter(library, ask):
    terms = library.rank(ask).query.terms
    assert [term.alternatives[-1] for term in terms] == [("vitamin", "a")]


def test_abbreviations_keep_their_english_meaning_in_english(library):
    read = library.rank("na and k in mi").query
    assert ("sodium",) in [way for term in read.terms for way in term.alternatives]


def test_vowel_signs_part_no_word():
    assert Spelling().plain("पेट में दर्द") == ("पेट", "में", "दरद")
