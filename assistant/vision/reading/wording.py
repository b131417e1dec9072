"""The words of papers and the tests of laboratories, read from the data files once."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from kb.text import fold

_NOT_WORD = re.compile(r"[^a-z0-9+%↓↑*()/&-]+")


@dataclass(frozen=True, slots=True)
class Analyte:
    """A laboratory test."""

    name: str
    label: str
    quantity: str
    """Name of the table of units; empty where `units` are all."""
    units: tuple[str, ...]
    """Units it is shown in, the usual one first."""
    possible: tuple[float, float] | None
    """Span in the table's own unit, or the first of `units`; None for results in words."""
    feeds: str
    feeds_in: tuple[str, ...]
    spellings: tuple[str, ...]
    words: bool
    """Whether its result is a word."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of papers."""

    tables: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By section and word: its spellings."""
    says: Mapping[str, str]
    fact_labels: Mapping[str, str]
    fact_feeds: Mapping[str, str]
    months: tuple[str, ...]

    def shown(self, section: str) -> dict[str, str]:
        """Spelling, simplified -> word, for one section."""
        found: dict[str, str] = {}
        for word, spellings in self.tables[section].items():
            for spelling in (word, *spellings):
                found.setdefault(simple(spelling), word)
        return found

    def words(self, section: str, name: str) -> frozenset[str]:
        """The spellings of one word of a section, simplified."""
        return frozenset(simple(word) for word in self.tables[section][name])


def simple(text: str) -> str:
    """A word or words for comparing: no case, accents or dots, single blanks."""
    folded = fold(text.replace("\u2019", "'")).replace("'", "").replace(".", " ")
    return " ".join(_NOT_WORD.sub(" ", folded).split())


def either(spellings: Iterable[str]) -> str:
    """A pattern for any of these, the longest first."""
    longest = sorted(set(spellings), key=lambda each: (-len(each), each))
    return "|".join(re.escape(each).replace(r"\ ", r"\s*") for each in longest)


@cache
def load_wording() -> Wording:
    """The words of the package."""
    table = _table("papers.toml")
    sections = ("results", "flags", "units", "headers", "facts", "label", "forms", "letter")
    return Wording(
        {name: {word: tuple(of) for word, of in table[name].items()} for name in sections},
        table["says"],
        table["fact_labels"],
        table["fact_feeds"],
        tuple(table["months"]["names"]),
    )


@cache
def load_analytes() -> Mapping[str, Analyte]:
    """All tests by name."""
    return {name: _analyte(name, row) for name, row in _table("analytes.toml").items()}


def _analyte(name: str, row: Mapping[str, Any]) -> Analyte:
    span = row.get("possible")
    return Analyte(
        name,
        row["label"],
        row.get("quantity", ""),
        tuple(row.get("show") or row.get("units") or ()),
        (float(span[0]), float(span[1])) if span else None,
        row.get("feeds", ""),
        tuple(row.get("feeds_in", ())),
        (name.replace("_", " "), row["label"], *row["also"]),
        bool(row.get("words", False)),
    )


def _table(name: str) -> dict[str, Any]:
    text = files("assistant.vision.reading").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)
