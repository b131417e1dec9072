"""Equivalent doses of corticosteroids and opioids; factors stand in the data."""

from assistant.clinical.calculators.model import Answer, Step, Values


def steroid(v: Values) -> Answer:
    """The same anti-inflammatory effect with another corticosteroid, in mg."""
    table = v.tables["equivalent_mg"]
    start, end = table[v.choice("from_drug")], table[v.choice("to_drug")]
    value = v.number("dose") * end / start
    return Answer(value, (Step("ratio", end / start),))


def morphine(v: Values) -> Answer:
    """Morphine equivalents of all opioids of a day, in mg."""
    factors = v.tables["factor"]
    total, steps = 0.0, []
    for dose in v.doses("doses"):
        part = dose.amount * dose.per_day * factors[dose.drug]
        total += part
        steps.append(Step(dose.drug, part, "mg"))
    return Answer(total, tuple(steps))


FORMULAS = {"steroid-equivalent": steroid, "mme": morphine}
