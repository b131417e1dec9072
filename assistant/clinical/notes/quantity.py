"""A number with its unit at a place of a note, in the canonical unit of its quantity."""

import re
from dataclasses import dataclass

from assistant.clinical.calculators.errors import BadInput
from assistant.clinical.calculators.model import Field
from assistant.clinical.calculators.reading import Read, read_number
from assistant.clinical.calculators.units import Quantity, plain, quantities

NUMBER = re.compile(
    r"(?<![\d./\u2013])(?<!\d,)(?P<n>\d{1,3}(?:,\d{3})+(?!\d)"
    r"|\d{1,3},\d{1,2}(?=\s?(?:mg|g/|mmol|meq|%|°|u/|iu|kg|cm|µ|μ))"
    r"|\d{1,3}(?: \d{3})+(?= ?(?:/|cells|mm|per|k\b))|\d{2,3} 000(?!\d)"
    r"|\d+(?:[.·]\d+)?|\.\d+)"
)
_LONGEST_UNIT = 26


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it stands in the text; `unit` is empty where none is written."""

    value: float
    unit: str
    start: int
    end: int


def amount_at(text: str, match: re.Match[str], quantity: Quantity) -> Amount:
    """The number of a match of `NUMBER` with the unit that follows it."""
    value = _value(match["n"])
    unit, end = unit_at(text, match.end("n"), quantity)
    if unit == "/uL" and re.fullmatch(r"\d{1,3}\.\d{3}", match["n"]):
        value *= 1000
    return Amount(value, unit, match.start("n"), end)


def _value(text: str) -> float:
    """A number as written: thousands with commas or spaces, decimals with a point or one comma."""
    plain_text = text.replace(" ", "").replace("·", ".")
    if re.fullmatch(r"\d{1,3},\d{1,2}", plain_text):
        return float(plain_text.replace(",", "."))
    return float(plain_text.replace(",", ""))


def unit_at(text: str, start: int, quantity: Quantity) -> tuple[str, int]:
    """The unit of a quantity that stands right after a number, and where it ends."""
    skipped = _skip(text, start)
    for size in range(min(_LONGEST_UNIT, len(text) - skipped), 0, -1):
        end = skipped + size
        if end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
            continue
        piece = text[skipped:end]
        if piece[-1].isspace() or piece[0] in ",;.":
            continue
        known = quantity.spellings.get(plain(piece))
        if known is not None:
            return known, end
    return "", start


def _skip(text: str, start: int) -> int:
    while start < len(text) and text[start] in " -\u00a0\u2009\u202f*·":
        start += 1
    return start


def canonical(field: Field, amount: Amount, *, literal: bool = False) -> Read | None:
    """The amount as an input of a calculator, or None where it cannot be that.

    Args:
        field: the input, with its range.
        amount: what stands in the note.
        literal: take a written unit at its word even where that makes the value impossible.
    """
    try:
        return read_number(field, amount.value, amount.unit or _likely_unit(field, amount.value))
    except BadInput:
        return _miswritten(field, amount, literal=literal)


def unit_question(field: Field, amount: Amount) -> str:
    """What to ask where no unit is written and the usual range allows several, or nothing."""
    quantity = quantities()[field.quantity]
    if amount.unit or quantity.assumed:
        return ""
    low, high = field.soft
    values = {unit: scale.to_canonical(amount.value) for unit, scale in quantity.scales.items()}
    usual = {unit: round(value, 9) for unit, value in values.items() if low <= value <= high}
    if len(set(usual.values())) < 2:
        return ""
    return f"{field.label}: is {amount.value:g} in {' or '.join(usual)}? Write the unit."


def _miswritten(field: Field, amount: Amount, *, literal: bool) -> Read | None:
    """A value that only its unit makes impossible, such as albumin of 2.7 mg/dL for g/dL."""
    low, high = field.soft
    if not amount.unit or not low <= amount.value <= high:
        return None
    quantity = quantities()[field.quantity]
    unit = quantity.unit
    if literal and not quantity.assumed:
        value = quantity.scales[amount.unit].to_canonical(amount.value)
        return Read(value, f"{amount.value:g} {amount.unit}")
    note = f"{field.label}: written as {amount.value:g} {amount.unit}, read as {unit}."
    return Read(amount.value, f"{amount.value:g} {unit}", (note,))


def _likely_unit(field: Field, value: float) -> str:
    """The unit of a bare number: the canonical one if usual there, else one that is."""
    quantity = quantities()[field.quantity]
    low, high = field.soft
    units = [quantity.unit, *quantity.scales]
    fitting = [u for u in units if low <= quantity.scales[u].to_canonical(value) <= high]
    return fitting[0] if fitting else quantity.unit
