"""The words of one language for numbers, units, times and routes, read from its data file."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from typing import Any

Phrases = dict[str, list[tuple[str, ...]]]
"""Phrases as words, by their first word."""


@dataclass(frozen=True)
class Lexicon:
    """Everything that is data about how a language says amounts."""

    units: Mapping[str, int]
    teens: Mapping[str, int]
    tens: Mapping[str, int]
    scales: Mapping[str, int]
    points: frozenset[str]
    ohs: frozenset[str]
    fractions: Mapping[str, Decimal]
    not_before_point: frozenset[str]
    not_before_one: frozenset[str]
    before_one: frozenset[str]
    """Words after which `one` is a number."""
    not_after_these: frozenset[str]
    """Words after which a small number stays a word, as in `these two`."""
    doses: frozenset[str]
    """Units of doses, before which no trailing zero stands."""
    measures: Mapping[tuple[str, ...], str]
    """Written unit by the words that say it."""
    left: frozenset[str]
    """Units that stand before a stroke."""
    right: Mapping[tuple[str, ...], str]
    """Written unit by the words that say it behind `per`."""
    per: tuple[tuple[str, ...], ...]
    forms: frozenset[str]
    """Nouns that are counted and are forms of a medicine."""
    counted: frozenset[str]
    """All nouns that are counted."""
    in_percent: frozenset[str]
    """Words behind which a number is per cent."""
    times: Mapping[tuple[str, ...], str]
    """How often, written, by how it is said; `#` stands for a number."""
    letters: Mapping[tuple[str, ...], str]

    @cached_property
    def measure_phrases(self) -> Phrases:
        """Ways to say units."""
        return _by_first(self.measures)

    @cached_property
    def right_phrases(self) -> Phrases:
        """Ways to say units behind `per`."""
        return _by_first(self.right)

    @cached_property
    def letter_phrases(self) -> Phrases:
        """Ways to spell."""
        return _by_first(self.letters)

    @cached_property
    def digits(self) -> Mapping[str, int]:
        """Words for one digit inside a longer number."""
        return {**self.units, **dict.fromkeys(self.ohs, 0)}

    @cached_property
    def number_words(self) -> frozenset[str]:
        """All words of which numbers are made."""
        return frozenset((*self.units, *self.teens, *self.tens, *self.scales, "hundred"))


def load_lexicon(language: str = "english") -> Lexicon:
    """Read the words of a language of the package."""
    text = files("speech.words").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    numbers, strokes, counted = table["numbers"], table["strokes"], table["counted"]
    forms = frozenset(counted["forms"])
    return Lexicon(
        units=numbers["units"],
        teens=numbers["teens"],
        tens=numbers["tens"],
        scales=numbers["scales"],
        points=frozenset(numbers["points"]),
        ohs=frozenset(numbers["ohs"]),
        fractions={word: Decimal(value) for word, value in numbers["fractions"].items()},
        not_before_point=frozenset(numbers["not_before_point"]),
        not_before_one=frozenset(numbers["not_before_one"]),
        before_one=frozenset(numbers["before_one"]),
        not_after_these=frozenset(numbers["not_after_these"]),
        doses=frozenset(counted["doses"]),
        measures=_turned(table["units"]),
        left=frozenset(strokes["left"]),
        right=_turned(strokes["right"]),
        per=tuple(tuple(words.split()) for words in strokes["per"]),
        forms=forms,
        counted=forms | frozenset(counted["others"]),
        in_percent=frozenset(counted["in_percent"]),
        times=_turned(table["times"]),
        letters=_turned(table["letters"]),
    )


def without_words(lexicon: Lexicon) -> Lexicon:
    """For languages whose numbers are not read as words: digits and symbols of units only."""
    none: dict[str, int] = {}
    return replace(
        lexicon, units=none, teens=none, tens=none, scales=none, points=frozenset(),
        ohs=frozenset(), fractions={}, times={}, letters={},
    )  # fmt: skip


def _turned(table: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    return {
        tuple(said.casefold().split()): written for written, ways in table.items() for said in ways
    }


def _by_first(phrases: Iterable[tuple[str, ...]]) -> Phrases:
    found: Phrases = {}
    for phrase in phrases:
        found.setdefault(phrase[0], []).append(phrase)
    return found
