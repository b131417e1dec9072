"""Read-backs, questions and drafts in every language of the screen: the same figures, the same names."""

import re
import tomllib
from importlib.resources import files
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.messages import Doubt
from speech.talk.commands import load_commands
from speech.talk.events import Item
from speech.talk.order import CHECKS, OrderDialogue, Verdict
from speech.talk.order_words import load_order_words
from speech.talk.says import load_says
from speech.talk.values import load_values
from speech.voice.other_languages import load_unit_words
from speech.voice.spoken_form import open_spoken_form
from ui.kiosk.texts import LANGUAGES, load_texts

OTHERS = LANGUAGES[1:]
DATA = files("speech.talk")
ORDER = tomllib.loads(DATA.joinpath("order.toml").read_text(encoding="utf-8"))
VALUES = tomllib.loads(DATA.joinpath("values.toml").read_text(encoding="utf-8"))
ROWS = VALUES["values"]
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SPOKEN = open_spoken_form()
UNITS = load_unit_words()


def figures(text):
    """Numbers of a text in their order of size as written."""
    return sorted(NUMBER.findall(text))


# --- the data -------------------------------------------------------------------------------------


@pytest.mark.parametrize("english", sorted(ROWS))
def test_every_value_is_there_in_every_language_with_the_same_gaps(english):
    row = ROWS[english]
    assert set(row) == set(OTHERS)
    gaps = {language: sorted(re.findall(r"\{\w\}", text)) for language, text in row.items()}
    assert set(map(tuple, gaps.values())) == {tuple(sorted(re.findall(r"\{\w\}", english)))}
    assert not any(re.search(r"\d", text) for text in row.values())


def test_everything_in_other_languages_says_that_nobody_read_it():
    order = tomllib.loads(DATA.joinpath("order_languages.toml").read_text(encoding="utf-8"))
    draft = "draft, no native speaker has read it"
    assert {name: one["status"] for name, one in order.items()} == dict.fromkeys(OTHERS, draft)
    assert VALUES["status"] == dict.fromkeys(OTHERS, draft)
    for name in ("says.toml", "commands.toml"):
        head = DATA.joinpath(name).read_text(encoding="utf-8").split("\n\n")[0]
        assert "draft" in head
        assert "native" in head


@pytest.mark.parametrize("language", OTHERS)
def test_every_question_heading_and_sentence_of_an_order_is_its_own(language):
    own, english = load_order_words(language), load_order_words()
    assert [slot.name for slot in own.slots] == [slot.name for slot in english.slots]
    for mine, theirs in zip(own.slots, english.slots, strict=True):
        assert mine.ask != theirs.ask
        assert mine.needed == theirs.needed
    said = ("refused", "change", "checked", "begin", "end", "done", "cancelled", "unclear")
    assert all(own.says(name) != english.says(name) for name in (*said, "find_out"))
    assert "serum potassium" in own.slot("serum_potassium").ask


def values_that_can_be_read():
    """Every kind of value that an order can hold, as it is kept."""
    frequency = product(
        ("once", "twice", "3 times", "3 to 4 times"), ("daily", "weekly", "monthly")
    )
    every = ("8 hours", "4 to 6 hours", "15 minutes", "2 days", "3 weeks", "hour", "other day")
    length = product(
        ("1 {}", "5 {}s", "7 to 10 {}s", "5 or 7 {}s"), ("dose", "day", "week", "month")
    )
    forms = ("tablet", "capsule", "puff", "drop", "sachet", "ampoule", "vial", "unit")
    yield from (("route", route) for route in ORDER["routes"])
    yield from (("frequency", " ".join(pair)) for pair in frequency)
    yield from (("frequency", f"every {one}") for one in (*every, "day", "night", "morning"))
    plain = [one for one in ORDER["frequency"]["patterns"] if re.fullmatch(r"[a-z ]+", one)]
    yield from (("frequency", one) for one in plain)
    yield from (("frequency", one) for one in ORDER["frequency"]["once"])
    yield from (("duration", count.format(unit)) for count, unit in length)
    for one in ("a week", "a month", "a day", "until review", "until better", "until reviewed",
                "until the fever is gone", "long term", "lifelong", "for life", "ongoing"):  # fmt: skip
        yield "duration", one
    for one in forms:
        yield from (("dose", f"1 {one}"), ("dose", f"1.5 {one}s"), ("dose", f"1 to 2 {one}s"))
    yield from (("dose", one) for one in ("2 x 250 mg tablets", "500 mg capsules", "half a tablet"))
    yield from (("dose", one) for one in ("a quarter of a tablet", "5,000 international units"))
    yield from (("age", one) for one in ("3 years", "1 year", "18 months", "10 days", "6 weeks"))
    yield from (("allergy", "none known"), ("pregnant", "yes"), ("breastfeeding", "no"))


