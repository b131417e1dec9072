"""Kidney function and fluids (creatinine mg/dL, sodium mmol/L, weight kg)."""

from assistant.clinical.calculators.body_size import adjusted, devine
from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Step, Values


def clearance(age: float, weight: float, creatinine: float, sex: str) -> float:
    """Cockcroft-Gault clearance in mL/min for the weight given."""
    full = (140 - age) * weight / (72 * creatinine)
    return full * (0.85 if sex == "female" else 1.0)


def cockcroft_gault(v: Values) -> Answer:
    """Creatinine clearance with the weight asked for; actual weight as in the source by default."""
    weight = v.number("weight")
    notes: tuple[str, ...] = ()
    kind = v.choice("weight_used") if v.has("weight_used") else "actual"
    if v.has("height"):
        ideal = devine(v.number("height"), v.choice("sex"))
        options = {"actual": weight, "ideal": ideal, "adjusted": adjusted(weight, ideal)}
        notes = ("heavy",) if kind == "actual" and weight > 1.2 * ideal else ()
        weight = options[kind]
    elif kind != "actual":
        raise NotDefined("height")
    value = clearance(v.number("age"), weight, v.number("creatinine"), v.choice("sex"))
    return Answer(value, (Step("weight_" + kind, weight, "kg"),), notes)


def ckd_epi(v: Values) -> Answer:
    """Estimated filtration rate, CKD-EPI 2021 without race."""
    female = v.choice("sex") == "female"
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = v.number("creatinine") / kappa
    value = 142 * min(ratio, 1.0) ** alpha * max(ratio, 1.0) ** -1.200
    value *= 0.9938 ** v.number("age") * (1.012 if female else 1.0)
    return Answer(value, (Step("ratio", ratio),))


def mdrd_rate(v: Values) -> float:
    """Four-variable MDRD without the factor for race."""
    value = float(175 * v.number("creatinine") ** -1.154 * v.number("age") ** -0.203)
    return value * (0.742 if v.choice("sex") == "female" else 1.0)


def mdrd(v: Values) -> Answer:
    """Estimated filtration rate, MDRD; above 60 only that is reported in practice."""
    value = mdrd_rate(v)
    return Answer(value, notes=("above_60",) if value > 60 else ())


def sodium_excretion(v: Values) -> Answer:
    """Fractional excretion of sodium in percent."""
    top = v.number("urine_sodium") * v.number("creatinine")
    low = v.number("sodium") * v.number("urine_creatinine")
    return Answer(100 * top / low)


def maintenance(v: Values) -> Answer:
    """Holliday-Segar 4-2-1 rule in mL an hour."""
    weight = v.number("weight")
    value = 4 * min(weight, 10) + 2 * min(max(weight - 10, 0), 10) + max(weight - 20, 0)
    return Answer(value, (Step("a_day", 24 * value, "mL"),), ("cap",) if value > 100 else ())


FORMULAS = {
    "cockcroft-gault": cockcroft_gault,
    "ckd-epi-2021": ckd_epi,
    "mdrd": mdrd,
    "fena": sodium_excretion,
    "maintenance-fluids": maintenance,
}
