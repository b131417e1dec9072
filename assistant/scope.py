"""What the assistant does not answer: orders to change its rules, harm, guesses from too little.

Pure rules over the words of a question; the rules are data in `scope.toml`.
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from assistant.errors import BadQuestion
from kb.text import clean, fold, words

MOST_CHARACTERS = 8_000
"""Longest question that is read; a consultation note fits, a book does not."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question is not answered, and what would help."""

    rule: str
    says: str
    asks: tuple[str, ...] = ()
    """What to tell the assistant; empty when nothing would help."""


@dataclass(frozen=True, slots=True)
class _Rule:
    refusal: Refusal
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """The rules, ready to use."""

    rules: tuple[_Rule, ...]

    def refusal(self, text: str) -> Refusal | None:
        """The first rule that a question falls under, or None."""
        folded = " ".join(fold(text).split())
        for rule in self.rules:
            if rule.pattern.search(folded):
                return rule.refusal
        return None


def load_scope() -> Scope:
    """Read the rules of the package."""
    text = files("assistant").joinpath("scope.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    vague = rf"\b(?:{'|'.join(map(re.escape, table['vague'].split()))})\b"
    return Scope(tuple(_rule(row, vague) for row in table["rule"]))


def _rule(row: dict[str, Any], vague: str) -> _Rule:
    patterns = "|".join(f"(?:{pattern})" for pattern in row["patterns"])
    refusal = Refusal(row["id"], row["says"], tuple(row.get("asks", ())))
    return _Rule(refusal, re.compile(patterns.replace("{vague}", vague)))


def readable(text: str) -> str:
    """The question without invisible characters.

    Raises:
        BadQuestion: there are no words in it, or it is too long.
    """
    cleaned = clean(text).strip()
    if len(cleaned) > MOST_CHARACTERS:
        message = (
            f"The question has {len(cleaned):,} characters; at most {MOST_CHARACTERS:,} can be"
            " read. Shorten it, or add the text to the library as a document."
        )
        raise BadQuestion(message)
    if not words(cleaned):
        message = "Please type a question."
        raise BadQuestion(message)
    return cleaned
