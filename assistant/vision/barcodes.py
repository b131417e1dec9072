"""The door to ZXing: barcodes on packs, and what GS1 writes in them.

Sources: GS1 General Specifications, release 24 (GS1 2024), sections 3.2 to 3.5 (application
identifiers 01, 10, 17, 21), 7.9 (check digit) and 7.12 (century of a year in two digits).
"""

import calendar
import re
from dataclasses import dataclass

import numpy as np

from assistant.vision.door import Points

GROUP_END = "\x1d"
_SIX = re.compile(r"[0-9]{6}")
_FIXED = {"01": 14, "02": 14, "11": 6, "13": 6, "15": 6, "17": 6, "00": 18, "20": 2}
"""Digits of the identifiers whose length is fixed."""
_LONGEST = {"10": 20, "21": 20, "240": 30, "37": 8, "710": 20, "711": 20, "712": 20, "714": 20}
"""Characters of those that end with a group sign."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """A code that was read; damaged codes are not given by the reader."""

    format: str
    text: str
    """As it stands in the code, group signs included."""
    corners: tuple[tuple[float, float], ...]
    gs1: bool


@dataclass(frozen=True, slots=True)
class Gs1:
    """What a code says of a pack; empty where it says nothing."""

    gtin: str = ""
    expiry: str = ""
    """As 2027-03-31; the day 00 means the last of the month."""
    batch: str = ""
    serial: str = ""


def read_barcodes(points: Points) -> tuple[Barcode, ...]:
    """All codes on a picture."""
    import zxingcpp  # noqa: PLC0415 - native code that only packs need

    found = zxingcpp.read_barcodes(np.ascontiguousarray(points), text_mode=zxingcpp.TextMode.Plain)
    return tuple(
        Barcode(
            str(code.format).rpartition(".")[2],
            code.text,
            tuple(
                (float(place.x), float(place.y))
                for place in (
                    code.position.top_left, code.position.top_right,
                    code.position.bottom_right, code.position.bottom_left,
                )
            ),
            code.content_type == zxingcpp.ContentType.GS1,
        )
        for code in found
        if code.valid
    )  # fmt: skip


def parse_gs1(text: str, year: int) -> Gs1:
    """What the identifiers of a code say; from one that cannot be read on, nothing more.

    Args:
        text: content of the code, or its form for people with identifiers in brackets.
        year: the present one, for the century of years in two digits.
    """
    parts = _bracketed(text) if text.startswith("(") else _plain(text)
    gtin = parts.get("01", "")
    return Gs1(
        gtin if right_check_digit(gtin) else "",
        _date(parts.get("17", ""), year),
        parts.get("10", ""),
        parts.get("21", ""),
    )


def right_check_digit(number: str) -> bool:
    """Whether the last digit of a GTIN fits the others (weights 3 and 1 from the right)."""
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", number):
        return False
    digits = [int(digit) for digit in reversed(number)]
    return sum(d * (3 if at % 2 else 1) for at, d in enumerate(digits)) % 10 == 0


def _bracketed(text: str) -> dict[str, str]:
    return dict(re.findall(r"\((\d{2,4})\)([^(]+)", text))


def _plain(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    rest = text.removeprefix("]d2").removeprefix("]C1").removeprefix(GROUP_END)
    while rest:
        taken = _taken(rest)
        if taken is None:
            return parts
        name, value, rest = taken
        parts.setdefault(name, value)
    return parts


def _taken(rest: str) -> tuple[str, str, str] | None:
    """The first identifier, its value and what follows; None where it cannot be read."""
    name = rest[:2]
    if name in _FIXED:
        end = 2 + _FIXED[name]
        value = rest[2:end]
        if len(value) < _FIXED[name] or not (value.isascii() and value.isdigit()):
            return None
        return name, value, rest[end:].removeprefix(GROUP_END)
    name = next((known for known in _LONGEST if rest.startswith(known)), "")
    value, _, after = rest[len(name) :].partition(GROUP_END)
    if not name or not value or len(value) > _LONGEST[name]:
        return None
    return name, value, after


def _date(digits: str, year: int) -> str:
    """YYMMDD as a date; the century is the one that lies nearest (up to 50 years ahead)."""
    if not _SIX.fullmatch(digits):
        return ""
    two, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if not 1 <= month <= 12:
        return ""
    full = year - year % 100 + two
    full += 100 if full - year <= -50 else -100 if full - year >= 51 else 0
    last = calendar.monthrange(full, month)[1]
    return f"{full:04}-{month:02}-{day or last:02}" if day <= last else ""
