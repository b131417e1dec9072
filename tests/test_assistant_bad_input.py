"""Numbers that cannot be, other digits, commas, units and dates, in triage, facts, calculators, doses."""

from datetime import date
from decimal import Decimal

import pytest

from assistant.clinical.calculators.errors import CalculatorError
from assistant.clinical.calculators.registry import calculate
from assistant.clinical.dosing.request import DoseRequest, DoseResult
from assistant.clinical.facts import find_facts, numbers
from assistant.clinical.understood.reader import Understanding
from assistant.errors import BadPatient
from assistant.messages import Fact, Patient
from assistant.patient import parse_patient
from assistant.triage import load_rules
from ui.wiring import open_dosing

RULES = load_rules()
DOSING = open_dosing()
TODAY = date(2026, 11, 21)


def fact(text: str, name: str) -> Fact | None:
    return next((one for one in find_facts(text) if one.name == name), None)


def level(text: str) -> str:
    return RULES.triage(text, Patient()).level


# --- facts and triage ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("T ٣٨٫٥", "temp_c", "38.5"),
        ("Ｔ ３８．５", "temp_c", "38.5"),
        ("T 38,5", "temp_c", "38.5"),
        ("T 38.5", "temp_c", "38.5"),
        ("RR ٤٢", "rr", "42"),
        ("HR १३०", "hr", "130"),
        ("ＢＰ １２０／８０", "sbp", "120"),
        ("weight 1,500 g newborn", "weight_kg", "1.5"),
        ("weight 12.0 kg", "weight_kg", "12"),
        ("weight 70 lb", "weight_kg", "31.75"),
        ("temperature 101.3 F", "temp_c", "38.5"),
        ("temp 38.5 C", "temp_c", "38.5"),
        ("Hb 6,6", "hb", "66"),
        ("RR 22 HR 95", "rr", "22"),
        ("P 120, T 37", "hr", "120"),
        ("age 30, temperature 36.8 C", "age_days", "10957"),
    ],
)
def test_numbers_of_any_writing_are_read(text: str, name: str, value: str) -> None:
    found = fact(text, name)
    assert found is not None
    assert (found.value, found.doubt) == (value, "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("weight .5 kg", "weight_kg"),
        ("glucose .5", "glucose"),
        ("weight 700 kg", "weight_kg"),
        ("weight 0 kg", "weight_kg"),
        ("age 200", "age_days"),
        ("BP 80/120", "sbp"),
        ("BP 120/120", "sbp"),
        ("temperature 99 C", "temp_c"),
        ("temperature 37 F", "temp_c"),
        ("SpO2 150", "spo2"),
        ("temp 55", "temp_c"),
        ("GCS 22", "gcs"),
        ("height 3 cm", "height_cm"),
    ],
)
def test_what_cannot_be_true_is_asked_and_never_used(text: str, name: str) -> None:
    found = fact(text, name)
    assert found is not None
    assert found.doubt.endswith((".", "?"))
    assert name not in numbers(find_facts(text))


@pytest.mark.parametrize(
    "text",
    [
        "weight nan kg, SpO2 NaN, temp inf", "HR 1e400", "RR 3e1", "SpO2 -inf", "weight infinity kg",
        "RR 9e9, HR 0x7f", "GCS 1e1", "HR 10_0", "glucose ½",
    ],
)  # fmt: skip
def test_what_is_no_number_is_no_fact(text: str) -> None:
    assert numbers(find_facts(text)) == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("P 120/80", "hr"),  # a pressure, not a pulse of 12
        ("30F headache", "temp_c"),  # a woman of 30, not 30 degrees
        ("temp 102 F", "age_days"),  # 102 degrees, not a woman of 102
        ("temperature 36.8 f", "age_days"),  # not a girl of 8
        ("cough 3 weeks child", "age_days"),  # how long, not how old
        ("PP d4, well", "age_days"),  # the mother's fourth day
        ("amoxicillin 500 g", "weight_kg"),  # an amount of a medicine
        ("weight 1.234.5 kg", "weight_kg"),  # no number
        ("C section at 35 C", "weight_kg"),
    ],
)
def test_one_number_is_not_taken_for_another(text: str, wrong: str) -> None:
    assert wrong not in {one.name for one in find_facts(text) if not one.doubt}


@pytest.mark.parametrize(
    "text",
    [
        "BP 80/120, feels fine", "temperature 99 C", "SpO2 150", "RR 1e1", "HR 3e1", "RR 22 HR 80",
        "weight .5 kg, age 30 y", "glucose nan", "6 year old RR 22 HR 95 T 37.1", "30F wants a test",
        "temp 98.6 F", "age 200, well", "Hb 12,8 g/dL", "SpO2 ٩٨", "K 4,2",
    ],
)  # fmt: skip
def test_bad_or_foreign_writing_raises_no_alarm(text: str) -> None:
    assert level(text) in {"none", "routine"}


