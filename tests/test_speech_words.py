"""Spoken words as they are written: numbers, units, times of a day, names."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.messages import HeardWord, Segment
from speech.words.lexicon import load_lexicon
from speech.words.names import SpokenName, book_of
from speech.words.normalise import open_normaliser
from speech.words.numbers import NumberReader
from speech.words.tokens import Reader
from speech.words.transcribed import written_down
from speech.words.unsure import sounds_like
from ui.speech_names import SpokenMedicines

DATA = Path(__file__).parent / "data"
CASES = tomllib.loads((DATA / "speech_said.toml").read_text(encoding="utf-8"))
ENGLISH = [
    (said, written)
    for group, rows in CASES.items()
    if group != "languages_other"
    for said, written in rows.items()
]
NORMALISER = open_normaliser()
WORDS = [
    *load_lexicon().number_words,
    "point",
    "and",
    "a",
    "half",
    "milligrams",
    "per",
    "kilo",
    "to",
    "b",
    "d",
    "every",
    "hours",
    "over",
    "times",
    "day",
    "one",
    "the",
    "patient",
    "amoxicillin",
    ",",
    ".",
    "5",
    "0.5",
    "1,5",
]


@pytest.fixture(scope="module")
def medicines():
    return SpokenMedicines()


def test_there_are_more_than_two_hundred_cases():
    assert len(ENGLISH) > 200


@pytest.mark.parametrize(("said", "written"), ENGLISH)
def test_english_is_written_down(said, written):
    assert NORMALISER.normalise(said).text == written


@pytest.mark.parametrize(("said", "written"), CASES["languages_other"].items())
def test_of_other_languages_only_digits_and_symbols_are_touched(said, written):
    assert open_normaliser("fr").normalise(said).text == written


@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_every_change_tells_its_place_and_the_rest_is_untouched(words):
    said = " ".join(words)
    done = NORMALISER.normalise(said)
    place = spoken_place = 0
    for change in done.changes:
        assert done.text[change.start : change.end] == change.written
        assert said[change.spoken_start : change.spoken_end] == change.spoken
        assert done.text[place : change.start] == said[spoken_place : change.spoken_start]
        place, spoken_place = change.end, change.spoken_end
    assert done.text[place:] == said[spoken_place:]
    for doubt in done.doubts:
        assert 0 <= doubt.start < doubt.end <= len(done.text)


@given(st.text(max_size=80))
def test_any_text_is_written_down_without_an_error(text):
    NORMALISER.normalise(text)
    open_normaliser("sw").normalise(text)


LONG = (
    "1" + "0" * 28,
    "1234567890123456789",
    "one " + "million " * 8,
    "1" * 30 + " times a day",
    "1" * 30 + " over " + "1" * 29,
    "seen on 1.2.2020",
    "0,0.0",
)


@pytest.mark.parametrize("said", LONG)
def test_a_number_too_long_to_be_an_amount_stays_as_it_was_said(said):
    assert NORMALISER.normalise(said).text == said


def test_many_digits_said_one_by_one_lose_none():
    said = "one two three four five six seven eight nine one two three four five six seven"
    for end in ("", " times a day", " milligrams"):
        text = NORMALISER.normalise(said + end).text
        assert text.replace(",", "").startswith("1234567891234567")


def test_a_number_has_one_point():
    assert NORMALISER.normalise("point nine point nine").text == "0.9 0.9"


ODD_WORDS = (
    *("one", "ten", "fifty", "hundred", "thousand", "million", "point", "and", "a", "half", "½"),
    *("over", "/", "to", "or", "-", "times", "a day", "milligrams", "in", "oh", ","),
)
NUMBERS_AND_AROUND = st.lists(
    st.one_of(
        st.from_regex(r"[0-9][0-9.,]{0,40}", fullmatch=True),
        st.sampled_from(ODD_WORDS),
    ),
    max_size=25,
)


@given(NUMBERS_AND_AROUND)
def test_any_row_of_numbers_is_written_down_without_an_error(words):
    NORMALISER.normalise(" ".join(words))


@given(st.integers(0, 999_999))
def test_numbers_said_in_full_are_read_back_exactly(number):
    from speech.voice.number_words import number_words

    reader = NumberReader(load_lexicon())
    said = Reader(number_words(str(number)))
    found = reader.read(said, 0)
    assert found is not None
    assert int(found.value) == number
    assert found.end == len(said)


@given(st.decimals(min_value=0, max_value=9999, places=3))
def test_decimals_said_in_full_are_read_back_exactly(number):
    from speech.voice.number_words import number_words

    found = NumberReader(load_lexicon()).read(Reader(number_words(f"{number:f}")), 0)
    assert found is not None
    assert found.value == number


DOUBTS = {
    "two fifty milligram tablets": ("number", ("250 mg", "2 x 50 mg")),
    "1,5 mg": ("decimal-comma", ("1.5 mg",)),
    "0,5 mg": ("decimal-comma", ("0.5 mg",)),
    "adrenaline one in ten thousand": ("ratio", ()),
    "one to one thousand": ("ratio", ()),
    "1:10000": ("ratio", ()),
    "twelve fifty milligrams": ("number", ("12 x 50 mg", "1250 mg")),
    "fifteen, five zero milligrams": ("number", ("15 mg", "50 mg")),
    "two five hundred milligrams": ("number", ("2 x 500 mg",)),
}


@pytest.mark.parametrize("said", DOUBTS)
def test_what_can_mean_two_things_is_asked_and_not_decided(said):
    kind, choices = DOUBTS[said]
    doubts = NORMALISER.normalise(said).doubts
    assert [(doubt.kind, doubt.choices) for doubt in doubts] == [(kind, choices)]


@pytest.mark.parametrize(
    "said",
    ["two hundred and fifty milligrams", "1,000 units", "fifteen, one five", "ten to fifteen"],
)
def test_what_is_clear_is_not_asked(said):
    assert NORMALISER.normalise(said).doubts == ()


def test_numbers_that_sound_alike_are_known():
    assert [sounds_like(str(number)) for number in (13, 30, 15, 50, 19, 90, 20)] == [
        "30", "13", "50", "15", "90", "19", None,
    ]  # fmt: skip


def plain_book(*names):
    entries = [(name, SpokenName(name)) for name in names]
    return book_of(entries, {"give", "now", "the", "tablet"}.__contains__, lambda _: ())


def test_a_known_name_stays_and_is_no_doubt():
    found = plain_book("artesunate").find("Give Artesunate now")
    assert [(one.text, one.name) for one in found.mentions] == [("Artesunate", "artesunate")]
    assert found.doubts == ()


@pytest.mark.parametrize(
    "heard", ["art a sunate", "artesunit", "artezunate", "artes unate", "arta sunate"]
)
def test_a_name_that_only_sounds_like_one_is_offered_and_never_put_in(heard):
    found = plain_book("artesunate", "amoxicillin").find(f"give {heard} now")
    assert found.mentions == ()
    assert [doubt.heard for doubt in found.doubts] == [heard]
    assert found.doubts[0].choices[0] == "artesunate"


def test_names_are_not_made_across_a_comma():
    assert plain_book("artesunate").find("give art, a sunate").doubts == ()


SOUNDS = {
    "a moxicillin": "amoxicillin", "amoxy sillin": "amoxicillin", "sef triaxone": "ceftriaxone",
    "metro nidazole": "metronidazole", "jenta mycin": "gentamicin", "para cetamol": "paracetamol",
    "eye buprofen": "ibuprofen", "fero semide": "furosemide", "metphormin": "metformin",
    "fenobarbital": "phenobarbital", "hydro cortisone": "hydrocortisone", "oxy tocin": "oxytocin",
    "azythromycin": "azithromycin", "labeta lol": "labetalol", "iver mectin": "ivermectin",
    "morfine": "morphine", "dexa methasone": "dexamethasone", "pred nisolone": "prednisolone",
}  # fmt: skip


@pytest.mark.parametrize("heard", SOUNDS)
def test_misheard_names_of_the_formulary_are_offered(medicines, heard):
    found = medicines.book.find(f"give {heard} twice")
    offered = [choice for doubt in found.doubts for choice in doubt.choices]
    assert any(SOUNDS[heard] in choice for choice in offered), found


@pytest.mark.parametrize(
    "text",
    [
        "the child has had a fever and a cough since yesterday",
        "please weigh the patient and check the blood sugar again",
        "her mother says the wound on the left leg is clean and dry now",
        "there was a lot of water and nobody could see what happened",
    ],
)
def test_everyday_sentences_raise_no_doubt_about_names(medicines, text):
    assert medicines.book.find(text).doubts == ()


def test_a_name_that_is_easily_confused_has_to_be_picked(medicines):
    found = medicines.book.find("prednisolone thirty milligrams")
    assert [doubt.kind for doubt in found.doubts] == ["sound-alike"]
    assert set(found.doubts[0].choices) >= {"prednisolone", "prednisone"}


def heard(*words):
    parts = tuple(
        HeardWord(f" {text}", place * 0.3, place * 0.3 + 0.3, sure)
        for place, (text, sure) in enumerate(words)
    )
    return Segment("".join(part.text for part in parts), 0.0, len(parts) * 0.3, parts)


def test_numbers_and_names_in_words_that_were_not_heard_well_are_asked_back(medicines):
    segment = heard(
        ("give", 0.9), ("paracetamol", 0.3), ("fifteen", 0.2), ("milligrams", 0.9), ("twice", 0.9)
    )
    done = written_down([segment], "en", NORMALISER, medicines.book)
    assert done.text == "give paracetamol 15 mg twice"
    by_kind = {done.text[doubt.start : doubt.end]: doubt.choices for doubt in done.doubts}
    assert by_kind["15 mg"] == ("15 mg", "50 mg")
    assert by_kind["paracetamol"] == ("paracetamol",)


def test_well_heard_words_are_not_asked_back(medicines):
    segment = heard(("paracetamol", 0.9), ("fifteen", 0.8), ("milligrams", 0.9))
    assert written_down([segment], "en", NORMALISER, medicines.book).doubts == ()


def test_places_of_names_are_those_of_the_written_text(medicines):
    segment = Segment("five hundred milligrams of amoxy sillin twice a day", 0.0, 4.0)
    done = written_down([segment], "en", NORMALISER, medicines.book)
    assert done.text == "500 mg of amoxy sillin twice daily"
    assert done.spoken_text == segment.text
    assert [done.text[one.start : one.end] for one in done.doubts] == ["amoxy sillin"]


def test_hot_words_begin_with_those_of_the_patient(medicines):
    from assistant.messages import Patient

    words = medicines.hot_words(Patient(drugs=("warfarin",), allergies=("penicillin",)))
    assert words.startswith("warfarin, penicillin, ")
    assert len(words) <= 900
    assert words.count("warfarin") == 1
