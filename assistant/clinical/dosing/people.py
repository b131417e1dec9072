"""Who a row of the formulary is for, and whether this patient is one of them.

Adults are 12 years and over and 40 kg or more; from 18 years on everybody is. Newborns are up to
28 days, young infants up to 59 days old. Weight wins over age: an upper age of a row does not hold
for one whose weight lies in its weight band. Where age or weight is unknown, what can be true is
tried; a row fits when it fits for all of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from assistant.clinical.dosing.person import (
    ADULT_KG,
    EIGHTEEN,
    FERTILE,
    FIFTEEN,
    NEWBORN_LAST,
    TWELVE,
    TYPICAL_KG,
    YOUNG_LAST,
    Person,
)
from kb.medicines import DoseRow, Range

Level = Literal["no", "rather", "yes", "unknown"]


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a row is for a person, and what would have to be known to tell."""

    level: Level
    missing: tuple[str, ...] = ()
    assumed: str = ""
    """What was taken for granted, as a sentence."""


def fit(row: DoseRow, person: Person) -> Fit:
    """Whether a row is for this person."""
    ages = dict.fromkeys((person.ages.low, _middle(person.ages), person.ages.high))
    level = _together({_by_age(row, age, person) for age in ages})
    if level == "no":
        return Fit("no")
    missing = ("age",) if level == "unknown" or _several_bands(row, ages) else ()
    weight = _by_weight(row, person)
    if weight.level == "no":
        return Fit("no")
    if missing or weight.missing:
        return Fit("unknown", (*missing, *weight.missing))
    return Fit(level, (), weight.assumed)


def _several_bands(row: DoseRow, ages: Iterable[Decimal]) -> bool:
    """Whether the ages that can be true lie in different bands of age."""
    bands = [band.span for band in row.bands if band.by == "age"]
    return len({next((n for n, s in enumerate(bands) if s.has(age)), None) for age in ages}) > 1


def _middle(ages: Range) -> Decimal:
    return Decimal(round((ages.low + ages.high) / 2))


def _together(levels: set[Level]) -> Level:
    """One level when all agree; two grades of yes count as the lesser."""
    if "no" in levels:
        return "no" if len(levels) == 1 else "unknown"
    return "rather" if "rather" in levels else "yes"


def is_adult(age: Decimal, weight: Decimal | None) -> bool:
    """Whether one is dosed as an adult."""
    return age >= EIGHTEEN or (age >= TWELVE and (weight is None or weight >= ADULT_KG))


def _by_age(row: DoseRow, age: Decimal, person: Person) -> Level:
    group = _GROUP_RULES[row.population](row, age, person)
    if group == "no" or (row.age.low is not None and age < row.age.low):
        return "no"
    bands = [band for band in row.bands if band.by == "age"]
    if bands and not any(band.span.has(age) for band in bands):
        return "no"
    if row.age.high is not None and age >= row.age.high:
        return "rather" if _weight_wins(row, age, person) else "no"
    return group


def _weight_wins(row: DoseRow, age: Decimal, person: Person) -> bool:
    """Whether an upper age is set aside for the weight."""
    weight = person.weight
    if weight is None or row.population not in ("child", "any") or is_adult(age, weight):
        return False
    banded = any(band.by == "weight" and band.span.has(weight) for band in row.bands)
    stated = row.weight.high is not None and row.weight.has(weight)
    to_the_end = row.age.high is not None and row.age.high >= TWELVE
    return banded or stated or to_the_end


def _newborn(row: DoseRow, age: Decimal, _: Person) -> Level:
    return "yes" if age <= max(NEWBORN_LAST, (row.age.high or Decimal(0)) - 1) else "no"


def _young(row: DoseRow, age: Decimal, _: Person) -> Level:
    return "yes" if age <= max(YOUNG_LAST, (row.age.high or Decimal(0)) - 1) else "no"


def _child(row: DoseRow, age: Decimal, person: Person) -> Level:
    if is_adult(age, person.weight):
        return "rather" if age < EIGHTEEN else "no"
    if row.age.low is not None or age > YOUNG_LAST:
        return "yes"
    return "rather" if age > NEWBORN_LAST else "no"


def _adult(row: DoseRow, age: Decimal, person: Person) -> Level:
    weight = person.weight
    if is_adult(age, weight):
        return "yes"
    old_enough = row.age.low is not None and age >= row.age.low
    heavy_enough = (
        row.weight.low is not None
        and weight is not None
        and weight >= row.weight.low
        and age > YOUNG_LAST
    )
    return "rather" if old_enough or heavy_enough else "no"


def _pregnant(_: DoseRow, age: Decimal, person: Person) -> Level:
    return "yes" if person.pregnant and age >= FERTILE.low else "no"


def _anyone(_: DoseRow, __: Decimal, ___: Person) -> Level:
    return "yes"


_GROUP_RULES: dict[str, Callable[[DoseRow, Decimal, Person], Level]] = {
    "neonate": _newborn,
    "young_infant": _young,
    "child": _child,
    "adult": _adult,
    "pregnant": _pregnant,
    "any": _anyone,
}


def _by_weight(row: DoseRow, person: Person) -> Fit:
    """Whether the weight suits the row, and is known where the row reckons by it."""
    bands = [band.span for band in row.bands if band.by == "weight"]
    weight = person.weight
    if weight is not None:
        inside = row.weight.has(weight) and (not bands or any(span.has(weight) for span in bands))
        return Fit("yes" if inside else "no")
    if row.per_kg or row.per_kg_day or bands or "weight" in row.needs:
        return Fit("unknown", ("weight",))
    if row.population == "adult" and row.age.low is None and not row.weight.stated:
        return _young_adult(person)
    return _unweighed(row, person)


def _young_adult(person: Person) -> Fit:
    """The dose of an adult for an adolescent whom nobody weighed."""
    if person.ages.low < FIFTEEN:
        return Fit("unknown", ("weight",))
    text = f"Nobody weighed: the dose of an adult is for {ADULT_KG} kg or more."
    return Fit("yes", (), "" if person.grown else text)


def _unweighed(row: DoseRow, person: Person) -> Fit:
    low, high = row.weight.low, row.weight.high
    if (low is None or person.weights.low >= low) and (high is None or person.weights.high < high):
        return Fit("yes")
    if (low is not None and person.weights.high < low) or (
        high is not None and person.weights.low >= high
    ):
        return Fit("no")
    if not person.grown:
        return Fit("unknown", ("weight",))
    if not row.weight.has(TYPICAL_KG):
        return Fit("no")
    ends = [
        f"from {low} kg" if low is not None else "",
        f"under {high} kg" if high is not None else "",
    ]
    limits = " and ".join(end for end in ends if end)
    return Fit("yes", (), f"Nobody weighed: this dose is for {limits}.")
