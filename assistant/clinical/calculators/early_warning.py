"""Early warning scores and triage colour from what a triage form holds: one call, by age."""

from collections.abc import Mapping

from assistant.clinical.calculators.model import Result
from assistant.clinical.calculators.reading import read_value
from assistant.clinical.calculators.registry import calculate, find

_ADULT, _CHILD = 16, 12
"""Age in years from which NEWS2 holds, and below which the vital sign bands of children do."""
_RED_PRESSURE = {"sbp": 160.0, "dbp": 110.0}
"""Pressure in pregnancy that is a red sign of the interagency tool, mmHg."""


def early_warning(signs: Mapping[str, object], *, pregnant: bool = False) -> tuple[Result, ...]:
    """The scores that suit the age, worked as far as the signs go.

    A score with missing signs is a range; its band is told only where both ends share it.

    Args:
        signs: `age` with its unit and vital signs as they are written, by the inputs' names:
            `rr`, `hr`, `sbp`, `dbp`, `spo2`, `temperature`, `not_alert`, `on_oxygen`,
            `slow_refill`, `effort`, `oxygen`, and the signs of `triage-iitt`.
        pregnant: whether the person is pregnant or gave birth in the last 6 weeks.

    Raises:
        BadInput: a sign that cannot be right.
    """
    known = {name: value for name, value in signs.items() if str(value).strip()}
    if pregnant and _red_pressure(known):
        known["pregnancy_red"] = True
    results = []
    for name in _suited(_years(known), pregnant=pregnant):
        inputs = {each.name for each in find(name).fields}
        given = {key: value for key, value in known.items() if key in inputs}
        if given.keys() - {"age"}:
            results.append(calculate(name, given))
    return tuple(results)


def _suited(years: float | None, *, pregnant: bool) -> list[str]:
    names = ["triage-iitt"]
    if years is None:
        return names
    if years >= _ADULT and not pregnant:
        names.append("news2")
    if years < _ADULT:
        names.append("bedside-pews")
    if years < _CHILD:
        names.append("paed-vital-bands")
    return names


def _years(known: Mapping[str, object]) -> float | None:
    field = find("triage-iitt").field("age")
    if field is None or "age" not in known:
        return None
    value = read_value(field, known["age"]).value
    return value if isinstance(value, float) else None


def _red_pressure(known: Mapping[str, object]) -> bool:
    fields = [each for each in find("map").fields if each.name in known]
    values = {each.name: read_value(each, known[each.name]).value for each in fields}
    return any(
        isinstance(value, float) and value >= _RED_PRESSURE[name] for name, value in values.items()
    )
