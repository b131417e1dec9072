"""Whether a medicine may be given to one with an allergy; groups and cross-allergies are data."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

from assistant.clinical.allergies import Allergies, AllergyGroup, load_allergies
from kb.medicines import Action, Medicine
from kb.text import fold, words

_NONE = ("none", "nil", "no", "nkda", "nka", "no known")


@dataclass(frozen=True, slots=True)
class Cross:
    """A class of medicines to which an allergy against another group may cross over."""

    allergy: str
    to_class: str
    action: Action
    severe_action: Action
    same_side_chain: frozenset[str]
    why: str


@dataclass(frozen=True, slots=True)
class AllergyRules:
    """Groups, cross-allergies and the words of a severe reaction."""

    groups: Allergies
    cross: tuple[Cross, ...]
    severe: frozenset[str]
    source: str

    def against(self, medicine: Medicine, allergies: Iterable[str]) -> Iterator[tuple[Action, str]]:
        """What speaks against a medicine, with the words for it."""
        for allergy in allergies:
            said = set(words(allergy))
            if not said or fold(allergy).strip().startswith(_NONE):
                continue
            named = {group.name for group in self.groups.groups if said & _words(group)}
            if self.same(medicine, said, named):
                yield "refuse", f"The patient is allergic to {allergy}."
            else:
                yield from self._crossing(medicine, allergy, said, named)

    def same(self, medicine: Medicine, said: set[str], named: set[str]) -> bool:
        """Whether an allergy is against the medicine or its own group."""
        own = {
            word for name in (medicine.id, medicine.inn, *medicine.aliases) for word in words(name)
        }
        classes = {word.removesuffix("s") for word in said} & set(medicine.classes)
        groups = named & set(medicine.classes)
        members = any(
            set(words(name)) <= set(words(medicine.id))
            for group in self.groups.groups
            if group.name in named
            for name in group.medicines
        )
        return bool((said - _EMPTY) & own) or bool(classes) or bool(groups) or members

    def _crossing(
        self, medicine: Medicine, allergy: str, said: set[str], named: set[str]
    ) -> Iterator[tuple[Action, str]]:
        severe = bool(said & self.severe)
        for cross in self.cross:
            if cross.allergy in named and cross.to_class in medicine.classes:
                near = medicine.id in cross.same_side_chain
                action = cross.severe_action if severe or near else cross.action
                yield action, f"Allergy to {allergy}: {cross.why} ({self.source})."


_EMPTY = frozenset(
    {"acid", "sodium", "salt", "oral", "injection", "hydrochloride", "sulfate", "a", "b"}
)


def _words(group: AllergyGroup) -> set[str]:
    return {part for name in group.said | group.medicines for part in words(name)} | {group.name}


def load_allergy_rules() -> AllergyRules:
    """Read the lists of the package."""
    path = files("assistant.clinical.dosing").joinpath("allergies.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return AllergyRules(
        groups=load_allergies(),
        cross=tuple(
            Cross(
                allergy=row["allergy"],
                to_class=row["class"],
                action=row["action"],
                severe_action=row["severe_action"],
                same_side_chain=frozenset(row["same_side_chain"]),
                why=row["why"],
            )
            for row in table["cross"]
        ),
        severe=frozenset(word for name in table["severe"] for word in words(name)),
        source=table["source"],
    )
