"""Reference ranges as slips print them, also where the dash between two numbers was lost."""

import re
from dataclasses import dataclass

from assistant.vision.reading.numbers import NUMBER, SIGN, number_of

RANGE = re.compile(
    rf"[(\[]?\s*(?<![\w.])({NUMBER})\s*(?:-|\u2013|\u2014|~|\bto\b)\s*({NUMBER})(?![\w.]*\d)\s*[)\]]?"
)
_BOUND = re.compile(
    rf"[(\[]?\s*({SIGN}|\bup\s*to\b|\bless\s*than\b|\bbelow\b|\babove\b)\s*({NUMBER})\s*[)\]]?",
    re.IGNORECASE,
)
_PAIR = re.compile(rf"(?<!\S)({NUMBER})\s+({NUMBER})(?!\S)")
_GLUED = tuple(
    re.compile(rf"(?<!\S)(\d+\.\d{{{places}}})(\d+\.\d{{{places}}})(?!\S)") for places in (1, 2, 3)
)
_RUN = re.compile(r"(?<!\S)(\d{6,10})(?!\S)")
_WIDEST = 6.0
"""Times that the upper end of a range without its dash may be the lower one."""


@dataclass(frozen=True, slots=True)
class Range:
    """Where a range stands and what it says."""

    span: tuple[int, int]
    text: str
    """As `12.0-16.0` or `<5`."""
    dash_lost: bool = False


def dashed(text: str) -> list[Range]:
    """Ranges with their dash, wherever they stand."""
    return [Range(match.span(), tidy(match[0])) for match in RANGE.finditer(text)]


def behind(text: str, at: int) -> Range | None:
    """The bound or the range without dash behind a value; None where neither stands."""
    bound = _BOUND.search(text, at)
    if bound:
        return Range(bound.span(), tidy(bound[0]))
    for pattern in (*_GLUED, _PAIR):
        for match in pattern.finditer(text, at):
            if _fits(match[1], match[2]):
                return Range(match.span(), f"{match[1]}-{match[2]}", dash_lost=True)
    run = _RUN.search(text, at)
    if run is None:
        return None
    low, high = run[1][: len(run[1]) // 2], run[1][len(run[1]) // 2 :]
    return Range(run.span(), f"{low}-{high}", dash_lost=True) if _fits(low, high) else None


def bounds_of(reference: str) -> tuple[float, float] | None:
    """Lower and upper end; None for a bound."""
    low, dash, high = reference.partition("-")
    first, second = number_of(low), number_of(high)
    return (first.value, second.value) if dash and first and second else None


def tidy(text: str) -> str:
    """A range in one spelling."""
    bare = re.sub(r"(?i)(?<=\d)\s*(?:\u2013|\u2014|~|to)\s*(?=\d)", "-", text)
    bare = re.sub(r"[()\[\]\s]", "", bare)
    bound = re.sub(r"(?i)^(upto|lessthan|below)", "<", bare)
    return re.sub(r"(?i)^above", ">", bound).replace(",", ".")


def _fits(low: str, high: str) -> bool:
    """Whether two numbers look like the ends of one range: alike in form, the lower one first."""
    first, second = number_of(low), number_of(high)
    if (
        first is None
        or second is None
        or (high.startswith("0") and len(high) > 1 and "." not in high)
    ):
        return False
    places = len(low.partition(".")[2]) == len(high.partition(".")[2])
    return places and 0 < first.value < second.value <= _WIDEST * first.value
