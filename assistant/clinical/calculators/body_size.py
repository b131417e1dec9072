"""Body size: mass index, surface, ideal, adjusted and target weight (kg, cm)."""

from math import sqrt

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Step, Values

_INCH_CM = 2.54
_ADULT_CM = 152.4
"""Five feet, where the Devine formula starts."""


def body_mass_index(weight: float, height: float) -> float:
    """kg/m2 from kg and cm."""
    return weight / (height / 100) ** 2


def devine(height: float, sex: str) -> float:
    """Ideal weight in kg (Devine 1974), also below 5 feet, where it is an extrapolation."""
    start = 50.0 if sex == "male" else 45.5
    return start + 2.3 * (height / _INCH_CM - 60)


def adjusted(weight: float, ideal: float) -> float:
    """Ideal weight and 40 % of the excess, in kg."""
    return ideal + 0.4 * (weight - ideal)


def bmi(v: Values) -> Answer:
    """Body mass index."""
    return Answer(body_mass_index(v.number("weight"), v.number("height")))


def bsa(v: Values) -> Answer:
    """Body surface area, Mosteller."""
    return Answer(sqrt(v.number("height") * v.number("weight") / 3600))


def ideal_weight(v: Values) -> Answer:
    """Ideal body weight, for a height of 5 feet and more."""
    height = v.number("height")
    if height < _ADULT_CM:
        raise NotDefined("short")
    return Answer(devine(height, v.choice("sex")), (Step("inches", height / _INCH_CM, "in"),))


def adjusted_weight(v: Values) -> Answer:
    """Adjusted body weight, where the actual weight is above the ideal."""
    ideal = ideal_weight(v).value
    weight = v.number("weight")
    if not isinstance(ideal, float) or weight <= ideal:
        raise NotDefined("not_above")
    return Answer(adjusted(weight, ideal), (Step("ideal_weight", ideal, "kg"),))


def target_weight(v: Values) -> Answer:
    """Weight at a chosen body mass index."""
    return Answer(v.number("target_bmi") * (v.number("height") / 100) ** 2)


FORMULAS = {
    "bmi": bmi,
    "bsa-mosteller": bsa,
    "ideal-body-weight": ideal_weight,
    "adjusted-body-weight": adjusted_weight,
    "target-weight": target_weight,
}
