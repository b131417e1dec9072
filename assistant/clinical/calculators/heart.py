"""Heart: mean pressure (mmHg), corrected QT (ms, beats/min), coronary risk (percent)."""

from collections.abc import Callable
from math import exp, log

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Formula, Step, Values


def mean_pressure(v: Values) -> Answer:
    """Mean arterial pressure."""
    return Answer((v.number("sbp") + 2 * v.number("dbp")) / 3)


def bazett(qt: float, rate: float) -> float:
    """QT over the root of RR."""
    return float(qt / (60 / rate) ** 0.5)


def fridericia(qt: float, rate: float) -> float:
    """QT over the cube root of RR."""
    return float(qt / (60 / rate) ** (1 / 3))


def framingham_qt(qt: float, rate: float) -> float:
    """QT and 154 ms for each second that RR is below one."""
    return qt + 154 * (1 - 60 / rate)


def hodges(qt: float, rate: float) -> float:
    """QT and 1.75 ms for each beat above 60."""
    return qt + 1.75 * (rate - 60)


def rautaharju(qt: float, rate: float) -> float:
    """QT times (120 + rate) / 180."""
    return qt * (120 + rate) / 180


def _qt(formula: Callable[[float, float], float]) -> Formula:
    def corrected(v: Values) -> Answer:
        rate = v.number("hr")
        notes = () if 60 <= rate <= 100 else ("rate",)
        return Answer(formula(v.number("qt"), rate), (Step("rr", 60 / rate, "s"),), notes)

    return corrected


def coronary_risk(v: Values) -> Answer:
    """Ten-year risk of a hard coronary event in percent; coefficients stand in the data."""
    c = v.tables[v.choice("sex")]
    age = log(v.number("age"))
    cholesterol = log(v.number("total_cholesterol"))
    if v.yes("diabetes") or v.yes("vascular_disease"):
        raise NotDefined("has_disease")
    total = c["age"] * age + c["cholesterol"] * cholesterol + c["hdl"] * log(v.number("hdl"))
    total += c["sbp"] * log(v.number("sbp")) + c["age_cholesterol"] * age * cholesterol
    total += c["age_age"] * age * age + c["constant"]
    if v.yes("bp_treated"):
        total += c["treated"]
    if v.yes("smoker"):
        total += c["smoker"] + c["age_smoker"] * log(min(v.number("age"), c["smoker_age_cap"]))
    return Answer(100 * (1 - c["survival"] ** exp(total)), (Step("sum", total),))


FORMULAS: dict[str, Formula] = {
    "map": mean_pressure,
    "qtc-bazett": _qt(bazett),
    "qtc-fridericia": _qt(fridericia),
    "qtc-framingham": _qt(framingham_qt),
    "qtc-hodges": _qt(hodges),
    "qtc-rautaharju": _qt(rautaharju),
    "framingham-chd": coronary_risk,
}
