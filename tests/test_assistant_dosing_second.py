"""The engine and a second implementation agree on every case, and no dose is above its maximum."""

import random
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.clinical.dosing.amounts import work_out
from assistant.clinical.dosing.growth import Growth, load_growth
from assistant.clinical.dosing.people import fit
from assistant.clinical.dosing.person import person_of
from assistant.clinical.dosing.request import DoseRequest
from assistant.messages import Patient
from kb.formulary import starter_formulary
from kb.formulary_read import read_record
from kb.lint_formulary import FORMULARY
from kb.medicines import DoseRow
from tests import second_dosing as second
from tests.makers_formulary import engine_of, text_of

MADE, PEOPLE_OF_MADE, PEOPLE_OF_SHIPPED = 400, 170, 24
"""Rows that are made, people tried on each, and people tried on each shipped row."""
ADULT_AGES = [4383, 4748, 6573, 6574, 6575, 9131, 14610, 25568]
CHILD_AGES = [
    0,
    3,
    6,
    7,
    14,
    27,
    28,
    29,
    45,
    59,
    60,
    61,
    91,
    183,
    365,
    366,
    730,
    731,
    1461,
    1826,
    2922,
    4017,
    4382,
]


def compare(row: DoseRow, raw: dict[str, Any], patient: Patient, growth: Growth) -> None:
    """Both agree on whether the row is for the patient, and on the dose."""
    age, kg = patient.age_days, patient.weight_kg
    assert age is not None
    assert kg is not None
    exact_kg, told = Fraction(str(kg)), f"{raw} {patient}"
    ours = fit(row, person_of(patient, growth, pregnant=patient.pregnant))
    theirs = second.suits(raw, age, exact_kg, pregnant=bool(patient.pregnant))
    assert (ours.level in ("yes", "rather")) == theirs, told
    assert not ours.missing, told
    if not theirs:
        return
    amount = work_out(row, kg, Decimal(age))
    low, high = second.give(raw, age, exact_kg)
    near = Fraction(1, 10**18)
    assert abs(Fraction(amount.dose.low) - low) <= near * (1 + low), told
    assert abs(Fraction(amount.dose.high) - high) <= near * (1 + high), told
    if "max_per_dose" in raw:
        assert amount.dose.high <= Decimal(str(raw["max_per_dose"])), told
    if "max_per_day" in raw:
        day = Fraction(amount.dose.high) * second.fewest(raw)
        assert day <= second.exact(raw["max_per_day"]) * (1 + near), told


def people(chance: random.Random, number: int, row: dict[str, Any]) -> Iterator[Patient]:
    """Patients of all ages and weights, many at the edges of the row."""
    edges = [edge for key in ("weight_min_kg", "weight_max_kg") if (edge := row.get(key))]
    edges += [end for band in row.get("bands", ()) for end in band.get("weight", ())]
    for _ in range(number):
        age = (
            chance.choice(CHILD_AGES + ADULT_AGES)
            if chance.random() < 0.7
            else chance.randrange(30_000)
        )
        kg = Decimal(chance.randrange(5, 1400)) / 10
        if edges and chance.random() < 0.6:
            step = chance.choice([Decimal("-0.1"), Decimal(0), Decimal("0.1")])
            kg = max(Decimal("0.3"), Decimal(str(chance.choice(edges))) + step)
        elif age < 4000 and chance.random() < 0.8:
            kg = Decimal(chance.randrange(20, 300)) / 10
        yield Patient(age_days=age, weight_kg=kg, pregnant=chance.choice([None, False, True]))


def made_row(chance: random.Random) -> dict[str, Any]:
    """A row with any of the amounts and limits of the format."""
    row: dict[str, Any] = {
        "indication": "pneumonia",
        "population": chance.choice(["neonate", "young_infant", "child", "adult", "pregnant", "any"]),
        "route": "by mouth", "unit": "mg", "source": "SRC1", "confirmed": "ok",
    }  # fmt: skip
    for stem, least in (("age_min", 0), ("age_max", 1)):
        if chance.random() < 0.4:
            unit, most = chance.choice([("days", 90), ("months", 72), ("years", 18)])
            row[f"{stem}_{unit}"] = chance.randrange(least, most)
    if chance.random() < 0.3:
        row["weight_min_kg"] = Decimal(chance.randrange(10, 500)) / 10
    if chance.random() < 0.3:
        row["weight_max_kg"] = Decimal(chance.randrange(30, 900)) / 10
    return {**row, **made_times(chance), **made_amount(chance)}


