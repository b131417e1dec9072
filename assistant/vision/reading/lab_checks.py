"""What speaks against a result that was read; pure."""

from collections.abc import Sequence

from assistant.vision.reading.messages import Field
from assistant.vision.reading.ranges import bounds_of
from assistant.vision.reading.units import usual
from assistant.vision.reading.wording import Analyte, load_wording


def checked_twice(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Fields with a doubt where one test stands twice with two values."""
    return tuple(_beside_others(field, fields) for field in fields)


def _beside_others(field: Field, fields: Sequence[Field]) -> Field:
    others = [each for each in fields if (each.name, each.unit) == (field.name, field.unit)]
    values = list(dict.fromkeys(each.value for each in others))
    if len(values) == 1:
        return field
    return field.doubted(load_wording().says["twice"].format(", ".join(values)))


def unlikely(analyte: Analyte, value: float, field: Field) -> bool:
    """Whether a number is outside of what can be, or far off its own reference range."""
    span = analyte.possible
    known = usual(analyte, value, field.unit)
    if span and known is not None and not span[0] <= known <= span[1]:
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


def contradicts(field: Field, value: float) -> bool:
    """Whether the printed flag cannot be, by the printed range."""
    bounds = bounds_of(field.reference)
    if bounds is None or field.flag not in ("low", "high"):
        return False
    return value >= bounds[0] if field.flag == "low" else value <= bounds[1]
