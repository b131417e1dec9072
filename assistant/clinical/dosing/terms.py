"""Words of a reason for treatment, made comparable.

Stems, one spelling, one word for many names of one thing. The lists are data (`terms.toml`, and the
abbreviations and lay words of the library).
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from kb.query import CLINIC_WORDS, load_words
from kb.text import Stemmer, words

_LONGEST = 6
"""Words of the longest name that is looked up."""
_KEPT = 4096
"""Texts whose tokens are remembered."""

Tokens = tuple[str, ...]


@dataclass(slots=True)
class Terms:
    """Cuts texts into comparable tokens; remembers what it has worked out."""

    glue: frozenset[str]
    who: frozenset[str]
    generic: frozenset[str]
    qualifiers: frozenset[str]
    opposites: tuple[tuple[str, str], ...]
    facts: Mapping[str, tuple[Tokens, ...]]
    """Ways to say what a text tells of the patient, by fact."""
    denied: frozenset[str]
    denied_after: frozenset[str]
    rewrites: Mapping[Tokens, Tokens]
    illnesses: Mapping[Tokens, tuple[Tokens, ...]]
    """All names of an illness, by each of them."""
    stemmer: Stemmer = field(default_factory=Stemmer)
    _memory: dict[str, Tokens] = field(default_factory=dict)

    def stems(self, text: str) -> Tokens:
        """Stems of a text in order, in one spelling."""
        return tuple(_stem(self.stemmer, word) for word in words(text))

    def tokens(self, text: str) -> Tokens:
        """Tokens of a text in order, without words that carry no meaning."""
        known = self._memory.get(text)
        if known is None:
            known = self._cut(text)
            if len(self._memory) < _KEPT:
                self._memory[text] = known
        return known

    def _cut(self, text: str) -> Tokens:
        stems = [stem for stem in self.stems(text) if stem not in self.glue]
        found: list[str] = []
        place = 0
        while place < len(stems):
            length, tokens = self._at(stems, place)
            found += tokens
            place += length
        return tuple(dict.fromkeys(token for token in found if not token.isdigit()))

    def _at(self, stems: Sequence[str], place: int) -> tuple[int, Tokens]:
        """How many stems the longest known name takes from a place on, and what stands for it."""
        for length in range(min(_LONGEST, len(stems) - place), 0, -1):
            other = self.rewrites.get(tuple(stems[place : place + length]))
            if other is not None:
                return length, other
        return 1, (stems[place],)

    def weight(self, token: str) -> float:
        """How much a token tells of the reason."""
        if token in self.who:
            return 0.1
        if token in self.qualifiers:
            return 0.3
        return 0.4 if token in self.generic else 1.0

    def specific(self, token: str) -> bool:
        """Whether a token names an illness by itself."""
        return not (token in self.who or token in self.qualifiers or token in self.generic)

    def names_prevention(self, tokens: Iterable[str]) -> bool:
        """Whether tokens speak of preventing an illness."""
        return self.names("prophylaxis", tokens)

    def names(self, word: str, tokens: Iterable[str]) -> bool:
        """Whether a word stands among tokens, also inside one that stands for several words."""
        stem = _stem(self.stemmer, word)
        return any(stem in token.removeprefix("@").split() for token in tokens)

    def says(self, text: str, phrase: str) -> bool:
        """Whether a text holds a phrase or another name of that illness, and does not deny it.

        Names are compared word for word by stems.
        """
        there, wanted = self.stems(text), self.stems(phrase)
        return any(self.holds(there, name) for name in self.illnesses.get(wanted, (wanted,)))

    def holds(self, there: Tokens, wanted: Tokens) -> bool:
        """Whether stems hold other stems in one stretch that is not denied."""
        size = len(wanted)
        if not size:
            return False
        for place in range(len(there) - size + 1):
            if there[place : place + size] == wanted and not self._denied(there, place, size):
                return True
        return False

    def _denied(self, there: Tokens, place: int, size: int) -> bool:
        before, after = there[max(0, place - 2) : place], there[place + size : place + size + 2]
        return bool(self.denied & set(before)) or bool(self.denied_after & set(after))

    def untaken(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether the words around the name of a medicine say that it is not taken."""
        ahead, behind = self.stems(" ".join(before)), self.stems(" ".join(after))
        refused = any(ahead[-len(way) :] == way for way in self.facts["untaken"])
        return refused or behind in self.facts["resisted"]

    def tells(self, text: str, fact: str) -> bool:
        """Whether a text tells a fact of the list."""
        there = self.stems(text)
        return any(self.holds(there, way) for way in self.facts[fact])


def load_terms() -> Terms:
    """Read the lists of the package and of the library."""
    text = files("assistant.clinical.dosing").joinpath("terms.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)
    stemmer = Stemmer()
    rewrites = _rewrites(table["same"], stemmer, _stemmed(table["glue"], stemmer))
    facts = table["facts"]
    ways = {
        name: tuple(_tokens(phrase, stemmer) for phrase in phrases)
        for name, phrases in facts.items()
        if not name.startswith("denied")
    }
    return Terms(
        glue=_stemmed(table["glue"], stemmer),
        who=_stemmed(table["who"], stemmer),
        generic=_stemmed(table["generic"], stemmer),
        qualifiers=_stemmed(table["qualifier"], stemmer),
        opposites=tuple((_stem(stemmer, a), _stem(stemmer, b)) for a, b in table["opposite"]),
        facts=ways,
        denied=frozenset(_stem(stemmer, word) for word in facts["denied"]),
        denied_after=frozenset(_stem(stemmer, word) for word in facts["denied_after"]),
        rewrites=rewrites,
        illnesses=_illnesses(table["illness"], stemmer),
        stemmer=stemmer,
    )


def _rewrites(
    same: Iterable[Sequence[str]], stemmer: Stemmer, glue: frozenset[str]
) -> dict[Tokens, Tokens]:
    """What stands for each name: one token for a group, first words for an abbreviation."""

    def cut(phrase: str) -> Tokens:
        return tuple(stem for stem in _tokens(phrase, stemmer) if stem not in glue)

    groups: dict[Tokens, Tokens] = {}
    for group in same:
        token = _one(cut(group[0]))
        for phrase in group:
            groups.setdefault(cut(phrase), (token,))
    found = dict(groups)
    for typed, others in load_words(CLINIC_WORDS).synonyms.items():
        short, full = cut(" ".join(typed)), cut(others[0])
        if short and full:
            found.setdefault(short, groups.get(full, full))
    return found


def _illnesses(
    groups: Iterable[Sequence[str]], stemmer: Stemmer
) -> dict[Tokens, tuple[Tokens, ...]]:
    found: dict[Tokens, tuple[Tokens, ...]] = {}
    for group in groups:
        names = tuple(dict.fromkeys(_tokens(name, stemmer) for name in group))
        found |= dict.fromkeys(names, names)
    return found


def _one(stems: Tokens) -> str:
    return stems[0] if len(stems) == 1 else f"@{' '.join(stems)}"


def _stem(stemmer: Stemmer, word: str) -> str:
    return stemmer.stem(word.replace("ae", "e").replace("oe", "e") if len(word) > 4 else word)


def _tokens(phrase: str, stemmer: Stemmer) -> Tokens:
    return tuple(_stem(stemmer, word) for word in words(phrase))


def _stemmed(text: str, stemmer: Stemmer) -> frozenset[str]:
    return frozenset(_stem(stemmer, word) for word in words(text))
