"""Weight in kg and height in cm as a line states them, with doubt where they cannot be true.

Pounds are 0.45359237 kg and inches 2.54 cm (international pound and yard agreement, 1959).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

_KILOGRAMS = {"g": Decimal("0.001"), "l": Decimal("0.45359237"), "p": Decimal("0.45359237")}
"""By the first letter of the unit: grams, lb, pounds; all else are kilograms."""
_INCH, _FOOT = Decimal("2.54"), Decimal("30.48")
_LIMITS = {"weight": (Decimal("0.3"), Decimal(350)), "height": (Decimal(25), Decimal(250))}
"""What has been weighed and measured in living people, with room."""
_UNITS = {"weight": "kg", "height": "cm"}
_GRAMS_OF_A_BABY = (400, 6000)
_TALLEST_M = 3
_LOWER_END = re.compile(
    r"(?<![\d/.] )(?<![\d.])(?P<low>\d{1,3}(?:\.\d+)?) (?:(?:kgs?|kilos?) )?"
    "(?:-|\u2013|\u2014|to|or|and) $"
)
_WIDEST_RANGE = 3
"""A range that reaches over more than so many times its lower end is two numbers."""
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Size:
    """One size in a line; `doubt` is a question when it cannot be true."""

    name: str
    value: str
    start: int
    end: int
    doubt: str = ""


def sizes(text: str, patterns: Mapping[str, re.Pattern[str]]) -> Iterator[Size]:
    """The weight and the height of a line, the first of each that is one."""
    young = bool(patterns["newborn"].search(text))
    found = (_weight(match, young=young) for match in patterns["weight"].finditer(text))
    yield from [weight for weight in found if weight][:1]
    height = patterns["height"].search(text)
    if height:
        yield _height(height)


def _weight(match: re.Match[str], *, young: bool) -> Size | None:
    number, unit = Decimal(match["n"]), match["u"]
    low, high = _GRAMS_OF_A_BABY
    baby = young and low <= number <= high
    if not match["w"] and (number == 0 or (unit.startswith("g") and not baby)):
        return None  # most often an amount of a medicine
    found = _checked("weight", number * _KILOGRAMS.get(unit[0], Decimal(1)), match)
    if other := _lower_end(match, number):
        return replace(found, doubt=f"Which weight: {other} or {match['n']} {unit}?")
    return found


def _lower_end(match: re.Match[str], high: Decimal) -> str:
    """The other number of a range such as `10-12 kg`, of which neither is the weight for sure."""
    before = _LOWER_END.search(match.string[: match.start("n")])
    low = Decimal(before["low"]) if before else high
    return before["low"] if before and low < high <= _WIDEST_RANGE * low else ""


def _height(match: re.Match[str]) -> Size:
    if match["ft"]:
        value = Decimal(match["ft"]) * _FOOT + Decimal(match["inch"] or 0) * _INCH
    else:
        value = Decimal(match["n"] or match["n2"] or match["n3"])
        value = value * 100 if value < _TALLEST_M else value
    return _checked("height", value, match)


def _checked(name: str, exact: Decimal, match: re.Match[str]) -> Size:
    value = f"{exact.quantize(_CENT).normalize():f}" if exact >= _CENT else "0"
    low, high = _LIMITS[name]
    unit = _UNITS[name]
    doubt = "" if low <= exact <= high else f"Is the {name} right? {value} {unit}."
    return Size(f"{name}_{unit}", value, *match.span(), doubt)
