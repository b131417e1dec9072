"""How amounts are written: no trailing zero, always a leading zero, units in full."""

from decimal import ROUND_HALF_UP, Decimal

from kb.medicines import Range

_SHORT = 4
"""Digits from which thousands get a comma."""


def number(value: Decimal) -> str:
    """A number without exponent or trailing zeros; a comma in thousands from 10,000 on."""
    plain = value.normalize()
    whole = f"{plain:f}".split(".", maxsplit=1)[0].lstrip("-")
    return f"{plain:,f}" if len(whole) > _SHORT else f"{plain:f}"


def short(value: Decimal) -> str:
    """A number for reading: at most three digits after the point."""
    return number(value.quantize(Decimal("0.001"), ROUND_HALF_UP))


def span(amount: Range) -> str:
    """`120-180`, or `500` where both ends are one."""
    low, high = short(amount.low), short(amount.high)
    return low if low == high else f"{low}-{high}"


def listed(items: list[str], last: str = "or") -> str:
    """`a, b or c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"
