"""Medicines that a person confirmed from a paper: the list of the open patient, and what to check.

Knows nothing of the web toolkit. The list is the text of a box, names with commas, as it can be
typed; beside it the page keeps where each name came from. Nothing is applied by itself, and an
amount on a paper is only ever compared by the dose engine.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from ui.web.reading import Line

LABEL = "medicine.drug"
STRENGTH = "medicine.strength"
LETTER = "patient.drugs"
_AMOUNT = re.compile(
    r"(?<![\w/])[\d.,]*\d\s*(?:mg|g|mcg|µg|μg|ug|micrograms?|milligrams?|iu|units?|u|ml|mmol"
    r"|tab(?:let)?s?|cap(?:sule)?s?|puffs?|drops?|sachets?)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(r"\s*/")
_LONGEST = 60
"""Characters of an order that go into the box of the dose tool."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A medicine of the open patient."""

    name: str
    paper: str = ""
    """`label` or `letter` for one that a person confirmed from a picture; empty for a typed one."""
    strength: str = ""
    """Of a label, as confirmed."""
    ordered: str = ""
    """The one amount that stands behind the name on a paper; never taken as right."""
    amounts: tuple[str, ...] = ()
    """Where several amounts stand there: all of them, for a person to tell apart."""


def confirmed_medicines(
    lines: Sequence[Line], ticked: Sequence[bool], values: Sequence[tuple[str, str]]
) -> tuple[Taken, ...]:
    """The medicines among the fields that the person has ticked, with the values as edited."""
    taken = []
    strength = ""
    for line, take, (value, unit) in zip(lines, ticked, values, strict=True):
        if not take or not value.strip():
            continue
        if line.feeds == STRENGTH:
            strength = f"{value.strip()} {unit.strip()}".strip()
        elif line.feeds in (LABEL, LETTER):
            taken.append(_taken(line, value))
    return tuple(
        replace(one, strength=strength) if one.paper == "label" else one
        for one in taken
        if one.name
    )


def together(text: str, new: Iterable[Taken]) -> str:
    """The text of the box with new names behind those that stand there."""
    names = names_in(text)
    known = {name.casefold() for name in names}
    for one in new:
        if one.name.casefold() not in known:
            known.add(one.name.casefold())
            names.append(one.name)
    return ", ".join(names)


def without(text: str, name: str) -> str:
    """The text of the box without a name."""
    return ", ".join(each for each in names_in(text) if each.casefold() != name.casefold())


def remembered(held: str, new: Iterable[Taken]) -> str:
    """Where names came from, with new ones; a name confirmed again counts as it is now."""
    found = {one.name.casefold(): one for one in (*_held(held), *new)}
    return json.dumps([asdict(one) for one in found.values()])


def pruned(text: str, held: str) -> str:
    """Where the names that still stand in the box came from; nothing once the box is empty."""
    names = {name.casefold() for name in names_in(text)}
    kept = [one for one in _held(held) if one.name.casefold() in names]
    return json.dumps([asdict(one) for one in kept]) if kept else ""


def listed(text: str, held: str) -> tuple[Taken, ...]:
    """The medicines of the box, each with where it came from."""
    known = {one.name.casefold(): one for one in _held(held)}
    return tuple(known.get(name.casefold(), Taken(name)) for name in names_in(text))


def names_in(text: str) -> list[str]:
    """The names of the box."""
    return list(dict.fromkeys(part.strip() for part in str(text or "").split(",") if part.strip()))


def origin(one: Taken) -> str:
    """Where a medicine came from, for people."""
    papers = {"label": "label", "letter": "letter or prescription"}
    if one.paper not in papers:
        return "typed"
    strength = f" {one.strength}" if one.strength else ""
    return f"from the picture of a {papers[one.paper]}{strength}, confirmed by you"


def order_note(one: Taken) -> str:
    """What to say of amounts on the paper."""
    if one.ordered:
        return (
            f"On the paper: “{one.ordered}”. It is compared with the formulary here, not taken over"
            " as the dose."
        )
    if one.amounts:
        return (
            f"On the paper: {', '.join(f'“{each}”' for each in one.amounts)}. Several amounts:"
            " type the one that is to be given at a time."
        )
    return ""


def _taken(line: Line, value: str) -> Taken:
    # A comma parts the names of the box: a name that has one would become two.
    name = " ".join(value.replace(",", " ").split())
    if line.feeds == LABEL:
        return Taken(name, "label")
    amounts = tuple(match[0] for match in _AMOUNT.finditer(line.printed))
    ordered = _ordered(line.printed) if len(amounts) == 1 else ""
    return Taken(name, "letter", "", ordered, () if ordered else amounts)


def _ordered(printed: str) -> str:
    """The order from its only amount on; empty where that is a strength such as `40 mg/mL`."""
    match = _AMOUNT.search(printed)
    if match is None or _SHARE.match(printed, match.end()):
        return ""
    return " ".join(printed[match.start() :].split())[:_LONGEST]


def _held(held: str) -> tuple[Taken, ...]:
    rows = json.loads(held) if held else []
    return tuple(Taken(**{**row, "amounts": tuple(row["amounts"])}) for row in rows)
