"""Vital signs and bedside numbers in a line of text, in one unit each, with plausible ranges.

Ranges are what a living person can show on a working device; beyond them the reading is a doubt
and is not used. A temperature above 80 is read as Fahrenheit; glucose and haemoglobin without a
unit are read by range (mmol/L below 34, mg/dL from 40; g/dL below 25, g/L above).
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from typing import Any

from assistant.clinical.tokens import Line

_UNIT_WORDS = {"rr": "breaths a minute", "hr": "beats a minute", "spo2": "%", "temp_c": "°C"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One number at the bedside; `doubt` is a question when it cannot be true."""

    name: str
    value: Decimal
    start: int
    end: int
    """Span in the joined line."""
    doubt: str = ""


class VitalReader:
    """Finds readings; patterns are compiled on first use."""

    @cached_property
    def _table(self) -> dict[str, Any]:
        path = files("assistant.clinical") / "vitals.toml"
        return tomllib.loads(path.read_text(encoding="utf-8"))

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        return [(row["name"], self._compiled(row["words"])) for row in self._table["pattern"]]

    @cached_property
    def _pressure(self) -> tuple[re.Pattern[str], ...]:
        names = ("bp_named", "bp_bare", "bp_systolic", "gcs_parts")
        return tuple(self._compiled(self._table[name]) for name in names)

    @cached_property
    def _ranges(self) -> dict[str, tuple[Decimal, Decimal]]:
        rows = self._table["ranges"].items()
        return {name: (Decimal(low), Decimal(high)) for name, (low, high) in rows}

    def _compiled(self, pattern: str) -> re.Pattern[str]:
        full = pattern.replace("{is}", self._table["is"]).replace("{n}", self._table["n"])
        return re.compile(full)

    def read(self, line: Line) -> list[Reading]:
        """All readings of a line, in the order of their kinds."""
        found = list(self._pressures(line.text))
        if not any(char.isdigit() for char in line.text):
            return found
        for name, pattern in self._patterns:
            for match in pattern.finditer(line.text):
                reading = self._reading(name, match, line.text)
                if reading and not _overlaps(reading, found):
                    found.append(reading)
        return found

    def _pressures(self, text: str) -> Iterator[Reading]:
        seen: list[tuple[int, int]] = []
        named, bare, systolic, parts = self._pressure
        for pattern in (named, bare):
            for match in pattern.finditer(text):
                top, low = Decimal(match.group(1)), Decimal(match.group(2))
                if pattern is bare and not (60 <= top <= 300 and 20 <= low < top):
                    continue
                if any(start < match.end() and match.start() < end for start, end in seen):
                    continue
                seen.append(match.span())
                yield from self._pair(top, low, match)
        for match in () if seen else systolic.finditer(text):
            value = next(group for group in match.groups() if group)
            yield self._checked("sbp", Decimal(value), match)
        for match in parts.finditer(text):
            total = sum(int(part) for part in match.groups())
            yield self._checked("gcs", Decimal(total), match)

    def _pair(self, top: Decimal, low: Decimal, match: re.Match[str]) -> Iterator[Reading]:
        """Both pressures; where the lower one stands first neither is used."""
        if top > low:
            yield self._checked("sbp", top, match)
            yield self._checked("dbp", low, match)
            return
        question = f"Is the blood pressure {low}/{top}? It was given as {top}/{low}."
        yield Reading("sbp", top, *match.span(), question)

    def _reading(self, name: str, match: re.Match[str], text: str) -> Reading | None:
        value = Decimal(match.group(1))
        tail = text[match.end(1) : match.end(1) + 16].lstrip()
        if name == "temp_c":
            return self._temperature(value, tail, match)
        if name == "glucose":
            return self._glucose(value, tail, match)
        return self._checked(name, _one_unit(name, value), match)

    def _temperature(self, value: Decimal, tail: str, match: re.Match[str]) -> Reading | None:
        scale = re.match(r"(?:°|º|degrees?|deg)? ?(c|f)(?:elsius|ahrenheit)?(?![a-z])", tail)
        wrong = {"c": value > 45, "f": value < 80}.get(scale[1] if scale else "", False)
        if wrong:
            question = f"Is the temperature {value} in °C or in °F?"
            return Reading("temp_c", value, *match.span(), question)
        celsius = _celsius(value)
        return self._checked("temp_c", celsius, match) if celsius else None

    def _glucose(self, value: Decimal, tail: str, match: re.Match[str]) -> Reading:
        if tail.startswith("mg") or (value >= 40 and not tail.startswith("mm")):
            return self._checked("glucose", (value / 18).quantize(Decimal("0.1")), match)
        if value >= 34 and not tail.startswith("mm"):
            question = f"Is the glucose {value} mmol/L or mg/dL?"
            return Reading("glucose", value, match.start(), match.end(), question)
        return self._checked("glucose", value, match)

    def _checked(self, name: str, value: Decimal, match: re.Match[str]) -> Reading:
        low, high = self._ranges[name]
        doubt = ""
        if not low <= value <= high:
            unit = _UNIT_WORDS.get(name, "")
            said = f"{name.replace('_c', '')} {value} {unit}".rstrip()
            doubt = f"Measure again: {said} cannot be right."
        return Reading(name, value, match.start(), match.end(), doubt)


def _overlaps(reading: Reading, found: list[Reading]) -> bool:
    return any(
        other.start < reading.end
        and reading.start < other.end
        and (other.end == reading.end or other.name == reading.name)
        for other in found
    )


def _celsius(value: Decimal) -> Decimal | None:
    """Degrees Celsius, or None for a number that is no temperature of a body."""
    if value >= 80:
        if value > 115:
            return None
        return ((value - 32) * 5 / 9).quantize(Decimal("0.1"))
    return value if value >= 20 else None


def _one_unit(name: str, value: Decimal) -> Decimal:
    """Haemoglobin in g/L, arm circumference in mm, bilirubin in micromol/L."""
    if name == "hb" and value < 25:
        return value * 10
    if name == "muac" and value <= 40:
        return value * 10
    if name == "bilirubin" and value < 40:
        return value * Decimal("17.1")
    return value
