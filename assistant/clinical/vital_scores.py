"""Scores from vital signs: NEWS2, vital signs of a child by age, the interagency triage colour.

The scores themselves are calculators; here they are given what a text or a form tells. A score of
which inputs are missing is a range. A missing sign is never taken as normal.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from assistant.clinical.facts import numbers
from assistant.clinical.tokens import fold
from assistant.messages import Computed, Fact, Patient

if TYPE_CHECKING:
    from assistant.clinical.calculators.model import Calculator, Result

ENGINE = "vital-score"
SIGNS = frozenset({"rr", "spo2", "sbp", "hr", "temp_c"})
_ALERT, _OXYGEN, _PREGNANCY = "not_alert", "on_oxygen", "pregnancy_red"
_FULLY_AWAKE = 15
_YEAR = Decimal("365.25")
_CUT = Decimal("0.75")
"""What is lost at most of an age in years when it is kept as whole days."""


class VitalScores:
    """Works the scores; keep one, because it holds the table."""

    @cached_property
    def _table(self) -> dict[str, Any]:
        path = files("assistant.clinical") / "vital_scores.toml"
        return tomllib.loads(path.read_text(encoding="utf-8"))

    @cached_property
    def _words(self) -> dict[str, dict[str, re.Pattern[str]]]:
        return {
            kind: {said: re.compile(words) for said, words in self._table[kind].items()}
            for kind in ("awake", "oxygen")
        }

    def scores(self, text: str, patient: Patient, facts: Iterable[Fact]) -> tuple[Computed, ...]:
        """The scores that the vital signs of a text allow.

        Args:
            text: what was said, for words of alertness.
            patient: what is known of the patient, facts of the text among it.
            facts: facts of the text; those with a doubt are not used.
        """
        values = numbers(facts)
        age = self._age(patient)
        if age is None or SIGNS.isdisjoint(values):
            return ()
        told = {**self._told(text, patient, values), "age": _years(age)}
        expecting = bool(patient.pregnant or patient.postpartum)
        found = [
            self._worked(row, values, told)
            for row in self._table["score"]
            if row["ages"][0] <= age < row["ages"][1]
            and (row["pregnant"] or not expecting)
            and len(values.keys() & row["inputs"].keys()) >= row["least"]
        ]
        scores = [score for score in found if score is not None]
        return tuple(scores if patient.age_days is not None else map(_ageless, scores))

    def _age(self, patient: Patient) -> Decimal | None:
        """Age in days, or one that stands for a group that is grown up."""
        if patient.age_days is not None:
            return Decimal(patient.age_days)
        days = self._table["groups"].get(patient.age_group or "")
        if days is None and (patient.pregnant or patient.postpartum):
            days = self._table["groups"]["adult"]
        return None if days is None else Decimal(days)

    def _told(self, text: str, patient: Patient, values: Mapping[str, Decimal]) -> dict[str, str]:
        """Alertness, oxygen, and pressure in pregnancy, where they are told."""
        folded = " ".join(fold(word) for word in text.split())
        awake, air = self._words["awake"], self._words["oxygen"]
        told: dict[str, str] = {}
        if awake["no"].search(folded) or values.get("gcs", _FULLY_AWAKE) < _FULLY_AWAKE:
            told[_ALERT] = "yes"
        elif awake["yes"].search(folded):
            told[_ALERT] = "no"
        if values.get("oxygen_l") or air["yes"].search(folded):
            told[_OXYGEN] = "yes"
        elif air["no"].search(folded):
            told[_OXYGEN] = "no"
        limits = self._table["pregnancy_red"].items()
        if patient.pregnant and any(values.get(name, 0) >= limit for name, limit in limits):
            told[_PREGNANCY] = "yes"
        return told

    def _worked(
        self, row: Mapping[str, Any], values: Mapping[str, Decimal], told: Mapping[str, str]
    ) -> Computed | None:
        """One score, or None where it says nothing yet or a value cannot be right."""
        # Opened with the first vital sign only: a start of the program does not wait for it.
        from assistant.clinical.calculators import registry  # noqa: PLC0415
        from assistant.clinical.calculators.errors import CalculatorError  # noqa: PLC0415

        calculator = registry.calculators()[row["id"]]
        known = {name: str(values[fact]) for fact, name in row["inputs"].items() if fact in values}
        fields = {field.name for field in calculator.fields}
        known |= {name: value for name, value in told.items() if name in fields}
        try:
            result = registry.calculate(row["id"], known)
        except CalculatorError:
            return None
        asked = {*row["inputs"].values(), _ALERT, _OXYGEN}
        return _computed(calculator, result, asked) if result.shown else None


def _ageless(score: Computed) -> Computed:
    """Without the age that stood for a group: nobody told it."""
    told = {name: shown for name, shown in score.inputs.items() if name != "Age"}
    return replace(score, inputs=told)


def _years(days: Decimal) -> str:
    """The age in years, never rounded up over a birthday."""
    years = (days + _CUT) / _YEAR
    places = Decimal("0.01") if years >= 1 else Decimal("0.0001")
    return f"{years.quantize(places, ROUND_DOWN).normalize():f} y"


def _computed(calculator: "Calculator", result: "Result", asked: set[str]) -> Computed:
    labels = {field.name: field.label for field in calculator.fields}
    missing = [labels[name] for name in result.missing if name in asked]
    told = {
        "id": result.calculator,
        "title": result.title,
        "value": f"{result.shown} {result.unit}".strip(),
        "band": result.band,
        "missing": ", ".join(missing),
        "warnings": " ".join(result.warnings),
        "not_for": result.not_for,
        "status": result.status,
    }
    inputs = {labels[name]: shown for name, shown in result.inputs.items()}
    return Computed(ENGINE, told, inputs, result.formula, result.source)
