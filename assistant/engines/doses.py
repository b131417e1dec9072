"""Doses inside a question: "amoxicillin dose for 12 kg child with pneumonia"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.clinical.dosing.engine import DoseEngine
from assistant.clinical.dosing.mentioned import Mentioned
from assistant.clinical.dosing.request import Dose, DoseRequest, DoseResult
from assistant.clinical.dosing.say import listed, short, span
from assistant.engines.finding import Finding, cite
from assistant.engines.named import named_in_order
from assistant.messages import Computed, Patient
from kb.text import words

ENGINE = "dose"
NEVER = "Do not give"
CAUTIONS = (NEVER, "Take care", "Ask for", "Breastfeeding", "Pregnancy")
"""How lines begin that say why a medicine is not simply given."""
CAUTION_FACTS = ("trimester", "pregnancy", "g6pd", "renal", "breastfeeding")
MOST_MEDICINES = 4
SHORTEST_MISSPELT = 7
"""Letters from which a word that is no known name is tried as a misspelt one."""


@dataclass(frozen=True, slots=True)
class DoseCues:
    """How a question shows that it wants a dose."""

    asks: re.Pattern[str]
    may: re.Pattern[str]
    other: re.Pattern[str]


@dataclass(frozen=True)
class Doses:
    """The dosing engine as a finder."""

    engine: DoseEngine
    mentioned: Mentioned
    cues: DoseCues

    def findings(self, text: str, patient: Patient) -> Sequence[Finding]:
        """Doses, or reasons against one, for the medicines that the question names."""
        lower = text.lower()
        asks = bool(self.cues.asks.search(lower))
        may = bool(self.cues.may.search(lower))
        known = patient.weight_kg is not None or patient.age_days is not None
        if self.cues.other.search(lower) or not (asks or may or known):
            return ()
        wanted = self._medicines(text, patient)
        found = (self._finding(name, text, patient, asks=asks) for name in wanted)
        return [one for one in found if one is not None]

    def _medicines(self, text: str, patient: Patient) -> list[str]:
        """Formulary medicines the question is about, in its order; what is taken is not asked."""
        taken = set(patient.drugs)
        listed_here = self.engine.formulary.medicines
        named = [name for name in named_in_order(self.mentioned, text) if name in listed_here]
        if not named:
            named = list(self._misspelt(text))
        return [name for name in dict.fromkeys(named) if name not in taken][:MOST_MEDICINES]

    def _misspelt(self, text: str) -> Iterator[str]:
        for word in words(text):
            if len(word) >= SHORTEST_MISSPELT:
                resolved = self.engine.reader.names.resolve(word)
                medicine = resolved.medicine or ""
                if resolved.corrected_from and medicine in self.engine.formulary.medicines:
                    yield medicine

    def _finding(self, name: str, text: str, patient: Patient, *, asks: bool) -> Finding | None:
        result = self.engine.answer(DoseRequest(drug=name, patient=patient, text=text))
        against = tuple(line for line in result.warnings if line.startswith(NEVER))
        if against and result.decision == "refuse":
            return self._against(result, against)
        cautions = tuple(line for line in result.warnings if line.startswith(CAUTIONS))
        if not asks and (cautions or patient.weight_kg is None):
            return self._cautions(result, cautions) if cautions else None
        if result.dose is None:
            return _missing(result) if result.missing and asks else None
        return self._dose(result, result.dose)

    def _against(self, result: DoseResult, against: tuple[str, ...]) -> Finding:
        medicine = self.engine.formulary.medicines[result.medicine]
        said = f"{result.name}: {' '.join(against)}"
        return Finding(
            Computed(ENGINE, {"decision": "refuse", "reason": said}, _inputs(result), "", said),
            said,
            cite(_key(result), f"{medicine.inn} (formulary)", said, said, result.status),
            forbids=(medicine.inn, *medicine.aliases, medicine.id),
        )

    def _cautions(self, result: DoseResult, cautions: tuple[str, ...]) -> Finding:
        medicine = self.engine.formulary.medicines[result.medicine]
        said = f"{result.name}: {' '.join(cautions)}"
        return Finding(
            Computed(ENGINE, {"decision": result.decision, "reason": said}, {}, "", said),
            said,
            cite(_key(result), f"{medicine.inn} (formulary)", said, said, result.status),
            missing=tuple(fact for fact in result.missing if fact in CAUTION_FACTS),
        )

    def _dose(self, result: DoseResult, dose: Dose) -> Finding:
        said = _sentence(result, dose)
        medicine = self.engine.formulary.medicines[result.medicine]
        computed = Computed(
            ENGINE,
            {
                "decision": result.decision,
                "dose": f"{span(dose.amount)} {dose.unit}",
                "how": _how(dose),
                "limits": _limits(dose),
                "note": " ".join(part for part in (dose.text, dose.note) if part),
            },
            _inputs(result),
            dose.formula,
            dose.source,
        )
        citation = cite(
            _key(result), f"{medicine.inn} (formulary)", dose.source, dose.formula, result.status
        )
        return Finding(computed, said, citation, result.warnings, result.missing)


def _missing(result: DoseResult) -> Finding:
    computed = Computed(ENGINE, {"decision": result.decision}, _inputs(result), "", "")
    return Finding(computed, missing=result.missing)


def _sentence(result: DoseResult, dose: Dose) -> str:
    """The dose in one line: what for, how much, how, how worked out, with what must travel."""
    basis = f" ({dose.basis})" if dose.basis else ""
    parts = [
        f"{result.name}, {dose.indication}: {span(dose.amount)} {dose.unit}{basis} {_how(dose)}.",
        f"Worked out: {dose.formula}.",
        _limits(dose),
        " ".join(part for part in (dose.text, dose.note) if part),
    ]
    return " ".join(part for part in parts if part)


def _how(dose: Dose) -> str:
    routes = listed(list(dose.routes))
    if dose.once:
        return f"{routes}, once"
    often = ""
    if dose.doses_per_day:
        times = span(dose.doses_per_day)
        often = "once a day" if times == "1" else f"{times} times a day"
    if dose.interval_hours and not dose.doses_per_day:
        often = f"every {span(dose.interval_hours)} hours"
    long = f"for {span(dose.duration_days)} days" if dose.duration_days else ""
    return ", ".join(part for part in (f"{routes}", often, long) if part)


def _limits(dose: Dose) -> str:
    most = []
    if dose.max_per_dose is not None:
        most.append(f"{short(dose.max_per_dose)} {dose.unit} a dose")
    if dose.max_per_day is not None:
        most.append(f"{short(dose.max_per_day)} {dose.unit} a day")
    return f"At most {' and '.join(most)}." if most else ""


def _inputs(result: DoseResult) -> dict[str, str]:
    return {
        "medicine": result.medicine,
        "indication": result.dose.indication if result.dose else "",
    }


def _key(result: DoseResult) -> str:
    return f"formulary/{result.medicine}"
