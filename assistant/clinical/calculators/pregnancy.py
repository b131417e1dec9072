"""Pregnancy dates from the first day of the last period and the cycle length in days."""

from datetime import date, timedelta
from math import exp, log

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Step, Values

_TERM_DAYS = 280
_USUAL_CYCLE = 28
_LONGEST_DAYS = 44 * 7


def longer_cycle(v: Values) -> int:
    """Days by which the cycle is longer than 28."""
    return round(v.number("cycle")) - _USUAL_CYCLE if v.has("cycle") else 0


def due_date(v: Values) -> Answer:
    """Last period, 280 days, and the days that the cycle is longer than 28."""
    extra = longer_cycle(v)
    day = v.day("lmp") + timedelta(days=_TERM_DAYS + extra)
    return Answer(day, (Step("cycle_days", extra, "d"),))


def conception(v: Values) -> Answer:
    """Fourteen days before the next period was due."""
    return Answer(v.day("lmp") + timedelta(days=14 + longer_cycle(v)))


def days_pregnant(first: date, today: date) -> int:
    """Days from the last period to a day."""
    return (today - first).days


def gestational_age(v: Values) -> Answer:
    """Completed days since the last period."""
    days = days_pregnant(v.day("lmp"), v.day("on_date"))
    if days < 0:
        raise NotDefined("future")
    return Answer(float(days), notes=("long",) if days > _LONGEST_DAYS else ())


def complications(v: Values) -> Answer:
    """Risk in percent of a serious complication of high blood pressure within 48 hours."""
    logit = -5.77 - 1.07 * log(v.number("gestation_weeks")) + 1.34 * log(v.number("sbp"))
    logit += v.tables["protein"][v.choice("protein")]
    logit += sum(weight for sign, weight in v.tables["sign"].items() if v.yes(sign))
    return Answer(100 / (1 + exp(-logit)), (Step("logit", logit),))


FORMULAS = {
    "mini-piers": complications,
    "due-date": due_date,
    "conception-date": conception,
    "gestational-age": gestational_age,
}
