"""What is known of a medicine beside its doses: "side effects of nevirapine"."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.clinical.dosing.mentioned import Mentioned
from assistant.engines.finding import Finding, cite
from assistant.engines.named import named_in_order
from assistant.messages import Computed, Patient
from kb.medicines import Formulary, Medicine, Record

ENGINE = "formulary"
MOST_MEDICINES = 2
MOST_REASONS = 8


@dataclass(frozen=True)
class MedicineFacts:
    """The formulary's records as a finder."""

    formulary: Formulary
    mentioned: Mentioned
    cues: Mapping[str, re.Pattern[str]]
    """What a question wants to know -> words that show it."""

    def findings(self, text: str, patient: Patient) -> Sequence[Finding]:
        """One sentence for each thing that is asked of each medicine."""
        lower = text.lower()
        wanted = [name for name, cue in self.cues.items() if cue.search(lower)]
        if not wanted:
            return ()
        named = [n for n in named_in_order(self.mentioned, text) if n in self.formulary.medicines]
        medicines = [self.formulary.medicines[name] for name in named[:MOST_MEDICINES]]
        return [found for one in medicines for found in _told(one, wanted, patient)]


def _told(medicine: Medicine, wanted: Sequence[str], patient: Patient) -> Iterator[Finding]:
    for name in wanted:
        head, said = SAYS[name](medicine.record, patient)
        if said:
            yield _finding(medicine, name, f"{medicine.tall or medicine.inn}, {head}: {said}")


def _finding(medicine: Medicine, name: str, said: str) -> Finding:
    record = medicine.record
    sources = "; ".join(f"{key}: {title}" for key, title in record.sources.items())
    computed = Computed(ENGINE, {"said": said}, {"medicine": medicine.id}, "", sources)
    key = f"formulary/{medicine.id}/{name}"
    citation = cite(key, f"{medicine.inn} (formulary)", sources, said, record.status)
    return Finding(computed, said, citation)


def _adverse(record: Record, _patient: Patient) -> tuple[str, str]:
    return "unwanted effects", _listed(record.adverse)


def _breastfeeding(record: Record, _patient: Patient) -> tuple[str, str]:
    known = record.breastfeeding
    return "breastfeeding", _advised(known.advice, known.note)


def _pregnancy(record: Record, patient: Patient) -> tuple[str, str]:
    known = record.pregnancy
    by_third = {1: known.first, 2: known.second, 3: known.third}
    if patient.trimester in by_third:
        return f"trimester {patient.trimester}", _advised(by_third[patient.trimester], known.note)
    if len(set(by_third.values())) == 1:
        return "pregnancy", _advised(known.first, known.note)
    thirds = f"first trimester {known.first}, second {known.second}, third {known.third}"
    return "pregnancy", f"{thirds}. {known.note}".strip()


def _kidney(record: Record, _patient: Patient) -> tuple[str, str]:
    rules = [f"below {rule.below} mL/min {rule.action}: {rule.advice}" for rule in record.renal]
    return "kidney function", _listed(rules)


def _not_if(record: Record, _patient: Patient) -> tuple[str, str]:
    reasons = [one.why for one in record.not_if if one.action == "refuse"]
    return "do not give", _listed(list(dict.fromkeys(reasons))[:MOST_REASONS])


def _monitoring(record: Record, _patient: Patient) -> tuple[str, str]:
    return "watch", _listed(record.monitoring)


def _counsel(record: Record, _patient: Patient) -> tuple[str, str]:
    return "tell the person", " ".join(record.counsel)


def _forms(record: Record, _patient: Patient) -> tuple[str, str]:
    return "forms", _listed([f"{one.form} {one.strength}".strip() for one in record.forms])


def _listed(items: Sequence[str]) -> str:
    return f"{'; '.join(items)}." if items else ""


def _advised(advice: str, note: str) -> str:
    return "" if advice == "unknown" and not note else f"{advice}. {note}".strip()


SAYS: Mapping[str, Callable[[Record, Patient], tuple[str, str]]] = {
    "adverse": _adverse,
    "breastfeeding": _breastfeeding,
    "pregnancy": _pregnancy,
    "kidney": _kidney,
    "not_if": _not_if,
    "monitoring": _monitoring,
    "counsel": _counsel,
    "forms": _forms,
}
"""How each thing that may be asked is told: its name in a sentence, and what the record says."""
