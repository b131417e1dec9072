"""Other languages as they are spoken: units in full, figures left to the voice. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

_NUMBER = r"\d+(?:[.,]\d+)*"
_MARKUP = re.compile(r"\[[a-z]?\d+\]|\*{1,3}|`|#{1,6}\s|[\[\]]")
_RANGE = re.compile(rf"({_NUMBER})\s?[-\u2013]\s?(?={_NUMBER})")


@dataclass(frozen=True)
class UnitWords:
    """How one language says units."""

    units: Mapping[str, tuple[str, str]]
    """One of it and several of it, by the written unit."""
    words: Mapping[str, str]
    per: str
    to: str

    def of(self, text: str) -> str:
        """The words to speak."""
        plain = _RANGE.sub(rf"\1 {self.to} ", _MARKUP.sub(" ", text))
        for written, said in self.words.items():
            plain = re.sub(rf"\b{re.escape(written)}\b", said, plain)
        return " ".join(self._pattern.sub(self._unit, plain).split())

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        units = "|".join(re.escape(one) for one in sorted(self.units, key=len, reverse=True))
        return re.compile(rf"({_NUMBER})\s?({units})(?!\w)((?:\s?/\s?(?:{units})(?!\w))*)")

    def _unit(self, found: re.Match[str]) -> str:
        several = found[1] != "1"
        behind = [part.strip() for part in found[3].split("/") if part.strip()]
        per = "".join(f" {self.per} {self.units[part][0]}" for part in behind)
        return f"{found[1]} {self.units[found[2]][several]}{per}"


def load_unit_words() -> dict[str, UnitWords]:
    """The words of all languages of the package but English."""
    text = files("speech.voice").joinpath("other_languages.toml").read_text(encoding="utf-8")
    return {
        language: UnitWords(
            {unit: (one, several) for unit, (one, several) in table["units"].items()},
            table["words"],
            table["per"],
            table["to"],
        )
        for language, table in tomllib.loads(text).items()
    }