@pytest.mark.parametrize("language", OTHERS)
def test_every_value_is_written_in_the_language_with_its_figures(language):
    for slot, value in values_that_can_be_read():
        written = load_values(language).of(slot, value)
        # French and Spanish have some words in common with English.
        assert written != value or re.search(
            r"sachet|ampoule|dose|vial|rectal|nasal|vaginal|intramuscular|\bno\b", value
        )
        assert figures(written) == figures(value)


# --- read-backs -----------------------------------------------------------------------------------

names = st.sampled_from(
    ("amoxicillin", "artemether-lumefantrine", "prednisolone", "insulin (human soluble)", "ORS")
)
whole = st.integers(1, 5_000).map(lambda number: f"{number:,}")
decimal = st.builds(
    "{}.{}".format, st.integers(0, 99), st.sampled_from("05 1 125 25 375 5".split())
)
number = st.one_of(whole, decimal)
amounts = st.one_of(
    st.builds("{} {}".format, number, st.sampled_from("mg mcg g mL units mg/kg mg/kg/day".split())),
    st.builds("{} to {} {}".format, number, number, st.sampled_from("tablets mg mL".split())),
    st.builds("{} x {} mg tablets".format, st.integers(1, 9), number),
)
read = st.sampled_from(sorted(set(values_that_can_be_read())))


def item(kind, shown, spoken=""):
    return Item(kind, shown, spoken or SPOKEN.of(shown))


items = st.lists(
    st.one_of(
        st.builds(lambda name: item("drug", name, f"{name}, {' '.join(name.upper())}"), names),
        st.builds(lambda text: item("dose", text), amounts),
        st.builds(lambda text: item("weight", f"weighs {text} kg"), number),
        st.builds(lambda n: item("age", f"{n}-month-old"), st.integers(2, 40)),
        st.builds(lambda name: item("allergy", name, name), names),
        read.map(lambda pair: item(pair[0] if pair[0] in KINDS else "dose", pair[1])),
    ),
    min_size=1, max_size=6,
)  # fmt: skip
KINDS = ("dose", "route", "frequency", "duration", "weight", "age", "allergy")


@given(items)
def test_the_screen_shows_the_same_figures_and_names_in_every_language(said):
    for language in LANGUAGES:
        shown = load_says(language).shown(said)
        assert [one.kind for one in shown] == [one.kind for one in said]
        for mine, given_ in zip(shown, said, strict=True):
            assert figures(mine.shown) == figures(given_.shown)
            assert mine.kind != "drug" or mine.shown == given_.shown
            assert mine.kind != "allergy" or mine.shown in {
                given_.shown,
                ROWS["none known"].get(language),
            }


@given(items)
def test_every_figure_and_name_is_read_back_in_every_language_and_no_other_figure(said):
    for language in OTHERS:
        text = load_says(language).read_back(said)
        told = NUMBER.findall(text)
        wanted = [one.replace(",", "") for part in said for one in NUMBER.findall(part.shown)]
        for one in wanted:
            assert one in told, (language, one, text)
        digits = {digit for one in wanted for digit in one}
        assert all(one in wanted or one in digits for one in told), (language, text)
        for part in said:
            assert (
                part.kind not in {"drug", "allergy"}
                or part.shown in text
                or (part.shown == "none known")
            )


