"""Liver: MELD-Na and FIB-4 (bilirubin, creatinine mg/dL; enzymes U/L; platelets 10^9/L)."""

from math import log, sqrt

from assistant.clinical.calculators.model import Answer, Step, Values


def meld_na(v: Values) -> Answer:
    """MELD with sodium as allocated from 2016; dialysis sets creatinine to 4.0 mg/dL."""
    creatinine = 4.0 if v.yes("dialysis") else min(max(v.number("creatinine"), 1.0), 4.0)
    bilirubin, inr = max(v.number("bilirubin"), 1.0), max(v.number("inr"), 1.0)
    raw = 0.957 * log(creatinine) + 0.378 * log(bilirubin) + 1.120 * log(inr) + 0.643
    meld = 10 * round(raw, 1)
    lack = 137 - min(max(v.number("sodium"), 125.0), 137.0)
    total = meld + 1.32 * lack - 0.033 * meld * lack if meld > 11 else meld
    steps = (Step("creatinine_used", creatinine, "mg/dL"), Step("meld", meld))
    return Answer(float(min(max(round(total), 6), 40)), steps)


def fib4(v: Values) -> Answer:
    """Age x AST / (platelets x root of ALT)."""
    low = v.number("platelets") * sqrt(v.number("alt"))
    return Answer(v.number("age") * v.number("ast") / low, notes=_young(v))


def _young(v: Values) -> tuple[str, ...]:
    return ("young",) if v.number("age") < 35 else ()


FORMULAS = {"meld-na": meld_na, "fib-4": fib4}
