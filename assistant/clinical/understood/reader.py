"""All that a text states of a patient, in the order of the text, to be shown and confirmed."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib.resources import files

from assistant.clinical.facts import FactReader
from assistant.clinical.understood.conditions import ConditionReader
from assistant.clinical.understood.dates import birth
from assistant.clinical.understood.drugs import DrugReader, Medicines
from assistant.clinical.understood.labs import LabReader
from assistant.clinical.understood.plain import Plain, plain
from assistant.clinical.understood.scope import Scope
from assistant.clinical.understood.stated import Kind, Stated
from assistant.messages import Fact

_PERSON = frozenset(
    "age_days age_group sex weight_kg height_cm pregnant postpartum gest_weeks".split()
)
_LAB_FACTS = {
    "hb": "haemoglobin", "glucose": "glucose", "potassium": "potassium", "sodium": "sodium",
    "lactate": "lactate", "inr": "inr", "platelets": "platelets", "neutrophils": "neutrophils",
    "ketones": "ketones", "ph": "ph", "bilirubin": "bilirubin",
}  # fmt: skip
"""Bedside numbers that are laboratory results too: the result with its unit is shown."""
_AGE_UNITS = (
    ("months", r"\d ?-?(?:mo|mth|m\b)|month|mois|mes\b|meses|miezi|/ ?12", 30.4375),
    ("weeks", r"\d ?-?(?:w|wk)|week|semai|seman|wiki|/ ?52", 7.0),
    ("days", r"\d ?-?d|day|jour|dia|siku|/ ?7|hour|\bd ?\d", 1.0),
)
"""Units of an age, the words that show them, and their days; all else are years."""
_YEAR = 365.25
_GROWN = 6 * _YEAR
"""From this age `m` behind a number is no month but the sex."""
_RELATIVES = re.compile(
    r"(?:mother|father|brother|sister|son|daughter|uncle|aunt|grand\w+|parents?|cousin|husband"
    r"|wife|mum|mom|dad)(?:'s)? (?:also )?(?:has|had|with|reports|says|brought|brings|died|takes)\b"
)


@dataclass(frozen=True)
class Understanding:
    """Reads texts; keep one, because it holds compiled patterns.

    Values of persons and bedside numbers are in the units of labels.toml, laboratory results in the
    canonical unit of the calculators.
    """

    medicines: Medicines | None = None
    """Names of medicines; none are found without them."""
    facts: FactReader = field(default_factory=FactReader)
    scope: Scope = field(default_factory=Scope)

    @cached_property
    def _labels(self) -> dict[str, dict[str, str]]:
        path = files("assistant.clinical.understood") / "labels.toml"
        return tomllib.loads(path.read_text(encoding="utf-8"))

    @cached_property
    def _labs(self) -> LabReader:
        return LabReader(self.scope)

    @cached_property
    def _drugs(self) -> DrugReader:
        return DrugReader(self.medicines, self.scope)

    @cached_property
    def _conditions(self) -> ConditionReader:
        return ConditionReader(self.scope)

    def read(self, text: str, today: date | None = None) -> tuple[Stated, ...]:
        """All that the text states, in its order.

        Args:
            text: what was typed or dictated.
            today: the day on which it was said; without it a date of birth gives no age.
        """
        made = plain(text)
        labs = self._labs.read(made)
        drugs = self._drugs.read(made)
        bedside = self._bedside(made)
        labs, bedside = _once(labs, bedside)
        conditions = _outside(self._conditions.read(made), drugs)
        found = [*bedside, *birth(made, today), *labs, *drugs, *conditions]
        return tuple(sorted(found, key=lambda one: (one.start, one.end, one.name)))

    def _bedside(self, text: Plain) -> list[Stated]:
        """The person and bedside numbers; what is better told otherwise is left out."""
        facts = self.facts.find(text.text)
        names = {fact.name for fact in facts}
        kept: dict[tuple[str, str], Fact] = {}
        for fact in facts:
            of_relative = _RELATIVES.match(text.lower, fact.start)
            repeated = fact.name in _PERSON and any(name == fact.name for name, _ in kept)
            grouped = fact.name == "age_group" and "age_days" in names
            if not (of_relative or repeated or grouped):
                kept.setdefault((fact.name, fact.value), fact)
        return [self._fact(text, fact) for fact in kept.values()]

    def _fact(self, text: Plain, fact: Fact) -> Stated:
        kind: Kind = "person" if fact.name in _PERSON else "vital"
        held = self.scope.of(text, fact.start, fact.end)
        row = self._labels.get(fact.name, {"label": fact.name, "unit": ""})
        shown = _shown(text.text[fact.start : fact.end], fact, row["unit"])
        hypothetical = held.status == "hypothetical" and kind == "vital"
        return Stated(
            kind, fact.name, row["label"], fact.value, row["unit"], shown, fact.start, fact.end,
            "hypothetical" if hypothetical else "present",
            held.whose if kind == "vital" else "patient", held.when, doubt=fact.doubt,
        )  # fmt: skip


def _once(labs: list[Stated], bedside: list[Stated]) -> tuple[list[Stated], list[Stated]]:
    """Each result once: with its unit, or as the bedside number that is read without one."""
    read = {
        (_LAB_FACTS[one.name], one.end)
        for one in bedside
        if one.name in _LAB_FACTS and not one.doubt
    }
    kept = [lab for lab in labs if not lab.doubt or (lab.name, lab.end) not in read]
    named = {lab.name for lab in kept}
    return kept, [one for one in bedside if _LAB_FACTS.get(one.name) not in named]


def _outside(named: Iterable[Stated], drugs: Sequence[Stated]) -> list[Stated]:
    """Conditions that are not part of the statement of a medicine."""
    taken = [(drug.start, drug.end) for drug in drugs]
    return [one for one in named if not any(low <= one.start < high for low, high in taken)]


def _shown(words: str, fact: Fact, unit: str) -> str:
    """A fact as it is shown: ages in the unit that was written, truths as words."""
    if fact.name == "age_days":
        return _age(words.lower(), int(fact.value))
    if fact.value in ("true", "false"):
        return "yes" if fact.value == "true" else "no"
    return f"{fact.value} {unit}".strip()


def _age(words: str, days: int) -> str:
    found = [(name, size) for name, pattern, size in _AGE_UNITS if re.search(pattern, words)]
    said_years = re.search(r"year|yr|\d ?y|ans|saal|miaka", words)
    plainly_years = said_years or not found or days >= _GROWN
    name, size = ("years", _YEAR) if plainly_years else found[0]
    number = round(days / size)
    return f"{number} {name if number != 1 else name[:-1]}"
