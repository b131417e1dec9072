"""Volumes of fluids for a known weight: mL for each kilogram, times kilograms.

Exact (Decimal) and pure. Works only on a statement that gives one fluid by weight; a maximum in
the statement holds. Rates (an hour, a day) and medicines are left as the source gives them.
"""

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files

from assistant.messages import Computed

_PER_KG = re.compile(
    r"(?<!maximum )(?<!most )(?<!than )(?<![\d.])"
    r"(?P<low>\d+(?:\.\d+)?)(?:\s*-\s*(?P<high>\d+(?:\.\d+)?))?\s*mL"
    r"(?:\s+of\s+[A-Za-z0-9' -]{2,30}?)?\s*(?:/\s*kg|(?:for each|per) (?:kg|kilogram))\b"
    r"(?!\s*(?:/|an?\b|per|each|every|for each)\s*(?:hours?|h\b|days?|minutes?|min\b|feed|%))"
)
_MAXIMUM = re.compile(r"\bmaximum\s+(?P<most>\d[\d,]*)\s*mL\b(?!\s*/)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fluids:
    """Which statements may be worked out."""

    fluids: re.Pattern[str]
    not_with: re.Pattern[str]

    def compute(self, text: str, weight_kg: Decimal, source: str) -> Computed | None:
        """Volumes for a weight from one statement, or None when nothing may be worked out.

        Args:
            text: the statement as it is shown.
            weight_kg: the patient's weight.
            source: identity of the passage it stands in.
        """
        if not self.fluids.search(text) or self.not_with.search(text):
            return None
        found = list(_PER_KG.finditer(text))
        most = _MAXIMUM.search(text)
        limit = Decimal(most["most"].replace(",", "")) if most else None
        steps = [_step(match, weight_kg, limit) for match in found]
        if not steps:
            return None
        formula = "; ".join(steps)
        return Computed(
            engine="volume for weight",
            result={"volume": "; ".join(step.split(" = ")[-1] for step in steps)},
            inputs={"weight_kg": f"{_plain(weight_kg)} kg"},
            formula=formula,
            source=source,
        )


def load_fluids() -> Fluids:
    """Read the words of the package."""
    table = tomllib.loads(
        files("assistant.clinical").joinpath("volumes.toml").read_text(encoding="utf-8")
    )
    return Fluids(_any_of(table["fluids"]), _any_of(table["not_with"]))


def in_words(computed: Computed) -> str:
    """The result in words, formula shown."""
    return f"For {computed.inputs['weight_kg']}: {computed.formula}."


def _step(match: re.Match[str], weight: Decimal, limit: Decimal | None) -> str:
    amounts = [Decimal(part) for part in (match["low"], match["high"]) if part]
    volumes = [amount * weight for amount in amounts]
    held = [min(volume, limit) if limit is not None else volume for volume in volumes]
    rate = "-".join(_plain(amount) for amount in amounts)
    shown = "-".join(_plain(volume) for volume in dict.fromkeys(held))
    capped = " (maximum)" if held != volumes else ""
    return f"{rate} mL/kg x {_plain(weight)} kg = {shown} mL{capped}"


def _plain(value: Decimal) -> str:
    """A number without exponent or trailing zeros; a comma in thousands."""
    return f"{value.normalize():,f}"


def _any_of(words: list[str]) -> re.Pattern[str]:
    known = "|".join(map(re.escape, words))
    return re.compile(rf"(?<![A-Za-z])(?:{known})(?![A-Za-z])", re.IGNORECASE)
