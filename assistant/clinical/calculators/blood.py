"""Blood gases, blood counts and iron (mmHg, mmol/L, 10^9/L, g/dL)."""

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Formula, Step, Values

_INSPIRED = 760 - 47
"""Pressure of inspired gas at sea level in mmHg, water vapour taken away."""
_WHOLE = 100 + 1e-9
_BINDING_TOLERANCE = 1.1
"""Share by which serum iron may exceed the binding capacity by laboratory error."""


def winters(v: Values) -> Answer:
    """PaCO2 that breathing should reach in a metabolic acidosis."""
    expected = 1.5 * v.number("bicarbonate") + 8
    steps = (Step("low", expected - 2, "mmHg"), Step("high", expected + 2, "mmHg"))
    if not v.has("paco2"):
        return Answer(expected, steps)
    found = v.number("paco2")
    told = "lower" if found < expected - 2 else "higher" if found > expected + 2 else "fits"
    return Answer(expected, steps, band=told)


def oxygen_difference(v: Values) -> Answer:
    """Oxygen in the alveoli less oxygen in the arteries."""
    alveolar = v.number("fio2") * _INSPIRED - v.number("paco2") / 0.8
    steps = [Step("alveolar", alveolar, "mmHg")]
    if v.has("age"):
        steps.append(Step("expected", v.number("age") / 4 + 4, "mmHg"))
    return Answer(alveolar - v.number("pao2"), tuple(steps))


def oxygen_ratio(v: Values) -> Answer:
    """Arterial oxygen over its share in the breath."""
    return Answer(v.number("pao2") / v.number("fio2"))


def rox(v: Values) -> Answer:
    """Saturation over inspired oxygen over the breathing rate."""
    return Answer(v.number("spo2") / v.number("fio2") / v.number("rr"))


def bicarbonate_deficit(v: Values) -> Answer:
    """Bicarbonate that is lacking in half of the body weight."""
    lacking = 24 - v.number("bicarbonate")
    if lacking <= 0:
        raise NotDefined("no_deficit")
    value = 0.5 * v.number("weight") * lacking
    return Answer(value, (Step("half", value / 2, "mmol"),))


def iron_deficit(v: Values) -> Answer:
    """Iron for haemoglobin up to 15 g/dL, and 500 mg for the stores."""
    lacking = 15 - v.number("haemoglobin")
    if lacking <= 0:
        raise NotDefined("no_deficit")
    part = v.number("weight") * lacking * 2.4
    return Answer(part + 500, (Step("haemoglobin_part", part, "mg"), Step("stores", 500, "mg")))


def reticulocytes(v: Values) -> Answer:
    """Reticulocytes for a haematocrit of 45, and the index for how long they mature."""
    level = v.number("haematocrit")
    value = v.number("reticulocytes") * level / 45
    bounds = sorted(((float(key), days) for key, days in v.tables["maturation"].items()), key=_low)
    days = next(days for bound, days in reversed(bounds) if level >= bound)
    return Answer(value, (Step("maturation", days, "d"), Step("index", value / days)))


def _low(row: tuple[float, float]) -> float:
    return row[0]


def iron_saturation(v: Values) -> Answer:
    """Share of the binding capacity that carries iron, in percent."""
    share = v.number("iron") / v.number("tibc")
    if share > _BINDING_TOLERANCE:
        raise NotDefined("more_than_all")
    return Answer(100 * share)


def mentzer(v: Values) -> Answer:
    """Size of the red cells over their number."""
    return Answer(v.number("mcv") / v.number("red_cells"))


def neutrophils(v: Values) -> Answer:
    """Neutrophils and bands in 10^9/L."""
    share = v.number("neutrophils") + (v.number("bands") if v.has("bands") else 0.0)
    if share > _WHOLE:
        raise NotDefined("over_all")
    notes = () if v.has("bands") else ("bands_unknown",)
    return Answer(v.number("wbc") * share / 100, notes=notes)


def d_dimer(v: Values) -> Answer:
    """Cut-off for the age in micrograms per litre."""
    age = v.number("age")
    cut = age * 10 if age > 50 else 500.0
    if not v.has("d_dimer"):
        return Answer(cut, band="cut_off")
    return Answer(cut, band="below" if v.number("d_dimer") < cut else "reached")


def apri(v: Values) -> Answer:
    """AST against the laboratory's limit, over platelets."""
    return Answer(100 * (v.number("ast") / v.number("ast_upper")) / v.number("platelets"))


def maddrey(v: Values) -> Answer:
    """Prothrombin time beyond the control, and bilirubin."""
    beyond = v.number("prothrombin_time") - v.number("prothrombin_control")
    return Answer(4.6 * beyond + v.number("bilirubin"))


def schwartz(v: Values) -> Answer:
    """Filtration rate of a child from height and creatinine."""
    return Answer(0.413 * v.number("height") / v.number("creatinine"))


FORMULAS: dict[str, Formula] = {
    "winters": winters,
    "a-a-gradient": oxygen_difference,
    "pao2-fio2": oxygen_ratio,
    "rox-index": rox,
    "bicarbonate-deficit": bicarbonate_deficit,
    "iron-deficit-ganzoni": iron_deficit,
    "corrected-reticulocytes": reticulocytes,
    "transferrin-saturation": iron_saturation,
    "mentzer": mentzer,
    "anc-neutrophils": neutrophils,
    "d-dimer-age": d_dimer,
    "apri": apri,
    "maddrey": maddrey,
    "egfr-schwartz-bedside": schwartz,
}
