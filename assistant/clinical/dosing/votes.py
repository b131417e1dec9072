"""What speaks against a dose, and how strongly.

Each function yields votes; the strongest decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from assistant.clinical.dosing.amounts import Amount
from assistant.clinical.dosing.person import FERTILE, Person
from assistant.clinical.dosing.reasons import Finding, judge, kidneys_matter, trimester
from assistant.clinical.dosing.request import DECISIONS, Decision
from assistant.clinical.dosing.say import number, short, span
from assistant.clinical.dosing.situation import Situation
from kb.medicines import DoseRow, Medicine, Record, RenalRule

_QUESTIONS = {
    "pregnancy": "Ask about pregnancy first",
    "trimester": "Ask for the week of pregnancy first",
    "gestation": "Ask for the week of pregnancy first",
    "sex": "If this is a woman who could be pregnant",
    "renal": "Check the kidneys first",
    "breastfeeding": "Ask about breastfeeding first",
    "jaundice": "Look for jaundice first",
    "age": "Ask the age first",
    "weight": "Weigh first",
}
_MEASURED = {"glucose": "Measure the blood glucose first.", "potassium": "Measure potassium first."}


@dataclass(frozen=True, slots=True)
class Vote:
    """One thing that speaks against a dose, or must travel with it."""

    decision: Decision
    text: str = ""
    missing: tuple[str, ...] = ()


def strongest(votes: list[Vote]) -> Decision:
    """The decision of all votes together."""
    return max((vote.decision for vote in votes), key=DECISIONS.index, default="dose")


def against(record: Record, situation: Situation) -> tuple[list[Vote], list[str]]:
    """Votes of the medicine's reasons, and those to check that nobody has spoken of."""
    votes, checks = [], []
    for finding in judge(record.not_if, situation):
        if not finding.unknown:
            votes.append(Vote(finding.action, _because(finding)))
        elif finding.loud:
            asked = "; ".join(dict.fromkeys(_QUESTIONS.get(fact, fact) for fact in finding.unknown))
            votes.append(Vote("warn", f"{asked}: {_because(finding)}", finding.unknown))
        elif finding.action == "refuse":
            checks.append(finding.why)
    return votes, checks


def _because(finding: Finding) -> str:
    kind = "Do not give" if finding.action == "refuse" else "Take care"
    return f"{kind}: {finding.why.rstrip('.')} ({finding.source})."


def pregnancy_votes(record: Record, situation: Situation, row: DoseRow | None) -> Iterator[Vote]:
    """Votes of the table of pregnancy; a row that is written for pregnant women outranks it."""
    person = situation.person
    meant = situation.tells("obstetric") or (row is not None and row.population == "pregnant")
    if not person.pregnant:
        never = "no" in {record.pregnancy.in_trimester(stage) for stage in (1, 2, 3)}
        if never and person.fertile and person.pregnant is None and not meant:
            note = (record.pregnancy.note or "not in pregnancy").rstrip(".")
            yield Vote("warn", f"Ask about pregnancy first: {note}.", ("pregnancy",))
        return
    known = trimester(situation)
    stages = (known,) if known else (1, 2, 3)
    verdicts = tuple(record.pregnancy.in_trimester(stage) for stage in stages)
    note = f": {record.pregnancy.note.rstrip('.')}" if record.pregnancy.note else ""
    if "no" in verdicts and not meant:
        everywhere = all(verdict == "no" for verdict in verdicts)
        missing = () if known or everywhere else ("trimester",)
        yield Vote("refuse", f"Not in pregnancy{note}.", missing)
    elif meant:
        return
    elif {"no", "caution"} & set(verdicts):
        yield Vote("warn", f"Pregnancy, caution{note}.")
    elif "unknown" in verdicts:
        yield Vote("warn", f"Nothing is known of its use in pregnancy{note}.")


def breastfeeding_votes(record: Record, situation: Situation) -> Iterator[Vote]:
    """Votes of the table of breastfeeding."""
    patient = situation.person.patient
    if patient.breastfeeding is False or situation.person.fertile is False:
        return
    if patient.breastfeeding or situation.tells("breastfeeding"):
        note = f": {record.breastfeeding.note.rstrip('.')}" if record.breastfeeding.note else ""
        if record.breastfeeding.advice == "no":
            yield Vote("refuse", f"Not while breastfeeding{note}.")
        elif record.breastfeeding.advice == "caution":
            yield Vote("warn", f"Breastfeeding, caution{note}.")


def need_votes(row: DoseRow, situation: Situation, kidneys: Decimal | None) -> Iterator[Vote]:
    """Votes of the facts that a row asks for."""
    person, patient = situation.person, situation.person.patient
    untested = patient.g6pd in (None, "unknown") and not situation.tells("g6pd_deficient")
    if "g6pd" in row.needs and untested:
        yield Vote("ask", "Test for G6PD deficiency first.", ("g6pd",))
    if "pregnancy" in row.needs and person.pregnant is None:
        yield from _pregnancy_need(person)
    if "renal" in row.needs and kidneys is None:
        strong: Decision = "ask" if kidneys_matter(situation) else "warn"
        text = "Only with working kidneys: check kidney function (eGFR)."
        yield Vote(strong, text, ("renal",))
    for need in row.needs:
        if need in _MEASURED:
            yield Vote("warn", _MEASURED[need], (need,))


def _pregnancy_need(person: Person) -> Iterator[Vote]:
    if person.fertile:
        yield Vote("ask", "Ask about pregnancy, or test, first.", ("pregnancy",))
    elif person.fertile is None and person.ages.high >= FERTILE.low:
        yield Vote("warn", "If this is a woman: ask about pregnancy first.", ("pregnancy",))


def kidney_votes(rule: RenalRule | None, kidneys: Decimal | None) -> Iterator[Vote]:
    """Votes of the rule for the kidney function."""
    if rule is None or kidneys is None:
        return
    text = f"Kidney function {number(kidneys)} mL/min, below {number(rule.below)}: {rule.advice}"
    yield Vote("refuse" if rule.action == "avoid" else "warn", f"{text} ({rule.source}).")


def alarm_votes(medicine: Medicine, row: DoseRow, person: Person, amount: Amount) -> Iterator[Vote]:
    """Votes of high alert and of the maximum."""
    if medicine.record.high_alert or row.high_alert:
        weight = f"weight {number(person.weight)} kg, " if person.weight is not None else ""
        dose = f"{span(amount.dose)} {row.unit}"
        text = (
            f"High-alert medicine. Read aloud: {weight}{dose}. A second person checks the amount."
        )
        yield Vote("warn", text)
    if amount.at_maximum:
        yield Vote("warn", maximum_words(amount, row.unit))


def maximum_words(amount: Amount, unit: str) -> str:
    """The maxima as a sentence; empty when the source gives none."""
    parts = []
    if amount.max_per_dose is not None:
        parts.append(f"{short(amount.max_per_dose)} {unit} a dose")
    if amount.max_per_day is not None:
        parts.append(f"{short(amount.max_per_day)} {unit} in 24 hours")
    return f"At most {' and '.join(parts)}." if parts else ""
