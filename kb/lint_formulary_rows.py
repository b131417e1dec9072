"""Rules of the formulary linter about one medicine: bands, times, maxima, decimal slips.

Each yields (table, number, message); table is `dose`, `not_if`, `renal` or `` for the medicine.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

from kb.formulary_read import NEEDS, source_key
from kb.medicines import DoseBand, DoseRow, Medicine, NotIf, Record, Span

UNITS = frozenset(
    "mg g micrograms nanograms IU units mL L mmol mEq kcal cm percent tablet capsule puff drop"
    " sachet ampoule vial suppository pessary patch application lozenge ring implant device kit"
    " spray cup portion".split()
)
"""Units in which an amount may be given, alone or followed by `/`, ` per ` or ` for each `."""
STATUS = "draft-not-clinician-reviewed"
_DAY = Decimal(24)
_SLIP = Decimal(10)
_STEP = Decimal(4)
_ROUNDED = Decimal("1.01")
"""A third of a day's dose is rounded up by a little."""

Found = tuple[str, int, str]


def medicine_faults(medicine: Medicine, record: Record) -> Iterator[Found]:
    """Faults of one medicine."""
    if record.status != STATUS:
        yield "", 1, f"`status` must be {STATUS!r}"
    if not record.sources:
        yield "", 1, "`sources` is empty"
    yield from _sources(record)
    for number, row in enumerate(record.doses, 1):
        for message in row_faults(row):
            yield "dose", number, message
    for number, reason in enumerate(record.not_if, 1):
        if reason.action == "refuse" and not _has_condition(reason):
            yield "not_if", number, "refuses everyone: no condition says when this holds"
        if medicine.id in reason.drugs:
            yield "not_if", number, f"`drugs` names the medicine itself, {medicine.id!r}"
    yield from _slips(record)
    yield from _above_adult(record)


def row_faults(row: DoseRow) -> Iterator[str]:
    """Faults of one dose row, as messages."""
    if re.split(r"/| per | for each | of ", row.unit)[0] not in UNITS:
        yield f"`unit` {row.unit!r} is not known"
    for need in row.needs:
        if need not in NEEDS:
            yield f"`needs` names {need!r}; known: {', '.join(NEEDS)}"
    for name, span in (("age", row.age), ("weight", row.weight)):
        if _empty(span):
            yield f"the {name} band is empty: the low end must be under the high end"
    yield from _band_faults(row)
    yield from _time_faults(row)
    yield from _missing_maxima(row)
    yield from _maximum_faults(row)


def _empty(span: Span) -> bool:
    return span.low is not None and span.high is not None and span.low >= span.high


def _band_faults(row: DoseRow) -> Iterator[str]:
    if len({band.by for band in row.bands}) > 1:
        yield "bands by weight and by age in one row: write two rows"
        return
    for band in row.bands:
        if _empty(band.span):
            yield f"band {_shown(band)} is empty"
    for below, above in pairwise(row.bands):
        end, start = below.span.high, above.span.low
        if end is None or start is None or end != start:
            pair = f"{_shown(below)} and {_shown(above)}"
            yield f"bands {pair} leave a hole, overlap or are not in order"
        if above.dose.low < below.dose.low:
            yield f"band {_shown(above)} has less than the band below it"


def _shown(band: DoseBand) -> str:
    unit = "kg" if band.by == "weight" else "days"
    return f"{band.span.low}-{band.span.high} {unit}"


def _time_faults(row: DoseRow) -> Iterator[str]:
    times, every = row.doses_per_day, row.every_hours
    if every is None:
        return
    if every.low == 0:
        yield "`every_hours` is 0"
    elif row.once:
        yield "`doses_per_day` says once only but `every_hours` is given"
    elif times is not None and every.low > _DAY:
        yield "`every_hours` is over a day: leave `doses_per_day` out"
    elif times is not None and not _DAY // every.high <= times.high <= _up(_DAY / every.low):
        yield f"`doses_per_day` {times.low}-{times.high} and `every_hours` disagree"


def _up(number: Decimal) -> Decimal:
    return number.to_integral_value(ROUND_CEILING)


def _missing_maxima(row: DoseRow) -> Iterator[str]:
    if row.max_note:
        return
    if row.max_per_dose is None:
        yield "no `max_per_dose` (or `max_note` when the source gives none)"
    if row.max_per_day is None and row.doses_per_day is not None and not row.once:
        yield "no `max_per_day` (or `max_note` when the source gives none)"


