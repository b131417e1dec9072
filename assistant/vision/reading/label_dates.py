"""Batch and dates of a medicine label, beside what the code on the pack says of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assistant.vision.barcodes import Barcode, parse_gs1
from assistant.vision.reading.messages import Field
from assistant.vision.reading.numbers import date_of
from assistant.vision.reading.rows import Row
from assistant.vision.reading.wording import either, load_wording

SURE = 0.9
"""Least probability of every word that is taken without asking."""
_CODE = re.compile(r"[A-Z0-9][A-Z0-9/-]{1,19}")
_SOON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Pack:
    """A label as it was read."""

    rows: Sequence[Row]
    codes: Sequence[Barcode]
    today: date


def introduced(rows: Sequence[Row], name: str) -> Iterator[Field]:
    """What stands behind `Batch` or `Exp`, on the same row or as the next cell."""
    words = either(load_wording().tables["label"][name])
    pattern = re.compile(rf"(?<![a-z])(?:{words})(?![a-z])[\s.:№#-]*", re.IGNORECASE)
    for row in rows:
        for match in pattern.finditer(row.text):
            field = _behind(row, match.end(), name)
            if field is not None:
                yield field
                return


def _behind(row: Row, begin: int, name: str) -> Field | None:
    says = load_wording().says
    rest = row.text[begin:]
    label = {"batch": "Batch", "expiry": "Expiry", "made": "Made"}[name]
    if name == "batch":
        match = _CODE.match(rest)
        if match is None or not re.search(r"\d", match[0]):
            return None
        span = (begin, begin + match.end())
        field = Field(name, match[0], "", row.sure(*span), row.box(*span), label, match[0])
        return field if field.confidence >= SURE else field.doubted(says["unsure"])
    head = re.split(r"(?i)\b(?:mfg|mfd|exp|batch|lot|b\.?\s?no)\b", rest)[0][:24]
    day = date_of(head)
    if day is None:
        return None
    span = (begin, begin + len(head.rstrip()))
    field = Field(
        name, day.text or head.strip(), "", row.sure(*span), row.box(*span), label, head.strip()
    )
    if not day.text:
        return field.doubted(says["not_a_date"])
    if day.doubtful:
        return field.doubted(says["two_ways"], 0.8)
    return field if field.confidence >= SURE else field.doubted(says["unsure"])


def with_codes(printed: Sequence[Field], pack: Pack) -> Iterator[Field]:
    """The printed fields beside what the code on the pack says."""
    says = load_wording().says
    said: dict[str, str] = {}
    for code in pack.codes:
        told = parse_gs1(code.text, pack.today.year)
        pairs = (
            ("expiry", told.expiry),
            ("batch", told.batch),
            ("gtin", told.gtin),
            ("serial", told.serial),
        )
        said |= {name: value for name, value in pairs if value and (code.gs1 or told.gtin)}
    for field in printed:
        other = said.pop(field.name, "")
        if not other or other.startswith(field.value):
            yield (
                replace(field, value=other, confidence=0.99, note=says["from_code"])
                if other
                else field
            )
        else:
            yield field.doubted(says["conflict"].format(other), 0.3)
    labels = {
        "expiry": "Expiry",
        "batch": "Batch",
        "gtin": "Article number (GTIN)",
        "serial": "Serial number",
    }
    for name, value in said.items():
        yield Field(
            name, value, "", 0.99, label=labels[name], printed=value, note=says["from_code"]
        )


def aged(field: Field, today: date) -> Field:
    """An expiry with a warning where it is over or near."""
    last = _last_day(field.value) if field.name == "expiry" else None
    if last is None:
        return field
    says = load_wording().says
    if last < today:
        return replace(field, note=f"{says['expired'].format(field.value)} {field.note}".strip())
    if last - today <= _SOON:
        return replace(field, note=f"{says['soon'].format(field.value)} {field.note}".strip())
    return field


def _last_day(text: str) -> date | None:
    """The last day of use; of a month its last day."""
    try:
        if len(text) == 7:
            first = date.fromisoformat(text + "-01")
            return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return date.fromisoformat(text)
    except ValueError:
        return None
