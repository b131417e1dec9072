"""Bedside arithmetic: units, drips, dilutions, oxygen and resuscitation of children."""

from math import floor

from assistant.clinical.calculators.errors import BadInput, NotDefined
from assistant.clinical.calculators.model import Answer, Formula, Step, Values
from assistant.clinical.calculators.reading import plain_number
from assistant.clinical.calculators.units import convert, quantities

_RESERVE_BAR, _RESERVE_PSI = 20.0, 200.0
_PSI = 14.503774
"""psi in one bar."""


def converted(v: Values) -> Answer:
    """A value in another unit of the same substance."""
    substance, start, end = v.choice("substance"), v.choice("from"), v.choice("to")
    name = substance.replace("-", "_")
    try:
        value = convert(name, v.number("value"), start, end)
    except BadInput as error:
        units = ", ".join(quantities()[name].scales)
        message = f"{substance.capitalize()} has the units {units}."
        raise NotDefined(message) from error
    told = f"{plain_number(v.number('value'))} {start} = {plain_number(value)} {end} ({substance})"
    return Answer(value, band=told)


def drops(v: Values) -> Answer:
    """Drops a minute of a giving set."""
    rate = v.number("volume") * float(v.choice("drop_factor")) / v.number("duration")
    hourly = v.number("volume") / v.number("duration") * 60
    return Answer(rate, (Step("per_hour", hourly, "mL/h"), Step("gap", 60 / rate, "s")))


def infusion(v: Values) -> Answer:
    """Rate of a pump in mL an hour."""
    per_ml = v.number("concentration") * 1000
    rate = v.number("infusion_dose") * v.number("weight") * 60 / per_ml
    return Answer(rate, (Step("per_ml", per_ml, "ug"),))


def dose(v: Values) -> Answer:
    """Dose in mg, held to the highest dose, and its volume."""
    by_weight = v.number("dose_per_kg") * v.number("weight")
    value = min(by_weight, v.number("dose_limit")) if v.has("dose_limit") else by_weight
    notes = ["limited"] if value < by_weight else []
    steps = [Step("by_weight", by_weight, "mg")]
    if v.has("concentration"):
        volume = value / v.number("concentration")
        steps.append(Step("volume", volume, "mL"))
        notes += ["large"] if volume > 10 else ["small"] if volume < 0.1 else []
    return Answer(value, tuple(steps), tuple(notes))


def dilution(v: Values) -> Answer:
    """Volume of the strong solution; the rest is diluent."""
    ratio = v.number("strong") / v.number("wanted")
    if ratio <= 1:
        raise NotDefined("stronger")
    value = v.number("volume") / ratio
    return Answer(value, (Step("add", v.number("volume") - value, "mL"), Step("parts", ratio - 1)))


def oxygen_time(v: Values) -> Answer:
    """Minutes until the reserve of the cylinder is reached."""
    if v.has("water_capacity"):
        left = v.number("cylinder_pressure") - _RESERVE_BAR
        litres = left * v.number("water_capacity") / 1000
    elif v.has("us_tank"):
        left = v.number("cylinder_pressure") * _PSI - _RESERVE_PSI
        litres = left * v.tables["tank"][v.choice("us_tank")]
    else:
        raise NotDefined("size")
    if left <= 0:
        raise NotDefined("empty")
    minutes = litres / v.number("flow")
    return Answer(minutes, (Step("litres", litres, "L"), Step("hours", minutes / 60, "h")))


def tube(v: Values) -> Answer:
    """Inner diameter in mm with its depth in cm."""
    age = v.number("age")
    if age < 1:
        return _newborn_tube(v)
    years = floor(age)
    size = years / 4 + (3.5 if v.choice("tube") == "cuffed" else 4)
    steps = (
        Step("half", floor(size * 2 + 0.5) / 2, "mm"),
        Step("depth", years / 2 + 12, "cm"),
        Step("depth_by_size", 3 * size, "cm"),
    )
    return Answer(size, steps)


def _newborn_tube(v: Values) -> Answer:
    if v.number("age") > 1 / 12:
        raise NotDefined("infant")
    if not v.has("weight"):
        raise NotDefined("newborn_weight")
    weight = v.number("weight")
    size = 2.5 if weight < 1 else 3.0 if weight < 2 else 3.5
    return Answer(size, (Step("half", size, "mm"), Step("depth_by_size", 3 * size, "cm")))


def estimated_weight(v: Values) -> Answer:
    """Weight from age; completed months and years."""
    if v.yes("malnourished"):
        raise NotDefined("malnourished")
    age = v.number("age") + 1e-3
    if age < 1:
        return Answer(floor(age * 12) / 2 + 4)
    years = floor(age)
    return Answer(2 * years + 8 if years < 6 else 3 * years + 7)


def joules(v: Values) -> Answer:
    """Energy of a shock in joules."""
    weight = v.number("weight")
    steps = (
        Step("sync_low", weight / 2, "J"),
        Step("sync_high", weight, "J"),
        Step("sync_next", 2 * weight, "J"),
    )
    return Answer(4 * weight, steps)


def arrest_adrenaline(v: Values) -> Answer:
    """Volume of adrenaline 0.1 mg/mL in mL."""
    volume = min(0.1 * v.number("weight"), 10.0)
    return Answer(volume, (Step("mg", volume / 10, "mg"),))


FORMULAS: dict[str, Formula] = {
    "unit-convert": converted,
    "drip-rate": drops,
    "infusion-rate": infusion,
    "dose-by-weight": dose,
    "dilution": dilution,
    "oxygen-cylinder-time": oxygen_time,
    "ett-size": tube,
    "weight-estimate-child": estimated_weight,
    "defib-joules": joules,
    "arrest-adrenaline-volume": arrest_adrenaline,
}
