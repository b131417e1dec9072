"""Doses that nurses ask for, and traps, on the formulary that ships."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assistant.clinical.dosing.engine import DoseEngine
from assistant.clinical.dosing.request import DoseRequest, DoseResult
from assistant.patient import parse_patient
from kb.medicines import Range
from ui.wiring import open_dosing

DATA = Path(__file__).parent / "data" / "dose_questions.toml"
QUESTIONS: list[dict[str, Any]] = tomllib.loads(DATA.read_text("utf-8"), parse_float=Decimal)[
    "question"
]
DOSES = [one for one in QUESTIONS if "within" in one]
TRAPS = [one for one in QUESTIONS if "within" not in one]


@pytest.fixture(scope="module")
def engine() -> DoseEngine:
    return open_dosing()


def named(question: dict[str, Any]) -> str:
    return f"{question['drug']}, {question['for']}, {question['patient']}"


def ask(engine: DoseEngine, question: dict[str, Any]) -> DoseResult:
    who, not_understood = parse_patient(question["patient"])
    assert not_understood == ()
    ordered, route = question.get("ordered", ""), question.get("route", "")
    return engine.answer(
        DoseRequest(question["drug"], question["for"], route, patient=who, ordered=ordered)
    )


def inside(found: Range | None, limits: list[int]) -> bool:
    return found is not None and limits[0] <= found.low and found.high <= limits[1]


def test_there_are_enough_questions_and_traps() -> None:
    assert len(DOSES) >= 45
    assert len(TRAPS) >= 25


@pytest.mark.parametrize("question", DOSES, ids=named)
def test_a_dose_is_that_of_the_guideline(engine: DoseEngine, question: dict[str, Any]) -> None:
    result = ask(engine, question)
    assert result.dose is not None, result.warnings
    assert result.dose.unit == question["unit"]
    assert inside(result.dose.amount, question["within"]), result.dose.formula
    if "per_day" in question:
        times = question["per_day"]
        assert result.dose.once if times == [0, 0] else inside(result.dose.doses_per_day, times)
    if "days" in question:
        assert inside(result.dose.duration_days, question["days"])


@pytest.mark.parametrize("question", DOSES, ids=named)
def test_no_dose_is_above_its_maximum(engine: DoseEngine, question: dict[str, Any]) -> None:
    result = ask(engine, question)
    for dose in (one for one in (result.dose, *result.also) if one is not None):
        if dose.max_per_dose is not None:
            assert dose.amount.high <= dose.max_per_dose
        if dose.max_per_day is not None and dose.doses_per_day is not None:
            assert dose.amount.low * dose.doses_per_day.low <= dose.max_per_day


@pytest.mark.parametrize("question", TRAPS, ids=named)
def test_a_trap_is_caught_and_its_reason_told(engine: DoseEngine, question: dict[str, Any]) -> None:
    result = ask(engine, question)
    assert result.decision in question["decision"], (result.decision, result.warnings)
    told = " ".join((*result.warnings, *result.missing)).casefold()
    assert any(word.casefold() in told for word in question["says"]), told
