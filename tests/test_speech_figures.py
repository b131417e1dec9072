"""Figures that are no plain amount: neither writing down nor reading aloud may change a digit."""

import re
import string
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.voice.number_words import number_words
from speech.voice.spoken_form import open_spoken_form
from speech.words.normalise import open_normaliser

ENGLISH, FORM = open_normaliser("en"), open_spoken_form()
OTHERS = [open_normaliser(language) for language in ("fr", "sw", "ar", None)]

STAYS = (
    "call 0712 345 678", "+254 712 345 678", "020-123456", "at 08:05", "24:00", "14:30-15:30",
    "2024-01-02", "01-02-2024", "02/01/2024", "1.2.2020", "1-0-1", "007", "00", "12/03/24",
    "SpO2 90%", "B12", "1..5", "3 -5", "20G needle", "16 G", "weight 05 kg", "14:30:15",
)  # fmt: skip


@pytest.mark.parametrize("said", STAYS)
def test_dates_times_telephone_numbers_and_names_stay_as_they_were_said(said):
    assert ENGLISH.normalise(said).text == said


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("10 000 units", "10,000 units"),
        ("100'000 units", "100,000 units"),
        ("1 : 200 000", "1 in 200,000"),
        ("1\u202f000\u202f000 units", "1,000,000 units"),
        ("2 500 mg tablets", "2 x 500 mg tablets"),
        ("16-18 G", "16 to 18 G"),
        ("5 g", "5 g"),
    ],
)
def test_groups_of_three_are_one_number_only_where_they_can_be_no_other(said, written):
    assert ENGLISH.normalise(said).text == written


def digits(text):
    return re.sub(r"\D", "", text)


def two(number):
    return f"{number:02d}"


FIGURES = st.one_of(
    st.builds("{:02d}:{:02d}".format, st.integers(0, 24), st.integers(0, 59)),
    st.builds("{}-{:02d}-{:02d}".format, st.integers(1900, 2099), st.integers(1, 12), st.integers(1, 28)),
    st.builds("{}.{}.{}".format, st.integers(1, 31), st.integers(1, 12), st.integers(1900, 2099)),
    st.builds("{}/{}/{}".format, st.integers(1, 31), st.integers(1, 12), st.integers(0, 2099)),
    st.builds("{}-{}-{}".format, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    st.from_regex(r"0[0-9]{1,4}( [0-9]{2,4}){0,3}", fullmatch=True),
    st.from_regex(r"\+[1-9][0-9]{1,2}( [0-9]{2,4}){1,3}", fullmatch=True),
)  # fmt: skip


@given(FIGURES, st.sampled_from(["seen", "call", "for 3 days", "and", "on the"]))
def test_no_digit_of_such_a_figure_is_lost_or_moved(figure, before):
    said = f"{before} {figure} again"
    for normaliser in (ENGLISH, *OTHERS):
        assert normaliser.normalise(said).text == said


ODD = st.text(
    alphabet=string.digits
    + ".,:;/-+'x%°^ \u00a0\u202f\u2013\u2212²³⁹½⅓¾٣१３①∞gGmM\u200b\x00\ud800",
    max_size=40,
)


@given(ODD)
def test_any_row_of_figures_and_marks_is_written_and_spoken_without_an_error(text):
    for normaliser in (ENGLISH, *OTHERS):
        normaliser.normalise(text)
    assert not any("0" <= char <= "9" for char in FORM.of(text))


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("1,5 mg", "one comma five milligrams"),
        ("0,125 mg", "zero comma one two five milligrams"),
        ("1,500 mg", "one thousand five hundred milligrams"),
        ("1,0000 mg", "one comma zero zero zero zero milligrams"),
        ("12,34,567", number_words("1234567")),
        ("steps 1,2,3", "steps one, two, three"),
        ("on 12.5.2020", "on twelve, five, twenty twenty"),
        ("2/1/24", "two, one, twenty-four"),
        ("01-02-2024", "zero one, zero two, twenty twenty-four"),
        ("version 1.5.2", "version one point five point two"),
        ("call 0712 345 678", "call zero seven one two, three four five, six seven eight"),
        ("+254 712 345 678", "plus two five four, seven one two, three four five, six seven eight"),
        ("020-123456", "zero two zero, one two three four five six"),
        ("10 000 units", "ten thousand units"),
        ("100'000 units", "one hundred thousand units"),
        ("10^9/L", "ten to the power of nine per litre"),
        ("4 × 10⁹/L", "four times ten to the power of nine per litre"),
        ("5 x 10^-3", "five times ten to the power of minus three"),
        ("1⅓ tablets", "one and one third tablets"),
        ("2 1/2 tablets", "two and a half tablets"),
        ("1½-2 tablets", "one and a half to two tablets"),
        ("1-1½ tablets", "one to one and a half tablets"),
        ("½-1 tablet", "half to one tablet"),
        ("5 mg-10 mg", "five milligrams to ten milligrams"),
        ("10mg–20mg", "ten milligrams to twenty milligrams"),
        ("1..5", "one.. five"),
        ("Day 1: 10 mg", "Day one: ten milligrams"),
        ("1:10 dilution", "one to ten dilution"),
        ("1:10 000", "one to ten thousand"),
        ("at 1:30", "at one thirty"),
        ("1:1:1", "one to one to one"),
        ("14:30:15", "fourteen thirty and fifteen seconds"),
        ("14:30-15:30", "fourteen thirty to fifteen thirty"),
        ("8.30 am", "eight thirty am"),
        ("2-0 suture", "two dash zero suture"),
        ("1-0-1", "one, zero, one"),
        ("2 y 3 m", "two years three months"),
        ("3 m long", "three metres long"),
        ("500-mg tablet", "five hundred milligrams tablet"),
        ("BE 3 -5", "BE three minus five"),
    ],
)
def test_figures_are_spoken_as_what_they_are(written, spoken):
    assert FORM.of(written) == spoken


