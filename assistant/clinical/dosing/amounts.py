"""From a row and a weight to an amount: exact, held at every maximum, with its formula."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant.clinical.dosing.say import number, short, span
from kb.medicines import DoseBand, DoseRow, Range, RenalRule

_DAY = Decimal(24)


@dataclass(frozen=True, slots=True)
class Amount:
    """One dose worked out."""

    dose: Range
    formula: str
    doses_per_day: Range | None
    """1-1 where the dose is given once."""
    interval_hours: Range | None
    max_per_dose: Decimal | None
    max_per_day: Decimal | None
    """With the maximum for the weight, where there is one."""
    at_maximum: bool
    text: str = ""


def work_out(
    row: DoseRow, weight: Decimal | None, age: Decimal | None, renal: RenalRule | None = None
) -> Amount:
    """The amount of one dose.

    Args:
        row: a row that fits the patient.
        weight: kg; must be known where the row reckons by weight.
        age: days; must be known where the row has bands of age.
        renal: the rule for the kidney function, where one holds.
    """
    raw, formula, text = _raw(row, weight, age)
    times, interval = _times(row, renal)
    if renal is not None and renal.factor is not None:
        raw = Range(raw.low * renal.factor, raw.high * renal.factor)
        formula += f"; x {number(renal.factor)} for the kidneys = {span(raw)} {row.unit}"
    per_dose = _least(row.max_per_dose, renal.max_per_dose if renal else None)
    per_day = _least(
        row.max_per_day,
        row.max_per_kg_day * weight if row.max_per_kg_day is not None and weight else None,
    )
    ceiling = _least(per_dose, _share(per_day, times, row))
    held = raw if ceiling is None else Range(min(raw.low, ceiling), min(raw.high, ceiling))
    if held != raw:
        formula += f"; maximum {short(held.high)} {row.unit} a dose"
    return Amount(
        held, formula, times, interval, per_dose, per_day, _at_maximum(row, raw, held), text
    )


def under_adult(row: DoseRow, rows: Sequence[DoseRow]) -> DoseRow:
    """A child's row by weight without a maximum, held to the largest dose of an adult.

    That is the largest for the same reason, or where no adult row has it, for any; in the same
    unit and by the same route. Other rows are left as they are.
    """
    by_weight = row.per_kg is not None or row.per_kg_day is not None
    if row.population == "adult" or row.max_per_dose is not None or not by_weight:
        return row
    adults = [one for one in rows if one.population == "adult" and _alike(one, row)]
    same = [one for one in adults if one.indication == row.indication] or adults
    tops = [top for one in same if (top := _top(one)) is not None]
    return replace(row, max_per_dose=max(tops)) if tops else row


def _alike(one: DoseRow, other: DoseRow) -> bool:
    same = one.unit == other.unit and one.basis == other.basis
    return same and bool(set(one.routes) & set(other.routes))


def _top(row: DoseRow) -> Decimal | None:
    if row.max_per_dose is not None:
        return row.max_per_dose
    return row.fixed.high if row.fixed is not None else None


def _raw(row: DoseRow, weight: Decimal | None, age: Decimal | None) -> tuple[Range, str, str]:
    """The amount before maxima, its formula, and the words of the source."""
    unit = row.unit
    if row.per_kg is not None and weight is not None:
        dose = Range(row.per_kg.low * weight, row.per_kg.high * weight)
        formula = f"{span(row.per_kg)} {unit}/kg x {number(weight)} kg = {span(dose)} {unit}"
        return dose, formula, ""
    if row.per_kg_day is not None and weight is not None:
        return _per_day(row, row.per_kg_day, weight)
    if row.fixed is not None:
        return row.fixed, f"{span(row.fixed)} {unit} a dose", ""
    band = _band(row.bands, weight, age)
    formula = f"{_band_words(band)}: {span(band.dose)} {unit}"
    return band.dose, formula, band.text


def _per_day(row: DoseRow, rate: Range, weight: Decimal) -> tuple[Range, str, str]:
    times = row.doses_per_day or Range(Decimal(1), Decimal(1))
    few, many = max(times.low, Decimal(1)), max(times.high, Decimal(1))
    dose = Range(rate.low * weight / many, rate.high * weight / few)
    unit = row.unit
    parts = span(Range(few, many))
    return (
        dose,
        f"{span(rate)} {unit}/kg a day x {number(weight)} kg / {parts} = {span(dose)} {unit}",
        "",
    )


def _band(bands: Sequence[DoseBand], weight: Decimal | None, age: Decimal | None) -> DoseBand:
    for band in bands:
        value = weight if band.by == "weight" else age
        if value is not None and band.span.has(value):
            return band
    message = "no band holds this weight or age"
    raise LookupError(message)


def _band_words(band: DoseBand) -> str:
    low, high = band.span.low or Decimal(0), band.span.high
    if band.by == "weight":
        return f"{number(low)} to under {number(high)} kg" if high else f"{number(low)} kg or more"
    return f"age {number(low)} to under {number(high)} days" if high else f"from {number(low)} days"


def _times(row: DoseRow, renal: RenalRule | None) -> tuple[Range | None, Range | None]:
    """Doses a day and hours between them; one follows from the other where only one is given."""
    if row.once:
        return Range(Decimal(1), Decimal(1)), None
    times, interval = row.doses_per_day, row.every_hours
    if renal is not None and renal.every_hours is not None:
        hours = max(renal.every_hours, interval.low if interval else Decimal(0))
        interval = Range(hours, max(hours, interval.high if interval else hours))
        most = _DAY / hours
        return (Range(min(times.low, most), min(times.high, most)) if times else None), interval
    if times is None and interval is not None and interval.high <= _DAY:
        times = Range(_DAY // interval.high, _DAY // interval.low)
    if times is not None and interval is None and times.low >= 1:
        interval = Range(_DAY / times.high, _DAY / times.low)
    return times, interval


def _share(per_day: Decimal | None, times: Range | None, row: DoseRow) -> Decimal | None:
    """The most for one dose when the day's maximum is shared by the fewest doses."""
    if per_day is None:
        return None
    few = times.low if times is not None and not row.once else Decimal(1)
    return per_day / max(few, Decimal(1))


def _least(*values: Decimal | None) -> Decimal | None:
    return min((value for value in values if value is not None), default=None)


def _at_maximum(row: DoseRow, raw: Range, held: Range) -> bool:
    """Whether a maximum cut the amount, or the upper end of a range is the maximum itself.

    A fixed amount without a range is not at a maximum: the figure says nothing new.
    """
    if held != raw:
        return True
    most, day, times = row.max_per_dose, row.max_per_day, row.doses_per_day
    if held.low < held.high and most is not None and held.high >= most:
        return True
    if day is None or times is None or row.once:
        return False
    ranged = held.low < held.high or times.low < times.high
    return ranged and held.high * times.high >= day


def kidney_rule(rules: Sequence[RenalRule], function: Decimal | None) -> RenalRule | None:
    """The rule for a kidney function in mL/min: the lowest limit that it is below."""
    if function is None:
        return None
    holding = [rule for rule in rules if function < rule.below]
    return min(holding, key=lambda rule: rule.below, default=None)
