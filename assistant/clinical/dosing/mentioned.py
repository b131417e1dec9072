"""Medicines that a text names, by all names that are known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.clinical.dosing.terms import Terms
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
        return frozenset(own for _, _, own in self._places(words(text)))

    def taken(self, text: str, terms: Terms) -> frozenset[str]:
        """Ids of the medicines that a text says are taken.

        `rifampicin-resistant` and `cannot take enalapril` say that they are not.
        """
        there = words(text)
        return frozenset(
            own
            for first, end, own in self._places(there)
            if not terms.untaken(there[max(0, first - 3) : first], there[end : end + 1])
        )

    def _places(self, there: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """Where names stand among words: the first word, the one behind it, and the id."""
        for place, word in enumerate(there):
            for name, own in self.by_first.get(word, ()):
                end = place + len(name)
                if tuple(there[place:end]) == name:
                    yield place, end, own


def index_names(medicines: Mapping[str, NamedMedicine]) -> Mentioned:
    """All names of all medicines."""
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for medicine in medicines.values():
        for name in {medicine.id, medicine.name, *medicine.aliases}:
            parts = tuple(words(name))
            if len(name) >= _SHORTEST and parts:
                by_first.setdefault(parts[0], []).append((parts, medicine.id))
    return Mentioned({first: tuple(names) for first, names in by_first.items()})
