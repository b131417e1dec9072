"""Shares with their uncertainty. Pure."""

import math
from dataclasses import dataclass

Z_95 = 1.959964
"""Quantile of the normal distribution for a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.part / self.whole if self.whole else None

    def interval(self) -> tuple[float, float] | None:
        """95 % interval by Wilson's score method (Wilson, J Am Stat Assoc 1927;22:209)."""
        if not self.whole:
            return None
        share, count, z2 = self.part / self.whole, self.whole, Z_95**2
        middle = (share + z2 / (2 * count)) / (1 + z2 / count)
        spread = share * (1 - share) / count + z2 / (4 * count**2)
        half = Z_95 * math.sqrt(spread) / (1 + z2 / count)
        return max(0.0, middle - half), min(1.0, middle + half)

    def report(self) -> dict[str, object]:
        """For people and programs."""
        interval = self.interval()
        return {
            "share": None if self.value is None else round(self.value, 4),
            "of": self.whole,
            "ci95": None if interval is None else [round(end, 4) for end in interval],
        }


def sign_test(gained: int, lost: int) -> float:
    """Two-sided exact probability that gains and losses differ so much by chance.

    McNemar's test in its exact form: of the pairs that differ, half would go each way.
    """
    count = gained + lost
    if not count:
        return 1.0
    fewer = min(gained, lost)
    tail = sum(math.comb(count, n) for n in range(fewer + 1))
    return float(min(1.0, 2 * tail / 2**count))
