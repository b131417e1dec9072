"""What a text states: values with units and places, who, whether, when; doubts; nothing invented."""

import re
import tomllib
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from assistant.clinical.understood.reader import Understanding
from assistant.clinical.understood.stated import Stated
from ui.web.understood_view import marked, understood_shown
from ui.wiring import MedicineShelf

TODAY = date(2026, 11, 21)
READER = Understanding(MedicineShelf().mentioned)
_TABLE = tomllib.loads(
    (Path(__file__).parent / "data" / "understood.toml").read_text(encoding="utf-8")
)
ROWS = [(row["text"], row["expect"], row.get("none", [])) for row in _TABLE["row"]]
_STATES = {"denied", "possible", "history", "hypothetical"}


def read(text: str) -> tuple[Stated, ...]:
    return READER.read(text, TODAY)


def fits(stated: Stated, expected: str) -> bool:
    said, _, tags = expected.partition("|")
    kind, _, rest = said.strip().partition(" ")
    marks = set(tags.split())
    named = rest == stated.name or rest.startswith(f"{stated.name} ")
    value = rest.removeprefix(stated.name).strip()
    return (
        named
        and stated.kind == kind
        and (not value or same(stated.value, value))
        and (stated.status in marks if marks & _STATES else stated.status == "present")
        and (stated.whose == "family") == ("family" in marks)
        and bool(stated.doubt) == ("asked" in marks)
        and (not marks & {"rising", "falling", "steady"} or stated.trend in marks)
    )


def same(one: str, other: str) -> bool:
    if one == other or not other.lstrip("-").replace(".", "").isdigit():
        return one == other
    return abs(Decimal(one) - Decimal(other)) <= Decimal("0.006") * abs(Decimal(other))


@pytest.mark.parametrize(("text", "expected", "none"), ROWS, ids=[row[0] for row in ROWS])
def test_sentence(text: str, expected: list[str], none: list[str]) -> None:
    found = read(text)
    for one in expected:
        assert any(fits(stated, one) for stated in found), (one, found)
    assert not {stated.name for stated in found if stated.usable} & set(none)


def test_there_are_enough_sentences() -> None:
    assert len(ROWS) >= 120


@pytest.mark.parametrize("text", [row[0] for row in ROWS])
def test_every_place_lies_in_the_text_in_order(text: str) -> None:
    found = read(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_places_hold_the_words() -> None:
    text = "She weighs 9.6 kg; créatinine 1,8 mg/dL, no fever, amoxicillin 250 mg tds."
    words = {one.name: text[one.start : one.end] for one in read(text)}
    assert words["creatinine"] == "créatinine 1,8 mg/dL"
    assert words["fever"] == "fever"
    assert words["amoxicillin"] == "amoxicillin 250 mg tds"
    assert "9.6 kg" in words["weight_kg"]


def test_amounts_are_shown_with_route_frequency_and_length() -> None:
    (drug,) = (one for one in read("gentamicin 7.5mg/kg iv od x 7 days") if one.kind == "drug")
    assert (drug.value, drug.unit) == ("7.5", "mg/kg")
    assert drug.shown == "7.5 mg/kg into a vein, once a day, for 7 days"


def test_times_are_the_words_of_the_text() -> None:
    when = {one.name: one.when for one in read("fever for 3 days and headache since yesterday")}
    assert when == {"fever": "for 3 days", "headache": "since yesterday"}


def test_units_are_converted_and_both_are_shown() -> None:
    (lab,) = read("creatinine 160 µmol/L")
    assert lab.unit == "mg/dL"
    assert lab.shown == "160 umol/L = 1.81 mg/dL"


@pytest.mark.parametrize(
    "text", ["", " ", "?", ".", "\n", "🩸", "a" * 5000, "1 " * 2000, "5'", "''"]
)
def test_strange_text_is_read(text: str) -> None:
    assert all(one.end <= len(text) for one in read(text))


def test_without_names_no_medicine_is_found() -> None:
    assert not [one for one in Understanding().read("amoxicillin 500 mg") if one.kind == "drug"]


def test_reading_is_instant() -> None:
    text = (
        "62M known diabetic on metformin 500 mg bd, creatinine 1.2 -> 2.8 mg/dL, denies chest pain,"
        " mother has asthma, ?pneumonia, BP 92/60, HR 118, RR 26, T 38.9, SpO2 90 on air"
    )
    read(text)
    times = []
    for _ in range(15):
        start = perf_counter()
        read(text)
        times.append(perf_counter() - start)
    assert median(times) < 0.02


def test_the_form_marks_what_was_understood_and_asks_first() -> None:
    text = 'boy 14 kg, no <b>fever</b>, weight .5 kg, K 7.2 since "today"'
    shown = understood_shown(text, read(text))
    assert "<b>" not in shown.html
    assert '<mark class="doubt"' in shown.html or '<mark class="person"' in shown.html
    assert "Fever (not present)" in shown.text
    assert "\n" not in shown.html
    plain_text = re.sub(r"<[^>]+>", "", marked(text, read(text)))
    assert unescape(plain_text) == text


def test_nothing_understood_shows_nothing() -> None:
    assert understood_shown("hello", ()).html == ""
