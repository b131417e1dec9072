"""All calculators: their data files joined with their formulas, each read when first asked for."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from assistant.clinical.calculators import (
    bedside,
    blood,
    body_size,
    burns,
    electrolytes,
    fluids,
    heart,
    kidney,
    liver,
    medicines,
    metabolism,
    plans,
    pregnancy,
    schedules,
    severity,
    triage,
)
from assistant.clinical.calculators.compute import Inputs, read_inputs, work
from assistant.clinical.calculators.errors import UnknownCalculator
from assistant.clinical.calculators.model import Calculator, Formula, Points, Result
from assistant.clinical.calculators.rows import calculator_of, fields_of

GROUPS = (
    "kidney", "body_size", "electrolytes", "metabolism", "heart", "clots", "infection",
    "bleeding", "liver", "severity", "medicines", "pregnancy", "blood_gas", "blood",
    "fluids", "bedside", "burns", "warning", "lung", "birth", "schedule", "child", "bands",
    "injury", "screening",
)  # fmt: skip
"""Data files, in the order of the list that a person sees."""
FORMULAS: Mapping[str, Formula] = {
    **kidney.FORMULAS, **body_size.FORMULAS, **electrolytes.FORMULAS, **metabolism.FORMULAS,
    **heart.FORMULAS, **liver.FORMULAS, **medicines.FORMULAS, **pregnancy.FORMULAS,
    **blood.FORMULAS, **fluids.FORMULAS, **bedside.FORMULAS, **burns.FORMULAS,
    **triage.FORMULAS, **plans.FORMULAS, **schedules.FORMULAS,
}  # fmt: skip
"""Formula of each calculator that is not a sum of points."""
POINTS: Mapping[str, Points] = {**severity.POINTS, **triage.POINTS}
"""Items of scores that need more than one number."""


@cache
def calculators() -> Mapping[str, Calculator]:
    """Every calculator by id, in the order of the list."""
    shared = fields_of(_data("fields"))
    found: dict[str, Calculator] = {}
    for group in GROUPS:
        for row in _data(group)["calculator"]:
            calculator = calculator_of(row, group, shared, FORMULAS)
            found[calculator.id] = calculator
    return found


def find(name: str) -> Calculator:
    """The calculator of a name; `_` and capitals are forgiven.

    Raises:
        UnknownCalculator: with names that resemble it.
    """
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    known = calculators()
    if key in known:
        return known[key]
    near = [each for each in known if key and (key in each or each.split("-")[0] in key)]
    hint = f" Did you mean {', '.join(near[:5])}?" if near else " See “aidpost calc list”."
    message = f"There is no calculator “{name}”.{hint}"
    raise UnknownCalculator(message)


def calculate(name: str, given: Mapping[str, object], today: date | None = None) -> Result:
    """Work a calculator with inputs as a person writes them.

    Args:
        name: id of the calculator.
        given: each input as it is written, such as `{"creatinine": "1.8 mg/dL"}`.
        today: where it is known, dates that must be past are held against it.

    Raises:
        CalculatorError: the name, an input, or the combination cannot be used.
    """
    calculator = find(name)
    return work_inputs(calculator, read_inputs(calculator, given, today))


def work_inputs(calculator: Calculator, inputs: Inputs) -> Result:
    """Work a calculator with inputs that are already checked."""
    return work(calculator, inputs, POINTS)


def _data(name: str) -> dict[str, Any]:
    path = files("assistant.clinical.calculators") / "data" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
