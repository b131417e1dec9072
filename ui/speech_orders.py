"""Checks a spoken order with the dosing engine; the only bridge between the two.

Adds to what the engine says whether how often and how long differ from the formulary. Everything is
exact (Decimal); an amount for each kilogram is worked out before it is compared.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from assistant.clinical.dosing.engine import DoseEngine
from assistant.clinical.dosing.request import Dose, DoseRequest, DoseResult
from assistant.clinical.dosing.say import short, span
from assistant.errors import BadPatient
from assistant.messages import Patient
from assistant.patient import parse_patient
from speech.talk.order import Decision, Verdict
from speech.talk.order_words import OrderWords

_PER_KG = re.compile(r"(?P<n>[\d.,]+) ?(?P<unit>mg|mcg|g|units)/kg(?:/dose)?(?P<day>/day)?")
_SEVERAL = re.compile(r"(?P<count>\d+) x (?P<n>[\d.]+) ?(?P<unit>mg|mcg|g)\b.*")
_WEIGHT = re.compile(r"[\d.]+")
_DAYS = re.compile(r"(\d+)(?: (?:to|or) (\d+))? (day|week|month)")
_IN_DAYS = {"day": 1, "week": 7, "month": 30}
_NONE = "none known"
_DECISIONS: dict[str, Decision] = {"dose": "ok", "warn": "warn", "ask": "ask", "refuse": "refuse"}
_SLOTS = {"drug": "drug", "sex": "sex"}


class OrderCheck:
    """Checks orders; keep one, because the engine remembers words."""

    def __init__(self, engine: DoseEngine, words: OrderWords) -> None:
        """Take the engine and the words of orders."""
        self._engine = engine
        self._words = words

    def __call__(self, values: Mapping[str, str]) -> Verdict:
        """What the engine says of an order."""
        try:
            patient = patient_of(values)
        except BadPatient as error:
            return Verdict("refuse", (str(error),))
        amount, worked_out = self._ordered(values)
        result = self._engine.answer(
            DoseRequest(
                drug=values.get("drug", ""),
                indication=values.get("indication", ""),
                route=values.get("route", ""),
                patient=patient,
                ordered=amount,
            )
        )
        return self._verdict(values, result, worked_out)

    def _verdict(self, values: Mapping[str, str], result: DoseResult, worked_out: str) -> Verdict:
        also = self._regimen(values, result.dose) if result.dose else ()
        decision = _DECISIONS[result.decision]
        if decision == "ok" and also:
            decision = "warn"
        says = tuple(text for text in (worked_out, *result.warnings, *also) if text)
        missing = tuple(_SLOTS.get(name, name) for name in result.missing)
        choices = _choices(result)
        source = result.dose.source if result.dose else ""
        return Verdict(decision, says, missing, choices, result.name, source)

    def _ordered(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The amount of one dose as the engine reads it, and how it was worked out."""
        dose = values.get("dose", "").replace("international units", "IU")
        several = _SEVERAL.fullmatch(dose)
        if several:
            total = Decimal(several["count"]) * Decimal(several["n"])
            return f"{short(total)} {several['unit']}", ""
        found, weight = _PER_KG.fullmatch(dose), _WEIGHT.match(values.get("weight", ""))
        if found is None or weight is None:
            return dose, ""
        total = Decimal(found["n"].replace(",", "")) * Decimal(weight[0])
        times = self._words.times_a_day(values.get("frequency", ""))
        if found["day"] and times:
            total /= Decimal(str(times))
        amount = f"{short(total).replace(',', '')} {found['unit']}"
        told = self._words.says("per_kg").format(amount=amount, per_kg=dose, weight=weight[0])
        return amount, told

    def _regimen(self, values: Mapping[str, str], dose: Dose) -> tuple[str, ...]:
        """Where how often and how long differ from the formulary."""
        told = []
        times = self._words.times_a_day(values.get("frequency", ""))
        usual = dose.doses_per_day
        if dose.once and not self._words.is_once(values.get("frequency", "")):
            told.append("The formulary gives it once only.")
        elif usual and usual.high and times and not usual.low <= times <= usual.high:
            told.append(f"The formulary gives it {span(usual)} times a day, not {times:g}.")
        asked, usual_days = _days(values.get("duration", "")), dose.duration_days
        if asked and usual_days and not usual_days.low <= asked <= usual_days.high:
            told.append(f"The formulary gives it for {span(usual_days)} days, not {asked:f}.")
        return tuple(told)


def patient_of(values: Mapping[str, str]) -> Patient:
    """The patient of an order.

    Raises:
        BadPatient: a value cannot be true.
    """
    given: dict[str, object] = {
        name: values[name].replace(" ", "") for name in ("age", "weight") if name in values
    }
    given |= {
        name: values[name]
        for name in ("pregnant", "breastfeeding", "g6pd", "trimester", "sex")
        if name in values
    }
    if values.get("allergy", _NONE) != _NONE:
        given["allergies"] = [part.strip() for part in values["allergy"].split(",")]
    patient, _ = parse_patient(given)
    return patient


def _choices(result: DoseResult) -> tuple[str, ...]:
    return result.choices if result.decision == "ask" else ()


def _days(duration: str) -> Decimal | None:
    found = _DAYS.match(duration)
    return Decimal(found[2] or found[1]) * _IN_DAYS[found[3]] if found else None
