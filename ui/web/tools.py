"""What the medicine page, the calculators and the triage form do, from fields to what is shown.

Knows the engines, nothing of the web toolkit. Nothing that is typed is kept.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from assistant.clinical.calculators.errors import CalculatorError
from assistant.clinical.calculators.model import Calculator
from assistant.clinical.calculators.registry import calculate, calculators
from assistant.clinical.calculators.units import quantities
from assistant.clinical.dosing.engine import DoseEngine
from assistant.clinical.dosing.request import DoseRequest
from assistant.clinical.interactions.check import Interactions
from assistant.clinical.understood.reader import Understanding
from assistant.clinical.vital_scores import VitalScores
from assistant.errors import AssistantError
from assistant.patient import parse_patient
from assistant.pipeline import Rules
from assistant.scope import readable
from ui.web.tool_views import (
    Shown,
    calculator_error,
    calculator_shown,
    dose_shown,
    field_hint,
    together_shown,
    triage_shown,
)
from ui.web.understood_view import understood_shown

LISTS = frozenset({"allergies", "conditions", "drugs"})
VITALS = (
    ("rr", "Breaths a minute", "RR {}"),
    ("spo2", "Oxygen saturation, %", "SpO2 {}%"),
    ("pulse", "Pulse a minute", "HR {}"),
    ("bp", "Blood pressure, such as 90/60", "BP {}"),
    ("temp", "Temperature, C", "T {} C"),
    ("glucose", "Glucose, mmol/L", "glucose {} mmol/L"),
    ("hb", "Haemoglobin, g/dL", "Hb {} g/dL"),
    ("muac", "Upper arm (MUAC), mm", "MUAC {} mm"),
)
"""Fields of the triage form: name, label, and how the value is told to the rules."""
OXYGEN = {"": "", "Air": "on room air", "Oxygen": "on oxygen"}
ALERTNESS = {"": "", "Awake": "AVPU A", "To voice": "AVPU V", "To pain": "AVPU P",
             "Not at all": "unresponsive"}  # fmt: skip
EMPTY = Shown()


class Tools:
    """The tools of all open pages; engines are opened when first used and asked in turn."""

    def __init__(
        self,
        rules: Rules,
        dosing: Callable[[], DoseEngine],
        interactions: Callable[[], Interactions],
        understanding: Callable[[], Understanding],
    ) -> None:
        """Take the rules, what opens the engines, and what opens the reader of facts."""
        self._rules = rules
        self._open_dosing = dosing
        self._open_interactions = interactions
        self._vital_scores = VitalScores()
        self._open_understanding = understanding
        self._turn = threading.Lock()

    @cached_property
    def _dosing(self) -> DoseEngine:
        return self._open_dosing()

    @cached_property
    def _understanding(self) -> Understanding:
        return self._open_understanding()

    @cached_property
    def _interactions(self) -> Interactions:
        return self._open_interactions()

    def medicine(self, asked: Mapping[str, str], patient: Mapping[str, str]) -> Shown:
        """The page of a medicine for a patient.

        Args:
            asked: `drug`, `indication`, `route`, `ordered`, `strength`.
            patient: fields of the patient; `drugs`, `conditions`, `allergies` split by commas.
        """
        drug = readable(asked.get("drug", "")) if asked.get("drug", "").strip() else ""
        if not drug:
            return EMPTY
        try:
            who = parse_patient(_fields(patient))[0]
        except AssistantError as error:
            return calculator_error(str(error))
        request = DoseRequest(**{**_readable(asked), "drug": drug}, patient=who)
        with self._turn:
            result = self._dosing.answer(request)
            report = self._interactions.check([drug], who)
            medicine = self._dosing.formulary.get(result.medicine)
        return dose_shown(result, medicine, report)

    def together(self, names: Sequence[str], patient: Mapping[str, str]) -> Shown:
        """What medicines do to each other and to a patient with these fields."""
        try:
            medicines = [readable(name) for name in names if name.strip()]
            who = parse_patient(_fields({**patient, "drugs": ""}))[0]
        except AssistantError as error:
            return calculator_error(str(error))
        if not medicines:
            return EMPTY
        with self._turn:
            return together_shown(self._interactions.check(medicines, who))

    def calculators(self) -> list[tuple[str, str]]:
        """Title and id of every calculator, for a list to choose from."""
        return sorted((each.title, each.id) for each in calculators().values())

    def fields(self, name: str) -> tuple[Calculator, list[str]]:
        """A calculator and what may be typed into each of its fields."""
        calculator = calculators()[name]
        return calculator, [field_hint(f, _units(f.quantity)) for f in calculator.fields]

    def calculate(self, name: str, given: Mapping[str, str]) -> Shown:
        """The result of what is filled in so far."""
        known = {key: value for key, value in given.items() if str(value or "").strip()}
        try:
            return calculator_shown(calculators()[name], calculate(name, known))
        except CalculatorError as error:
            return calculator_error(str(error))

    def triage(self, words: str, patient: Mapping[str, str], vitals: Mapping[str, str]) -> Shown:
        """How urgent the situation of a form is."""
        told = [f"{form.format(vitals[name].strip())}" for name, _, form in VITALS
                if vitals.get(name, "").strip()]  # fmt: skip
        told += [ALERTNESS.get(vitals.get("alert", ""), ""), OXYGEN.get(vitals.get("air", ""), "")]
        text = ". ".join(part for part in (words.strip(), *told) if part)
        if not text:
            return EMPTY
        try:
            who = parse_patient({key: value for key, value in patient.items() if value})[0]
            clean = readable(text)
        except AssistantError as error:
            return calculator_error(str(error))
        facts = self._rules.find_facts(clean)
        merged = self._rules.merge(who, facts)
        scores = self._vital_scores.scores(clean, merged, facts)
        judged = triage_shown(self._rules.triage(clean, replace(merged, allergies=())), scores)
        understood = understood_shown(words, self._understanding.read(words))
        parts = [shown for shown in (judged, understood) if shown.text]
        return Shown("".join(p.html for p in parts), "\n\n".join(p.text for p in parts))


def _fields(patient: Mapping[str, str]) -> dict[str, object]:
    filled = {key: value for key, value in patient.items() if str(value or "").strip()}
    return {
        key: [part.strip() for part in value.split(",") if part.strip()] if key in LISTS else value
        for key, value in filled.items()
    }


def _readable(asked: Mapping[str, str]) -> dict[str, str]:
    return {
        key: readable(value)
        for key, value in asked.items()
        if key in ("indication", "route", "ordered", "strength") and value.strip()
    }


def _units(quantity: str) -> Sequence[str]:
    known = quantities().get(quantity)
    if known is None:
        return ()
    return (known.unit, *(unit for unit in known.scales if unit != known.unit))
