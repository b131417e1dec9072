"""Items of clinic scores that look at several signs, and classes of one or two numbers."""

from assistant.clinical.calculators.lookup import found
from assistant.clinical.calculators.model import Answer, Formula, Points, Step, Values

_DRY = {"mind": ("restless", "lethargic"), "drinking": ("eager", "unable"),
        "pinch": ("slow", "very-slow")}  # fmt: skip
"""Signs of dehydration with their word for some and for severe (WHO 2014)."""
_HIGH, _LOW = 2500, 87.0
_ADULT = 12


def child_pressure(v: Values) -> tuple[float, float]:
    """Systolic pressure below 70 mmHg under 1 year, below 70 + 2 x age from 1 to 10 years."""
    if not (v.has("sbp") and v.has("age")):
        return 0.0, 1.0
    age = v.number("age")
    bound = 70.0 if age < 1 else 70 + 2 * min(int(age), 10)
    points = 1.0 if v.number("sbp") < bound else 0.0
    return points, points


def _dry_signs(v: Values, words: int) -> tuple[int, int]:
    """Signs that are sure and signs that are possible; `words` counts from some (0) or severe."""
    sure = int(v.yes("sunken_eyes"))
    unknown = int(not v.has("sunken_eyes"))
    for name, told in _DRY.items():
        if v.has(name):
            sure += v.choice(name) in told[words:]
        else:
            unknown += 1
    return sure, sure + unknown


def dry_severe(v: Values) -> tuple[float, float]:
    """Three points with two signs of severe dehydration."""
    sure, possible = _dry_signs(v, 1)
    return (3.0 if sure > 1 else 0.0), (3.0 if possible > 1 else 0.0)


def dry_some(v: Values) -> tuple[float, float]:
    """Two points with two signs of some dehydration or worse."""
    sure, possible = _dry_signs(v, 0)
    return (2.0 if sure > 1 else 0.0), (2.0 if possible > 1 else 0.0)


def wasting_z(v: Values) -> tuple[float, float]:
    """Weight for height where it was worked out; the arm alone is enough where it was not."""
    if not v.has("whz"):
        return 0.0, 0.0
    points = 2.0 if v.number("whz") < -3 else 1.0 if v.number("whz") < -2 else 0.0
    return points, points


def iitt_mind(v: Values) -> tuple[float, float]:
    """Red with two of four signs; under 12 years the altered mind must be one of them."""
    others = ("stiff_neck", "headache", "fever_or_cold")
    sure = sum(v.yes(name) for name in others)
    possible = sure + sum(not v.has(name) for name in others)
    altered, maybe = v.yes("altered_mind"), not v.has("altered_mind")
    child = v.has("age") and v.number("age") < _ADULT
    adult = v.has("age") and not child
    red = (altered and sure > 0) or (adult and sure > 1)
    may = ((altered or maybe) and possible > 0) or (not child and possible > 1)
    return (3.0 if red else 0.0), (3.0 if may else 0.0)


def news2_saturation(v: Values) -> tuple[float, float]:
    """Points of scale 1, or of scale 2 where that was chosen; scale 2 asks whether oxygen runs."""
    names = ["scale-1"]
    if v.has("oxygen_scale") and v.choice("oxygen_scale") == "scale-2":
        known = v.has("on_oxygen")
        names = ["scale-2-oxygen"] if not known or v.yes("on_oxygen") else []
        names += ["scale-2-air"] if not known or not v.yes("on_oxygen") else []
    if not v.has("spo2"):
        return 0.0, 3.0
    spo2 = v.number("spo2")
    points = [
        next(float(rule.outcome) for rule in v.rules[name] if rule.holds(spo2)) for name in names
    ]
    return min(points), max(points)


def low_saturation(v: Values) -> tuple[float, float]:
    """Below 90 percent is severe; not measured says nothing."""
    points = 2.0 if v.has("spo2") and v.number("spo2") < 90 else 0.0
    return points, points


def shock_index(v: Values) -> Answer:
    """Pulse over systolic pressure, judged by the use."""
    value = v.number("hr") / v.number("sbp")
    told = found(v.rules[v.choice("use")], round(value, 2))
    return Answer(value, band=told.band)


def oxygen_threshold(v: Values) -> Answer:
    """Saturation in percent below which a child gets oxygen."""
    high = v.number("altitude") > _HIGH
    bound = 94.0 if v.yes("emergency_signs") else _LOW if high else 90.0
    spo2 = v.number("spo2")
    give = spo2 <= bound if bound == _LOW else spo2 < bound
    return Answer(bound, band="give" if give else "watch")


def pack_years(v: Values) -> Answer:
    """Packs of 20 a day times years."""
    return Answer(v.number("cigarettes") / 20 * v.number("years_smoked"))


def peak_flow(v: Values) -> Answer:
    """Peak flow in percent of the best."""
    return Answer(100 * v.number("peak_flow") / v.number("best_flow"))


def postpartum_bleeding(v: Values) -> Answer:
    """Whether bleeding after birth meets the criteria of 2025, and time left for tranexamic acid.

    Classes: 3 met, 2 cannot be ruled out, 1 keep measuring.
    """
    loss = v.number("blood_loss")
    left = max(180 - v.number("minutes_since_birth"), 0) if v.has("minutes_since_birth") else None
    steps = () if left is None else (Step("txa_left", left, "min"),)
    if loss >= 500 or (loss >= 300 and _abnormal(v)):
        return Answer(3.0, steps, ("too_late",) if left == 0 else (), "met")
    if loss < 300:
        return Answer(1.0, steps, band="measure")
    unknown = not (v.has("hr") and v.has("sbp") and v.has("dbp"))
    return Answer(2.0 if unknown else 1.0, steps, band="open" if unknown else "measure")


def _abnormal(v: Values) -> bool:
    pulse = v.number("hr") if v.has("hr") else 0.0
    top = v.number("sbp") if v.has("sbp") else 0.0
    fast = pulse > 100 or (top > 0 and pulse / top > 1)
    return fast or 0 < top < 100 or (v.has("dbp") and v.number("dbp") < 60)


POINTS: dict[str, Points] = {
    "child_pressure": child_pressure,
    "dry_severe": dry_severe,
    "dry_some": dry_some,
    "wasting_z": wasting_z,
    "low_saturation": low_saturation,
    "iitt_mind": iitt_mind,
    "news2_saturation": news2_saturation,
}
FORMULAS: dict[str, Formula] = {
    "shock-index": shock_index,
    "spo2-altitude": oxygen_threshold,
    "pack-years": pack_years,
    "peak-flow-percent": peak_flow,
    "pph-2025": postpartum_bleeding,
}
