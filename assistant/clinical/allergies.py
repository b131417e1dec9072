"""Keeps medicines out of an answer to which the patient is allergic.

Pure; the groups of medicines that share an allergy are data. A line that only warns of the allergy
stays, since it does not give the medicine.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from kb.text import fold, words

_NAMED = (
    re.compile(r"\ballerg(?:ic|y)\s+(?:to|:)\s*(?:the\s+)?([a-z-]+)"),
    re.compile(r"\b([a-z-]+)\s+allerg(?:y|ic)\b"),
    re.compile(r"\b(?:anaphylaxis|reaction|rash)\s+(?:to|with|after|from)\s+([a-z-]+)"),
)
_DENIED = re.compile(r"\b(?:no|not|nil|denies|without|non)\b[^.;,]{0,30}$")
_WARNS = re.compile(r"^(?:do not|never|avoid|not for)", re.IGNORECASE)
_ASIDE = re.compile(
    r"(?:[\w-]+\s+)?allerg\w*\s+(?:reaction\s+)?to\s+[\w-]+|[\w-]+\s+allerg\w*"
    r"|(?:instead of|not)\s+[\w-]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AllergyGroup:
    """Medicines that share an allergy."""

    name: str
    said: frozenset[str]
    """Words by which people name it."""
    medicines: frozenset[str]


@dataclass(frozen=True, slots=True)
class Allergies:
    """All groups."""

    groups: tuple[AllergyGroup, ...]

    def named_in(self, text: str) -> tuple[str, ...]:
        """Allergies that a question states, as they were typed; denied ones are left out."""
        folded = fold(text)
        known = {word for group in self.groups for word in group.said | group.medicines}
        said = (match for way in _NAMED for match in way.finditer(folded))
        found = (
            match[1]
            for match in said
            if match[1] in known and not _DENIED.search(folded[: match.start()])
        )
        return tuple(dict.fromkeys(found))

    def forbids(self, line: str, allergies: Iterable[str]) -> str | None:
        """The allergy for which a line must not be shown as advice to give, or None."""
        if _WARNS.search(line):
            return None
        there = set(words(_ASIDE.sub(" ", line)))  # names of allergies give nothing
        for allergy in allergies:
            if there & self._medicines(set(words(allergy))):
                return allergy
        return None

    def _medicines(self, said: set[str]) -> set[str]:
        """Medicines of the groups that are named, and what was named itself."""
        found = set(said)
        for group in self.groups:
            if said & (group.said | group.medicines):
                found |= {part for name in group.medicines for part in words(name)}
        return found - {"clavulanic"}


def load_allergies() -> Allergies:
    """Read the groups of the package."""
    text = files("assistant.clinical").joinpath("allergies.toml").read_text(encoding="utf-8")
    return Allergies(
        tuple(
            AllergyGroup(name, frozenset(row["said"]), frozenset(row["medicines"]))
            for name, row in tomllib.loads(text).items()
        )
    )
