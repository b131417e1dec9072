"""Electrolytes and acid-base (mmol/L; albumin g/dL; glucose, calcium and urea nitrogen mg/dL)."""

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Step, Values

_USUAL_GAP = 12.0
_USUAL_BICARBONATE = 24.0


def gap(v: Values) -> float:
    """Sodium less chloride and bicarbonate."""
    return v.number("sodium") - (v.number("chloride") + v.number("bicarbonate"))


def corrected_gap(v: Values) -> float:
    """Anion gap as it would be at an albumin of 4 g/dL."""
    return gap(v) + 2.5 * (4.0 - v.number("albumin"))


def ratio(v: Values, anion_gap: float) -> float:
    """Rise of the gap for each fall of bicarbonate.

    Raises:
        NotDefined: bicarbonate has not fallen to exactly where the formula divides by zero.
    """
    fall = _USUAL_BICARBONATE - v.number("bicarbonate")
    if fall == 0:
        raise NotDefined("no_fall")
    return (anion_gap - _USUAL_GAP) / fall


def anion_gap(v: Values) -> Answer:
    """Anion gap."""
    return Answer(gap(v))


def albumin_anion_gap(v: Values) -> Answer:
    """Anion gap corrected for albumin."""
    return Answer(corrected_gap(v), (Step("anion_gap", gap(v), "mmol/L"),))


def delta_gap(v: Values) -> Answer:
    """Anion gap above 12."""
    return Answer(gap(v) - _USUAL_GAP, (Step("anion_gap", gap(v), "mmol/L"),))


def albumin_delta_gap(v: Values) -> Answer:
    """Corrected anion gap above 12."""
    value = corrected_gap(v)
    return Answer(value - _USUAL_GAP, (Step("corrected_gap", value, "mmol/L"),))


def delta_ratio(v: Values) -> Answer:
    """Delta ratio; only where bicarbonate is below 24."""
    return _delta_ratio(v, gap(v))


def albumin_delta_ratio(v: Values) -> Answer:
    """Delta ratio of the corrected gap; only where bicarbonate is below 24."""
    return _delta_ratio(v, corrected_gap(v))


def _delta_ratio(v: Values, value: float) -> Answer:
    if v.number("bicarbonate") >= _USUAL_BICARBONATE:
        raise NotDefined("no_fall")
    return Answer(ratio(v, value), (Step("anion_gap", value, "mmol/L"),))


def osmolality(v: Values) -> Answer:
    """Calculated serum osmolality, with ethanol (mg/dL) where it is given."""
    value = 2 * v.number("sodium") + v.number("glucose") / 18 + v.number("bun") / 2.8
    if v.has("ethanol"):
        value += v.number("ethanol") / 3.7
    return Answer(value)


def corrected_sodium(v: Values) -> Answer:
    """Sodium at a glucose of 100 mg/dL (Hillier); Katz's smaller factor is shown."""
    excess = v.number("glucose") - 100
    if excess <= 0:
        raise NotDefined("not_high")
    sodium = v.number("sodium")
    return Answer(sodium + 0.024 * excess, (Step("katz", sodium + 0.016 * excess, "mmol/L"),))


def corrected_calcium(v: Values) -> Answer:
    """Calcium at an albumin of 4 g/dL (Payne)."""
    return Answer(v.number("calcium") + 0.8 * (4.0 - v.number("albumin")))


def water_fraction(age: float, sex: str) -> float:
    """Share of body weight that is water (Adrogue): children as men, the old less."""
    if age < 18:
        return 0.6
    old = age >= 65
    if sex == "male":
        return 0.5 if old else 0.6
    return 0.45 if old else 0.5


def water_deficit(v: Values) -> Answer:
    """Free water deficit in litres towards a sodium of 140, also where it is negative."""
    share = water_fraction(v.number("age"), v.choice("sex"))
    water = share * v.number("weight")
    steps = (Step("fraction", share), Step("body_water", water, "L"))
    return Answer(water * (v.number("sodium") / 140 - 1), steps)


def free_water_deficit(v: Values) -> Answer:
    """Free water deficit; only where sodium is above 140."""
    if v.number("sodium") <= 140:
        raise NotDefined("not_high")
    return water_deficit(v)


FORMULAS = {
    "anion-gap": anion_gap,
    "albumin-corrected-anion-gap": albumin_anion_gap,
    "delta-gap": delta_gap,
    "delta-ratio": delta_ratio,
    "albumin-corrected-delta-gap": albumin_delta_gap,
    "albumin-corrected-delta-ratio": albumin_delta_ratio,
    "serum-osmolality": osmolality,
    "sodium-glucose-corrected": corrected_sodium,
    "calcium-albumin-corrected": corrected_calcium,
    "free-water-deficit": free_water_deficit,
}