def _maximum_faults(row: DoseRow) -> Iterator[str]:
    amounts = [band.dose for band in row.bands] + ([row.fixed] if row.fixed else [])
    most, day = row.max_per_dose, row.max_per_day
    times = row.doses_per_day.low if row.doses_per_day else Decimal(1)
    if most is not None and day is not None and most > day:
        yield f"`max_per_dose` {most} is above `max_per_day` {day}"
    for amount in amounts:
        if most is not None and amount.high > most:
            yield f"dose {amount.high} is above `max_per_dose` {most}"
        if day is not None and amount.high * max(times, Decimal(1)) > day * _ROUNDED:
            yield f"dose {amount.high} x {times} a day is above `max_per_day` {day}"
    if row.per_kg and most is not None and row.per_kg.low > 0:
        reached = most / row.per_kg.low
        if not Decimal(1) <= reached <= Decimal(400):
            yield f"the maximum is reached at {reached:.1f} kg: decimal or unit slip?"


def _has_condition(reason: NotIf) -> bool:
    lists = (reason.allergy, reason.conditions, reason.drugs, reason.trimesters, reason.g6pd)
    singles = (
        reason.weight_below_kg, reason.pregnant, reason.gest_from_weeks, reason.breastfeeding,
        reason.egfr_below, reason.jaundice, reason.hiv, reason.sex,
        reason.women_who_could_become_pregnant,
    )  # fmt: skip
    places = (reason.routes, reason.indications)
    return any(lists) or any(places) or reason.age.stated or any(one is not None for one in singles)


def _sources(record: Record) -> Iterator[Found]:
    cited = [
        *(("dose", n, row.source) for n, row in enumerate(record.doses, 1)),
        *(("dose", n, row.also_source) for n, row in enumerate(record.doses, 1) if row.also_source),
        *(("not_if", n, row.source) for n, row in enumerate(record.not_if, 1)),
        *(("renal", n, row.source) for n, row in enumerate(record.renal, 1)),
    ]
    for table, number, source in cited:
        if source_key(source, record) is None:
            yield table, number, f"source {source!r} begins with no key of `sources`"


def _per_kg(row: DoseRow) -> Decimal | None:
    found = row.per_kg or row.per_kg_day
    if found is None:
        return None
    times = row.doses_per_day.high if row.per_kg_day and row.doses_per_day else Decimal(1)
    return found.high / max(times, Decimal(1))


def _slips(record: Record) -> Iterator[Found]:
    """Amounts many times those of their neighbours."""
    for number, row in enumerate(record.doses, 1):
        for below, above in pairwise(band for band in row.bands if band.by == "weight"):
            if _jumps(below, above):
                yield "dose", number, f"band {_shown(above)} is out of line with the band below it"
        rate = _per_kg(row)
        for other in record.doses[: number - 1]:
            known = _per_kg(other)
            alike = _same_kind(row, other) and row.phase == other.phase
            same = alike and row.indication == other.indication
            if rate and known and same and not 1 / _SLIP < rate / known < _SLIP:
                message = f"{rate} per kg against {known} in another row: decimal or unit slip?"
                yield "dose", number, message


def _jumps(below: DoseBand, above: DoseBand) -> bool:
    """Whether the dose grows much faster than the weight."""
    if not below.dose.high or not below.span.high or not below.span.low or not above.span.low:
        return False
    return above.dose.high / below.dose.high > _STEP * above.span.low / below.span.low


def _same_kind(row: DoseRow, other: DoseRow) -> bool:
    same = row.unit == other.unit and row.basis == other.basis
    return same and bool(set(row.routes) & set(other.routes))


def _above_adult(record: Record) -> Iterator[Found]:
    """Doses of children above every adult dose; far above it where the indication is another."""
    for number, row in enumerate(record.doses, 1):
        if row.population not in ("neonate", "young_infant", "child"):
            continue
        own = _most(row)
        adults = [other for other in record.doses if _grown(other) and _same_kind(row, other)]
        for chosen, times in (
            ([other for other in adults if other.indication == row.indication], Decimal(1)),
            (adults, _STEP),
        ):
            limit = max((_limit(other) for other in chosen), default=Decimal(0))
            if own is not None and limit and own > limit * times:
                yield "dose", number, f"child dose up to {own} is above the adult's {limit}"
                break


def _grown(row: DoseRow) -> bool:
    return row.population in ("adult", "pregnant", "any")


def _limit(row: DoseRow) -> Decimal:
    return max(_most(row) or Decimal(0), row.max_per_day or Decimal(0))


def _most(row: DoseRow) -> Decimal | None:
    if row.max_per_dose is not None:
        return row.max_per_dose
    amounts = [band.dose.high for band in row.bands] + ([row.fixed.high] if row.fixed else [])
    return max(amounts, default=None)