@given(items)
def test_english_says_every_figure_of_a_read_back_in_words(said):
    text = load_says("en").read_back(said)
    assert not re.search(r"\d", text)
    for part in said:
        for one in NUMBER.findall(part.shown):
            assert SPOKEN.of(one) in text, (one, text)


@pytest.mark.parametrize("language", OTHERS)
def test_a_read_back_begins_and_ends_in_the_language(language):
    says = load_says(language)
    text = says.read_back((item("drug", "amoxicillin"), item("weight", "weighs 12 kg")))
    assert text.startswith(f"{says.begin} amoxicillin; {says.heading('weight')}: 12 kg, 1 2.")
    assert text.endswith(says.end)
    assert load_says("ha") == load_says("en")


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_doubtful_is_asked_in_the_language_with_its_choices(language):
    says, english = load_says(language), load_says("en")
    for kind, choices in (
        ("sound-alike", ("cefalexin", "cefazolin")), ("name", ("Diazepam",)), ("unsure", ("50 mg",)),
        ("number", ("15 mg", "50 mg")), ("decimal-comma", ("1.5 mg",)), ("ratio", ()), ("number", ()),
    ):  # fmt: skip
        doubt = Doubt(0, 4, "1 in 1000", choices, kind, "In English?")
        asked = says.asked(doubt)
        assert asked.ask != doubt.ask == english.asked(doubt).ask
        assert "1 in 1000" in asked.ask or kind == "number"
        assert all(choice in asked.ask for choice in choices)
        assert asked.choices == choices


# --- how a voice says figures ---------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(UNITS))
@given(number, st.sampled_from(("mg", "mL", "kg", "mg/kg", "mg/kg/day", "", "of something")))
def test_no_decimal_and_no_thousand_is_left_to_a_voice(language, figure, unit):
    words = UNITS[language]
    said = words.of(f"{figure} {unit}.")
    assert not re.search(r"\d[.,]\d", said)
    heard = re.sub(rf"(\d+) {words.point} ((?:\d )*\d)", _as_written, said)
    assert NUMBER.findall(heard) == [figure.replace(",", "")]
    assert words.of(said) == said


def _as_written(found):
    return f"{found[1]}.{found[2].replace(' ', '')}"


@pytest.mark.parametrize("language", OTHERS)
def test_a_unit_that_a_language_has_no_word_for_stays_as_it_is_written(language):
    assert UNITS[language].of("5 furlong/kg") == "5 furlong/kg"


# --- orders ---------------------------------------------------------------------------------------


GIVEN = {
    "drug": "amoxicillin", "dose": "250 mg", "route": "by mouth", "frequency": "3 times daily",
    "duration": "5 days", "weight": "12.5 kg", "allergy": "none known", "age": "18 months",
}  # fmt: skip
WARNED = Verdict("warn", ("The formulary gives it for 7 days, not 5.",), name="Amoxicillin")


def dialogue(language, verdict=WARNED):
    return OrderDialogue(load_order_words(), lambda _: verdict).speaking(language)


@pytest.mark.parametrize("language", OTHERS)
def test_an_order_is_asked_read_back_and_written_in_the_language(language):
    asks, own = dialogue(language), load_order_words(language)
    talk, reply = asks.begin({})
    assert reply.say == own.slot("drug").ask
    talk, reply = asks.begin(GIVEN)
    assert reply.say.startswith(WARNED.says[0])
    assert (reply.told, reply.own[: len(own.says("begin"))]) == (WARNED.says[0], own.says("begin"))
    assert [heading for heading, _ in reply.items] == [own.slot(name).shown for name in (
        "drug", "dose", "route", "frequency", "duration", "weight", "allergy", "age")]  # fmt: skip
    _, done = asks.yes(talk)
    english = dialogue("en").yes(dialogue("en").begin(GIVEN)[0])[1]
    assert figures(done.draft.text) == figures(english.draft.text)
    assert "Amoxicillin" in done.draft.text
    assert f"{CHECKS}{WARNED.says[0]}" in done.draft.text.splitlines()
    assert done.draft.values == GIVEN
    kept = set(english.draft.text.splitlines()) & set(done.draft.text.splitlines())
    assert kept <= {f"{CHECKS}{WARNED.says[0]}", "Dose: 250 mg"}
    assert asks.cancel()[1].say == own.says("cancelled")


