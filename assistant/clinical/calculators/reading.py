"""Reads inputs as a person writes them: `creatinine=1.8mg/dL`, `sex=f`, `lmp=2024-05-08`.

Digits of any script are read; a decimal comma, a bare `.5` and a unit told by its range are
accepted and read back in a warning. Whatever could mean two things is asked.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from assistant.clinical.calculators.errors import BadInput
from assistant.clinical.calculators.model import Dose, Field, Value
from assistant.clinical.calculators.units import Quantity, plain, quantities
from kb.text import clean

_NUMBER = re.compile(r"\s*(-?)\s*(\d*(?:[.,]\d+)*)\s*(.*)", re.DOTALL)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_FEET = re.compile(r"(\d+)\s*(?:ft|feet|foot|')\s*(\d+(?:\.\d+)?)?\s*(?:in|inch|inches|\"|'')?")
_DOSE = re.compile(r"\s*([a-z][a-z() -]*?)\s+(\d+(?:\.\d+)?)\s*(mg|ug|mcg)?(?:/h)?\s*x\s*(\d+)\s*")
_YES = frozenset({"yes", "y", "true", "1", "present"})
_NO = frozenset({"no", "n", "false", "0", "absent"})


@dataclass(frozen=True, slots=True)
class Read:
    """A value in its canonical unit, how it is shown, and what was assumed on the way."""

    value: Value
    shown: str
    warnings: tuple[str, ...] = ()


def read_value(field: Field, written: object) -> Read:
    """One input as it is written.

    Raises:
        BadInput: it cannot be read, or lies outside the field's hard range.
    """
    text = unicodedata.normalize("NFKC", clean(str(written))).strip()
    match field.kind:
        case "number":
            return _number(field, _plain_digits(text))
        case "choice":
            return _choice(field, text)
        case "yes-no":
            return _yes_no(field, text, written)
        case "date":
            return _date(field, _plain_digits(text))
        case "doses":
            return _doses(field, _plain_digits(text).lower())


def read_number(field: Field, value: float, unit: str) -> Read:
    """A number with its unit; an empty unit is told from the range where only one fits.

    Raises:
        BadInput: the unit is unknown or missing, or the value lies outside the hard range.
    """
    quantity = quantities()[field.quantity]
    known = quantity.spelled(unit) if unit else _unit_by_range(field, quantity, value)
    if known is None:
        message = f"{field.label}: {_unit_question(quantity, value, unit)}"
        raise BadInput(message)
    number = quantity.scales[known].to_canonical(value)
    if refused := refusal(field, number, f"{plain_number(value)} {known}"):
        raise BadInput(refused)
    return Read(number, _shown(value, known, number, quantity), _doubts(field, number, quantity))


def refusal(field: Field, number: float, said: str) -> str:
    """Why a number in the canonical unit cannot be used, or nothing."""
    low, high = field.hard
    if low - 1e-9 <= number <= high + 1e-9:
        return ""
    unit = quantities()[field.quantity].unit
    allowed = f"allowed {plain_number(low)} to {plain_number(high)} {unit}".rstrip()
    return f"{field.label}: {said} cannot be right ({allowed})."


def plain_number(value: float) -> str:
    """A number without needless decimals."""
    return f"{round(value, 4):.10g}"


def _shown(value: float, unit: str, number: float, quantity: Quantity) -> str:
    said = f"{plain_number(value)} {unit}".rstrip()
    if unit == quantity.unit or abs(number - value) < 1e-12:
        return said
    return f"{said} = {plain_number(number)} {quantity.unit}"


def _doubts(field: Field, number: float, quantity: Quantity) -> tuple[str, ...]:
    low, high = field.soft
    if low <= number <= high:
        return ()
    return (f"{field.label}: check {plain_number(number)} {quantity.unit}, it is unusual.",)


def _unit_by_range(field: Field, quantity: Quantity, value: float) -> str | None:
    if quantity.assumed or len(quantity.scales) == 1:
        return quantity.unit
    values = {unit: scale.to_canonical(value) for unit, scale in quantity.scales.items()}
    for low, high in (field.hard, field.soft):
        fitting = {unit for unit, number in values.items() if low <= number <= high}
        if len({values[unit] for unit in fitting}) == 1:
            return quantity.unit if quantity.unit in fitting else min(fitting)
    return None


def _unit_question(quantity: Quantity, value: float, unit: str) -> str:
    units = " or ".join(quantity.scales)
    if unit:
        return f"the unit “{unit}” is not known; write {units}."
    return f"is {plain_number(value)} in {units}? Write the unit."


def _plain_digits(text: str) -> str:
    digits = "".join(str(unicodedata.decimal(char, char)) for char in text)
    return digits.replace("\u066b", ".")


def _number(field: Field, text: str) -> Read:
    feet = _FEET.fullmatch(text.lower())
    if feet and field.quantity == "height":
        inches = int(feet[1]) * 12 + float(feet[2] or 0)
        return read_number(field, inches, "in")
    match = _NUMBER.fullmatch(text)
    if match is None or not match[2] or match[3].lower().startswith("e"):
        message = f"{field.label}: “{text}” is not a number I can use."
        raise BadInput(message)
    value, notes = _decimal(field, match[2])
    read = read_number(field, -value if match[1] else value, match[3].strip())
    return Read(read.value, read.shown, (*notes, *read.warnings))


def _decimal(field: Field, text: str) -> tuple[float, tuple[str, ...]]:
    if re.fullmatch(r"\d{1,3}(,\d{3})+", text):
        message = f"{field.label}: is {text} {text.replace(',', '')} or a decimal? Write a point."
        raise BadInput(message)
    if not re.fullmatch(r"\d*(?:[.,]\d+)?", text):
        message = f"{field.label}: “{text}” is not a number I can use."
        raise BadInput(message)
    value = float(text.replace(",", "."))
    doubtful = "," in text or text.startswith(".")
    return value, (f"{field.label}: {text} was read as {plain_number(value)}.",) if doubtful else ()


def _choice(field: Field, text: str) -> Read:
    key = text.lower().replace(" ", "-").replace("_", "-")
    short = {choice[:1]: choice for choice in field.choices} if field.name == "sex" else {}
    loose = {plain(choice): choice for choice in field.choices}
    known = key if key in field.choices else short.get(key, loose.get(plain(text)))
    if known is None:
        message = f"{field.label}: write one of {', '.join(field.choices)}, not “{text}”."
        raise BadInput(message)
    return Read(known, known)


def _yes_no(field: Field, text: str, written: object) -> Read:
    key = text.lower() if not isinstance(written, bool) else ("yes" if written else "no")
    if key not in _YES | _NO:
        message = f"{field.label}: write yes or no, not “{text}”."
        raise BadInput(message)
    return Read(key in _YES, "yes" if key in _YES else "no")


def _date(field: Field, text: str) -> Read:
    match = _DATE.fullmatch(text)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        day = None
    if day is None or day.year < 1900:
        message = f"{field.label}: “{text}” is no date I can use; write it as 2024-05-31."
        raise BadInput(message)
    return Read(day, day.isoformat())


def _doses(field: Field, text: str) -> Read:
    doses = []
    for part in text.split(","):
        match = _DOSE.fullmatch(part)
        if match is None or match[1].replace(" ", "-") not in field.choices:
            names = ", ".join(field.choices)
            message = (
                f"{field.label}: write each as “morphine 10 mg x2” (dose, times a day), with one of"
                f" {names}; “{part.strip()}” is not understood."
            )
            raise BadInput(message)
        doses.append(_dose(field, match))
    return Read(tuple(doses), text)


def _dose(field: Field, match: re.Match[str]) -> Dose:
    name = match[1].replace(" ", "-")
    micrograms = match[3] in ("ug", "mcg")
    if name.endswith("patch") != micrograms:
        message = (
            f"{field.label}: give patches in ug/h and other medicines in mg, not “{match[0]}”."
        )
        raise BadInput(message)
    return Dose(name, float(match[2]), float(match[4]))
