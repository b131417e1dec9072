"""Reasons against a medicine for one person: what holds, and what would have to be asked.

A condition is true, false or unknown. Unknown facts are only asked where they decide: no man is
asked about pregnancy, and kidneys only of those with kidney disease.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from assistant.clinical.dosing.person import FERTILE, YOUNG_LAST
from assistant.clinical.dosing.situation import Situation
from kb.medicines import Action, NotIf, Range, Span

_THIRD_FROM, _SECOND_FROM = Decimal(28), Decimal(14)
"""Weeks of pregnancy at which the third and the second trimester begin."""

Known = bool | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason that holds, or that would if a fact were so."""

    action: Action
    why: str
    source: str
    unknown: tuple[str, ...] = ()
    """Facts that are not known; empty = the reason holds."""
    loud: bool = True
    """Whether an unknown fact has to be asked."""


def judge(reasons: Iterable[NotIf], situation: Situation) -> Iterator[Finding]:
    """The reasons that hold or may hold."""
    for reason in reasons:
        facts = list(_facts(reason, situation))
        if any(value is False for _, value in facts):
            continue
        unknown = tuple(dict.fromkeys(name for name, value in facts if value is None))
        loud = bool(unknown) and _loud(reason, unknown, situation)
        yield Finding(reason.action, reason.why, reason.source, unknown, loud)


def _facts(reason: NotIf, situation: Situation) -> Iterator[tuple[str, Known]]:
    yield from _places(reason, situation)
    yield from _said(reason, situation)
    yield from _measured(reason, situation)
    yield from _pregnancy(reason, situation)
    yield from _others(reason, situation)


def _places(reason: NotIf, situation: Situation) -> Iterator[tuple[str, Known]]:
    if reason.routes:
        yield "route", bool(set(reason.routes) & set(situation.routes))
    if reason.indications:
        yield "indication", situation.meant(reason.indications, treating=True)
    if reason.unless_indications:
        yield "indication", not situation.excused(reason.unless_indications)


def _said(reason: NotIf, situation: Situation) -> Iterator[tuple[str, Known]]:
    if reason.allergy:
        terms = situation.terms
        yield (
            "allergies",
            any(
                set(terms.stems(name)) <= set(terms.stems(allergy))
                for name in reason.allergy
                for allergy in situation.allergies
            ),
        )
    if reason.conditions:
        yield "conditions", situation.said(reason.conditions)
    if reason.drugs:
        yield "drugs", any(situation.takes(drug) for drug in reason.drugs)


def _measured(reason: NotIf, situation: Situation) -> Iterator[tuple[str, Known]]:
    person = situation.person
    if reason.age.stated:
        yield "age", within(reason.age, person.ages)
    if reason.weight_below_kg is not None:
        yield "weight", within(Span(None, reason.weight_below_kg), person.weights)
    if reason.egfr_below is not None:
        function = kidney_function(situation)
        yield "renal", None if function is None else function < reason.egfr_below


def _pregnancy(reason: NotIf, situation: Situation) -> Iterator[tuple[str, Known]]:
    pregnant = situation.person.pregnant
    if reason.pregnant is not None:
        yield "pregnancy", None if pregnant is None else pregnant == reason.pregnant
    if reason.trimesters:
        yield "trimester", _trimester_in(reason.trimesters, situation)
    if reason.gest_from_weeks is not None:
        yield "gestation", _from_week(reason.gest_from_weeks, situation)
    if reason.women_who_could_become_pregnant is not None:
        fertile = situation.person.fertile
        yield "sex", None if fertile is None else fertile == reason.women_who_could_become_pregnant


def trimester(situation: Situation) -> int | None:
    """1 to 3, from what was given; None when it is not known."""
    patient = situation.person.patient
    if patient.gest_weeks is not None:
        return 1 + (patient.gest_weeks >= _SECOND_FROM) + (patient.gest_weeks >= _THIRD_FROM)
    return patient.trimester


def _trimester_in(trimesters: tuple[int, ...], situation: Situation) -> Known:
    if situation.person.pregnant is False:
        return False
    known = trimester(situation)
    return None if known is None else known in trimesters


def _from_week(week: Decimal, situation: Situation) -> Known:
    patient = situation.person.patient
    if situation.person.pregnant is False:
        return False
    if patient.gest_weeks is not None:
        return patient.gest_weeks >= week
    known = trimester(situation)
    return False if known is not None and known < 3 and week >= _THIRD_FROM else None


def _others(reason: NotIf, situation: Situation) -> Iterator[tuple[str, Known]]:
    patient = situation.person.patient
    if reason.breastfeeding is not None:
        yield "breastfeeding", _breastfeeding(situation, wanted=reason.breastfeeding)
    if reason.g6pd:
        yield "g6pd", _g6pd(reason.g6pd, situation)
    if reason.jaundice is not None:
        said = (
            patient.jaundice
            if patient.jaundice is not None
            else situation.tells("jaundice") or None
        )
        yield "jaundice", None if said is None else said == reason.jaundice
    if reason.hiv is not None:
        told = situation.tells("hiv") or "hiv" in map(str.lower, situation.conditions)
        known = patient.hiv if patient.hiv is not None else told or None
        yield "hiv", None if known is None else known == reason.hiv
    if reason.sex is not None:
        yield "sex", None if patient.sex is None else patient.sex == reason.sex


def _breastfeeding(situation: Situation, *, wanted: bool) -> Known:
    patient = situation.person.patient
    if patient.breastfeeding is not None:
        return patient.breastfeeding == wanted
    if situation.tells("breastfeeding"):
        return wanted
    if situation.person.fertile is False:
        return not wanted
    return None


def _g6pd(values: tuple[str, ...], situation: Situation) -> Known:
    given = situation.person.patient.g6pd
    if given is None and situation.tells("g6pd_deficient"):
        given = "deficient"
    if given is None:
        return True if "unknown" in values else None
    return given in values


def kidney_function(situation: Situation) -> Decimal | None:
    """Clearance or eGFR in mL/min, the lower of the two; None when neither was given."""
    patient = situation.person.patient
    given = (patient.egfr, patient.creatinine_clearance)
    return min((value for value in given if value is not None), default=None)


def kidneys_matter(situation: Situation) -> bool:
    """Whether a kidney function that is not known has to be asked for."""
    return situation.tells("kidney")


def _loud(reason: NotIf, unknown: tuple[str, ...], situation: Situation) -> bool:
    person = situation.person
    if {"pregnancy", "trimester", "gestation"} & set(unknown) and person.pregnant:
        return True
    if reason.action == "warn":
        return False
    decides = {
        "pregnancy": person.fertile is True,
        "trimester": person.fertile is True,
        "gestation": False,
        "sex": person.fertile is None and person.ages.low >= FERTILE.low,
        "renal": kidneys_matter(situation),
        "breastfeeding": bool(person.patient.postpartum),
        "jaundice": person.ages.low <= YOUNG_LAST,
        "age": True,
        "weight": not person.grown,
    }
    return all(decides.get(name, False) for name in unknown)


def within(span: Span, values: Range) -> Known:
    """Whether all values lie in a span, none, or some."""
    low, high = span.has(values.low), span.has(values.high)
    if low and high:
        return True
    before = span.high is not None and values.low >= span.high
    after = span.low is not None and values.high < span.low
    return False if before or after else None
