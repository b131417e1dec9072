"""Rules for one medicine and the patient: pregnancy, age, kidney, allergy, illness.

A rule is answered yes, no or not known. What is not known never makes a rule hold on its own: a
patient who is not said to be pregnant gets no pregnancy rule, but the question is asked.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant.clinical.interactions.findings import Finding, finding
from assistant.clinical.interactions.profiles import Profile
from assistant.messages import Patient
from kb.interactions import Kind, PatientRule, RuleBook, Suits
from kb.medicines import Span
from kb.text import fold

_TRIMESTERS = (
    Span(Decimal(0), Decimal(14)),
    Span(Decimal(14), Decimal(28)),
    Span(Decimal(28), Decimal(46)),
)
"""Weeks of the trimesters (first: to 13 weeks and 6 days)."""
_YEAR = Decimal("365.25")
_FERTILE = Span(10 * _YEAR, 56 * _YEAR)
"""Days of age in which a woman could become pregnant (10 to 55 years)."""
_GROUP_AGES = {
    "young_infant": Span(Decimal(0), Decimal(60)),
    "infant": Span(Decimal(0), _YEAR),
    "child": Span(Decimal(60), 10 * _YEAR),
    "adolescent": Span(10 * _YEAR, 20 * _YEAR),
    "adult": Span(18 * _YEAR, 65 * _YEAR),
    "older": Span(65 * _YEAR, 131 * _YEAR),
}
"""Days of the age groups of a patient."""

Answer = bool | None
"""Yes, no, or not known."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Findings about the patient, and what to ask."""

    findings: tuple[Finding, ...]
    ask: tuple[str, ...]


class PatientRules:
    """Finds medicines that do not suit a patient."""

    def __init__(self, rules: RuleBook) -> None:
        """Take the rules."""
        self._rules = rules

    def names(self, profile: Profile) -> bool:
        """Whether any rule names the medicine or a class of it."""
        return any(profile.belongs(rule.medicines) for rule in self._rules.patients)

    def find(
        self, profile: Profile, patient: Patient, allergic: Sequence[frozenset[str]]
    ) -> Matched:
        """What holds of one medicine.

        Args:
            profile: the medicine.
            patient: what is known.
            allergic: the tags of each medicine named as an allergy.
        """
        findings: list[Finding] = list(self._own_allergy(profile, allergic))
        ask: list[str] = []
        for rule in self._rules.patients:
            if not profile.belongs(rule.medicines) or (profile.local and not rule.advice.local):
                continue
            answers = dict(_answers(rule, patient, allergic))
            if False in answers.values():
                continue
            unknown = [fact for fact, answer in answers.items() if answer is None]
            if _stands(rule.kind, answers):
                found = finding(rule.advice, rule.kind, (profile.name,))
                findings.append(replace(found, sure=not unknown))
            ask += unknown
        return Matched(tuple(findings), tuple(dict.fromkeys(ask)))

    def _own_allergy(
        self, profile: Profile, allergic: Sequence[frozenset[str]]
    ) -> Iterator[Finding]:
        """An allergy to the very medicine or a part of it."""
        if any(not profile.ids.isdisjoint(tags) for tags in allergic):
            yield finding(self._rules.own_allergy, "allergy", (profile.name,))


def _stands(kind: Kind, answers: dict[str, Answer]) -> bool:
    """Whether a rule is told although something is unknown: only when its ground is certain."""
    if None not in answers.values():
        return True
    return kind in ("pregnancy", "breastfeeding") and answers.get(str(kind)) is True


def _answers(
    rule: PatientRule, patient: Patient, allergic: Sequence[frozenset[str]]
) -> Iterator[tuple[str, Answer]]:
    """Each fact the rule asks for, with its answer; the names are those of patient fields."""
    suits = rule.suits
    if suits.woman_who_could_become_pregnant:
        yield "sex", _could_become_pregnant(patient)
    elif rule.kind in ("pregnancy", "breastfeeding"):
        known = patient.pregnant if rule.kind == "pregnancy" else patient.breastfeeding
        yield str(rule.kind), False if patient.sex == "m" else known
    if suits.trimesters or suits.weeks.stated:
        yield "gest_weeks", _weeks_answer(suits, patient)
    if suits.age.stated:
        yield "age", _within(suits.age, _age(patient))
    if suits.weight_below_kg is not None:
        weight = patient.weight_kg
        yield "weight_kg", None if weight is None else weight < suits.weight_below_kg
    if suits.egfr.stated:
        yield "egfr", _within(suits.egfr, _exactly(_kidney(patient)))
    yield from _words(suits, patient, allergic)


def _words(
    suits: Suits, patient: Patient, allergic: Sequence[frozenset[str]]
) -> Iterator[tuple[str, Answer]]:
    """Facts told in words; what is not said does not hold and is not asked again and again."""
    if suits.allergies:
        tags = {tag for found in allergic for tag in found}
        named = not tags.isdisjoint(suits.allergies)
        yield "allergies", named or _said(suits.allergies, patient.allergies)
    if suits.conditions:
        yield "conditions", _said(suits.conditions, patient.conditions)
    if suits.g6pd:
        known = None if patient.g6pd in (None, "unknown") else patient.g6pd
        yield "g6pd", None if known is None else known in suits.g6pd
    if suits.hiv is not None:
        yield "hiv", bool(patient.hiv) is suits.hiv


def _could_become_pregnant(patient: Patient) -> Answer:
    if patient.sex == "m" or patient.pregnant:
        return False
    age = _within(_FERTILE, _age(patient))
    return age if patient.sex == "f" or age is False else None


def _weeks_answer(suits: Suits, patient: Patient) -> Answer:
    """Whether the pregnancy is in the trimesters or weeks of a rule."""
    weeks = _exactly(patient.gest_weeks)
    if weeks is None and patient.trimester:
        weeks = _TRIMESTERS[patient.trimester - 1]
    wanted = [_TRIMESTERS[number - 1] for number in suits.trimesters] or [suits.weeks]
    answers = [_within(span, weeks) for span in wanted]
    if True in answers:
        return True
    return None if None in answers else False


def _age(patient: Patient) -> Span | None:
    if patient.age_days is not None:
        return _exactly(Decimal(patient.age_days))
    return _GROUP_AGES.get(patient.age_group or "")


def _kidney(patient: Patient) -> Decimal | None:
    """eGFR, or creatinine clearance where that is what is known."""
    return patient.creatinine_clearance if patient.egfr is None else patient.egfr


def _exactly(value: Decimal | None) -> Span | None:
    """A value as the shortest interval that holds it."""
    return None if value is None else Span(value, value + Decimal("0.000001"))


def _within(wanted: Span, known: Span | None) -> Answer:
    """Whether what is known lies within what is wanted: yes, no, or partly (not known)."""
    if known is None or known.low is None or known.high is None:
        return None
    low = known.low if wanted.low is None else wanted.low
    high = known.high if wanted.high is None else wanted.high
    if known.low >= high or known.high <= low:
        return False
    return True if known.low >= low and known.high <= high else None


def _said(words: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether any phrase stands in any text as whole words."""
    folded = [fold(text) for text in texts]
    return any(
        re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in words for text in folded
    )
