"""Plans after a wound, bite or poison, and doses that are more than a band (mg, mL, hours)."""

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.lookup import found
from assistant.clinical.calculators.model import Answer, Formula, Step, Values

_STAND = 20
"""Minutes for which the tube of the clotting test stands."""
_HOURLY, _LAST = 3, 24
"""Hours since the bite until which the test is repeated hourly, and in all."""


def clotting_test(v: Values) -> Answer:
    """Whether blood clots after a snake bite: 2 not clotting, 1 clots, 0 too early."""
    if v.number("minutes_standing") < _STAND:
        raise NotDefined("wait")
    hours = v.number("hours_since_bite")
    if v.yes("liquid"):
        if not v.yes("dry_new_glass"):
            raise NotDefined("glass")
        return Answer(2.0, (Step("again", 6, "h"),), band="positive")
    if hours >= _LAST:
        return Answer(1.0, band="late")
    return Answer(1.0, (Step("again", 1 if hours < _HOURLY else 6, "h"),), band="negative")


def atropine(v: Values) -> Answer:
    """Next doubled dose, or the infusion once the targets are reached."""
    first, given = v.number("first_dose"), round(v.number("doses_given"))
    total = first * (2**given - 1)
    steps = [Step("total", total, "mg")]
    if not (v.yes("chest_clear") and v.number("hr") > 80 and v.number("sbp") > 80):
        return Answer(first * 2**given, tuple(steps), band="double")
    steps.append(Step("hourly_high", total / 5, "mg"))
    return Answer(total / 10, (*steps, Step("hourly_low", total / 10, "mg")), band="infuse")


def paracetamol(v: Values) -> Answer:
    """The line at the time of the sample; treated when the level reaches it."""
    line = float(v.choice("line")) * 2 ** (-(v.number("hours_since") - 4) / 4)
    reached = v.number("paracetamol_level") >= line - 1e-9
    return Answer(line, band="treat" if reached else "below")


def tetanus(v: Values) -> Answer:
    """Vaccine and immunoglobulin: 3 both, 2 series, 1 booster, 0 nothing."""
    dirty = v.yes("dirty")
    notes = ("extra",) if dirty and v.yes("weak_immunity") else ()
    if v.choice("doses_before") == "under-3-or-unknown":
        return Answer(3.0, band="both") if dirty else Answer(2.0, band="series")
    if not v.has("years_since_last"):
        raise NotDefined("ask")
    due = v.number("years_since_last") >= (5 if dirty else 10)
    return Answer(1.0 if due else 0.0, (), notes, "booster" if due else "none")


def artesunate(v: Values) -> Answer:
    """Each dose of the injection in mg."""
    weight = v.number("weight")
    per_kg = 3.0 if weight < 20 else 2.4
    steps = [Step("per_kg", per_kg, "mg")]
    if v.has("strength"):
        steps.append(Step("volume", per_kg * weight / v.number("strength"), "mL"))
    return Answer(per_kg * weight, tuple(steps))


def rectal_artesunate(v: Values) -> Answer:
    """Suppositories of 100 mg; none from 6 years."""
    if v.number("age") >= 6:
        raise NotDefined("old")
    return found(v.rules["rows"], v.number("weight"))


def primaquine(v: Values) -> Answer:
    """Single dose in mg base by band."""
    if v.yes("pregnant_or_young_baby"):
        raise NotDefined("not_now")
    return found(v.rules["rows"], v.number("weight"))


def tb_prevention(v: Values) -> Answer:
    """Dose of a preventive regimen by weight and age."""
    weight, age = v.number("weight"), v.number("age")
    match v.choice("regimen"):
        case "6h":
            daily = min(weight * (10 if age < 10 else 5), 300.0)
            return Answer(daily, (Step("mg", daily, "mg"),), band="daily")
        case "3hr":
            return found(v.rules["daily"], weight)
        case _ if age < 2:
            raise NotDefined("young")
        case _ if age < 15:
            return found(v.rules["weekly"], weight)
        case _ if weight < 30:
            raise NotDefined("light")
        case _:
            return Answer(900.0, band="adult")


def gentamicin(v: Values) -> Answer:
    """Daily dose in mg with its volume."""
    per_kg = 5.0 if v.number("age_days") < 7 else 7.5
    dose = per_kg * v.number("weight")
    volume = Step("volume", dose / float(v.choice("vial")), "mL")
    return Answer(dose, (Step("per_kg", per_kg, "mg"), volume), ("small",))


def opioid_switch(v: Values) -> Answer:
    """Dose of 24 hours after a change of route or of medicine."""
    old, new = v.choice("from_opioid"), v.choice("to_opioid")
    if old == new:
        raise NotDefined("nothing")
    factor = v.tables["factor"]
    oral = v.number("daily_dose") * factor[old]
    equal = oral / factor[new]
    changed = old.split("-", maxsplit=1)[0] != new.split("-", maxsplit=1)[0]
    value = equal * 0.75 if changed else equal
    steps = [Step("oral_morphine", oral, "mg"), Step("equal", equal, "mg")]
    steps += [Step("lowest", equal / 2, "mg")] if changed else []
    parts = (Step("four_hourly", value / 6, "mg"), Step("rescue", value / 6, "mg"))
    return Answer(value, (*steps, *parts), ("lowered" if changed else "same",))


FORMULAS: dict[str, Formula] = {
    "wbct20-timer": clotting_test,
    "op-atropine": atropine,
    "paracetamol-line": paracetamol,
    "tetanus-plan": tetanus,
    "severe-malaria-dose": artesunate,
    "artesunate": rectal_artesunate,
    "primaquine": primaquine,
    "tpt-band": tb_prevention,
    "young-infant-gentamicin": gentamicin,
    "opioid-switch": opioid_switch,
}
