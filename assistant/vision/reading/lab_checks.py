"""What speaks against a result that was read; pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.vision.reading.messages import Field
from assistant.vision.reading.numbers import number_of
from assistant.vision.reading.ranges import bounds_of
from assistant.vision.reading.units import usual
from assistant.vision.reading.wording import Analyte, either, load_wording


def heads_of(texts: Iterable[str]) -> frozenset[str]:
    """The columns that the head of a table names: `reference`, `flag`; none without a table."""
    heads = load_wording().tables["headers"]
    found: set[str] = set()
    for text in texts:
        # One word alone is no head: `normal` is a result too.
        named = {name for name, words in heads.items() if _names(text, words)}
        found |= named if len(named) >= 2 else set()
    return frozenset(found)


def beside_others(fields: Sequence[Field], heads: frozenset[str]) -> tuple[Field, ...]:
    """Fields with what the others on the slip say against them.

    Args:
        fields: all of a slip.
        heads: columns that the slip has.
    """
    ranged = "reference" in heads or any(field.reference for field in fields)
    flagged = "flag" in heads or any(field.flag for field in fields)
    return tuple(_without(_twice(each, fields), (ranged, flagged)) for each in fields)


def _twice(field: Field, fields: Sequence[Field]) -> Field:
    others = [each for each in fields if (each.name, each.unit) == (field.name, field.unit)]
    values = list(dict.fromkeys(each.value for each in others))
    if len(values) == 1:
        return field
    return field.doubted(load_wording().says["twice"].format(", ".join(values)))


def _without(field: Field, used: tuple[bool, bool]) -> Field:
    """A field with a note where its range or its flag was expected and not read."""
    says = load_wording().says
    number = number_of(field.value.lstrip("<>\u2264\u2265="))
    if number is None:
        return field
    ranged, flagged = used
    if ranged and not field.reference:
        return field.noted(says["no_range"])
    bounds = bounds_of(field.reference)
    outside = bounds is not None and not bounds[0] <= number.value <= bounds[1]
    if flagged and outside and not field.flag:
        return field.noted(says["no_flag"])
    return field


def number_doubts(analyte: Analyte, value: float, field: Field) -> Iterator[tuple[float, str]]:
    """Highest confidence and reason of each doubt about a number."""
    if _unlikely(analyte, value, field):
        yield 0.4, "decimal"
    elif _point_lost(field):
        yield 0.6, "point"


def range_doubts(analyte: Analyte, field: Field, left: Sequence[str]) -> Iterator[str]:
    """Reasons to look at the range of a result.

    Args:
        analyte: the test.
        field: its result.
        left: words of the row that nothing explains.
    """
    if field.reference and _odd(analyte, field):
        yield "range_odd"
    if any(re.search(r"\d", word) for word in left):
        yield "left_over"


def _odd(analyte: Analyte, field: Field) -> bool:
    """Whether the ends of a range do not fit each other, or the test."""
    low, dash, high = field.reference.partition("-")
    if not dash:
        return False
    first, second = number_of(low), number_of(high)
    if first is None or second is None or first.value >= second.value:
        return True
    # A cut or lost figure leaves ends with different places, a lost point a leading nought.
    if _places(low) != _places(high) or any(re.match(r"0\d", each) for each in (low, high)):
        return True
    ends = (end for end in (first.value, second.value) if end)
    return any(not _possible(analyte, end, field.unit) for end in ends)


def _possible(analyte: Analyte, value: float, unit: str) -> bool:
    """Whether a result of the test can be so much; a unit without a table tells nothing."""
    known = usual(analyte, value, unit)
    span = analyte.possible
    return span is None or known is None or span[0] <= known <= span[1]


def _places(number: str) -> int:
    return len(number.partition(".")[2])


def _unlikely(analyte: Analyte, value: float, field: Field) -> bool:
    """Whether a number is outside of what can be, or far off its own reference range."""
    if not _possible(analyte, value, field.unit):
        return True
    bounds = bounds_of(field.reference)
    if bounds is None or value == 0 or "." in field.value:
        return False
    # A lost decimal point makes ten times as much, from a value that stood inside of the range.
    low, high = bounds
    return (
        value > 4 * high
        and any(low <= value / by <= 1.5 * high for by in (10, 100))
        and ("." in field.reference)
    )


def _point_lost(field: Field) -> bool:
    """Whether a number has no decimal point where both ends of its range have one."""
    low, dash, high = field.reference.partition("-")
    return bool(dash) and "." not in field.value and min(_places(low), _places(high)) > 0


def contradicts(field: Field, value: float) -> bool:
    """Whether the printed flag cannot be, by the printed range."""
    bounds = bounds_of(field.reference)
    if bounds is None or field.flag not in ("low", "high"):
        return False
    return value >= bounds[0] if field.flag == "low" else value <= bounds[1]


def _names(text: str, words: Sequence[str]) -> bool:
    return re.search(rf"(?<![a-z0-9])(?:{either(words)})(?![a-z0-9])", text.lower()) is not None
