"""Builds the dose of one row for one patient, and what can be measured of it."""

from dataclasses import dataclass
from decimal import Decimal

from assistant.clinical.dosing.amounts import Amount, kidney_rule, under_adult, work_out
from assistant.clinical.dosing.choose import Choice
from assistant.clinical.dosing.measure import measure, pieces_of, read_strength
from assistant.clinical.dosing.person import Person
from assistant.clinical.dosing.reasons import kidney_function
from assistant.clinical.dosing.request import Dose, DoseRequest, Measured
from assistant.clinical.dosing.situation import Situation
from assistant.clinical.dosing.votes import Vote
from kb.formulary_read import source_key
from kb.medicines import DoseRow, Medicine, Record

_ERROR, _ERROR_HIGH_ALERT = Decimal(10), Decimal(5)
"""Percent by which rounding may change a dose."""


@dataclass(frozen=True, slots=True)
class Case:
    """One medicine for one request, once it is clear which."""

    medicine: Medicine
    request: DoseRequest
    person: Person
    choice: Choice
    situation: Situation


def amount_of(case: Case, row: DoseRow) -> Amount:
    """The amount of a row that fits the patient."""
    person = case.person
    rule = kidney_rule(case.medicine.record.renal, kidney_function(case.situation))
    held = under_adult(row, case.medicine.record.doses)
    return work_out(held, person.weight, person.ages.low, rule)


def dose_of(case: Case, row: DoseRow, amount: Amount) -> Dose:
    """The dose as it is told."""
    return Dose(
        indication=row.indication,
        routes=row.routes,
        amount=amount.dose,
        unit=row.unit,
        basis=row.basis,
        formula=amount.formula,
        source=cited(row.source, case.medicine.record),
        population=row.population,
        phase=row.phase,
        doses_per_day=amount.doses_per_day,
        interval_hours=amount.interval_hours,
        duration_days=row.duration_days,
        max_per_dose=amount.max_per_dose,
        max_per_day=amount.max_per_day,
        max_applied=amount.at_maximum,
        once=row.once,
        note=row.note,
        text=amount.text,
    )


def cited(source: str, record: Record) -> str:
    """A citation with the title behind its key."""
    key = source_key(source, record)
    return f"{source} ({record.sources[key]})" if key else source


def measured_as(case: Case, dose: Dose) -> tuple[tuple[Measured, ...], list[Vote]]:
    """The dose in what is in the hand, or in the tablets there are; and doubts about it."""
    record, label = case.medicine.record, case.request.strength
    error = _ERROR_HIGH_ALERT if record.high_alert else _ERROR
    if not label:
        solid = "by mouth" in dose.routes and not dose.basis
        found = pieces_of(record.forms, dose.amount, dose.unit, error) if solid else []
        return tuple(found), []
    strength = read_strength(label, dose.unit)
    if strength is None:
        text = f"The strength “{label}” cannot be used: write it as on the label, such as 40 mg/mL."
        return (), [Vote("warn", text)]
    measured = measure(dose.amount, strength, error)
    if measured is None:
        text = f"The dose cannot be measured within {error}% with {label}: use another strength."
        return (), [Vote("warn", text)]
    return (measured,), []
