"""The words by which a text is read as a follow-up, and words in their places. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any

from kb.small_words import WHO
from kb.text import WORD, fold

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text."""

    text: str
    """Folded."""
    start: int
    end: int

    @property
    def is_amount(self) -> bool:
        """Whether it begins with a digit."""
        return self.text[:1].isdigit()


def words_of(text: str) -> list[Word]:
    """The words of a text, folded, with their places."""
    return [Word(fold(one.group()), *one.span()) for one in WORD.finditer(text)]


def folded_in_place(text: str) -> str:
    """Folded text of the same length, so that places in it are places in the text."""
    plain = text.translate(_APOSTROPHES)
    return "".join(folded if len(folded := fold(char)) == 1 else char for char in plain)


def _table() -> dict[str, Any]:
    text = files("assistant.follow_up").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True)
class Lexicon:
    """The words of the package; keep one, because it holds compiled patterns."""

    table: Mapping[str, Any] = field(default_factory=_table)

    def set_of(self, section: str, key: str = "words") -> frozenset[str]:
        """Words of a section."""
        return frozenset(self.table[section][key].split())

    def pattern(self, section: str, key: str) -> re.Pattern[str]:
        """A regular expression, for folded text."""
        return re.compile(self.table[section][key])

    def patterns(self, section: str, key: str) -> list[re.Pattern[str]]:
        """Several of them."""
        return [re.compile(one) for one in self.table[section][key]]

    @cached_property
    def small(self) -> frozenset[str]:
        """Words that carry no subject: glue, words that point back, measures, persons."""
        return self.set_of("small") | self.set_of("measures") | self.set_of("back") | WHO

    @cached_property
    def aspects(self) -> frozenset[str]:
        """Words that ask for something of a subject."""
        return self.set_of("aspects")

    @cached_property
    def pointing(self) -> frozenset[str]:
        """Words before a person who is already known."""
        return self.set_of("patient", "pointing")

    @cached_property
    def near(self) -> frozenset[str]:
        """Words for somebody near the patient."""
        return self.set_of("patient", "near")

    @cached_property
    def people(self) -> Mapping[str, str]:
        """Words for persons, with their group of age."""
        people: Mapping[str, str] = self.table["people"]
        return people
