"""Fluids and feeds (weight kg, age years, volumes mL)."""

from math import floor

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Formula, Step, Values

_DENGUE = {"first": (5.0, 7.0), "second": (3.0, 5.0), "third": (2.0, 3.0)}
"""mL/kg an hour with warning signs (WHO 2012)."""


def plan(v: Values) -> Answer:
    """Volume of rehydration plan A (each stool), B (4 hours) or C (in all)."""
    if v.yes("severe_malnutrition"):
        raise NotDefined("malnourished")
    match v.choice("plan"):
        case "a":
            low, high = (50.0, 100.0) if v.number("age") < 2 else (100.0, 200.0)
            return Answer(low, (Step("most", high, "mL"),), band="a")
        case "b" if v.has("weight"):
            return Answer(75 * v.number("weight"), band="b")
        case "b":
            low, high = (_by_age(v, table) for table in ("plan_b_low", "plan_b_high"))
            return Answer(low, (Step("most", high, "mL"),), ("no_weight",), "b")
        case _ if not v.has("weight"):
            raise NotDefined("weigh")
        case _:
            tube = Step("tube", 20 * v.number("weight"), "mL/h")
            return _drip(v, (tube,))


def _by_age(v: Values, table: str) -> float:
    rows = list(v.tables[table].items())
    return next(amount for bound, amount in reversed(rows) if v.number("age") >= float(bound))


def _drip(v: Values, more: tuple[Step, ...] = ()) -> Answer:
    weight = v.number("weight")
    first, second = ("1 h", "5 h") if v.number("age") < 1 else ("30 min", "2.5 h")
    steps = (
        Step("first", 30 * weight, "mL"),
        Step("first_time", first),
        Step("second", 70 * weight, "mL"),
        Step("second_time", second),
    )
    return Answer(100 * weight, (*steps, *more), band="c")


def cholera(v: Values) -> Answer:
    """Volume of plan B or C of cholera."""
    if v.yes("severe_malnutrition"):
        raise NotDefined("malnourished")
    if v.choice("plan") == "b":
        return Answer(75 * v.number("weight"), band="b")
    return _drip(v)


def deficit(v: Values) -> Answer:
    """Fluid that is lacking."""
    return Answer(v.number("weight") * v.number("dehydration") * 10)


def malnutrition_fluid(v: Values) -> Answer:
    """ReSoMal each half hour, or the first hour of shock."""
    weight = v.number("weight")
    if v.choice("state") == "shock":
        return Answer(10 * weight, (Step("most", 15 * weight, "mL"),), band="shock")
    steps = (Step("later_low", 5 * weight, "mL"), Step("later_high", 10 * weight, "mL"))
    return Answer(5 * weight, steps, band="dehydrated")


def f75(v: Values) -> Answer:
    """Milk per feed, rounded to 5 mL; halves go up."""
    day = v.number("weight") * (100 if v.yes("severe_oedema") else 130)
    return Answer(5 * floor(day / float(v.choice("feeds")) / 5 + 0.5), (Step("a_day", day, "mL"),))


def packets(v: Values) -> Answer:
    """Ready-to-use food, from 150 to 185 kcal/kg a day."""
    low, high = 150 * v.number("weight"), 185 * v.number("weight")
    steps = (
        Step("most", high / 500),
        Step("kcal_low", low, "kcal"),
        Step("kcal_high", high, "kcal"),
    )
    return Answer(low / 500, steps)


def gain(v: Values) -> Answer:
    """Grams gained for each kilogram and day."""
    before, now = v.number("weight_before"), v.number("weight")
    notes = ("much",) if abs(now - before) > before / 5 else ()
    return Answer((now - before) * 1000 / before / v.number("days_between"), notes=notes)


def shock_bolus(v: Values) -> Answer:
    """Fluid for shock, nothing unless all three signs are there."""
    if not all(v.yes(sign) for sign in ("cold_hands", "slow_refill", "weak_fast_pulse")):
        return Answer(0.0, band="none")
    if v.yes("severe_anaemia"):
        return Answer(0.0, band="anaemia")
    weight = v.number("weight")
    if v.yes("severe_malnutrition"):
        return Answer(10 * weight, (Step("most", 15 * weight, "mL"),), band="malnourished")
    steps = (Step("most", 20 * weight, "mL"), Step("again", 10 * weight, "mL"))
    return Answer(10 * weight, steps, band="shock")


def glucose(v: Values) -> Answer:
    """Glucose 10 percent in mL, and how to make it."""
    volume = v.number("weight") * (2 if v.choice("patient") == "newborn" else 5)
    return Answer(volume, (Step("of_50", volume / 5, "mL"), Step("water", volume * 4 / 5, "mL")))


def newborn_feed(v: Values) -> Answer:
    """Milk per feed from the day of life; the day's amount rises to 150-180 mL/kg."""
    later, weight = floor(v.number("day_of_life")) - 1, v.number("weight")
    low, high = min(60 + 20 * later, 150) * weight, min(60 + 30 * later, 180) * weight
    feeds = float(v.choice("feeds"))
    steps = (
        Step("a_day_low", low, "mL"),
        Step("a_day_high", high, "mL"),
        Step("most", high / feeds, "mL"),
    )
    return Answer(low / feeds, steps)


def dengue(v: Values) -> Answer:
    """Drip of a step in mL an hour."""
    weight, group = v.number("weight"), v.choice("group")
    if group != "warning-signs" and v.choice("step") != "first":
        raise NotDefined("later")
    if group == "shock-low-pressure":
        return Answer(80 * weight, (Step("per_kg_low", 80), Step("per_kg_high", 80)), (), _LOW)
    low, high = _DENGUE[v.choice("step")]
    if group == "shock-pressure-held":
        low, high = (5.0, 10.0) if v.yes("adult") else (10.0, 20.0)
    steps = (
        Step("most", high * weight, "mL/h"),
        Step("per_kg_low", low),
        Step("per_kg_high", high),
    )
    return Answer(low * weight, steps, band="first")


_LOW = "low_pressure"
FORMULAS: dict[str, Formula] = {
    "plan-abc-ors": plan,
    "cholera-plan": cholera,
    "fluid-deficit": deficit,
    "sam-emergency-fluids": malnutrition_fluid,
    "f75-volume": f75,
    "rutf-packets": packets,
    "weight-gain-gkgd": gain,
    "etat-bolus": shock_bolus,
    "glucose-10-bolus": glucose,
    "newborn-feed-volume": newborn_feed,
    "dengue-ladder": dengue,
}
