"""Works a calculator: reads the inputs, names what is missing, and gives value, band and steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assistant.clinical.calculators.errors import BadInput, NotDefined
from assistant.clinical.calculators.model import (
    Answer,
    Calculator,
    Field,
    Points,
    Result,
    Value,
    Values,
)
from assistant.clinical.calculators.reading import plain_number, read_value
from assistant.clinical.calculators.scoring import item_alerts, score


@dataclass(frozen=True, slots=True)
class Inputs:
    """Checked values with how each is shown and what to tell about them."""

    values: Mapping[str, Value]
    shown: Mapping[str, str]
    warnings: tuple[str, ...] = ()


def read_inputs(
    calculator: Calculator, given: Mapping[str, object], today: date | None = None
) -> Inputs:
    """The inputs as written by a person.

    Args:
        calculator: what is to be worked.
        given: each input as it is written.
        today: where it is known, dates that must be past are held against it.

    Raises:
        BadInput: a name that the calculator does not have, or a value that cannot be right.
    """
    values: dict[str, Value] = {}
    shown: dict[str, str] = {}
    warnings: list[str] = []
    for name, written in given.items():
        field = calculator.field(name)
        if field is None:
            names = ", ".join(each.name for each in calculator.fields)
            message = f"{calculator.id} has no input “{name}”; it takes {names}."
            raise BadInput(message)
        read = read_value(field, written)
        if today and field.past and isinstance(read.value, date) and read.value > today:
            message = f"{field.label}: {read.shown} lies in the future."
            raise BadInput(message)
        values[name], shown[name] = read.value, read.shown
        warnings += read.warnings
    return Inputs(values, shown, (*warnings, *_pairs(values)))


def work(calculator: Calculator, inputs: Inputs, functions: Mapping[str, Points]) -> Result:
    """The result of checked inputs.

    Raises:
        NotDefined: the formula has no answer for these values.
    """
    values = Values(inputs.values, calculator.tables, calculator.rules)
    if calculator.formula is None:
        return _scored(calculator, values, inputs, functions)
    missing = missing_fields(calculator, inputs.values)
    if missing:
        return _result(calculator, inputs, None, missing=tuple(each.name for each in missing))
    try:
        answer = calculator.formula(values)
    except NotDefined as error:
        reason = str(error)
        raise NotDefined(calculator.texts.get(reason, reason)) from error
    notes = tuple(calculator.texts.get(note, note) for note in answer.notes)
    return _result(calculator, inputs, answer, warnings=notes)


def missing_fields(calculator: Calculator, known: Mapping[str, Value]) -> tuple[Field, ...]:
    """Needed inputs that are not known."""
    return tuple(each for each in calculator.fields if each.needed and each.name not in known)


def _scored(
    calculator: Calculator, values: Values, inputs: Inputs, functions: Mapping[str, Points]
) -> Result:
    low, high, steps = score(calculator, values, functions)
    known = low == high
    missing = () if known else missing_fields(calculator, inputs.values)
    alerts = item_alerts(calculator, values, functions)
    bands = {_band(calculator, low), _band(calculator, high)}
    return Result(
        calculator.id, calculator.title, calculator.unit,
        low if known else None,
        _span(calculator, low, high),
        low, high,
        bands.pop() if len(bands) == 1 else _at_least(calculator, low),
        steps, inputs.shown,
        tuple(each.name for each in missing),
        (*inputs.warnings, *alerts), calculator.formula_text, calculator.source,
        calculator.not_for, calculator.status,
    )  # fmt: skip


def _at_least(calculator: Calculator, low: float) -> str:
    return _band(calculator, low) if calculator.shape == "class" and low else ""


def _span(calculator: Calculator, low: float, high: float) -> str:
    if calculator.shape == "class":
        told = _band(calculator, low).partition(": ")[0]
        return told if low == high else f"at least {told}" if low else ""
    if low == high:
        return plain_number(low)
    return f"{plain_number(low)} to {plain_number(high)}"


def _result(
    calculator: Calculator,
    inputs: Inputs,
    answer: Answer | None,
    *,
    missing: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
) -> Result:
    value = answer.value if answer else None
    number = None if isinstance(value, date) else value
    told = calculator.texts.get(answer.band, answer.band) if answer else ""
    band = told or ("" if number is None else _band(calculator, number))
    return Result(
        calculator.id, calculator.title, calculator.unit, value,
        band.partition(": ")[0] if calculator.shape == "class" else show(calculator, value),
        number, number, band,
        answer.steps if answer else (),
        inputs.shown, missing, (*inputs.warnings, *warnings),
        calculator.formula_text, calculator.source, calculator.not_for, calculator.status,
    )  # fmt: skip


def show(calculator: Calculator, value: float | date | None) -> str:
    """The value rounded once, as it is shown."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if calculator.shape == "weeks":
        weeks, days = divmod(round(value), 7)
        return f"{weeks} weeks, {days} days"
    return f"{value:.{calculator.decimals}f}"


def _band(calculator: Calculator, value: float) -> str:
    rounded = round(value, max(calculator.decimals, 0))
    return next((rule.outcome for rule in calculator.bands if rule.holds(rounded)), "")


def _pairs(values: Mapping[str, Value]) -> tuple[str, ...]:
    top, low = values.get("sbp"), values.get("dbp")
    if isinstance(top, float) and isinstance(low, float) and low >= top:
        message = f"Blood pressure {plain_number(top)}/{plain_number(low)}: is it swapped?"
        raise BadInput(message)
    return ()
