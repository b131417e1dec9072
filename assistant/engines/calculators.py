"""Calculators inside a question: "CrCl 70 y man 60 kg creatinine 1.8 mg/dL"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.clinical.calculators.model import Result, Step
from assistant.clinical.calculators.reading import plain_number
from assistant.clinical.calculators.registry import calculators
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
        solved = self.solver.solve(f"{_described(patient)} {text}".strip(), text)
        if not solved.calculator:
            return ()
        if solved.result is not None and (solved.value is not None or _sure(solved.result)):
            return [_worked_out(solved, solved.result)]
        wanted = self.asks.search(text.lower()) or any(char.isdigit() for char in text)
        return _lacking(solved) if wanted else ()


def _sure(result: Result) -> bool:
    """Whether an incomplete score already says something, such as `at least severe`."""
    return bool(result.band and result.low)


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
    told = _value(result, value)
    steps = _steps(result)
    said = f"{result.title}: {told}. {steps}Used: {used}."
    if result.not_for:
        said += f" Not for: {result.not_for.rstrip('.')}."
    values = {"value": value, "band": result.band, "steps": steps}
    values |= {"not_for": result.not_for, "title": result.title}
    computed = Computed(ENGINE, values, inputs, result.formula, result.source)
    key = f"calculator/{solved.calculator}"
    citation = cite(key, result.title, result.source, result.formula, result.status)
    return Finding(computed, said, citation, tuple(result.warnings), solved.missing)


def _value(result: Result, value: str) -> str:
    """The value with what it means; a class is its own meaning."""
    if not result.band:
        return value
    if value == result.band.partition(": ")[0]:
        return result.band.rstrip(".")
    return f"{value} ({result.band.rstrip('.')})"


def _steps(result: Result) -> str:
    """Steps that a person acts on, such as the half of a volume; points of a score are left out."""
    labels = calculators()[result.calculator].labels
    told = [f"{labels[step.name]} {_amount(step)}" for step in result.steps if step.name in labels]
    return f"{'; '.join(told)}. " if told else ""


def _amount(step: Step) -> str:
    number = step.value if isinstance(step.value, str) else plain_number(round(step.value, 1))
    return f"{number} {step.unit}".strip()


def _lacking(solved: Solved) -> Sequence[Finding]:
    """What to ask: inputs that are missing, or the doubt that stopped the sum."""
    if solved.reason:
        computed = Computed(ENGINE, {"question": solved.reason}, {}, "", "")
        return [Finding(computed, solved.reason)]
    return [Finding(Computed(ENGINE, {}, {}, "", ""), missing=solved.missing)]