@pytest.mark.parametrize("language", OTHERS)
@given(amounts, number, st.integers(1, 60))
def test_every_figure_of_an_order_is_the_same_in_every_draft(language, dose, weight, days):
    given_ = {**GIVEN, "dose": dose, "weight": f"{weight} kg", "duration": f"{days} days"}
    drafts = [
        one.yes(one.begin(given_)[0])[1].draft.text for one in (dialogue("en"), dialogue(language))
    ]
    assert figures(drafts[0]) == figures(drafts[1])


@pytest.mark.parametrize("language", OTHERS)
def test_what_the_check_asks_is_asked_in_the_language_behind_the_words_of_the_check(language):
    verdict = Verdict("ask", ("For which illness?",), ("indication",), ("pneumonia", "otitis"))
    _, reply = dialogue(language, verdict).begin(GIVEN)
    assert reply.told == "For which illness?"
    assert reply.own == load_order_words(language).slot("indication").ask
    assert reply.choices == ("pneumonia", "otitis")


class NoNames:
    """A book that knows no medicine."""

    def find(self, text):
        """Nothing."""
        return type("Found", (), {"mentions": (), "doubts": ()})()


@pytest.mark.parametrize("language", OTHERS)
def test_an_answer_in_the_language_is_kept_as_what_it_means(language):
    values = load_values(language)
    for slot, value in values_that_can_be_read():
        written = values.of(slot, value)
        for said in (written, f"{written.capitalize()}."):
            english = values.in_english(said)
            assert values.of(slot, english) == written
            assert figures(english) == figures(value)


@pytest.mark.parametrize("language", OTHERS)
def test_what_stands_on_the_buttons_is_understood_when_it_is_said(language):
    words, values = load_order_words(), load_values(language)
    for slot, rows in load_texts(language).quick.items():
        for row in rows:
            said = values.in_english(row["label"])
            assert words.read(said, NoNames(), slot).values.get(slot), (slot, row)


def test_words_that_are_no_answer_stay_as_they_were_said():
    values = load_values("fr")
    for text in ("amoxicilline 250 mg", "donnez 3 fois", "", "3", "le matin et le soir"):
        assert values.in_english(text) == text
    assert load_values("en").in_english("oui") == "oui"
    assert load_values("en").of("route", "by mouth") == "by mouth"


# --- commands -------------------------------------------------------------------------------------

BUTTONS = (
    "yes", "no", "stop", "repeat", "slower", "louder", "next", "back", "cancel", "new_patient",
    "mute",
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BUTTONS)
def test_the_word_on_a_button_is_a_command_when_it_is_said(language, name):
    word = load_texts(language).words[name]
    assert load_commands().of(word, language) == name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_the_kiosk_tells_a_person_to_say_are_understood(language):
    says, commands = load_says(language), load_commands()
    listed = says.help.partition(":")[2].strip(" .。।").replace("،", ",").split(",")
    assert len(listed) == 7
    assert all(commands.of(one, language) for one in listed), listed
    texts = load_texts(language).words
    for question in (says.end, says.new_patient):
        assert texts["yes"].casefold() in question.casefold()
        assert texts["no"].casefold() in question.casefold()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_both_a_yes_and_anything_else(language):
    table = tomllib.loads(DATA.joinpath("commands.toml").read_text(encoding="utf-8"))
    commands = load_commands()
    for name, ways in table[language].items():
        for way in ways:
            assert commands.of(way, language) == name, way


@pytest.mark.parametrize("language", sorted(load_unit_words()))
def test_dates_and_telephone_numbers_are_no_ranges(language):
    words = load_unit_words()[language]
    for said in ("2024-01-02", "020-123456", "1-0-1"):
        assert words.of(said) == said
    for low, high in (("5", "10"), ("100", "250")):
        assert words.of(f"{low}-{high}") == f"{low} {words.to} {high}"
    assert "-" not in words.of("0.125-0.25 mg")
