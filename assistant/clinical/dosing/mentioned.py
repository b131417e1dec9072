"""Medicines that a text names, by all names that are known."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.medicine_names import NamedMedicine
from kb.text import words

_SHORTEST = 4
"""Letters of a name that is looked for; shorter ones are too often words of another meaning."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Looks for names in texts."""

    by_first: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
    """Names as words with the id they belong to, by their first word."""

    def find(self, text: str) -> frozenset[str]:
        """Ids of the medicines whose name stands in a text."""
        there = words(text)
        found = set()
        for place, word in enumerate(there):
            for name, own in self.by_first.get(word, ()):
                if tuple(there[place : place + len(name)]) == name:
                    found.add(own)
        return frozenset(found)


def index_names(medicines: Mapping[str, NamedMedicine]) -> Mentioned:
    """All names of all medicines."""
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for medicine in medicines.values():
        for name in {medicine.id, medicine.name, *medicine.aliases}:
            parts = tuple(words(name))
            if len(name) >= _SHORTEST and parts:
                by_first.setdefault(parts[0], []).append((parts, medicine.id))
    return Mentioned({first: tuple(names) for first, names in by_first.items()})
