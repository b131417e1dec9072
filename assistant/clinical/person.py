"""Who the text speaks of: age, sex, weight, height, pregnancy and the weeks after birth."""

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from typing import Any

from assistant.clinical.sizes import Size, sizes
from assistant.clinical.tokens import Line

_DAYS = {
    "h": Decimal(0), "d": Decimal(1), "w": Decimal(7),
    "m": Decimal("30.4375"), "y": Decimal("365.25"),
}  # fmt: skip
_MOST = 100_000
"""No age has so many of any unit; a longer number is something else."""
_SLASH_DAYS = {"12": Decimal("30.4375"), "52": Decimal(7), "7": Decimal(1)}


@dataclass(frozen=True, slots=True)
class Found:
    """One patient field in a line; `doubt` is a question when it cannot be true."""

    name: str
    value: str
    start: int
    end: int
    doubt: str = ""


class PersonReader:
    """Finds who is spoken of; patterns are compiled on first use."""

    @cached_property
    def _table(self) -> dict[str, Any]:
        path = files("assistant.clinical") / "person.toml"
        return tomllib.loads(path.read_text(encoding="utf-8"))

    @cached_property
    def _ages(self) -> list[tuple[str, re.Pattern[str]]]:
        table = self._table
        named = [(name, re.compile(table[name])) for name in ("hour_old", "day_old")]
        plain = [("age", re.compile(self._filled(pattern))) for pattern in table["ages"]]
        last = [(name, re.compile(table[name])) for name in ("single_age", "slash_age")]
        return [*named, *plain, *last]

    @cached_property
    def _one(self) -> dict[str, re.Pattern[str]]:
        return {name: re.compile(pattern) for name, pattern in self._table["one"].items()}

    @cached_property
    def _groups(self) -> list[tuple[str, re.Pattern[str]]]:
        return [(name, re.compile(pattern)) for name, pattern in self._table["groups"].items()]

    @cached_property
    def _sexes(self) -> list[tuple[str, re.Pattern[str]]]:
        return [(name, re.compile(pattern)) for name, pattern in self._table["sex"].items()]

    @cached_property
    def _kinds(self) -> dict[str, str]:
        rows = self._table["unit_kind"].items()
        return {word: kind for kind, words in rows for word in words.split()}

    def _filled(self, pattern: str) -> str:
        for name in ("unit_first", "unit", "old"):
            pattern = pattern.replace("{" + name + "}", self._table[name])
        return pattern

    def read(self, line: Line) -> list[Found]:
        """Patient fields of a line; the surest reading of each comes first."""
        text = line.text
        found = [*self._pregnancy(text)]
        taken = [(item.start, item.end) for item in found if item.name == "gest_weeks"]
        found += self._age(text, taken)
        found += [_as_found(size) for size in sizes(text, self._one)]
        found += self._group(text)
        return found + self._sex(text)

    def _age(self, text: str, taken: list[tuple[int, int]]) -> list[Found]:
        for kind, pattern in self._ages:
            for match in pattern.finditer(text):
                if any(start < match.end() and match.start() < end for start, end in taken):
                    continue
                if self._lasts(text, match):
                    continue
                age = _age_of(match, kind, self._kinds)
                if age is not None:
                    return age
        return []

    def _lasts(self, text: str, match: re.Match[str]) -> bool:
        """Whether a time is how long something has lasted: `cough 3 weeks child`."""
        if re.search(r"\b(?:old|of age|aged?|born|y|yo|years?|yrs?)\b", match.group()):
            return False
        if re.search(r"(?:day|week|wk)s? ?-? ?(?:child|kid|toddler|man|woman)", match.group()):
            return True
        if re.match(r"[,.;:(]", match.group()) and re.search(
            r"\d+ (?:days?|weeks?)", match.group()
        ):
            return not self._one["small"].search(text)
        return bool(self._one["duration_before"].search(text[: match.start()]))

    def _pregnancy(self, text: str) -> list[Found]:
        found: list[Found] = []
        if after := self._one["postpartum"].search(text):
            found.append(Found("postpartum", "true", *after.span()))
        if no := self._one["not_pregnant"].search(text):
            return [*found, Found("pregnant", "false", *no.span())]
        for name in ("weeks", "months", "loose"):
            match = self._one[name].search(text)
            weeks = _weeks_of(match, name) if match else None
            if match and weeks and not (found and name == "loose"):
                return [*found, Found("gest_weeks", weeks, *match.span())]
        return found

    def _group(self, text: str) -> list[Found]:
        past = self._one["past"].search(text)
        found = []
        for name, pattern in self._groups:
            match = pattern.search(text)
            if not match:
                continue
            if name == "pregnant":
                if not past:
                    found.append(Found("pregnant", "true", *match.span()))
                continue
            found.append(Found("age_group", name, *match.span()))
        if match := self._one["adolescent"].search(text):
            found.append(Found("age_group", "adolescent", *match.span()))
        return found

    def _sex(self, text: str) -> list[Found]:
        hits = [(name, match) for name, pattern in self._sexes if (match := pattern.search(text))]
        return [Found("sex", name, *match.span()) for name, match in hits] if len(hits) == 1 else []


def _age_of(match: re.Match[str], kind: str, kinds: dict[str, str]) -> list[Found] | None:
    groups = match.groupdict()
    number = Decimal(groups.get("n") or groups.get("n2") or "0")
    if number > _MOST:
        return None
    if kind == "hour_old":
        days = Decimal(0)
    elif kind == "day_old":
        days = number
    elif kind == "single_age":
        days = _DAYS[groups["u"][0]]
    elif kind == "slash_age":
        days = number * _SLASH_DAYS[groups["u"]]
    else:
        unit = (groups.get("u") or "y").replace(" ", "")
        days = number * _DAYS[kinds.get(unit, "y")]
    doubt = "Is the age right? " + f"{int(days / Decimal('365.25'))} years." if days > 43830 else ""
    found = [Found("age_days", str(int(days)), *match.span(), doubt)]
    if sex := groups.get("s"):
        found.append(Found("sex", sex, *match.span()))
    return found


def _weeks_of(match: re.Match[str], name: str) -> str | None:
    number = int(match["n"] if name != "months" else match["n"] or match["n2"])
    if name == "months":
        return str(number * 4) if number <= 9 else None
    least = 4 if name == "weeks" else 12
    return str(number) if least <= number <= 44 else None


def _as_found(size: Size) -> Found:
    return Found(size.name, size.value, size.start, size.end, size.doubt)
