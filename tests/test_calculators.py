"""Calculators against vectors worked by hand, bad input, units, ranges of incomplete scores."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.clinical.calculators.errors import BadInput, NotDefined, UnknownCalculator
from assistant.clinical.calculators.registry import calculate, calculators, find
from assistant.clinical.calculators.units import convert, quantities

DATA = Path(__file__).parent / "data"
VECTORS = [
    vector
    for name in ("calculators.toml", "calculators_clinic.toml", "calculators_more.toml")
    for vector in tomllib.loads((DATA / name).read_text(encoding="utf-8"))["vector"]
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['calculator']}: {v['working'][:40]}")
def test_worked_by_hand(vector: dict) -> None:
    fields = find(vector["calculator"]).fields if "rest" in vector else ()
    rest = {field.name: vector["rest"] for field in fields}
    result = calculate(vector["calculator"], rest | vector["given"])
    if isinstance(result.value, date):
        assert result.value.isoformat() == vector["value"]
    else:
        assert result.value == pytest.approx(vector["value"], rel=2e-4, abs=1e-6)
    assert result.missing == ()
    assert vector.get("shown", result.shown) == result.shown
    assert result.band.startswith(vector.get("band", ""))


def test_every_calculator_has_three_vectors_and_all_it_must_say() -> None:
    for name, calculator in calculators().items():
        assert sum(vector["calculator"] == name for vector in VECTORS) >= 3, name
        assert calculator.title
        assert calculator.source
        assert calculator.formula_text
        for field in calculator.fields:
            assert field.label
            assert field.kind != "number" or field.quantity in quantities(), (name, field.name)
            assert field.hard[0] <= field.soft[0] <= field.soft[1] <= field.hard[1], field.name


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("NaN", "not a number"),
        ("inf", "not a number"),
        ("1e400", "not a number"),
        ("700", "allowed 0.4 to 300 kg"),
        ("0", "allowed"),
        ("-3", "allowed"),
        ("70 stone", "not known"),
        ("1,200", "point"),
        ("", "not a number"),
        ("6 0", "not known"),
    ],
)
def test_a_weight_that_cannot_be_used_is_refused_with_the_reason(written: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        calculate("bmi", {"weight": written, "height": 170})


@pytest.mark.parametrize(
    ("written", "kilograms"),
    [("60", 60), ("60,5", 60.5), ("６０", 60), ("٦٠", 60), ("60 kg", 60), ("100lb", 45.359)],
)
def test_a_weight_is_read_as_people_write_it(written: str, kilograms: float) -> None:
    result = calculate("bmi", {"weight": written, "height": "100 cm"})
    assert result.value == pytest.approx(kilograms, rel=1e-4)


def test_a_bare_point_and_a_comma_are_read_back() -> None:
    assert (
        "0.9" in calculate("ckd-epi-2021", {"age": 50, "sex": "m", "creatinine": ".9"}).warnings[0]
    )
    assert "60.5" in calculate("bmi", {"weight": "60,5", "height": 170}).warnings[0]


def test_a_unit_is_told_by_the_range_or_asked() -> None:
    molar = calculate("ckd-epi-2021", {"age": 50, "sex": "m", "creatinine": 90})
    assert molar.inputs["creatinine"].startswith("90 umol/L")
    with pytest.raises(BadInput, match="mg/dL or umol/L"):
        calculate("ckd-epi-2021", {"age": 50, "sex": "m", "creatinine": 20})


def test_temperature_in_fahrenheit_is_told_by_its_range() -> None:
    result = calculate("sirs", {"temperature": 101.3, "hr": 80, "rr": 18, "wbc": "8 10^9/L"})
    assert result.inputs["temperature"] == "101.3 F = 38.5 C"


def test_swapped_pressure_is_asked() -> None:
    with pytest.raises(BadInput, match="swapped"):
        calculate("map", {"sbp": 80, "dbp": 120})


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("delta-ratio", {"sodium": 140, "chloride": 100, "bicarbonate": 24}),
        ("free-water-deficit", {"age": 40, "sex": "m", "weight": 70, "sodium": 140}),
        ("sodium-glucose-corrected", {"sodium": 140, "glucose": "100 mg/dL"}),
        ("ideal-body-weight", {"sex": "f", "height": 150}),
        ("adjusted-body-weight", {"sex": "m", "height": 180, "weight": 60}),
        ("gestational-age", {"lmp": "2024-02-01", "on_date": "2024-01-01"}),
        (
            "ldl-friedewald",
            {"total_cholesterol": "250 mg/dL", "hdl": "40 mg/dL", "triglyceride": "400 mg/dL"},
        ),
    ],
)
def test_no_answer_outside_where_a_formula_holds(name: str, inputs: dict) -> None:
    with pytest.raises(NotDefined) as refused:
        calculate(name, inputs)
    assert " " in str(refused.value), "the reason is a sentence, not a key"


def test_missing_inputs_are_named_and_nothing_is_computed() -> None:
    result = calculate("anion-gap", {"sodium": 140})
    assert result.value is None
    assert result.missing == ("chloride", "bicarbonate")


def test_a_score_with_missing_items_is_a_range_with_a_band_only_if_sure() -> None:
    known = {"bilirubin": "4 mg/dL", "albumin": "2 g/dL", "inr": 2.5}
    sure = calculate("child-pugh", known | {"ascites": "none"})
    assert (sure.value, sure.low, sure.high, sure.band) == (None, 11, 13, "Class C")
    assert sure.missing == ("encephalopathy",)
    unsure = calculate("child-pugh", {"bilirubin": "1 mg/dL"})
    assert (unsure.low, unsure.high, unsure.band) == (5, 13, "")


def test_a_missing_item_that_cannot_change_the_score_is_not_asked() -> None:
    result = calculate("sirs", {"temperature": "39 C", "hr": 100, "rr": 25, "wbc": "15 10^9/L"})
    assert (result.value, result.missing) == (4, ())


@pytest.mark.parametrize(
    ("name", "inputs", "band"),
    [
        ("bmi", {"weight": 18.5, "height": 100}, "Normal"),
        ("bmi", {"weight": 18.4, "height": 100}, "Underweight"),
        ("bmi", {"weight": 25, "height": 100}, "Overweight"),
        ("bmi", {"weight": 30, "height": 100}, "Obese"),
        (
            "mme",
            {"doses": "morphine 10 mg x5"},
            "50 or more: reassess benefit and risk; offer naloxone",
        ),
        ("ckd-epi-2021", {"age": 60, "sex": "m", "creatinine": "9 mg/dL"}, "G5"),
    ],
)
def test_bands_at_their_edges(name: str, inputs: dict, band: str) -> None:
    assert calculate(name, inputs).band == band


@pytest.mark.parametrize(
    ("quantity", "value", "unit", "target", "expected"),
    [
        ("creatinine", 1, "mg/dL", "µmol/L", 88.4),
        ("glucose", 18.016, "mg/dL", "mmol/L", 1.0),
        ("bilirubin", 17.1, "umol/l", "mg/dL", 1.0),
        ("temperature", 98.6, "°F", "C", 37.0),
        ("hba1c", 53, "mmol/mol", "%", 7.0),
        ("urea", 2.14, "mg/dL", "mg/dL urea nitrogen", 1.0),
        ("cells", 7500, "cells/mm³", "×10⁹/L", 7.5),
        ("insulin", 60, "pmol/L", "mIU/L", 10.0),
    ],
)
def test_conversions(quantity: str, value: float, unit: str, target: str, expected: float) -> None:
    assert convert(quantity, value, unit, target) == pytest.approx(expected, rel=2e-3)


def test_a_unit_of_another_quantity_is_refused() -> None:
    with pytest.raises(BadInput, match="use one of"):
        convert("glucose", 5, "kg", "mmol/L")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(quantities())), st.floats(0.1, 500))
def test_every_unit_converts_there_and_back(quantity: str, value: float) -> None:
    known = quantities()[quantity]
    for unit in known.scales:
        there = convert(quantity, value, known.unit, unit)
        assert convert(quantity, there, unit, known.unit) == pytest.approx(
            value, rel=1e-9, abs=1e-6
        )


def test_an_unknown_name_offers_near_ones() -> None:
    assert find("Cockcroft_Gault").id == "cockcroft-gault"
    with pytest.raises(UnknownCalculator, match="qtc-bazett"):
        find("qtc")


def test_an_unknown_input_names_those_there_are() -> None:
    with pytest.raises(BadInput, match="weight, height"):
        calculate("bmi", {"mass": 60})


def test_patches_are_in_micrograms_and_the_rest_in_milligrams() -> None:
    with pytest.raises(BadInput, match="ug/h"):
        calculate("mme", {"doses": "fentanyl patch 25 mg x1"})
    with pytest.raises(BadInput, match="understood"):
        calculate("mme", {"doses": "buprenorphine 2 mg x1"})


def test_worked_steps_show_what_was_used() -> None:
    result = calculate(
        "cockcroft-gault",
        {"age": 50, "sex": "m", "weight": 120, "creatinine": "1 mg/dL", "height": 175},
    )
    assert result.steps[0].name == "weight_actual"
    assert any("adjusted" in warning for warning in result.warnings)


def test_a_last_period_in_the_future_is_refused() -> None:
    with pytest.raises(BadInput, match="future"):
        calculate("due-date", {"lmp": "2024-06-02"}, date(2024, 6, 1))
    assert calculate("due-date", {"lmp": "2024-06-01"}, date(2024, 6, 1)).shown == "2025-03-08"


@pytest.mark.parametrize("written", ["31-12-2024", "2024-02-30", "1850-01-01", "soon"])
def test_a_date_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(BadInput, match="2024-05-31"):
        calculate("due-date", {"lmp": written})
