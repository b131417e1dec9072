"""What a question asks for: a dose, a sign, a threshold, advice.

Cues and section weights are data in `intents.toml`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

DEFAULT_WEIGHT = 0.4
"""Weight of a section that no intent of the question names."""
OTHER_DOCUMENT_WEIGHT = 1.0
PLAIN = ("treat", "recognise")
"""Intents of a question that shows none."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing a question may ask for."""

    name: str
    cues: re.Pattern[str]
    sections: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Intents:
    """All intents, and how sections are ordered and headed."""

    known: tuple[Intent, ...]
    headings: Mapping[str, str]
    """Section of a card -> heading of an answer, in reading order."""

    def of(self, text: str) -> tuple[Intent, ...]:
        """Intents that the words of a question show; the plain ones when it shows none."""
        lowered = text.lower()
        found = tuple(intent for intent in self.known if intent.cues.search(lowered))
        return found or tuple(intent for intent in self.known if intent.name in PLAIN)

    def without_cues(self, text: str) -> str:
        """What is left of a question without the words that say what is wanted."""
        left = text.lower()
        for intent in self.known:
            left = intent.cues.sub(" ", left)
        return left

    def section_weight(self, asked: tuple[Intent, ...], section: str) -> float:
        """Weight of a section for the intents asked for: the largest that any gives it.

        Headings of documents other than cards say little of what stands under them, so all of
        theirs weigh the same.
        """
        if section not in self.headings:
            return OTHER_DOCUMENT_WEIGHT
        return max((i.sections.get(section, DEFAULT_WEIGHT) for i in asked), default=DEFAULT_WEIGHT)


def load_intents() -> Intents:
    """Read the intents of the package."""
    text = files("assistant.writing").joinpath("intents.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    headings = tables.pop("order")
    known = tuple(
        Intent(name, _pattern(table["cues"]), table["sections"]) for name, table in tables.items()
    )
    return Intents(known, headings)


def _pattern(cues: list[str]) -> re.Pattern[str]:
    ways = (re.escape(cue).replace(r"\*", r"\w*") for cue in cues)
    return re.compile(rf"\b(?:{'|'.join(ways)})\b")
