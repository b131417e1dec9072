"""Dates in a note: the last period and the day it is asked for, and the cycle's length."""

import re
import tomllib
from datetime import date
from functools import cached_property
from importlib.resources import files

from assistant.clinical.calculators.model import Field
from assistant.clinical.calculators.reading import plain_number
from assistant.clinical.notes.mention import Mention
from assistant.clinical.notes.sentences import Note

_REACH = 60


class DateReader:
    """Finds dates that follow their name; a date that could be two days is left out."""

    @cached_property
    def _rows(self) -> dict[str, re.Pattern[str]]:
        path = files("assistant.clinical.notes") / "dates.toml"
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: re.compile("|".join(patterns)) for name, patterns in rows["names"].items()}

    @cached_property
    def _months(self) -> dict[str, int]:
        path = files("assistant.clinical.notes") / "dates.toml"
        return dict(tomllib.loads(path.read_text(encoding="utf-8"))["months"])

    def find(self, note: Note, field: Field) -> list[Mention]:
        """Readings of a date field or of `cycle` in days."""
        pattern = self._rows.get(field.name)
        if pattern is None:
            return []
        found = []
        for match in pattern.finditer(note.lower):
            read = self._after(note.lower, match.end(), field)
            if read is not None:
                found.append(read)
        return found

    def _after(self, lower: str, start: int, field: Field) -> Mention | None:
        window = lower[start : start + _REACH]
        if field.kind != "date":
            number = re.search(r"(\d{2})(?:\.\d+)?[- ]?days?", window)
            return _days(number, start, field) if number else None
        for pattern, order in _FORMS:
            match = pattern.search(window)
            day = self._day(match, order) if match else None
            if match and day:
                return Mention(
                    field.name, day, day.isoformat(), start + match.start(), start + match.end()
                )
        return None

    def _day(self, match: re.Match[str], order: str) -> date | None:
        parts = dict(zip(order, match.groups(), strict=True))
        month = parts["m"]
        number = int(month) if month.isdigit() else self._months.get(month[:3], 0)
        try:
            return date(int(parts["y"]), number, int(parts["d"]))
        except ValueError:
            return None


_FORMS = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), "ymd"),
    (re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"), "mdy"),
    (re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})"), "mdy"),
    (re.compile(r"(\d{1,2})(?:st|nd|rd|th)? (?:of )?([a-z]{3,9})\.?,? (\d{4})"), "dmy"),
)


def _days(match: re.Match[str], start: int, field: Field) -> Mention | None:
    value = float(match[1])
    low, high = field.hard
    if not low <= value <= high:
        return None
    return Mention(
        field.name, value, f"{plain_number(value)} d", start + match.start(), start + match.end()
    )
