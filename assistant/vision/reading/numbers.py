"""Numbers and dates as papers print them; doubt is told, never mended in silence."""

import calendar
import re
from dataclasses import dataclass

from assistant.vision.reading.wording import load_wording

NUMBER = r"\d+(?:[.,]\d+)*"
SIGN = r"[<>≤≥]=?"
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was read."""

    value: float
    text: str
    """With a decimal point and no signs for thousands."""
    doubtful: bool = False
    """Whether a comma may mark thousands or decimals."""


@dataclass(frozen=True, slots=True)
class Day:
    """A date that was read."""

    text: str
    """As 2027-03-31, or 2027-03 where no day is given; empty where there is no such date."""
    doubtful: bool = False
    """Whether day and month could stand the other way round."""


def number_of(text: str) -> Number | None:
    """A number; None for what is none, such as two points in one."""
    if _THOUSANDS.fullmatch(text):
        plain = text.replace(",", "")
        return Number(float(plain), plain, doubtful=text.count(",") == 1 and "." not in text)
    plain = text.replace(",", ".")
    if plain.count(".") > 1 or not re.fullmatch(r"\d+(\.\d+)?", plain):
        return None
    return Number(float(plain), plain)


def date_of(text: str) -> Day | None:
    """The first date of a text; None where there is none."""
    months = "|".join(load_wording().months)
    tidy = text.lower()
    named = re.search(
        rf"(?:\b(\d{{1,2}})[\s./-]*)?({months})[a-z]*[\s./,'-]*(\d{{4}}|\d{{2}})\b", tidy
    )
    if named:
        month = load_wording().months.index(named[2]) + 1
        return _day(_year(named[3]), month, int(named[1]) if named[1] else 0)
    full = re.search(r"\b(\d{4})\s*[-/.]\s*(\d{1,2})(?:\s*[-/.]\s*(\d{1,2}))?\b", tidy)
    if full:
        return _day(int(full[1]), int(full[2]), int(full[3] or 0))
    three = re.search(r"\b(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})\b", tidy)
    if three:
        return _of_three(int(three[1]), int(three[2]), _year(three[3]))
    two = re.search(r"\b(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})\b", tidy)
    return _day(_year(two[2]), int(two[1]), 0) if two else None


def _of_three(first: int, second: int, year: int) -> Day:
    """Day, month, year, as most of the world writes; the other way only where it must be."""
    if second > 12 >= first:
        return _day(year, first, second)
    found = _day(year, second, first)
    return Day(found.text, first <= 12 and first != second)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _day(year: int, month: int, day: int) -> Day:
    if not (1900 <= year <= 2150 and 1 <= month <= 12):
        return Day("")
    if not day:
        return Day(f"{year:04}-{month:02}")
    if day > calendar.monthrange(year, month)[1]:
        return Day("")
    return Day(f"{year:04}-{month:02}-{day:02}")
