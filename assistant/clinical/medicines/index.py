"""Where the names of all medicines are looked up: as written, by spelling, by nearness."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.clinical.medicines.spelling import key, plain
from kb.medicine_names import NamedMedicine

SHORTEST = 6
"""Letters of the shortest spelling that is matched other than letter by letter."""
LIMIT = 20
"""Names looked at around a misspelt one."""


@dataclass(frozen=True)
class NameIndex:
    """The names of medicines; every table is made when first asked for."""

    medicines: Mapping[str, NamedMedicine]

    @cached_property
    def exact(self) -> dict[str, set[str]]:
        """Ids by plain name; an id or INN belongs to its medicine, whoever has it as alias."""
        owners: dict[str, set[str]] = {}
        for medicine in self.medicines.values():
            for name in official(medicine):
                owners.setdefault(plain(name), set()).add(medicine.id)
        self._add_aliases(owners, ours=True)
        self._add_aliases(owners, ours=False)
        return owners

    def _add_aliases(self, owners: dict[str, set[str]], *, ours: bool) -> None:
        """Add the aliases of medicines in or outside the formulary; names taken stay."""
        taken = set(owners)
        for medicine in self.medicines.values():
            if medicine.in_formulary is ours:
                for name in map(plain, medicine.aliases):
                    if name not in taken:
                        owners.setdefault(name, set()).add(medicine.id)

    @cached_property
    def in_any_order(self) -> dict[str, set[str]]:
        """Ids by the words of a name in alphabetical order: `vaccine BCG`."""
        owners: dict[str, set[str]] = {}
        for name, ids in self.exact.items():
            owners.setdefault(ordered(name), set()).update(ids)
        return owners

    @cached_property
    def by_spelling(self) -> dict[str, set[str]]:
        """Ids by spelling key of every name that is no brand; brands have one spelling."""
        owners: dict[str, set[str]] = {}
        for medicine in self.medicines.values():
            for name in generic(medicine):
                spelling = key(name)
                if medicine.id in self.exact.get(plain(name), ()) and len(spelling) >= SHORTEST:
                    owners.setdefault(spelling, set()).add(medicine.id)
        return owners

    @cached_property
    def _nearby(self) -> dict[str, set[str]]:
        """Ids by spelling key of every name, brands too, that is long enough to be misspelt."""
        owners: dict[str, set[str]] = {}
        for name, ids in self.exact.items():
            if len(name) >= SHORTEST - 1:
                owners.setdefault(key(name), set()).update(ids)
        return owners

    @cached_property
    def _spellings(self) -> list[str]:
        return list(self._nearby)

    @cached_property
    def _generic_names(self) -> list[str]:
        names = {plain(name) for one in self.medicines.values() for name in generic(one)}
        return sorted(name for name in names if len(name) >= SHORTEST - 1 and name in self.exact)

    def near(self, spelling: str, reach: int) -> dict[str, int]:
        """Least distance to each medicine within reach, by id."""
        found = process.extract(
            spelling, self._spellings, scorer=OSA.distance, score_cutoff=reach, limit=LIMIT
        )
        near: dict[str, int] = {}
        for other, distance, _ in found:
            for medicine in self._nearby[other]:
                near[medicine] = min(int(distance), near.get(medicine, reach))
        return near

    def as_near(self, written: str, ids: Iterable[str]) -> set[str]:
        """Other medicines whose name is as near to what was written, letter by letter."""
        ours = set(ids)
        names = (plain(name) for one in ours for name in generic(self.medicines[one]))
        least = min(OSA.distance(written, name) for name in names)
        found = process.extract(
            written, self._generic_names, scorer=OSA.distance, score_cutoff=least, limit=LIMIT
        )
        return {one for name, _, _ in found for one in self.exact[name]} - ours


def official(medicine: NamedMedicine) -> tuple[str, ...]:
    """The names that belong to a medicine alone; for a group of medicines all its names."""
    if medicine.id.startswith("class:"):
        return medicine.aliases
    return (medicine.id, medicine.name)


def generic(medicine: NamedMedicine) -> tuple[str, ...]:
    """The names that are no brand and no abbreviation; those begin with a capital letter."""
    others = (name for name in medicine.aliases if name[:1].islower())
    return (*official(medicine), *others)


def ordered(name: str) -> str:
    """The words of a name in alphabetical order."""
    return " ".join(sorted(name.split()))
