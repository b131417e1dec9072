"""Laboratory results in a text, each in one unit, with its place; what cannot be is questioned.

Units and their factors are those of the calculators. A number without a unit is read only where one
unit fits; where two would, it is asked which one is meant.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from typing import Any

from assistant.clinical.calculators.errors import BadInput
from assistant.clinical.calculators.model import Field
from assistant.clinical.calculators.reading import plain_number, read_number
from assistant.clinical.calculators.rows import fields_of
from assistant.clinical.calculators.units import plain as plain_unit
from assistant.clinical.calculators.units import quantities
from assistant.clinical.understood.plain import Plain
from assistant.clinical.understood.scope import Scope
from assistant.clinical.understood.stated import Stated

_NUMBER = (
    r"(?:(?P<{name}_sign>[<>~\u2264\u2265])=?)?\s?"
    r"(?P<{name}>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)(?![\d.]*\d)"
)
_UNIT = (
    r"\s?(?P<{name}>(?:x ?)?10\^?\d+ ?/ ?l|[a-z\u00b5%]{{1,9}}\+?(?: ?(?:/|per) ?"
    r"[a-z\u00b5]{{1,5}}\d?)?|/ ?[a-z\u00b5]{{1,4}}\d?)?"
)
_LINK = (
    r"(?:\s?(?:is|was|were|of|at|now|today|level|levels|result|count|:|=|-|,|\(|random|fasting|only"
    r"|came back|about|around|low|high|raised|fell|rose|dropped|went|increased|decreased|up"
    r"|down))*\s?"
)
_TREND = r"(?P<from>from\s)?{first}{u1}\s?(?P<way>-+>|>|to|then|now|\.\.|-)\s?{second}{u2}"
_SAME = Decimal("0.03")
"""Share by which two values may differ and count as steady."""
_LONGEST_UNIT = 14


@dataclass(frozen=True, slots=True)
class Lab:
    """One result: how it is named and its limits."""

    name: str
    field: Field
    words: re.Pattern[str]
    units: Mapping[str, float]
    """Own units, where the calculators have no quantity for it."""


@dataclass(frozen=True, slots=True)
class Given:
    """A number with its unit as they stand in the text."""

    number: Decimal
    unit: str
    doubt: str = ""
    sign: str = ""
    """`<`, `>` or the like before the number."""


class LabReader:
    """Finds results; keep one, because it holds compiled patterns."""

    def __init__(self, scope: Scope) -> None:
        """Take what judges whether a mention holds."""
        self._scope = scope

    @cached_property
    def _labs(self) -> tuple[Lab, ...]:
        own = files("assistant.clinical.understood") / "labs.toml"
        shared = files("assistant.clinical.calculators") / "data" / "fields.toml"
        fields = fields_of(tomllib.loads(shared.read_text(encoding="utf-8")))
        rows = tomllib.loads(own.read_text(encoding="utf-8"))
        return tuple(_lab(name, row, fields) for name, row in rows.items())

    @cached_property
    def _values(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        names = {
            "first": _NUMBER.format(name="a"),
            "second": _NUMBER.format(name="b"),
            "u1": _UNIT.format(name="ua"),
            "u2": _UNIT.format(name="ub"),
        }
        one = re.compile(_LINK + names["first"] + names["u1"])
        return re.compile(_LINK + _TREND.format(**names)), one

    def read(self, text: Plain) -> list[Stated]:
        """All results of a text."""
        if not any(char.isdigit() for char in text.lower):
            return []
        return [stated for lab in self._labs for stated in self._of(lab, text)]

    def _of(self, lab: Lab, text: Plain) -> Iterator[Stated]:
        trend, one = self._values
        for match in lab.words.finditer(text.lower):
            two = trend.match(text.lower, match.end())
            value = two or one.match(text.lower, match.end())
            if value is None:
                continue
            last = "b" if two else "a"
            given = _given(value, last, f"u{last}")
            earlier = _given(value, "a", "ua" if value["ua"] else "ub") if two else None
            end = value.end(last)
            if value[f"u{last}"] and _known(lab, given.unit):
                end = value.end(f"u{last}")
            elif earlier is not None and _known(lab, earlier.unit):
                given = Given(given.number, earlier.unit, given.doubt)
            if two and not two["from"] and two["way"] in ("-", "to"):
                given, earlier = _range(lab, earlier, given), None
            yield self._stated(lab, text, (match.start(), end), given, earlier)

    def _stated(
        self, lab: Lab, text: Plain, place: tuple[int, int], given: Given, earlier: Given | None
    ) -> Stated:
        held = self._scope.of(text, *place)
        shown, value, doubt = _converted(lab, given)
        return Stated(
            "lab", lab.name, lab.field.label, value, _unit(lab), shown, *place,
            held.status, held.whose, held.when,
            _trend(lab, earlier, value), given.doubt or doubt,
        )  # fmt: skip


def _lab(name: str, row: Mapping[str, Any], fields: Mapping[str, Field]) -> Lab:
    words = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(row['names'])})(?![a-z])")
    if "field" in row:
        return Lab(name, fields[row["field"]], words, {})
    (low, high), (usual, unusual) = row["hard"], row["soft"]
    limits = (float(low), float(high)), (float(usual), float(unusual))
    field = Field(name, row["label"], "number", row.get("quantity", ""), *limits)
    return Lab(name, field, words, row.get("units", {}))


def _unit(lab: Lab) -> str:
    return next(iter(lab.units)) if lab.units else quantities()[lab.field.quantity].unit


def _given(match: re.Match[str], number: str, unit: str) -> Given:
    text, sign = match[number], match[f"{number}_sign"] or ""
    written = (match[unit] or "").strip()
    if text.startswith("."):
        question = f"Is 0{text} meant? Write a zero before the point."
        return Given(Decimal(f"0{text}"), written, question, sign)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return Given(Decimal(text.replace(",", "")), written, "", sign)
    return Given(Decimal(text.replace(",", ".")), written, "", sign)


def _range(lab: Lab, low: Given | None, high: Given) -> Given:
    """The upper end of a range, with the question which value is meant."""
    least = low.number if low else high.number
    question = f"{lab.field.label}: {least} to {high.number} is a range. Which value is it?"
    return Given(high.number, high.unit, question, high.sign)


def _known(lab: Lab, unit: str) -> bool:
    if not unit or len(unit) > _LONGEST_UNIT:
        return False
    if lab.units:
        return plain_unit(unit) in {plain_unit(known) for known in lab.units}
    return quantities()[lab.field.quantity].spelled(unit) is not None


def _converted(lab: Lab, given: Given) -> tuple[str, str, str]:
    """How the value is shown, its canonical number, and what is to be asked."""
    unit = given.unit if _known(lab, given.unit) else ""
    written = f"{given.sign}{given.number.normalize():f}"
    if lab.units:
        return _own_units(lab, given, unit, written)
    try:
        read = read_number(lab.field, float(given.number), unit)
    except BadInput as error:
        said = f"{written} {unit}".strip()
        return said, f"{given.number.normalize():f}", _asked(str(error))
    number = read.value if isinstance(read.value, float | int) else 0.0
    return f"{given.sign}{read.shown}", plain_number(float(number)), " ".join(read.warnings)


def _own_units(lab: Lab, given: Given, unit: str, written: str) -> tuple[str, str, str]:
    known = {plain_unit(name): (name, per) for name, per in reversed(list(lab.units.items()))}
    name, per = known.get(plain_unit(unit), (_unit(lab), 1.0))
    number = float(given.number) / per
    said = f"{written} {name}"
    low, high = lab.field.hard
    doubt = ""
    if not low <= number <= high:
        doubt = f"{lab.field.label}: {said} cannot be right. Is the unit right?"
    elif not lab.field.soft[0] <= number <= lab.field.soft[1]:
        doubt = f"{lab.field.label}: check {said}, it is unusual."
    return said, plain_number(number), doubt


def _asked(message: str) -> str:
    return message[0].upper() + message[1:]


def _trend(lab: Lab, earlier: Given | None, value: str) -> str:
    if earlier is None:
        return ""
    before = Decimal(_converted(lab, earlier)[1])
    now = Decimal(value)
    if abs(now - before) <= _SAME * abs(before):
        return "steady"
    return "rising" if now > before else "falling"