@given(
    st.integers(1, 9999),
    st.integers(1, 9999),
    st.sampled_from(["mg", "mL", "mcg", "g", "IU"]),
    st.sampled_from(["-", "–", " - ", " – "]),
)
def test_a_range_has_both_its_ends_and_its_link(low, high, unit, dash):
    low, high = sorted((low, high))
    link = "to" if low < high else "dash"
    ends = [FORM.of(f"{low} {unit}"), FORM.of(f"{high} {unit}")]
    if low < high:
        assert FORM.of(f"{low} {unit}{dash}{high} {unit}") == " to ".join(ends)
    short = FORM.of(f"{low}{dash}{high} {unit}")
    assert short.split()[: len(number_words(str(low)).split()) + 1] == [
        *number_words(str(low)).split(), link,
    ]  # fmt: skip


@given(
    st.integers(0, 999),
    st.text(string.digits, min_size=1, max_size=6).filter(lambda d: len(d) != 3),
)
def test_a_decimal_comma_is_never_read_as_a_thousand_or_as_two_numbers(whole, behind):
    said = FORM.of(f"{whole},{behind} mg")
    named = " ".join(unicodedata.name(digit).removeprefix("DIGIT ").lower() for digit in behind)
    assert said.startswith(f"{number_words(str(whole))} comma {named} milligram")


GROWING = (
    "9",
    "0",
    "a",
    "1,",
    "1-",
    "9.",
    "+1 ",
    "1 000 ",
    "1/",
    "-",
    "1:",
    "one ",
    "one hundred and ",
    "5 mg ",
)


@pytest.mark.parametrize("unit", GROWING)
def test_time_grows_with_the_length_of_the_text_and_not_with_its_square(unit):
    def spent(size):
        text, begin = unit * (size // len(unit)), time.process_time()
        ENGLISH.normalise(text)
        FORM.of(text)
        return time.process_time() - begin

    spent(100)
    assert spent(12_000) < 40 * max(spent(1_200), 0.005)
