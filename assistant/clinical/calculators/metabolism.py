"""Lipids and insulin (cholesterol, triglyceride, glucose mg/dL; insulin microIU/mL)."""

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Values


def friedewald(v: Values) -> Answer:
    """Low-density cholesterol by difference, whatever the triglyceride."""
    value = v.number("total_cholesterol") - v.number("hdl") - v.number("triglyceride") / 5
    return Answer(value)


def ldl(v: Values) -> Answer:
    """Low-density cholesterol; not with a triglyceride of 400 mg/dL or more."""
    if v.number("triglyceride") >= 400:
        raise NotDefined("triglyceride")
    return friedewald(v)


def homa(v: Values) -> Answer:
    """Insulin resistance from fasting insulin and glucose."""
    return Answer(v.number("insulin") * v.number("glucose") / 405)


FORMULAS = {"ldl-friedewald": ldl, "homa-ir": homa}
