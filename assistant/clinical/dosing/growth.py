"""Which weights can be true at which age, and the other way round.

Limits are data (`growth.toml`, WHO growth standards); between two ages a straight line is drawn.
"""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise

from kb.medicines import Range

MONTH = Decimal("30.4375")
OLDEST = Decimal(47482)
"""Days of 130 years."""


@dataclass(frozen=True, slots=True)
class Point:
    """Weights in kg at an age in days."""

    days: Decimal
    usual: Range
    limit: Range


@dataclass(frozen=True, slots=True)
class Growth:
    """Weights by age."""

    points: tuple[Point, ...]

    def usual(self, days: Decimal) -> Range:
        """Weights of nearly all at an age."""
        return self._at(days, "usual")

    def possible(self, ages: Range, weight_kg: Decimal) -> bool:
        """Whether a weight can be true of somebody of these ages (days)."""
        limit = self.limit(ages)
        return limit.low <= weight_kg <= limit.high

    def limit(self, ages: Range) -> Range:
        """Weights (kg) beyond which the weight or the ages (days) must be a mistake."""
        return Range(self._at(ages.low, "limit").low, self._at(ages.high, "limit").high)

    def possible_ages(self, weight_kg: Decimal, among: Range) -> Range:
        """Of some ages (days) the run outside of which the weight must be a mistake.

        All of them where the weight is a mistake at each; the ends reach to the next row.
        """
        light = [p.days for p in self.points if p.limit.high < weight_kg]
        heavy = [p.days for p in self.points if weight_kg < p.limit.low]
        low, high = max((among.low, *light)), min((among.high, *heavy))
        return Range(low, high) if low <= high and self.possible(among, weight_kg) else among

    def ages(self, weight_kg: Decimal) -> Range:
        """Ages in days at which nearly all who have this weight are."""
        fits = [p.days for p in self.points if p.usual.low <= weight_kg <= p.usual.high]
        if not fits:
            return Range(Decimal(0), OLDEST)
        first, last = fits[0], fits[-1]
        high = OLDEST if last == self.points[-1].days else last
        before = [p.days for p in self.points if p.days < first]
        return Range((before[-1] + first) / 2 if before else first, high)

    def _at(self, days: Decimal, name: str) -> Range:

        for below, above in pairwise(self.points):
            if days < above.days:
                share = (days - below.days) / (above.days - below.days)
                low, high = getattr(below, name), getattr(above, name)
                return Range(
                    low.low + share * (high.low - low.low),
                    low.high + share * (high.high - low.high),
                )
        last: Range = getattr(self.points[-1], name)
        return last


def load_growth() -> Growth:
    """Read the table of the package."""
    text = files("assistant.clinical.dosing").joinpath("growth.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text, parse_float=Decimal)["rows"]
    return Growth(
        tuple(
            Point(
                Decimal(round(row["months"] * MONTH)),
                Range(*map(Decimal, row["usual"])),
                Range(*map(Decimal, row["limit"])),
            )
            for row in rows
        )
    )
