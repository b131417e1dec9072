"""Laboratory slips: each row's test, value, unit, reference range and flag."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from assistant.vision.reading.lab_checks import (
    beside_others,
    contradicts,
    heads_of,
    number_doubts,
    range_doubts,
)
from assistant.vision.reading.messages import Field, Flag
from assistant.vision.reading.naming import Named, named_test
from assistant.vision.reading.numbers import NUMBER, SIGN, number_of
from assistant.vision.reading.ranges import Range, behind, dashed
from assistant.vision.reading.rows import Row
from assistant.vision.reading.units import in_other_unit, unit_of
from assistant.vision.reading.wording import either, load_wording, simple

SURE = 0.85
"""Below this probability of a figure a field is in doubt."""
_VALUE = re.compile(
    rf"(?<![\w.,/^+-])({SIGN}\s*)?({NUMBER})(?=$|[\s*)\]]|[HL]{{1,2}}\b|[a-zA-Z%µμ/]+)"
)
_MIXED = re.compile(
    r"(?<![\w.,/^])(?=[\dOlISB.,]*\d)(?=[\dOlISB.,]*[OlISB])[\dOlISB]+[.,]?[\dOlISB]*(?!\w)"
)
"""A number with letters among its figures."""
_ORDINALS = re.compile(r"\d(?:st|nd|rd|th|h|hr|hrs|d|x)\b|\d-[A-Za-z]|\d+\s*(?:years|yrs)\b")


@dataclass(frozen=True, slots=True)
class _Parts:
    """What was found in a row; spans in its text."""

    value: tuple[int, int]
    word: str = ""
    sign: str = ""
    reference: Range | None = None
    mixed: bool = False


def lab_fields(rows: Sequence[Row]) -> tuple[Field, ...]:
    """All results of a slip, in the order of its rows."""
    fields = [field for row in rows if (field := _field(row))]
    return beside_others(fields, heads_of(row.text for row in rows))


def _field(row: Row) -> Field | None:
    found: tuple[Named, _Parts] | None = None
    for parts in _candidates(row.text):
        named = named_test(row.text, parts.value[0])
        # The longest name wins: the figures of `Vitamin D 25 OH` are no value.
        if named and (found is None or (named.end, named.sure) > (found[0].end, found[0].sure)):
            found = (named, parts)
    return _worked(row, found[1], found[0]) if found else _unknown(row)


def _candidates(text: str) -> Iterator[_Parts]:
    """The places where the value may stand, from left to right."""
    ranges = dashed(text)
    blocked = [each.span for each in ranges]
    found = [
        _Parts(match.span(), sign=(match[1] or "").strip())
        for match in _VALUE.finditer(text)
        if _free(match.span(), blocked) and not _ORDINALS.match(text, match.start(2))
    ]
    mixed = (match.span() for match in _MIXED.finditer(text))
    found += [_Parts(span, mixed=True) for span in mixed if _free(span, blocked)]
    found += [_Parts(match.span(), word=match[0]) for match in _words().finditer(text)]
    for parts in sorted(found, key=lambda each: (each.value[0], -each.value[1])):
        if not text[: parts.value[0]].strip():
            continue
        yield replace(parts, reference=_reference(text, parts, ranges))


def _reference(text: str, parts: _Parts, ranges: Sequence[Range]) -> Range | None:
    """The reference: a range anywhere in the row, a bound or a word behind the value."""
    if parts.word:
        word = _words().search(text, parts.value[1])
        return Range(word.span(), word[0]) if word else None
    return ranges[0] if ranges else behind(text, parts.value[1])


def _worked(row: Row, parts: _Parts, named: Named) -> Field:
    analyte, text = named.analyte, row.text
    start, end = parts.value
    rest = _rest(text, named.end, [parts.value, _span(parts)])
    flag, rest = _flag(rest)
    unit = _unit(named, rest)
    field = Field(
        analyte.name,
        _result(parts.word) if parts.word else text[start:end].replace(" ", "").replace(",", "."),
        unit.name,
        row.sure(start, end),
        row.box(0, len(text)),
        analyte.label,
        text,
        parts.reference.text if parts.reference else "",
        _printed_flag(flag),
        feeds=analyte.feeds,
    )
    if parts.word:
        return _judged(field, named, row, parts)
    return _measured(_judged(field, named, row, parts), named, text[start:end], unit)


def _judged(field: Field, named: Named, row: Row, parts: _Parts) -> Field:
    says = load_wording().says
    if field.confidence < SURE or not named.sure or row.sure(0, named.end) < 0.7:
        field = field.doubted(says["unsure"])
    if parts.reference and parts.reference.dash_lost:
        field = field.noted(says["dash"])
    if row.cut:
        field = field.noted(says["cut"])
    if parts.mixed:
        field = field.doubted(says["letters_in_number"], 0.3)
    return field


def _measured(field: Field, named: Named, written: str, unit: "_Unit") -> Field:
    """The field of a number with what speaks against it."""
    says, analyte = load_wording().says, named.analyte
    bare = re.sub(r"[^\d.,]", "", written)
    number = number_of(bare)
    if number is None:
        return field.doubted(says["letters_in_number"], 0.3)
    sign = field.value[: len(field.value) - len(field.value.lstrip("<>≤≥="))]
    field = replace(field, value=sign + number.text)
    if number.doubtful and analyte.quantity != "cells":
        field = field.doubted(says["comma"])
    if not field.unit:
        field = field.doubted(says["no_unit"]) if analyte.units != ("ratio",) else field
    elif not unit.spelt:
        field = field.doubted(says["odd_unit"].format(unit.written))
    for most, reason in number_doubts(analyte, number.value, field):
        field = field.doubted(says[reason], most)
    for reason in range_doubts(analyte, field, unit.left):
        field = field.noted(says[reason])
    if contradicts(field, number.value):
        field = field.doubted(says["out_of_range"], 0.5)
    feeds = field.feeds if not sign and _may_feed(named, field.unit) else ""
    other = in_other_unit(analyte, number.value, field.unit) if not sign else ""
    return replace(field, also=other, feeds=feeds)


def _may_feed(named: Named, unit: str) -> bool:
    return not named.analyte.feeds_in or unit in named.analyte.feeds_in


@dataclass(frozen=True, slots=True)
class _Unit:
    """The unit of a row and what is left beside it."""

    name: str = ""
    written: str = ""
    spelt: bool = False
    left: tuple[str, ...] = ()
    """Words of the row that nothing explains."""


def _unit(named: Named, rest: str) -> _Unit:
    """The unit among what is left of a row."""
    words = rest.split()
    best = _Unit(left=tuple(words))
    for start in range(len(words)):
        for end in range(min(len(words), start + 3), start, -1):
            written = "".join(words[start:end])
            name, spelt = unit_of(named.analyte, written)
            found = _Unit(name, written, spelt, (*words[:start], *words[end:]))
            if spelt:
                return found
            best = found if name and not best.name else best
    for bare in ("ratio", "pH"):
        if named.analyte.units == (bare,) and not best.name:
            return replace(best, name=bare, spelt=True)
    return best


def _rest(text: str, begin: int, spans: Sequence[tuple[int, int]]) -> str:
    """The text behind a name without the parts that are already told."""
    kept = [
        " " if any(s <= at < e for s, e in spans) else text[at] for at in range(begin, len(text))
    ]
    return "".join(kept)


def _flag(rest: str) -> tuple[str, str]:
    """The flag, and the rest without it."""
    flags = load_wording().shown("flags")
    words = rest.split()
    for at, word in enumerate(words):
        flag = flags.get(word.lower().strip("[]")) or flags.get(simple(word))
        if flag:
            return flag, " ".join(words[:at] + words[at + 1 :])
    return "", rest


def _printed_flag(word: str) -> Flag:
    return cast("Flag", word)


def _span(parts: _Parts) -> tuple[int, int]:
    return parts.reference.span if parts.reference else (0, 0)


def _unknown(row: Row) -> Field | None:
    """A row that looks like a result of a test that is not known by name."""
    ranges = dashed(row.text)
    first = next(_candidates(row.text), None)
    if not ranges or first is None or first.word:
        return None
    start, end = first.value
    name = row.text[:start].strip(" :-")
    if not re.search(r"[A-Za-z]{2}", name) or len(name) > 60 or ":" in name:
        return None
    flag, rest = _flag(_rest(row.text, start, [first.value, _span(first)]))
    unit = next((found[0] for word in rest.split() if (found := unit_of(None, word))[1]), "")
    field = Field(
        simple(name).replace(" ", "_") or "test", row.text[start:end].replace(" ", ""), unit,
        row.sure(0, end), row.box(0, len(row.text)), name, row.text, ranges[0].text,
        _printed_flag(flag),
    )  # fmt: skip
    return field.doubted(load_wording().says["unknown_test"])


def _free(span: tuple[int, int], blocked: Sequence[tuple[int, int]]) -> bool:
    return all(span[1] <= start or span[0] >= end for start, end in blocked)


def _result(word: str) -> str:
    return load_wording().shown("results").get(simple(word), word)


@cache
def _words() -> re.Pattern[str]:
    spellings = (s for of in load_wording().tables["results"].values() for s in of)
    return re.compile(rf"(?<![\w+-])(?:{either(spellings)})(?![\w+])", re.IGNORECASE)