def made_times(chance: random.Random) -> dict[str, Any]:
    """Doses a day or hours between them, and any maxima."""
    made: dict[str, Any] = {}
    few = chance.randrange(1, 5)
    if chance.random() < 0.8:
        made["doses_per_day"] = chance.choice([[few, few], [few, few + 1], [0, 0]])
    elif chance.random() < 0.5:
        hours = chance.choice([4, 6, 8, 12, 24, 168])
        made["every_hours"] = [hours, hours]
    for key, most in (("max_per_dose", 2000), ("max_per_day", 4000), ("max_per_kg_day", 80)):
        if chance.random() < 0.6:
            made[key] = chance.randrange(1, most)
    return made


def made_amount(chance: random.Random) -> dict[str, Any]:
    low = Decimal(chance.randrange(1, 4000)) / 100
    high = low + Decimal(chance.randrange(0, 1000)) / 100
    kind = chance.choice(["per_kg", "per_kg_day", "fixed", "weights", "ages"])
    if kind in ("per_kg", "per_kg_day"):
        return {kind: [low, high]}
    if kind == "fixed":
        return {"fixed": [low * 20, high * 20]}
    key, cuts = (
        ("weight", [3, 6, 10, 15, 20, 30])
        if kind == "weights"
        else ("age_months", [0, 2, 12, 60, 144])
    )
    start = chance.randrange(0, 2)
    pairs = zip(cuts[start:], cuts[start + 1 :], strict=False)
    return {"bands": [{key: [a, b], "dose": [low * a + 1, high * b + 1]} for a, b in pairs]}


def read_rows(rows: list[dict[str, Any]]) -> tuple[DoseRow, ...]:
    return read_record({"eml": "core", "status": "x", "sources": [], "dose": rows}, "made").doses


def test_a_hundred_thousand_made_and_shipped_cases_agree() -> None:
    chance, growth, cases = random.Random(20261121), load_growth(), 0
    made = [made_row(chance) for _ in range(MADE)]
    for row, raw in zip(read_rows(made), made, strict=True):
        for patient in people(chance, PEOPLE_OF_MADE, raw):
            compare(row, raw, patient, growth)
            cases += 1
    formulary = starter_formulary()
    for file in sorted(FORMULARY.glob("*.toml")):
        for raw_medicine in tomllib.loads(file.read_text("utf-8"), parse_float=Decimal)["medicine"]:
            record = formulary.medicines[raw_medicine["id"]].record
            for row, raw in zip(record.doses, raw_medicine.get("dose", ()), strict=True):
                for patient in people(chance, PEOPLE_OF_SHIPPED, raw):
                    compare(row, raw, patient, growth)
                    cases += 1
    assert cases >= 100_000


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    age=st.integers(0, 40_000),
    tenths=st.integers(3, 2500),
    pregnant=st.sampled_from([None, False, True]),
)
def test_any_row_and_patient_agree(seed: int, age: int, tenths: int, pregnant: bool | None) -> None:
    raw = made_row(random.Random(seed))
    patient = Patient(age_days=age, weight_kg=Decimal(tenths) / 10, pregnant=pregnant)
    compare(read_rows([raw])[0], raw, patient, load_growth())


def test_the_whole_engine_gives_what_the_second_gives() -> None:
    """Through names, reasons and rules: the dose shown is that of one of the rows that suit."""
    chance, shown = random.Random(7), 0
    for _ in range(40):
        rows = [made_row(chance) for _ in range(5)]
        engine = engine_of(text_of(*map(as_toml, rows)))
        for patient in people(chance, 30, rows[0]):
            result = engine.answer(DoseRequest("samplicillin", "pneumonia", "", patient))
            age, kg = patient.age_days or 0, Fraction(str(patient.weight_kg))
            fits = [r for r in rows if second.suits(r, age, kg, pregnant=bool(patient.pregnant))]
            assert (result.dose is not None) <= bool(fits)
            if result.dose is not None:
                got = Fraction(result.dose.amount.low), Fraction(result.dose.amount.high)
                near = [second.give(second.adult_ceiling(row, rows), age, kg) for row in fits]
                assert any(
                    abs(got[0] - low) < Fraction(1, 10**9)
                    and abs(got[1] - high) < Fraction(1, 10**9)
                    for low, high in near
                )
                shown += 1
    assert shown > 200


def as_toml(row: dict[str, Any]) -> str:
    def said(value: object) -> str:
        if isinstance(value, str):
            return f'"{value}"'
        if isinstance(value, list):
            return f"[{', '.join(map(said, value))}]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key} = {said(one)}" for key, one in value.items()) + "}"
        return str(value)

    lines = [f"{key} = {said(value)}" for key, value in row.items()]
    return "\n[[medicine.dose]]\n" + "\n".join(lines) + "\n"
