"""The kiosk's words: every key in every language, keyboards, questions that the library answers."""

import re
import string
from importlib.resources import files

import pytest

from speech.phrasebook.phrases import load_phrasebook
from speech.talk.order_words import load_order_words
from ui.kiosk.options import Options
from ui.kiosk.texts import LANGUAGES, language_names, load_texts, table
from ui.kiosk.view import View

PAGE = files("ui.kiosk").joinpath("page")
SCRIPTS = "".join(
    one.read_text(encoding="utf-8") for one in PAGE.iterdir() if one.name.endswith(".js")
)
WORDS = table("texts.toml")["words"]


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_word_is_there_in_every_language_with_the_same_gaps(key):
    row = WORDS[key]
    assert set(row) == set(LANGUAGES)
    assert all(text.strip() == text and text for text in row.values())
    gaps = {language: sorted(re.findall(r"\{\w+\}", text)) for language, text in row.items()}
    assert len({tuple(found) for found in gaps.values()}) == 1, gaps


def test_every_word_that_the_page_asks_for_exists():
    asked = set(re.findall(r"""\bword\(\s*["']([a-z_]+)["']""", SCRIPTS))
    assert len(asked) > 60
    assert asked <= set(WORDS)


def test_words_that_are_put_together_exist():
    groups = {f"group_{name}" for name in load_phrasebook().groups}
    states = {"idle", "listening", "thinking", "speaking", "muted", "offline", "no_model"}
    troubles = {"mic_denied", "mic_missing", "mic_unplugged"}
    assert groups | states | troubles <= set(WORDS)
    assert View().state in states


def test_languages_that_nobody_read_say_so():
    status = table("texts.toml")["status"]
    assert status["en"] == "checked"
    for language in LANGUAGES[1:]:
        assert status[language] == "draft, no native speaker has read it"
        assert load_texts(language).status.startswith("draft")


def test_arabic_runs_from_right_to_left_and_only_arabic():
    assert {one: load_texts(one).direction for one in LANGUAGES} == {
        **dict.fromkeys(LANGUAGES, "ltr"), "ar": "rtl",
    }  # fmt: skip
    assert [one["id"] for one in language_names()] == list(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_of_a_language_is_its_own(language):
    ranges = {"hi": "\u0900-\u097f", "ar": "\u0600-\u06ff"}
    texts = [text for key, text in load_texts(language).words.items() if key not in LATIN]
    if language in ranges:
        own = re.compile(f"[{ranges[language]}]")
        assert all(own.search(text) for text in texts if len(text) > 3)
    else:
        assert not any(re.search("[\u0600-\u06ff\u0900-\u097f]", text) for text in texts)


LATIN = {"draft_language", "pin", "seconds", "age_of"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_keyboard_writes_its_language(language):
    keys = set("".join(load_texts(language).keyboard))
    assert all(len(row) <= 15 for row in load_texts(language).keyboard)
    if language in {"en", "fr", "es", "sw"}:
        assert set(string.ascii_lowercase) <= keys
    accented = {"fr": "éèêàâçùôî", "es": "ñáéíóúü", "hi": "कमािी्", "ar": "ابتءةى"}
    assert set(accented.get(language, "")) <= keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_name_of_a_medicine_can_be_typed_in_every_language(language):
    texts = load_texts(language)
    assert set(string.ascii_lowercase) <= set("".join([*texts.keyboard, *texts.latin]))
    assert bool(texts.latin) == (language in {"hi", "ar"})


def test_an_unknown_language_falls_back_to_english():
    assert load_texts("xx") == load_texts("en")
    assert Options().language == "en"


def test_every_question_and_value_has_a_label_in_every_language():
    data = table("questions.toml")
    rows = [chip for topic in data["topic"] for chip in topic["chips"]]
    rows += [row for rows in data["quick"].values() for row in rows]
    for row in [*data["topic"], *rows]:
        assert set(LANGUAGES) <= set(row), row
    asks = [chip["ask"] for topic in data["topic"] for chip in topic["chips"]]
    assert len(asks) == len(set(asks)) >= 30


def test_values_to_touch_are_understood_as_what_they_stand_for():
    words = load_order_words()
    book = _NoNames()
    for slot, rows in table("questions.toml")["quick"].items():
        for row in rows:
            assert words.read(row["value"], book, slot).values.get(slot), row


class _NoNames:
    """A book that knows no medicine."""

    def find(self, text):
        """Nothing."""
        return type("Found", (), {"mentions": (), "doubts": ()})()


def test_the_page_has_nothing_from_elsewhere_and_nothing_inline():
    for one in PAGE.iterdir():
        text = one.read_text(encoding="utf-8")
        found = set(re.findall(r"https?://[^\s\"'`<]+", text))
        assert found <= {"http://www.w3.org/2000/svg"}, one.name
        assert not re.search(
            r"\son\w+\s*=\s*\"|<style|style\s*=\s*\"|javascript:|innerHTML|eval\(", text
        )
    assert not re.search(
        r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.", SCRIPTS
    )
