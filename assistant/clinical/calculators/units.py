"""Conversions between units of one quantity; factors stand in data/units.toml with their source.

An own table, because laboratory units need a factor for each substance (mg/dL to mmol/L), which
general unit libraries do not hold, and loading one takes longer than the whole calculation.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from assistant.clinical.calculators.errors import BadInput

_SAME = str.maketrans(
    {"µ": "u", "μ": "u", "²": "2", "³": "3", "⁹": "9", "\u00d7": "x", "\u2212": "-"}
)


@dataclass(frozen=True, slots=True)
class Scale:
    """`per` of this unit make one of the canonical unit, after `offset` is taken away."""

    per: float
    offset: float = 0.0

    def to_canonical(self, value: float) -> float:
        """The value in the canonical unit."""
        return (value - self.offset) / self.per

    def from_canonical(self, value: float) -> float:
        """The value in this unit."""
        return value * self.per + self.offset


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity such as creatinine: its canonical unit and the scale of each accepted unit."""

    name: str
    unit: str
    scales: Mapping[str, Scale]
    spellings: Mapping[str, str]
    assumed: bool
    """Whether a bare number is in the canonical unit; else the range must tell the unit."""

    def spelled(self, unit: str) -> str | None:
        """The known unit that is written here, or None."""
        return self.spellings.get(plain(unit))


def plain(unit: str) -> str:
    """A unit's spelling folded for comparing: `µmol / L` is `umol/l`."""
    folded = unit.translate(_SAME).lower().replace(" per ", "/").replace(" ", "")
    return folded.rstrip(".").removeprefix("x")


@cache
def quantities() -> Mapping[str, Quantity]:
    """All quantities by name."""
    path = files("assistant.clinical.calculators") / "data" / "units.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    spelling = rows.pop("spelling").items()
    common = [(plain(other), unit) for unit, others in spelling for other in others]
    return {name: _quantity(name, row, common) for name, row in rows.items()}


def convert(quantity: str, value: float, unit: str, target: str) -> float:
    """A value in another unit of the same quantity.

    Raises:
        BadInput: a unit that the quantity does not have.
    """
    known = quantities().get(quantity)
    if known is None:
        message = f"There are no units for “{quantity}”."
        raise BadInput(message)
    first, second = known.spelled(unit), known.spelled(target)
    if first is None or second is None:
        message = f"{quantity}: use one of {', '.join(known.scales)}."
        raise BadInput(message)
    return known.scales[second].from_canonical(known.scales[first].to_canonical(value))


def _quantity(name: str, row: Mapping[str, object], common: list[tuple[str, str]]) -> Quantity:
    scales: dict[str, Scale] = {}
    for unit, per in row.items():
        if unit not in ("unit", "assumed", "source"):
            scales[unit] = _scale(per)
    spellings = {plain(unit): unit for unit in scales}
    extra = {other: unit for other, unit in common if unit in scales}
    assumed = bool(row.get("assumed", False))
    return Quantity(name, str(row["unit"]), scales, {**extra, **spellings}, assumed)


def _scale(per: object) -> Scale:
    if isinstance(per, list):
        return Scale(float(per[0]), float(per[1]))
    if isinstance(per, int | float):
        return Scale(float(per))
    raise TypeError(per)
