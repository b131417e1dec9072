"""What a rule sees of a medicine: the ids in it and the classes each belongs to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant.clinical.medicines.names import Resolved
from kb.interactions import ClassList, Members
from kb.medicine_names import NamedMedicine

LOCAL = frozenset(
    {"on the skin", "in the eye", "in the ear", "nasal", "vaginal", "inhaled", "in the mouth"}
)
"""Routes by which little reaches the rest of the body."""


@dataclass(frozen=True, slots=True)
class Part:
    """One medicine with its tags: its id, and its classes as `class:NAME`."""

    id: str
    tags: frozenset[str]

    def belongs(self, members: Members) -> bool:
        """Whether a rule means it."""
        return self.id not in members.without and not self.tags.isdisjoint(members.tags)


@dataclass(frozen=True, slots=True)
class Profile:
    """A written medicine as rules see it: itself and the parts of a combination."""

    name: str
    """For people."""
    parts: tuple[Part, ...]
    ids: frozenset[str]
    """Of what is in it: the parts of a combination, or the medicine."""
    route: str | None = None
    in_formulary: bool = False

    @property
    def local(self) -> bool:
        """Whether it is known to stay where it is put."""
        return self.route in LOCAL

    @property
    def tags(self) -> frozenset[str]:
        """The tags of all parts."""
        return frozenset[str]().union(*(part.tags for part in self.parts))

    def belongs(self, members: Members) -> bool:
        """Whether a rule means it or a part of it."""
        return any(part.belongs(members) for part in self.parts)


class Profiles:
    """Makes profiles from names."""

    def __init__(
        self, medicines: Mapping[str, NamedMedicine], classes: Mapping[str, ClassList]
    ) -> None:
        """Take the medicines and the classes beyond their groups."""
        self._medicines = medicines
        self._direct = _by_medicine(classes)
        self._wider = _wider(classes)

    def profile(self, resolved: Resolved) -> Profile:
        """The profile of a name that is clear."""
        ids = resolved.components
        whole = (resolved.medicine,) if resolved.medicine else ()
        known = [self._medicines[name] for name in dict.fromkeys((*whole, *ids))]
        name = known[0].name if whole else " + ".join(one.name for one in known)
        return Profile(
            name,
            tuple(Part(one.id, self.tags(one)) for one in known),
            frozenset(ids),
            resolved.route,
            any(one.in_formulary for one in known),
        )

    def tags(self, medicine: NamedMedicine) -> frozenset[str]:
        """The id and all classes of a medicine, those that hold whole classes included."""
        classes = set(medicine.classes) | self._direct.get(medicine.id, set())
        found = classes.union(*(self._wider.get(name, frozenset()) for name in classes))
        own = () if medicine.id.startswith("class:") else (medicine.id,)
        return frozenset((*own, *(f"class:{name}" for name in found)))


def _by_medicine(classes: Mapping[str, ClassList]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, members in classes.items():
        for medicine in members.medicines:
            found.setdefault(medicine, set()).add(name)
    return found


def _wider(classes: Mapping[str, ClassList]) -> dict[str, frozenset[str]]:
    """For each class the classes that contain it, directly or through others."""
    return {inner: frozenset(_containing(inner, classes, set())) for inner in _inner(classes)}


def _inner(classes: Mapping[str, ClassList]) -> Iterable[str]:
    return {inner for members in classes.values() for inner in members.classes}


def _containing(inner: str, classes: Mapping[str, ClassList], seen: set[str]) -> set[str]:
    for name, members in classes.items():
        if inner in members.classes and name not in seen:
            seen.add(name)
            _containing(name, classes, seen)
    return seen
