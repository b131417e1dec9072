"""Vital signs and laboratory values in the danger range, by age."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assistant.messages import Level

_ADULT = 30 * 365


@dataclass(frozen=True, slots=True)
class Measured:
    """A number in a danger range."""

    sign: str
    flag: str
    level: Level
    name: str
    """Name of the fact it rests on."""
    source: str


@dataclass(frozen=True, slots=True)
class Scales:
    """Bands by age and the NEWS2 table."""

    bands: Sequence[Mapping[str, Any]]
    news2: Mapping[str, Sequence[Sequence[float]]]

    def judge(self, values: Mapping[str, Decimal], age_days: int | None) -> Iterator[Measured]:
        """Every band that a value falls in; without an age the adult bands hold."""
        age = _ADULT if age_days is None else age_days
        for band in self.bands:
            value = values.get(band["name"])
            if value is not None and band["ages"][0] <= age < band["ages"][1] and _in(band, value):
                yield _measured(band)
        yield from _child_pressure(values, age)

    def score(self, values: Mapping[str, Decimal], *, altered: bool) -> tuple[int, int]:
        """NEWS2 points in total, and the most for one sign, of the values that are known."""
        points = [
            _points(rows, values[name]) for name, rows in self.news2.items() if name in values
        ]
        if len(points) >= 2 and altered:
            points.append(3)
        if "oxygen_l" in values:
            points.append(2)
        return sum(points), max(points, default=0)


def pregnancy_shock_index(values: Mapping[str, Decimal]) -> Decimal | None:
    """Pulse over systolic pressure (El Ayadi 2016: 0.9 refer, 1.4 urgent), or None."""
    if "hr" not in values or not values.get("sbp"):
        return None
    return values["hr"] / values["sbp"]


def _in(band: Mapping[str, Any], value: Decimal) -> bool:
    number = float(value)
    return (
        number >= band.get("from", number)
        and number <= band.get("to", number)
        and ("over" not in band or number > band["over"])
        and ("below" not in band or number < band["below"])
    )


def _measured(band: Mapping[str, Any]) -> Measured:
    return Measured(
        band["sign"], band.get("flag", ""), band.get("level", "none"), band["name"], band["source"]
    )


def _child_pressure(values: Mapping[str, Decimal], age: int) -> Iterator[Measured]:
    """Systolic pressure below 70 + 2 x age in years, 1 to 11 years (PALS)."""
    if "sbp" in values and 365 <= age < 4383 and values["sbp"] < 70 + 2 * min(age // 365, 10):
        yield Measured("low_bp", "shock", "emergency", "sbp", "PALS")


def _points(rows: Sequence[Sequence[float]], value: Decimal) -> int:
    return int([points for least, points in rows if float(value) >= least][-1])
