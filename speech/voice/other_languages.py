"""Other languages as they are spoken: units in full, whole numbers left to the voice. Pure.

A decimal is never left to the voice: where the comma is the decimal sign, a voice takes the point
of `0.125 mg` for that of thousands and says one hundred and twenty-five. Its digits are said one by
one.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.resources import files

from speech.words.figures import fixed_spans

_NUMBER = r"\d+(?:[.,]\d+)*"
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_DECIMAL = re.compile(r"(?<![\d.,])(\d+)[.,](\d+)(?![.,]?\d)")
_MARKUP = re.compile(r"\[[a-z]?\d+\]|\*{1,3}|`|#{1,6}\s|[\[\]]")
_RANGE = re.compile(rf"({_NUMBER})\s?[-\u2013]\s?(?=({_NUMBER}))")


@dataclass(frozen=True)
class UnitWords:
    """How one language says units."""

    units: Mapping[str, tuple[str, str]]
    """One of it and several of it, by the written unit."""
    words: Mapping[str, str]
    per: str
    to: str
    point: str
    """Between the whole number and its decimals."""

    def of(self, text: str) -> str:
        """The words to speak."""
        plain = self._with_ranges(_MARKUP.sub(" ", text))
        for written, said in self.words.items():
            plain = re.sub(rf"\b{re.escape(written)}\b", said, plain)
        named = self._pattern.sub(self._unit, without_thousands(plain))
        return " ".join(_DECIMAL.sub(self._decimal, named).split())

    def _with_ranges(self, text: str) -> str:
        """`5-10` with the word between; dates, telephone numbers and what falls keep their dash."""
        fixed = fixed_spans(text)

        def joined(found: re.Match[str]) -> str:
            is_fixed = any(start <= found.start() < end for start, end in fixed)
            rises = _value(found[1]) < _value(found[2])
            return f"{found[1]} {self.to} " if rises and not is_fixed else found[0]

        return _RANGE.sub(joined, text)

    def _decimal(self, found: re.Match[str]) -> str:
        return f"{found[1]} {self.point} {' '.join(found[2])}"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        units = "|".join(re.escape(one) for one in sorted(self.units, key=len, reverse=True))
        return re.compile(rf"({_NUMBER})\s?({units})(?!\w)((?:\s?/\s?(?:{units})(?!\w))*)")

    def _unit(self, found: re.Match[str]) -> str:
        several = found[1] != "1"
        behind = [part.strip() for part in found[3].split("/") if part.strip()]
        per = "".join(f" {self.per} {self.units[part][0]}" for part in behind)
        return f"{found[1]} {self.units[found[2]][several]}{per}"


def _value(number: str) -> Decimal:
    """A written number to compare by; the mark of its decimals may be a comma."""
    whole, *behind = re.split("[.,]", without_thousands(number))
    return Decimal(f"{whole}.{''.join(behind)}0")


def without_thousands(text: str) -> str:
    """`1,250` is 1250: written as this program writes numbers, the comma parts thousands."""
    return _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)


def load_unit_words() -> dict[str, UnitWords]:
    """The words of all languages of the package but English."""
    text = files("speech.voice").joinpath("other_languages.toml").read_text(encoding="utf-8")
    return {
        language: UnitWords(
            {unit: (one, several) for unit, (one, several) in table["units"].items()},
            table["words"],
            table["per"],
            table["to"],
            table["point"],
        )
        for language, table in tomllib.loads(text).items()
    }
