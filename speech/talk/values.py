"""Values of an order in the language of the person: `3 times daily` is `3 fois par jour`. Pure.

A value is kept in English, checked in English, and only written otherwise. Figures, units and names
of medicines stay exactly as they are; a value that the data do not know stays as it is, too.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

from speech.hearing.invented import folded

_NUMBER = r"\d+(?:[.,]\d+)*"
_UNIT = r"(?:mg|mcg|g|mL|units|international units|mmol|mEq|%)(?:/[a-zA-Z]+)*"
_OF_AGE = re.compile(rf"({_NUMBER}) (?:day|week|month|year)", re.IGNORECASE)
FACTS = ("weight", "age")
"""Slots whose value may carry words that their heading says already."""


@dataclass(frozen=True)
class Values:
    """How one language writes values."""

    words: Mapping[str, str]
    """English value -> the same in the language; {n} is a number or a range, {q} an amount."""
    between: Mapping[str, str]
    """Between the numbers of a range: English word -> word of the language."""
    left_out: frozenset[str]

    def of(self, slot: str, value: str) -> str:
        """A value as the language writes it."""
        plain = self._bare(value) if slot in FACTS else value.strip()
        for pattern, written in self._forward:
            if found := pattern.fullmatch(plain):
                return _filled(written, found, self.between)
        return plain

    def in_english(self, text: str) -> str:
        """A whole answer in the language as it is kept; anything else as it was said."""
        plain = " ".join(text.casefold().split()).strip(" .!?؟।")
        exact = self._exact.get(folded(plain))
        if exact is not None:
            return exact
        back = {word: english for english, word in self.between.items()}
        for pattern, english in self._backward:
            if found := pattern.fullmatch(plain):
                return _filled(english, found, back)
        return text

    @cached_property
    def _forward(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((_pattern(english, self.between), own) for english, own in self.words.items())

    @cached_property
    def _exact(self) -> dict[str, str]:
        """Answers without a figure, however they are accented."""
        found: dict[str, str] = {}
        for english, own in self.words.items():
            if "{" not in own:
                found.setdefault(folded(own), english)
        return found

    @cached_property
    def _backward(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        back = {word: english for english, word in self.between.items()}
        return tuple(
            (_pattern(own.casefold(), back), english)
            for english, own in self.words.items()
            if "{" in own
        )

    def _bare(self, text: str) -> str:
        """`18-month-old` is `18 months`: what its heading says already is left out."""
        words = re.sub(r"(?<=\w)-(?=\w)", " ", text).split()
        kept = (word for word in words if word.casefold().strip(",.") not in self.left_out)
        bare = " ".join(kept)
        one = _OF_AGE.fullmatch(bare)
        return f"{bare}s" if one and one[1] != "1" else bare or text


def _pattern(template: str, between: Mapping[str, str]) -> re.Pattern[str]:
    """What a template with {n} and {q} matches."""
    joined = "|".join(re.escape(word) for word in between)
    number = rf"(?P<n>{_NUMBER}(?: (?:{joined}) {_NUMBER})?)" if joined else rf"(?P<n>{_NUMBER})"
    amount = rf"(?P<q>{_NUMBER} ?{_UNIT})"
    plain = re.escape(template).replace(r"\{n\}", number).replace(r"\{q\}", amount)
    return re.compile(plain.replace(r"\ ", " "), re.IGNORECASE)


def _filled(template: str, found: re.Match[str], between: Mapping[str, str]) -> str:
    """A template with the figures of what was found, unchanged."""
    given = found.groupdict()
    text = template
    if (number := given.get("n")) is not None:
        words = (between.get(word, word) for word in number.split())
        text = text.replace("{n}", " ".join(words))
    if (amount := given.get("q")) is not None:
        text = text.replace("{q}", amount)
    return text


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, dict[str, str]]]:
    text = files("speech.talk").joinpath("values.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=16)
def load_values(language: str) -> Values:
    """How a language writes values; a language without data, and English, writes them as kept."""
    table = _table()
    known = language in table["status"]
    return Values(
        {english: row[language] for english, row in table["values"].items()} if known else {},
        {english: row[language] for english, row in table["between"].items()} if known else {},
        frozenset(table["facts"]["left_out"]) if known else frozenset(),
    )
