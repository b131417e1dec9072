"""Every medicine the library knows by name: the formulary's, and further ones for interactions.

A medicine that stands in both is one medicine; the formulary leads. The file is
`starter/interactions/other-medicines.toml`: groups with the classes their medicines share, then
fixed combinations with what they consist of.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from kb.errors import LibraryError
from kb.medicines import Medicine

GROUP_KEYS = ({"classes", "medicines"}, {"said"})
COMBINATION_KEYS = ({"of"}, {"also", "class", "route"})
"""Keys that must stand there, and keys that may."""


class BadInteractions(LibraryError):
    """A file of the interaction rules cannot be read as one."""


@dataclass(frozen=True, slots=True)
class NamedMedicine:
    """A medicine, as far as names and classes go."""

    id: str
    name: str
    """For people: the INN, or what a group is called."""
    aliases: tuple[str, ...] = ()
    classes: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    """Ids of the medicines in a fixed combination, or the one of which this is another form."""
    look_alike: tuple[str, ...] = ()
    in_formulary: bool = False
    route: str | None = None
    """The one route of this form, such as `in the eye`."""


def load_named(formulary: Iterable[Medicine]) -> dict[str, NamedMedicine]:
    """All medicines by id.

    Raises:
        BadInteractions: the file does not have its form.
    """
    text = files("kb.starter").joinpath("interactions", "other-medicines.toml")
    return merge_named(formulary, read_others(text.read_text(encoding="utf-8")))


def read_others(text: str) -> dict[str, NamedMedicine]:
    """The medicines of an `other-medicines.toml`, by id.

    Raises:
        BadInteractions: naming the group and the key.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"other-medicines.toml: {error}"
        raise BadInteractions(message) from error
    combinations = table.pop("combinations", {})
    found: dict[str, NamedMedicine] = {}
    for group, values in table.items():
        _expect(group, values, GROUP_KEYS)
        for medicine in _group(values):
            _add(found, medicine)
    for name, values in combinations.items():
        _expect(name, values, COMBINATION_KEYS)
        classes = frozenset(values.get("class", ()))
        parts, also = tuple(values["of"]), tuple(values.get("also", ()))
        said = " + ".join(map(_spaced, parts)) if len(parts) > 1 else _spaced(name)
        route = values.get("route")
        _add(found, NamedMedicine(name, said, also, classes, parts, route=route))
    return found


def _group(values: Mapping[str, Any]) -> Iterable[NamedMedicine]:
    classes = frozenset(values["classes"])
    for name, aliases in values["medicines"].items():
        yield NamedMedicine(name, _spaced(name), tuple(aliases), classes)
    said, own = tuple(values.get("said", ())), values["classes"]
    if said:
        yield NamedMedicine(f"class:{own[0]}", said[0], said, classes)


def _add(found: dict[str, NamedMedicine], medicine: NamedMedicine) -> None:
    if medicine.id in found:
        message = f"other-medicines.toml: {medicine.id!r} stands there twice"
        raise BadInteractions(message)
    found[medicine.id] = medicine


def _expect(where: str, values: object, keys: tuple[set[str], set[str]]) -> None:
    must, may = keys
    if not isinstance(values, dict) or not must <= values.keys() <= must | may:
        message = f"other-medicines.toml: {where!r} has the keys {', '.join(sorted(must | may))}"
        raise BadInteractions(message)


def merge_named(
    formulary: Iterable[Medicine], others: Mapping[str, NamedMedicine]
) -> dict[str, NamedMedicine]:
    """Both lists as one; what a combination consists of is worked out where nobody says it."""
    found = dict(others)
    for medicine in formulary:
        known = found.get(medicine.id, NamedMedicine(medicine.id, medicine.inn))
        found[medicine.id] = replace(
            known,
            name=medicine.inn,
            aliases=tuple(dict.fromkeys((*medicine.aliases, *known.aliases))),
            classes=known.classes | frozenset(medicine.classes),
            look_alike=medicine.look_alike,
            in_formulary=True,
        )
    spelt = {alias: medicine.id for medicine in found.values() for alias in medicine.aliases}
    single = {**spelt, **{name: name for name in found}}
    return {
        name: medicine if name in others else _with_parts(medicine, single)
        for name, medicine in found.items()
    }


def _with_parts(medicine: NamedMedicine, single: Mapping[str, str]) -> NamedMedicine:
    """A combination whose id is the names of its parts, joined by hyphens, has those parts."""
    if medicine.parts or "-" not in medicine.id:
        return medicine
    parts = split_id(medicine.id.split("-"), single)
    return replace(medicine, parts=parts) if len(parts) > 1 else medicine


def split_id(words: list[str], single: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the names that words spell, longest first; empty when anything is left over."""
    parts: list[str] = []
    start = 0
    while start < len(words):
        ends = (end for end in range(len(words), start, -1) if end - start < len(words))
        end = next((end for end in ends if "-".join(words[start:end]) in single), None)
        if end is None:
            return ()
        parts.append(single["-".join(words[start:end])])
        start = end
    return tuple(parts)


def _spaced(name: str) -> str:
    return name.replace("-", " ")
