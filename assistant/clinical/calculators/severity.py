"""Items of severity scores that look at more than one number (Vincent 1996, Knaus 1985)."""

from assistant.clinical.calculators.model import Points, Values

_ROOM_AIR_PRESSURE = 760 - 47
"""Inspired gas pressure in mmHg at sea level."""


def sofa_breathing(v: Values) -> tuple[float, float]:
    """PaO2/FiO2; below 200 the third and fourth point need ventilatory support."""
    if not (v.has("pao2") and v.has("fio2")):
        return 0.0, 4.0
    ratio = v.number("pao2") / v.number("fio2")
    if ratio >= 200:
        points = 2.0 if ratio < 300 else 1.0 if ratio < 400 else 0.0
        return points, points
    supported = 4.0 if ratio < 100 else 3.0
    if not v.has("ventilated"):
        return 2.0, supported
    points = supported if v.yes("ventilated") else 2.0
    return points, points


def sofa_circulation(v: Values) -> tuple[float, float]:
    """Vasopressors in micrograms/kg/min for an hour or more, else the mean pressure."""
    dopamine = v.number("dopamine") if v.has("dopamine") else 0.0
    strong = max(v.number(name) if v.has(name) else 0.0 for name in ("adrenaline", "noradrenaline"))
    if dopamine > 15 or strong > 0.1:
        return 4.0, 4.0
    if dopamine > 5 or strong > 0:
        return 3.0, 3.0
    if dopamine > 0 or v.yes("dobutamine"):
        return 2.0, 2.0
    if not v.has("mean_pressure"):
        return 0.0, 1.0
    points = 1.0 if v.number("mean_pressure") < 70 else 0.0
    return points, points


def apache_oxygen(v: Values) -> tuple[float, float]:
    """From FiO2 0.5 the alveolar-arterial difference, below it PaO2."""
    if not (v.has("pao2") and v.has("fio2")):
        return 0.0, 4.0
    share, oxygen = v.number("fio2"), v.number("pao2")
    if share < 0.5:
        points = 0.0 if oxygen > 70 else 1.0 if oxygen > 60 else 3.0 if oxygen >= 55 else 4.0
        return points, points
    if not v.has("paco2"):
        return 0.0, 4.0
    difference = share * _ROOM_AIR_PRESSURE - v.number("paco2") / 0.8 - oxygen
    bounds = ((500, 4.0), (350, 3.0), (200, 2.0))
    points = next((each for bound, each in bounds if difference >= bound), 0.0)
    return points, points


def apache_kidney(v: Values) -> tuple[float, float]:
    """Creatinine in mg/dL; its points count twice in acute renal failure."""
    if not v.has("creatinine"):
        return 0.0, 8.0
    value = round(v.number("creatinine"), 1)
    bounds = ((3.5, 4.0), (2.0, 3.0), (1.5, 2.0), (0.6, 0.0))
    points = next((each for bound, each in bounds if value >= bound), 2.0)
    if points and not v.has("acute_renal_failure"):
        return points, 2 * points
    double = 2 * points if v.yes("acute_renal_failure") else points
    return double, double


def apache_chronic(v: Values) -> tuple[float, float]:
    """Severe organ failure before: 5 without or with emergency surgery, 2 with planned."""
    if v.has("chronic_organ_failure") and not v.yes("chronic_organ_failure"):
        return 0.0, 0.0
    if v.has("surgery_kind"):
        points = 2.0 if v.choice("surgery_kind") == "elective" else 5.0
        return (points if v.yes("chronic_organ_failure") else 0.0), points
    return (2.0 if v.yes("chronic_organ_failure") else 0.0), 5.0


def apache_brain(v: Values) -> tuple[float, float]:
    """Fifteen less the coma scale."""
    if not v.has("gcs"):
        return 0.0, 12.0
    points = 15 - v.number("gcs")
    return points, points


def sofa_kidney(v: Values) -> tuple[float, float]:
    """Creatinine in mg/dL or urine in mL a day, whichever is worse."""
    least = most = 0.0
    if v.has("creatinine"):
        value = v.number("creatinine")
        bounds = ((5.0, 4.0), (3.5, 3.0), (2.0, 2.0), (1.2, 1.0))
        least = most = next((each for bound, each in bounds if value >= bound), 0.0)
    else:
        most = 4.0
    if v.has("urine_output"):
        volume = v.number("urine_output")
        urine = 4.0 if volume < 200 else 3.0 if volume < 500 else 0.0
        least, most = max(least, urine), max(most, urine)
    return least, most


def psi_age(v: Values) -> tuple[float, float]:
    """Age in years; women ten less."""
    if not v.has("age"):
        return 0.0, 120.0
    age = v.number("age")
    if not v.has("sex"):
        return age - 10, age
    points = age - (10 if v.choice("sex") == "female" else 0)
    return points, points


POINTS: dict[str, Points] = {
    "sofa_breathing": sofa_breathing,
    "sofa_circulation": sofa_circulation,
    "sofa_kidney": sofa_kidney,
    "apache_brain": apache_brain,
    "psi_age": psi_age,
    "apache_oxygen": apache_oxygen,
    "apache_kidney": apache_kidney,
    "apache_chronic": apache_chronic,
}
