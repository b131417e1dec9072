"""What can be measured: millilitres of a known strength, and tablets.

Rounded down to what a syringe or tablet allows; a result too far from the exact dose is not shown.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from assistant.clinical.dosing.request import Measured
from kb.medicines import Form, Range

_STRENGTH = re.compile(
    r"(?<![\d,.])(?P<n>\d[\d,]*(?:\.\d+)?)\s*"
    r"(?P<u>mg|g|micrograms?|mcg|iu|units?|mmol|million iu|%)"
    r"(?:\s*(?:/|in|per)\s*(?P<v>\d+(?:\.\d+)?)?\s*ml)?",
    re.IGNORECASE,
)
_UNITS = {
    "mg": ("mg", 1), "g": ("mg", 1000), "microgram": ("micrograms", 1),
    "micrograms": ("micrograms", 1), "mcg": ("micrograms", 1), "iu": ("IU", 1),
    "unit": ("units", 1), "units": ("units", 1), "mmol": ("mmol", 1),
    "million iu": ("IU", 1_000_000), "%": ("mg", 10),
}  # fmt: skip
_TO = {("mg", "g"): Decimal("0.001"), ("mg", "micrograms"): Decimal(1000),
       ("micrograms", "mg"): Decimal("0.001"), ("units", "IU"): Decimal(1),
       ("IU", "units"): Decimal(1)}  # fmt: skip
_SMALL_STEP, _LARGE_STEP, _LARGE_FROM = Decimal("0.1"), Decimal("0.5"), Decimal(5)
_PIECE = re.compile(r"\b(tablet|capsule)s?\b", re.IGNORECASE)
_DIVISIBLE = re.compile(r"\b(?:dispersible|scored|soluble)\b", re.IGNORECASE)
_MOST_PIECES = Decimal(8)


@dataclass(frozen=True, slots=True)
class Strength:
    """How much is in one millilitre or in one piece."""

    label: str
    amount: Decimal
    """In the unit of the dose."""
    liquid: bool
    step: Decimal
    """Smallest part of a piece, or mL; one unit of insulin, which has a syringe of its own."""


def read_strength(label: str, unit: str) -> Strength | None:
    """The strength that a label gives, in the unit of the dose; None when it cannot be told."""
    found = list(_STRENGTH.finditer(label))
    if len(found) != 1:
        return None
    match = found[0]
    name, times = _UNITS[match["u"].lower()]
    factor = Decimal(1) if name == unit else _TO.get((name, unit))
    if factor is None:
        return None
    amount = Decimal(match["n"].replace(",", "")) * times * factor
    if not amount:
        return None
    liquid = match["u"] == "%" or "ml" in match[0].lower()
    if liquid:
        amount /= Decimal(match["v"] or 1)
        step = 1 / amount if name == "units" else _SMALL_STEP
        return Strength(label, amount, liquid=True, step=step)
    if not _PIECE.search(label):
        return None
    step = Decimal("0.5") if _DIVISIBLE.search(label) else Decimal(1)
    return Strength(label, amount, liquid=False, step=step)


def measure(dose: Range, strength: Strength, most_error: Decimal) -> Measured | None:
    """The dose in millilitres or pieces, or None when it is too far from the exact one.

    Args:
        dose: exact range.
        strength: what is in the hand.
        most_error: percent that rounding may change.
    """
    exact = dose.high / strength.amount
    large = strength.liquid and strength.step == _SMALL_STEP and exact > _LARGE_FROM
    step = _LARGE_STEP if large else strength.step
    count = (exact / step).to_integral_value(ROUND_FLOOR) * step
    amount = count * strength.amount
    error = max(Decimal(0), (dose.low - amount) / dose.low * 100) if dose.low else Decimal(0)
    if not count or error > most_error or (not strength.liquid and count > _MOST_PIECES):
        return None
    volume, pieces = (count, None) if strength.liquid else (None, count)
    return Measured(strength.label, amount, error.quantize(Decimal("0.1")), volume, pieces)


def pieces_of(forms: Iterable[Form], dose: Range, unit: str, most_error: Decimal) -> list[Measured]:
    """The dose in the tablets and capsules that the medicine comes in."""
    found = []
    for form in forms:
        strength = read_strength(f"{form.strength} {form.form}", unit)
        if strength is not None and not strength.liquid and _PIECE.search(form.form):
            measured = measure(dose, strength, most_error)
            if measured is not None:
                found.append(measured)
    return found