@pytest.mark.parametrize(
    "text",
    [
        "SpO2 ٧٨",
        "adult, RR ４４",
        "SpO2 78,0",
        "adult T 105.8 F",
        "glucose 1,9 mmol/L",
        "Hb 3,1 g/dL",
    ],
)
def test_danger_is_seen_in_any_writing(text: str) -> None:
    assert level(text) == "emergency"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DOB 2031-05-01", "future"),
        ("born 2031-01-01", "future"),
        ("DOB 1850-01-01", "Is the date of birth right"),
        ("DOB 2020-02-31", "Is the date of birth right"),
        ("DOB 03/04/2022", "03 April 2022|April 2022"),
    ],
)
def test_dates_of_birth_that_cannot_be_are_asked(text: str, words: str) -> None:
    (found,) = (one for one in Understanding().read(text, TODAY) if one.name == "age_days")
    assert any(part in found.doubt for part in words.split("|"))
    assert not found.usable


# --- calculators -----------------------------------------------------------------------------------

KIDNEY = {"age": "70 y", "sex": "male", "weight": "60 kg", "creatinine": "1.8 mg/dL"}


@pytest.mark.parametrize(
    "changed",
    [
        {"creatinine": "١٫٨ mg/dL"}, {"creatinine": "１．８ mg/dL"}, {"creatinine": "1,8 mg/dL"},
        {"creatinine": "1.80"}, {"creatinine": "159 µmol/L"}, {"creatinine": "159 μmol/L"},
        {"weight": "132 lb"},
    ],
)  # fmt: skip
def test_calculators_read_any_writing(changed: dict[str, str]) -> None:
    # (140 - 70) x 60 / (72 x 1.8) = 32.4 mL/min
    assert calculate("cockcroft-gault", {**KIDNEY, **changed}).shown == "32"


@pytest.mark.parametrize(
    "changed",
    [
        {"creatinine": "NaN"}, {"creatinine": "inf"}, {"creatinine": "-inf"}, {"creatinine": "1e400"},
        {"creatinine": "1,800"}, {"creatinine": "10 U"}, {"creatinine": "-1"}, {"weight": "0"},
        {"weight": "-60"}, {"weight": "700"}, {"age": "200"}, {"age": "-3"}, {"creatinine": ""},
    ],
)  # fmt: skip
def test_calculators_refuse_what_cannot_be(changed: dict[str, str]) -> None:
    with pytest.raises(CalculatorError):
        calculate("cockcroft-gault", {**KIDNEY, **changed})


def test_calculators_ask_for_units_swaps_and_dates() -> None:
    with pytest.raises(CalculatorError, match="cannot be right"):
        calculate("news2", {"temperature": "99 C"})
    with pytest.raises(CalculatorError, match="swapped"):
        calculate("crb-65", {"sbp": "80", "dbp": "120"})
    with pytest.raises(CalculatorError, match="future"):
        calculate("gestational-age", {"lmp": "2031-01-01"}, TODAY)


# --- doses -------------------------------------------------------------------------------------------


def dose(patient: str = "age=3y weight=12", **more: str) -> DoseResult:
    who = parse_patient(patient)[0]
    return DOSING.answer(DoseRequest("amoxicillin", "pneumonia", patient=who, **more))


@pytest.mark.parametrize(
    "patient",
    [
        "weight=NaN", "weight=inf", "weight=1e400", "weight=-3", "weight=0", "weight=700kg",
        "weight=70lb", "age=200y", "age=-2y", "weight=.5", "weight=1:1000", "weight=10U",
    ],
)  # fmt: skip
def test_doses_refuse_a_patient_that_cannot_be(patient: str) -> None:
    with pytest.raises(BadPatient):
        parse_patient(patient)


@pytest.mark.parametrize(("weight", "read"), [("12,5", "12.5"), ("12.50", "12.5"), ("１２", "12")])
def test_a_weight_of_any_writing_is_read(weight: str, read: str) -> None:
    assert parse_patient(f"weight={weight}")[0].weight_kg == Decimal(read)


@pytest.mark.parametrize(
    "ordered",
    [
        "NaN mg",
        "inf mg",
        "1e400 mg",
        "-250 mg",
        ".5 mg",
        "1,5 mg",
        "10 U",
        "1:1000",
        "five hundred",
    ],
)
def test_an_order_that_can_be_misread_is_asked(ordered: str) -> None:
    found = dose(ordered=ordered)
    assert found.decision == "ask"
    assert "ordered" in found.missing


@pytest.mark.parametrize("ordered", ["500 mg", "５００ mg", "٥٠٠ mg", "500.0 mg", "0.5 g"])
def test_an_order_in_other_digits_is_the_same_order(ordered: str) -> None:
    assert dose(ordered=ordered).decision in {"dose", "warn"}


@pytest.mark.parametrize("ordered", ["5.0 mg", "5000 mg", "50 g"])
def test_an_order_off_by_ten_is_refused(ordered: str) -> None:
    assert dose(ordered=ordered).decision == "refuse"


@pytest.mark.parametrize("strength", ["NaN mg/5 mL", "inf mg/mL", "0 mg/mL", "1:1000", ".5 mg/mL"])
def test_a_strength_that_cannot_be_gives_no_volume(strength: str) -> None:
    assert not dose(strength=strength).measured


def test_a_strength_in_other_digits_gives_the_same_volume() -> None:
    volumes = {dose(strength=s).measured[0].volume_ml for s in ("250 mg/5 mL", "٢٥٠ mg/5 mL")}
    assert volumes == {Decimal(10)}
