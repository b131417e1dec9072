"""Compares an amount that somebody ordered with the dose of the formulary.

Amounts that can be misread (`.5 mg`, `1,5 mg`, `10 U`, `1:1000`) are asked back, never guessed.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files

from assistant.clinical.dosing.amounts import Amount
from assistant.clinical.dosing.request import Decision
from assistant.clinical.dosing.say import short, span

_UNIT_NAMES = {
    "mg": "mg", "milligram": "mg", "milligrams": "mg", "g": "g", "gram": "g", "grams": "g",
    "microgram": "micrograms", "micrograms": "micrograms", "mcg": "micrograms",
    "ug": "micrograms", "iu": "IU", "unit": "units", "units": "units", "ml": "mL", "mmol": "mmol",
    "tablet": "tablet", "tablets": "tablet", "puff": "puff", "puffs": "puff", "drop": "drop",
    "drops": "drop", "capsule": "capsule", "capsules": "capsule", "sachet": "sachet",
    "sachets": "sachet",
}  # fmt: skip
_IN_MG = {"mg": Decimal(1), "g": Decimal(1000), "micrograms": Decimal("0.001")}
_AMOUNT = re.compile(r"(?P<n>\d{1,7}(?:\.\d{1,4})?)\s*(?P<u>[a-z]*)(?P<rest>.*)", re.DOTALL)
_IN_TEXT = re.compile(
    r"(?<![\d/.,-])(?P<n>\d+(?:\.\d+)?)\s*(?P<u>mg|g|micrograms?|mcg|units?|iu)\b"
    r"(?!\s*/|\s+per\b)(?=(?P<rest>.{0,40}))"
)
_TIMES = re.compile(
    r"(?:x\s*|(?<![\d.]))(\d)\s*(?:times|x)\b|\bevery\s+(\d{1,2})\s*(?:h\b|hours?|hourly)"
)
_TENS = tuple(Decimal(10) ** power for power in (1, 2, 3, -1, -2, -3))
_NEAR = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Order:
    """An ordered amount as it was understood."""

    amount: Decimal = Decimal(0)
    unit: str = ""
    """Empty when none was written."""
    times: Decimal | None = None
    """A day."""
    question: str = ""
    """What to ask when the amount cannot be used as it is written."""
    read_as: str = ""
    """How other digits were read."""


@dataclass(frozen=True, slots=True)
class OrderReader:
    """Reads ordered amounts; the words are data."""

    cues: frozenset[str]
    pieces: frozenset[str]
    times: Mapping[str, int]

    def read(self, written: str) -> Order | None:
        """An amount given on its own; None when nothing was given."""
        text, changed = _digits(written.strip().lower())
        if not text:
            return None
        question = _doubt(text, written)
        if question:
            return Order(question=question)
        match = _AMOUNT.fullmatch(text)
        unit = _UNIT_NAMES.get(match["u"], "") if match else ""
        if match is None or (match["u"] and not unit) or _runs_on(match):
            return Order(
                question=f"The ordered amount “{written}” is not clear: write it as 25 mg."
            )
        order = Order(Decimal(match["n"]), unit, self._times(match["rest"]))
        read_as = f"{short(order.amount)} {unit}".strip() if changed else ""
        return Order(order.amount, unit, order.times, "", read_as)

    def find(self, text: str) -> Order | None:
        """The one amount that a question says somebody wants given, or None."""
        folded = text.lower()
        if not self.cues & set(re.findall(r"[a-z]+", folded)):
            return None
        found = [match for match in _IN_TEXT.finditer(folded) if not self._piece(match["rest"])]
        if len({(match["n"], match["u"]) for match in found}) != 1:
            return None
        first = found[0]
        return Order(Decimal(first["n"]), _UNIT_NAMES[first["u"]], self._times(first["rest"]))

    def a_day(self, product: str, unit: str) -> Decimal | None:
        """What a product as written gives in a day, in a unit; None when it does not say."""
        for match in _IN_TEXT.finditer(product.lower()):
            order = Order(Decimal(match["n"]), _UNIT_NAMES[match["u"]], self._times(match["rest"]))
            amount = _in_unit(order, unit)
            if amount is not None and order.times:
                return amount * order.times
        return None

    def _piece(self, rest: str) -> bool:
        following = re.match(r"\s*([a-z]+)", rest)
        return following is not None and following[1] in self.pieces

    def _times(self, rest: str) -> Decimal | None:
        counted = _TIMES.search(rest)
        if counted:
            return Decimal(counted[1]) if counted[1] else Decimal(24) / Decimal(counted[2])
        said = [self.times[word] for word in re.findall(r"[a-z]+", rest) if word in self.times]
        return Decimal(said[0]) if said else None


def _runs_on(match: re.Match[str]) -> bool:
    """Whether something other than a unit stands right behind the number: `80/120`, `1-2 mg`."""
    return not match["u"] and bool(match["rest"]) and not match["rest"][0].isspace()


def _digits(text: str) -> tuple[str, bool]:
    """Digits of other scripts as ours, and whether there were any."""
    ours = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char
        for char in unicodedata.normalize("NFKC", text)
    )
    plain = ours.replace("μ", "u")
    return plain, ours != unicodedata.normalize("NFKC", text)


def _doubt(text: str, written: str) -> str:
    if re.match(r"\.\d", text):
        return f"“{written}” may be misread: is it 0{text}?"
    if re.match(r"\d+,\d{1,2}(?!\d)", text):
        return f"“{written}”: is the comma a decimal point? Write {text.replace(',', '.', 1)}."
    if re.match(r"\d{1,3},\d{3}(?!\d)", text):
        plain, point = text.replace(",", "", 1), text.replace(",", ".", 1)
        return f"“{written}” may be misread: is it {plain} or {point}?"
    if re.match(r"\d+\s*:\s*\d", text):
        return f"“{written}” is a ratio: write the amount in mg or micrograms."
    if re.match(r"\d+(?:\.\d+)?\s*(?:u|iu/u|i\.u\.)(?![a-z])", text):
        return f"“{written}”: write the word units, a U is read as a nought."
    return ""


def compare(order: Order, amount: Amount, unit: str) -> Iterator[tuple[Decision, str]]:
    """What is wrong with an ordered amount, most serious first; nothing when it is right."""
    given = _in_unit(order, unit)
    shown = f"{short(order.amount)} {order.unit or unit}"
    if given is None:
        yield "ask", f"The order of {shown} cannot be compared with a dose in {unit}."
        return
    dose = amount.dose
    usual = f"the dose is {span(dose)} {unit}"
    if any(_inside(given * ten, dose.low, dose.high) for ten in _TENS):
        yield "refuse", f"The order of {shown} is not right: {usual}. Check decimal or unit."
    elif given >= 2 * dose.high or given * 2 <= dose.low:
        yield (
            "refuse",
            f"The order of {shown} is far from the dose: {usual}. Check decimal or unit.",
        )
    elif amount.max_per_dose is not None and given > amount.max_per_dose:
        limit = f"{short(amount.max_per_dose)} {unit}"
        yield "refuse", f"The order of {shown} is above the maximum of {limit} a dose; {usual}."
    elif not _inside(given, dose.low, dose.high):
        yield "warn", f"The order of {shown} is outside of the dose: {usual}."
    if order.times and amount.max_per_day and given * order.times > amount.max_per_day:
        total = f"{short(given * order.times)} {unit}"
        limit = f"{short(amount.max_per_day)} {unit}"
        yield "refuse", f"The order makes {total} a day; the maximum is {limit} a day."


def _inside(value: Decimal, low: Decimal, high: Decimal) -> bool:
    return low * (1 - _NEAR) <= value <= high * (1 + _NEAR)


def _in_unit(order: Order, unit: str) -> Decimal | None:
    """The ordered amount in another unit; without a unit it is taken as that of the dose."""
    if not order.unit or order.unit == unit or {order.unit, unit} == {"IU", "units"}:
        return order.amount
    if order.unit in _IN_MG and unit in _IN_MG:
        return order.amount * _IN_MG[order.unit] / _IN_MG[unit]
    return None


def load_orders() -> OrderReader:
    """Read the words of the package."""
    path = files("assistant.clinical.dosing").joinpath("terms.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))["orders"]
    return OrderReader(
        frozenset(table["cues"].split()), frozenset(table["pieces"].split()), table["times"]
    )
