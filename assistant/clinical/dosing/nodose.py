"""What is said when no row gives a dose: who the rows are for, and what has to be known."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from assistant.clinical.dosing.person import Person
from assistant.clinical.dosing.say import listed, number
from kb.formulary_table import DAYS
from kb.medicines import DoseRow, Span

_PEOPLE = {
    "neonate": "newborns", "young_infant": "young infants", "child": "children",
    "adult": "adults", "pregnant": "pregnant women", "any": "anyone",
}  # fmt: skip
_YEARS_FROM = Decimal(730)
_MONTHS_FROM = Decimal(60)
_MOST = 5


def missing_words(missing: Sequence[str]) -> str:
    """What to find out first."""
    said = {
        "weight": "weigh the patient", "age": "find out the age",
        "indication": "say what it is for", "route": "say by which route",
    }  # fmt: skip
    words = [said.get(name, f"find out: {name}") for name in missing]
    return f"First {listed(words, 'and')}."


def nobody_words(rows: Sequence[DoseRow], person: Person) -> str:
    """That there is no dose for a person, and for whom there is one."""
    groups = list(dict.fromkeys(_group(row) for row in rows))[:_MOST]
    who = _who(person)
    if not groups:
        return f"No dose here for {who}."
    return f"No dose here for {who}. The formulary has one for {'; '.join(groups)}."


def row_words(row: DoseRow) -> str:
    """A row in words: its reason and for whom it is."""
    return f"{row.indication} ({_group(row)})"


def _who(person: Person) -> str:
    age = f"age {_age(person.ages.low)}" if person.age_known else "this patient"
    weight = f", {number(person.weight)} kg" if person.weight is not None else ""
    return f"{age}{weight}"


def _group(row: DoseRow) -> str:
    weights = row.weight
    if row.bands and row.bands[0].by == "weight":
        weights = Span(row.bands[0].span.low, row.bands[-1].span.high)
    parts = [
        _PEOPLE[row.population],
        _ends(row.age, _age),
        _ends(weights, lambda kg: f"{number(kg)} kg"),
    ]
    return " ".join(part for part in parts if part)


def _ends(limits: Span, words: Callable[[Decimal], str]) -> str:
    low = f"from {words(limits.low)}" if limits.low else ""
    high = f"under {words(limits.high)}" if limits.high else ""
    return " ".join(part for part in (low, high) if part)


def _age(days: Decimal) -> str:
    """An age as people say it."""
    if days >= _YEARS_FROM:
        return f"{number(Decimal(round(days / DAYS['years'])))} years"
    if days >= _MONTHS_FROM:
        return f"{number(Decimal(round(days / DAYS['months'])))} months"
    return f"{number(days)} days"
