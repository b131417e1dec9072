"""What ears and voice may know of medicines: names to listen for, handed to `speech` as plain data.

`speech` knows nothing of medicine; this is the one place where names of the library and of the
open patient reach it.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from assistant.messages import Patient
from kb.text import fold
from speech.hearing.hot_words import hot_words
from speech.words.lexicon import load_lexicon
from speech.words.names import NameBook, SpokenName, book_of

if TYPE_CHECKING:
    from assistant.clinical.medicines.names import Names
    from kb.medicine_names import NamedMedicine

_SHORTEST = 4
"""Letters of a name that is listened for; shorter ones are mostly words of another meaning."""
_GROUP = "class:"
_LETTERS = re.compile(r"[^\W\d_]+")


class SpokenMedicines:
    """Names of medicines for ears and voice, read when they are first needed."""

    @cached_property
    def names(self) -> "Names":
        """All names that the library knows."""
        from ui.wiring import MedicineShelf  # noqa: PLC0415 - reads the formulary

        return MedicineShelf().names

    @cached_property
    def book(self) -> NameBook:
        """The names to look for in a transcript."""
        return book_of(self._ways(), self._is_ordinary, self._spelled)

    def hot_words(self, patient: Patient | None = None) -> str:
        """Words that a recogniser is told to expect: those of the patient, then the formulary."""
        own = (*patient.drugs, *patient.allergies, *patient.conditions) if patient else ()
        listed = (one.name for one in self.names.medicines.values() if one.in_formulary)
        return hot_words(own, listed)

    def written(self, identity: str) -> str:
        """A medicine's name as it is written."""
        medicine = self.names.medicines.get(identity)
        return medicine.name if medicine else identity

    def _ways(self) -> Iterator[tuple[str, SpokenName]]:
        """Ways to say a name; those of the formulary last, since the last one counts."""
        medicines = self.names.medicines.values()
        for medicine in sorted(medicines, key=lambda one: one.in_formulary):
            if medicine.id.startswith(_GROUP):
                continue
            entry = self._entry(medicine)
            for way in {medicine.id.replace("-", " "), medicine.name, *medicine.aliases}:
                if len(way) >= _SHORTEST:
                    yield way, entry

    def _entry(self, medicine: "NamedMedicine") -> SpokenName:
        alike = tuple(self.written(one) for one in medicine.look_alike)
        return SpokenName(medicine.name, alike)

    def _spelled(self, word: str) -> tuple[str, ...]:
        found = self.names.resolve(word)
        meant = (found.medicine,) if found.medicine else found.choices or found.components
        return tuple(dict.fromkeys(self.written(one) for one in meant))

    def _is_ordinary(self, word: str) -> bool:
        return word in self._ordinary

    @cached_property
    def _ordinary(self) -> frozenset[str]:
        """Words of the library's cards and of everyday speech, as they stand and in plural."""
        starter = files("kb.starter")
        words = set(starter.joinpath("everyday.txt").read_text(encoding="utf-8").split())
        for card in _cards(starter.joinpath("topics")):
            words.update(_LETTERS.findall(fold(card.read_text(encoding="utf-8"))))
        words |= load_lexicon().number_words
        return frozenset(words | {f"{word}s" for word in words})


def _cards(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _cards(entry)
        elif entry.name.endswith(".md"):
            yield entry
