"""Reads one table of a formulary file strictly: every key known, every value of its type.

Faults are raised as `BadFormulary` with the place (file, medicine, table, key) in the message.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeVar, get_args

from kb.errors import LibraryError
from kb.medicines import Range, Span

DAYS = {"days": Decimal(1), "months": Decimal("30.4375"), "years": Decimal("365.25")}
"""Days in the units of age."""
L = TypeVar("L", bound=str)


class BadFormulary(LibraryError):
    """A file of the formulary cannot be read as one."""


def in_days(number: Decimal, unit: str) -> Decimal:
    """An age in whole days, rounded as the age of a patient is."""
    return Decimal(round(number * DAYS[unit]))


@dataclass(slots=True)
class Table:
    """The values of one table; each is taken once, and what is left over is a fault."""

    where: str
    values: Mapping[str, Any]
    taken: set[str] = field(default_factory=set)

    def fault(self, key: str, what: str) -> BadFormulary:
        """The error to raise about a key."""
        return BadFormulary(f"{self.where}: `{key}` {what}")

    def done(self) -> None:
        """Raise when a key was not taken."""
        for key in self.values:
            if key not in self.taken:
                raise self.fault(key, "is no key of this table")

    def take(self, key: str) -> Any:  # noqa: ANN401 - the value is judged by the caller
        """The value as it stands, or None."""
        self.taken.add(key)
        return self.values.get(key)

    def has(self, key: str) -> bool:
        """Whether the key stands in the table."""
        return key in self.values

    def text(self, key: str, default: str | None = None) -> str:
        """A text; it must stand there unless a default is given."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.fault(key, "must be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where it is left out."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fault(key, "must be a list of texts")
        return tuple(value)

    def number(self, key: str) -> Decimal | None:
        """A number of 0 or more, or None where it is left out."""
        value = self.take(key)
        return None if value is None else self.as_number(key, value)

    def as_number(self, key: str, value: object) -> Decimal:
        """One number of 0 or more."""
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.fault(key, "must be a number")
        exact = Decimal(value)
        if not exact.is_finite() or exact < 0:
            raise self.fault(key, "must be a number of 0 or more")
        return exact

    def flag(self, key: str) -> bool | None:
        """True or false, or None where it is left out."""
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            raise self.fault(key, "must be true or false")
        return value

    def range(self, key: str) -> Range | None:
        """Two numbers, low and high, or None where it is left out."""
        value = self.take(key)
        if value is None:
            return None
        low, high = self.pair(key, value)
        if low > high:
            raise self.fault(key, "must be low, then high")
        return Range(low, high)

    def pair(self, key: str, value: object) -> tuple[Decimal, Decimal]:
        """Exactly two numbers."""
        if not isinstance(value, list) or len(value) != 2:
            raise self.fault(key, "must be two numbers")
        return self.as_number(key, value[0]), self.as_number(key, value[1])

    def word(self, key: str, of: tuple[L, ...], default: L | None = None) -> L:
        """One of some words."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        for known in of:
            if value == known:
                return known
        raise self.fault(key, f"must be one of {', '.join(of)}")

    def age(self, low: str, high: str) -> Span:
        """An age in days from the keys `<low>_days|months|years` and `<high>_...`."""
        return Span(self._end(low), self._end(high))

    def _end(self, stem: str) -> Decimal | None:
        ends = [
            in_days(value, unit)
            for unit in DAYS
            if (value := self.number(f"{stem}_{unit}")) is not None
        ]
        if len(ends) > 1:
            raise self.fault(stem, "is given in two units")
        return ends[0] if ends else None

    def tables(self, key: str, name: str) -> list["Table"]:
        """The tables of an array of tables, each with its place."""
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fault(key, "must be tables")
        return [Table(f"{self.where}, {name} {n}", item) for n, item in enumerate(value, 1)]

    def table(self, key: str) -> "Table | None":
        """A table inside, or None where it is left out."""
        value = self.take(key)
        if value is not None and not isinstance(value, dict):
            raise self.fault(key, "must be a table")
        return None if value is None else Table(f"{self.where}, {key}", value)


def words_of(literal: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a Literal type has no better name
    """The words of a Literal type."""
    return get_args(literal)


Sex = Literal["m", "f"]
