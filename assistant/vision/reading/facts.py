"""Facts that a paper introduces by their name: age, sex, date, weight, diagnosis."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from assistant.vision.reading.messages import Field
from assistant.vision.reading.numbers import NUMBER, date_of, number_of
from assistant.vision.reading.rows import BETWEEN, Row
from assistant.vision.reading.wording import either, load_wording

SURE = 0.85
_AGE = re.compile(
    rf"({NUMBER})\s*(years?|yrs?|y|months?|mths?|mo|m|weeks?|wks?|w|days?|d)?(?:\s*old)?(?![a-z])",
    re.IGNORECASE,
)
_UNITS = {"y": "y", "m": "m", "w": "w", "d": "d", "": "y"}
_SEX = re.compile(r"\b(male|female|m|f)\b", re.IGNORECASE)
_MEASURES = {"weight": "kg", "height": "cm"}
_SEX_LAST = re.compile(r"(?:male|female|[mf])\W*$", re.IGNORECASE)
_PRESSURE = re.compile(r"\b(\d{2,3})\s*/\s*(\d{2,3})\b")


def facts_of(rows: Sequence[Row]) -> tuple[Field, ...]:
    """All facts, the first of each name."""
    found: dict[str, Field] = {}
    for row in rows:
        for field in _of_row(row):
            found.setdefault(field.name, field)
    return tuple(found.values())


def fact_rows(rows: Sequence[Row]) -> frozenset[int]:
    """Numbers of the rows that begin with the name of a fact other than the treatment."""
    return frozenset(at for at, row in enumerate(rows) if _starts(row.text))


def _starts(text: str) -> bool:
    first = _introduced().match(text)
    return first is not None and _names()[_plain(first["label"])] != "treatment"


def _of_row(row: Row) -> Iterator[Field]:
    starts = list(_introduced().finditer(row.text))
    for at, match in enumerate(starts):
        end = starts[at + 1].start() if at + 1 < len(starts) else len(row.text)
        name = _names()[_plain(match["label"])]
        begin = match.end()
        begin, stop = _trimmed(row.text, begin, end, name)
        if begin < stop:
            yield from _fields(name, row, begin, stop)


def _trimmed(text: str, begin: int, end: int, name: str) -> tuple[int, int]:
    """The span of a value: up to the next cell, unless it is a sentence."""
    value = text[begin:end]
    lead = len(value) - len(value.lstrip(" :.-"))
    begin += lead
    gap = text.find(BETWEEN, begin, end)
    stop = gap if gap > 0 and name not in ("diagnosis", "complaint", "reason", "treatment") else end
    return begin, begin + len(text[begin:stop].rstrip(" ,;"))


def _fields(name: str, row: Row, begin: int, end: int) -> Iterator[Field]:
    wording = load_wording()
    value = row.text[begin:end]
    if name == "age_sex":
        middle = _SEX_LAST.search(value)
        cut = begin + (middle.start() if middle else len(value))
        yield from _fields("age", row, begin, cut)
        yield from _fields("sex", row, cut, end)
        return
    base = Field(
        name, value, "", row.sure(begin, end), row.box(begin, end),
        wording.fact_labels.get(name, name), row.text[begin:end],
        feeds=wording.fact_feeds.get(name, ""),
    )  # fmt: skip
    made = _typed(base)
    if made is None:
        return
    yield made.doubted(wording.says["unsure"]) if made.confidence < SURE else made


def _typed(field: Field) -> Field | None:
    """The field with its value in one form; None where no such value stands there."""
    read = _FORMS.get(field.name)
    if read is None:
        return field if re.search(r"\w", field.value) else None
    return read(field)


def _sex(field: Field) -> Field | None:
    found = _SEX.search(field.value)
    return replace(field, value=found[1][0].lower()) if found else None


def _pressure(field: Field) -> Field | None:
    found = _PRESSURE.search(field.value)
    return replace(field, value=f"{found[1]}/{found[2]}", unit="mmHg") if found else None


def _pregnant(field: Field) -> Field | None:
    said = field.value.lower()[:1]
    return replace(field, value="yes" if said == "y" else "no") if said in ("y", "n") else None


def _age(field: Field) -> Field | None:
    found = _AGE.search(field.value)
    number = number_of(found[1]) if found else None
    if found is None or number is None or number.value > 130 * 12:
        return None
    unit = _UNITS[(found[2] or "")[:1].lower()]
    return replace(field, value=number.text, unit=unit)


def _date(field: Field) -> Field | None:
    says = load_wording().says
    day = date_of(field.value)
    if day is None:
        return None
    if not day.text:
        return field.doubted(says["not_a_date"])
    dated = replace(field, value=day.text)
    return dated.doubted(says["two_ways"], 0.8) if day.doubtful else dated


def _measure(field: Field) -> Field | None:
    found = re.search(rf"({NUMBER})\s*(kg|kgs|g|cm|m)?\b", field.value, re.IGNORECASE)
    number = number_of(found[1]) if found else None
    if found is None or number is None:
        return None
    unit = (found[2] or _MEASURES[field.name]).lower().removesuffix("s")
    return replace(field, value=number.text, unit=unit)


_FORMS: dict[str, Callable[[Field], Field | None]] = {
    "age": _age,
    "sex": _sex,
    "born": _date,
    "date": _date,
    "weight": _measure,
    "height": _measure,
    "blood_pressure": _pressure,
    "pregnant": _pregnant,
}


@cache
def _names() -> dict[str, str]:
    """Introducing words -> fact."""
    table = load_wording().tables["facts"]
    return {_plain(spelling): name for name, of in table.items() for spelling in of}


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@cache
def _introduced() -> re.Pattern[str]:
    """The name of a fact at the start of a cell, with its colon, or as a cell of its own."""
    words = either(s for of in load_wording().tables["facts"].values() for s in of)
    start = r"(?:^|(?<=\s\s)|(?<=[,;]\s)|(?<=\d\s)|(?<=[a-z]\s))"
    return re.compile(
        rf"{start}(?P<label>{words})\s?(?:[:\uff1a]|\s-\s|{BETWEEN}|(?=\s?\d))", re.IGNORECASE
    )
