"""Numbers with their units, as they stand in a sentence; exact, never converted.

`5 mg` and `5 micrograms` differ, `0.5 g` and `500 mg` differ too: a number must stand in the source
as it stands in the answer. Only spellings of one unit are folded together.
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal

_UNITS = {
    "mg": "mg", "milligram": "mg", "milligrams": "mg",
    "microgram": "microgram", "micrograms": "microgram", "mcg": "microgram", "ug": "microgram",
    "\u00b5g": "microgram", "\u03bcg": "microgram",
    "g": "g", "gram": "g", "grams": "g",
    "kg": "kg", "kilogram": "kg", "kilograms": "kg", "kilo": "kg", "kilos": "kg",
    "ml": "mL", "millilitre": "mL", "millilitres": "mL", "milliliter": "mL", "milliliters": "mL",
    "cc": "mL",
    "l": "L", "litre": "L", "litres": "L", "liter": "L", "liters": "L",
    "iu": "IU", "unit": "unit", "units": "unit",
    "mmol": "mmol", "mmhg": "mmHg", "%": "%", "percent": "%",
    "c": "C", "°c": "C", "degrees": "C", "°f": "F", "f": "F",
    "second": "second", "seconds": "second", "sec": "second", "s": "second",
    "minute": "minute", "minutes": "minute", "min": "minute", "mins": "minute",
    "hour": "hour", "hours": "hour", "h": "hour", "hr": "hour", "hrs": "hour", "hourly": "hour",
    "day": "day", "days": "day", "week": "week", "weeks": "week", "month": "month",
    "months": "month", "year": "year", "years": "year",
    "cm": "cm", "mm": "mm", "tablet": "tablet", "tablets": "tablet", "capsule": "capsule",
    "capsules": "capsule", "puff": "puff", "puffs": "puff", "drop": "drop", "drops": "drop",
    "dose": "dose", "doses": "dose", "time": "time", "times": "time", "ampoule": "ampoule",
    "ampoules": "ampoule", "vial": "vial", "vials": "vial", "sachet": "sachet",
    "sachets": "sachet", "teaspoon": "teaspoon", "teaspoons": "teaspoon", "breath": "breath",
    "breaths": "breath", "joule": "joule", "joules": "joule", "j": "joule",
}  # fmt: skip
_WORDS: dict[str, Decimal | int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "hundred": 100, "thousand": 1000, "once": 1, "twice": 2, "thrice": 3, "half": Decimal("0.5"),
    "quarter": Decimal("0.25"), "third": Decimal("0.33"), "double": 2, "single": 1,
}  # fmt: skip
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_DECIMAL_COMMA = re.compile(r"\d+,(?:\d{1,2}|\d{4,})|0+,\d+")
_PER_UNIT = r"(?:\s*(?:/|per|for each|a)\s*[A-Za-z]+(?:\s*/\s*[A-Za-z]+)?)?"
_QUANTITY = re.compile(
    rf"(?P<number>{_NUMBER})"
    rf"(?:\s*(?:-|\u2013|to|or|/)\s*(?P<second>{_NUMBER}))?"
    rf"(?P<unit>\s*(?:%|°?[A-Za-z\u00b5\u03bc]+){_PER_UNIT})?"
)
_WORD_NUMBER = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)
_PER = re.compile(r"\s*(?:/|\bper\b|\bfor each\b|\ba\b)\s*")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit; unit is empty where none was written."""

    value: Decimal
    unit: str


def quantities(text: str) -> frozenset[Quantity]:
    """All numbers of a text with their units; both ends of a range carry its unit."""
    found = set()
    for match in _QUANTITY.finditer(text):
        unit = _unit(match["unit"] or "")
        for number in (match["number"], match["second"]):
            if number:
                found.add(Quantity(_decimal(number), unit))
    for match in _WORD_NUMBER.finditer(text):
        found.add(Quantity(Decimal(_WORDS[match[1].lower()]), ""))
    return frozenset(found)


def untraced(text: str, evidence: str) -> tuple[Quantity, ...]:
    """Quantities of a text that do not stand in the evidence with the same unit.

    A number written as a word may stand there as a digit, with any unit.
    """
    there = quantities(evidence)
    values = {quantity.value for quantity in there}
    return tuple(
        quantity
        for quantity in sorted(quantities(text), key=lambda q: (q.value, q.unit))
        if quantity not in there and not (quantity.unit == "" and quantity.value in values)
    )


def _without_commas(number: str) -> str:
    """The digits of a number: `1,500` is 1500, `1,5` is 1.5."""
    digits = number.rstrip(",.")
    return digits.replace(",", "." if _DECIMAL_COMMA.fullmatch(digits) else "")


def _decimal(number: str) -> Decimal:
    """The exact value, without zeros at its end, however many digits it has."""
    return Decimal(_without_commas(number)).normalize(Context(prec=len(number)))


def _unit(written: str) -> str:
    parts = [part for part in _PER.split(written.strip().lower()) if part]
    names = []
    for part in parts:
        name = _UNITS.get(part)
        if name is None:
            break
        names.append(name)
    return "/".join(names)
