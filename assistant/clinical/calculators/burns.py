"""Burned area (percent of the body) and fluid (mL)."""

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Formula, Step, Values

_COLUMNS = (16, 15, 10, 5, 1, 0)
_FIRST_HOURS, _LATER_HOURS, _LAST_HOUR = 8, 16, 24


def burned_area(v: Values) -> Answer:
    """Share of the body that is burned, by the column of the age."""
    column = next(first for first in _COLUMNS if v.number("age") >= first)
    shares = v.tables[f"age_{column}"]
    known = {part: share for part, share in shares.items() if v.has(part)}
    steps = tuple(Step(part, share * v.number(part) / 100, "%") for part, share in known.items())
    total = sum(share * v.number(part) / 100 for part, share in known.items())
    if not total:
        raise NotDefined("none")
    return Answer(total, steps)


def burn_fluid(v: Values) -> Answer:
    """Ringer's lactate in 24 hours; the first half runs until 8 hours after the burn."""
    hours = v.number("hours_since_burn") if v.has("hours_since_burn") else None
    share = v.number("burned_area")
    if hours is not None and hours > _LAST_HOUR:
        raise NotDefined("late")
    factor = float(v.choice("ml_per_percent")) if v.has("ml_per_percent") else 4.0
    total = factor * v.number("weight") * share
    later = (Step("later", total / 2, "mL"), Step("later_rate", total / 2 / _LATER_HOURS, "mL/h"))
    notes = ["small"] if share < (10 if v.yes("child") else 15) else []
    notes += ["child"] if v.yes("child") and v.number("weight") < 30 else []
    notes += ["hours"] if hours is None else []
    return Answer(total, (*_first_half(total / 2, hours), *later), (*notes, "range"))


def _first_half(volume: float, hours: float | None) -> tuple[Step, ...]:
    """What runs until 8 hours after the burn, faster when hours are lost; none after that."""
    if hours is not None and hours >= _FIRST_HOURS:
        return ()
    steps = (Step("first", volume, "mL"),)
    rate = () if hours is None else (Step("first_rate", volume / (_FIRST_HOURS - hours), "mL/h"),)
    return (*steps, *rate)


FORMULAS: dict[str, Formula] = {
    "burn-area-lund-browder": burned_area,
    "burn-fluid-parkland": burn_fluid,
}
