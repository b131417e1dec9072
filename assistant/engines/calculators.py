"""Calculators inside a question: "CrCl 70 y man 60 kg creatinine 1.8 mg/dL"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.clinical.calculators.model import Result
from assistant.clinical.solve.solving import Solved, Solver
from assistant.engines.finding import Finding, cite
from assistant.messages import Computed, Patient

ENGINE = "calculator"


@dataclass(frozen=True)
class Calculations:
    """The calculators as a finder."""

    solver: Solver
    asks: re.Pattern[str]

    def findings(self, text: str, patient: Patient) -> Sequence[Finding]:
        """The value that the question asks for, or what it lacks."""
        note = f"{_described(patient)} {text}".strip()
        solved = self.solver.solve(note, text)
        if not solved.calculator:
            return ()
        if solved.result is None or solved.value is None:
            return [_lacking(solved)] if self.asks.search(text.lower()) and solved.missing else ()
        return [_worked_out(solved, solved.result)]


def _described(patient: Patient) -> str:
    """The patient in words that notes use, so that one reader serves both."""
    # A year of age is kept as whole days, so a birthday may fall short by a fraction of one.
    years = int((patient.age_days + 1) / 365.25) if patient.age_days is not None else 0
    age = f"{years}-year-old" if years else ""
    who = {"m": "man", "f": "woman"}.get(patient.sex or "", "patient")
    parts = [f"The patient is a {age} {who}." if age or patient.sex else ""]
    if patient.weight_kg is not None:
        parts.append(f"Weight {patient.weight_kg} kg.")
    if patient.height_cm is not None:
        parts.append(f"Height {patient.height_cm} cm.")
    return " ".join(part for part in parts if part)


def _worked_out(solved: Solved, result: Result) -> Finding:
    inputs = dict(result.inputs)
    used = ", ".join(f"{name} {shown}" for name, shown in inputs.items())
    value = f"{result.shown} {result.unit}".strip()
    band = f" ({result.band})" if result.band else ""
    said = f"{result.title}: {value}{band}. Used: {used}."
    if result.not_for:
        said += f" Not for: {result.not_for.rstrip('.')}."
    computed = Computed(
        ENGINE,
        {"value": value, "band": result.band, "not_for": result.not_for, "title": result.title},
        inputs,
        result.formula,
        result.source,
    )
    citation = cite(
        f"calculator/{solved.calculator}", result.title, result.source, result.formula, ""
    )
    return Finding(computed, said, citation, tuple(result.warnings))


def _lacking(solved: Solved) -> Finding:
    return Finding(Computed(ENGINE, {}, {}, "", ""), missing=solved.missing)
