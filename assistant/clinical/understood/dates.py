"""A date of birth in a text, and the age it gives; a date that is still to come is questioned."""

import re
from collections.abc import Iterator
from datetime import date

from assistant.clinical.understood.plain import Plain
from assistant.clinical.understood.stated import Stated

_BIRTH = re.compile(
    r"\b(?:dob|d\.o\.b\.?|date of birth|born(?: on)?|birth ?date)\s*[:=]?\s*"
    r"(?:(?P<y>(?:1[89]|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})[-/.](?P<m2>\d{1,2})[-/.](?P<y2>(?:1[89]|20)\d\d))"
)
_MONTHS = 12
_OLDEST_YEARS = 120
_YEAR_DAYS = 365.25


def birth(text: Plain, today: date | None) -> Iterator[Stated]:
    """The age from a date of birth; two numbers below 13 are asked, being day and month or not."""
    match = _BIRTH.search(text.lower)
    if match is None:
        return
    year, month, day = (int(match[name] or match[f"{name}2"]) for name in "ymd")
    try:
        born = date(year, month, day)
    except ValueError:
        yield _stated(match, "", f"Is the date of birth right? {match[0]}")
        return
    swapped = match["d2"] is not None and day <= _MONTHS and day != month
    doubt = f"Is the date of birth {born:%d %B %Y}?" if swapped else ""
    if today is None:
        yield _stated(match, "", doubt or "How old is the patient?")
        return
    days = (today - born).days
    if days < 0:
        doubt = f"The date of birth lies in the future: {born.isoformat()}."
    elif days > _OLDEST_YEARS * _YEAR_DAYS:
        doubt = f"Is the date of birth right? {born.isoformat()}"
    yield _stated(match, str(days), doubt, born)


def _stated(match: re.Match[str], days: str, doubt: str, born: date | None = None) -> Stated:
    shown = f"born {born.isoformat()}" if born else ""
    return Stated("person", "age_days", "Age", days, "days", shown, *match.span(), doubt=doubt)
