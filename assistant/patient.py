"""Reads what is given of a patient: `age=2y weight=12kg sex=f pregnant=no`, or a JSON object.

Values that cannot be true are refused with a plain message, never rounded into something usable.
Decimal numbers only: no NaN, no infinity, no letters for digits.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from assistant.errors import BadPatient
from assistant.messages import Patient
from assistant.patient_pairs import items_of
from kb.text import clean

DAYS = {"d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25}
"""Days in a day, week, month and year."""
AGE_GROUPS = {
    "newborn": "young_infant",
    "neonate": "young_infant",
    "young_infant": "young_infant",
    "infant": "infant",
    "child": "child",
    "adolescent": "adolescent",
    "teenager": "adolescent",
    "adult": "adult",
    "older": "older",
    "elderly": "older",
    "pregnant": "pregnant",
}
_NUMBER = re.compile(r"(\d{1,6}(?:[.,]\d{1,4})?)\s*([a-z/%0-9.]*)", re.IGNORECASE)
_THOUSANDS = re.compile(r"[1-9]\d*,\d{3}")
"""One thousand, or one with three decimals."""
_AGE_UNITS = {
    "d": "d", "day": "d", "days": "d", "w": "w", "wk": "w", "wks": "w", "week": "w", "weeks": "w",
    "m": "m", "mo": "m", "mos": "m", "month": "m", "months": "m",
    "y": "y", "yr": "y", "yrs": "y", "year": "y", "years": "y", "": "y",
}  # fmt: skip
_WEIGHT_FACTORS = {"": Decimal(1), "kg": Decimal(1), "g": Decimal("0.001")}
_CLEARANCES = frozenset({"ml/min", "ml/min/1.73m2", "ml/min/1.73"})
_AMOUNT_UNITS = {
    "height_cm": frozenset({"cm"}), "gest_weeks": frozenset({"w", "wk", "wks", "week", "weeks"}),
    "egfr": _CLEARANCES, "creatinine_clearance": _CLEARANCES,
}  # fmt: skip
_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0"})

Change = Callable[[Patient, str], Patient]


def parse_patient(given: object) -> tuple[Patient, tuple[str, ...]]:
    """The patient and warnings that name what was not understood and left out.

    Raises:
        BadPatient: a known field cannot be read or cannot be true.
    """
    patient, warnings = Patient(), []
    for key, value in items_of(given):
        change = _FIELDS.get(key)
        if value is None or value in ("", [], ()):
            continue
        if change is None:
            warnings.append(f"The patient field “{key}” is not known and was left out.")
        else:
            patient = change(patient, value)
    return _consistent(patient), tuple(warnings)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ",".join(_text(item) for item in value)
    return unicodedata.normalize("NFKC", clean(str(value))).strip()


def _number(name: str, value: object, low: Decimal, high: Decimal) -> tuple[Decimal, str]:
    text = _text(value)
    match = _NUMBER.fullmatch(text) if text.isascii() else None
    if match is None:
        message = f"{name}: “{text}” is not a number I can use."
        raise BadPatient(message)
    if _THOUSANDS.fullmatch(match[1]):
        message = f"{name}: “{text}” can be read in two ways; write it without the comma."
        raise BadPatient(message)
    number = Decimal(match[1].replace(",", "."))
    if not low <= number <= high:
        message = f"{name}: {text} cannot be right (expected {low} to {high})."
        raise BadPatient(message)
    return number, match[2].lower().rstrip(".")


def _age(unit: str | None) -> Change:
    def change(patient: Patient, value: object) -> Patient:
        number, written = _number("Age", value, Decimal(0), Decimal(50_000))
        code = unit or _AGE_UNITS.get(written)
        if code is None or (unit and written):
            message = f"Age: “{_text(value)}” has a unit I do not know; write 3d, 6w, 8m or 2y."
            raise BadPatient(message)
        days = float(number) * DAYS[code]
        if days > 130 * DAYS["y"]:
            message = f"Age: {_text(value)} cannot be right."
            raise BadPatient(message)
        return replace(patient, age_days=round(days))

    return change


def _weight(patient: Patient, value: object) -> Patient:
    number, unit = _number("Weight", value, Decimal(0), Decimal(100_000))
    if unit not in _WEIGHT_FACTORS:
        message = f"Weight: give it in kilograms; “{unit}” is not converted silently."
        raise BadPatient(message)
    kilograms = number * _WEIGHT_FACTORS[unit]
    if not Decimal("0.3") <= kilograms <= Decimal(400):
        message = f"Weight: {kilograms} kg cannot be right (expected 0.3 to 400 kg)."
        raise BadPatient(message)
    return replace(patient, weight_kg=kilograms)


def _amount(field: str, name: str, low: str, high: str) -> Change:
    def change(patient: Patient, value: object) -> Patient:
        number, unit = _number(name, value, Decimal(low), Decimal(high))
        if unit and unit not in _AMOUNT_UNITS[field]:
            message = f"{name}: “{_text(value)}” has another unit, which is not converted."
            raise BadPatient(message)
        return replace(patient, **{field: number})  # type: ignore[arg-type]

    return change


def _yes_no(field: str, name: str) -> Change:
    def change(patient: Patient, value: object) -> Patient:
        text = _text(value).lower()
        if text in ("unknown", "?"):
            return patient
        if text not in _YES | _NO:
            message = f"{name}: write yes or no, not “{text}”."
            raise BadPatient(message)
        return replace(patient, **{field: text in _YES})  # type: ignore[arg-type]

    return change


def _list(field: str) -> Change:
    def change(patient: Patient, value: object) -> Patient:
        listed = re.split("[,;]", _text(value))
        parts = tuple(part.strip() for part in listed if part.strip())
        known = () if [part.lower() for part in parts] in (["none"], ["no"], ["nil"]) else parts
        return replace(patient, **{field: known})  # type: ignore[arg-type]

    return change


def _sex(patient: Patient, value: object) -> Patient:
    first = _text(value).lower()
    codes: dict[str, Literal["m", "f"]] = {
        "m": "m", "male": "m", "boy": "m", "man": "m", "f": "f", "female": "f", "girl": "f",
        "woman": "f",
    }  # fmt: skip
    if first not in codes:
        message = f"Sex: write m or f, not “{first}”."
        raise BadPatient(message)
    return replace(patient, sex=codes[first])


def _age_group(patient: Patient, value: object) -> Patient:
    group = AGE_GROUPS.get(_text(value).lower().replace(" ", "_"))
    if group is None:
        message = f"Age group: “{_text(value)}” is not one of {', '.join(sorted(AGE_GROUPS))}."
        raise BadPatient(message)
    if group == "pregnant":
        return replace(patient, pregnant=True)
    return replace(patient, age_group=group)


def _trimester(patient: Patient, value: object) -> Patient:
    number, _ = _number("Trimester", value, Decimal(1), Decimal(3))
    if number != int(number):
        message = "Trimester: write 1, 2 or 3."
        raise BadPatient(message)
    return replace(patient, trimester=int(number))


def _g6pd(patient: Patient, value: object) -> Patient:
    text = _text(value).lower()
    known: dict[str, Literal["normal", "deficient", "unknown"]] = {
        "normal": "normal", "deficient": "deficient", "deficiency": "deficient",
        "unknown": "unknown",
    }  # fmt: skip
    if text not in known:
        message = f"G6PD: write normal, deficient or unknown, not “{text}”."
        raise BadPatient(message)
    return replace(patient, g6pd=known[text])


_FIELDS: dict[str, Change] = {
    "age": _age(None),
    "age_years": _age("y"),
    "age_months": _age("m"),
    "age_weeks": _age("w"),
    "age_days": _age("d"),
    "age_group": _age_group,
    "sex": _sex,
    "weight": _weight,
    "weight_kg": _weight,
    "height": _amount("height_cm", "Height in cm", "20", "250"),
    "height_cm": _amount("height_cm", "Height in cm", "20", "250"),
    "pregnant": _yes_no("pregnant", "Pregnant"),
    "postpartum": _yes_no("postpartum", "Postpartum"),
    "gest_weeks": _amount("gest_weeks", "Weeks of pregnancy", "1", "45"),
    "trimester": _trimester,
    "breastfeeding": _yes_no("breastfeeding", "Breastfeeding"),
    "allergies": _list("allergies"),
    "conditions": _list("conditions"),
    "drugs": _list("drugs"),
    "egfr": _amount("egfr", "eGFR in mL/min/1.73 m2", "0", "250"),
    "creatinine_clearance": _amount("creatinine_clearance", "Clearance in mL/min", "0", "400"),
    "g6pd": _g6pd,
    "hiv": _yes_no("hiv", "HIV"),
    "jaundice": _yes_no("jaundice", "Jaundice"),
}


def _consistent(patient: Patient) -> Patient:
    if patient.pregnant and patient.sex == "m":
        message = "Sex is given as male and pregnant as yes; one of them cannot be right."
        raise BadPatient(message)
    weeks = patient.gest_weeks is not None or patient.trimester is not None
    if weeks and patient.pregnant is None:
        return replace(patient, pregnant=True)
    return patient
