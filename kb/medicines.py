"""The vocabulary of the formulary: what a medicine, a dose row and a reason against it are.

All values are immutable. Amounts are exact (Decimal); ages are in days, weights in kilograms; every
`Span` is half-open [low, high). An empty text or tuple means that the formulary says nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Literal

Action = Literal["refuse", "warn"]
Verdict = Literal["yes", "caution", "no", "unknown"]
Population = Literal["neonate", "young_infant", "child", "adult", "pregnant", "any"]


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open interval [low, high); an end that is None is open."""

    low: Decimal | None = None
    high: Decimal | None = None

    def has(self, value: Decimal) -> bool:
        """Whether the value lies in the interval."""
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)

    @property
    def stated(self) -> bool:
        """Whether either end is given."""
        return self.low is not None or self.high is not None


@dataclass(frozen=True, slots=True)
class Range:
    """From low to high, both included."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class DoseBand:
    """The dose for those whose weight or age lies in a span."""

    by: Literal["weight", "age"]
    span: Span
    """kg or days."""
    dose: Range
    text: str = ""
    """The dose in words, such as `1 tablet of 250 mg`."""


@dataclass(frozen=True, slots=True)
class DoseRow:
    """One regimen of one source, for one group of people."""

    indication: str
    """Lower-case phrase; `general` is the usual dose where no other indication fits."""
    population: Population
    routes: tuple[str, ...]
    unit: str
    """Unit of every amount in the row."""
    source: str
    """Key of the source and the place in it."""
    confirmed: Literal["v", "ok"]
    also: tuple[str, ...] = ()
    """Other wordings of the indication."""
    age: Span = Span()
    """Days."""
    weight: Span = Span()
    """Kilograms."""
    phase: str = ""
    basis: str = ""
    """Part of the medicine in which the dose is counted, such as `salt`."""
    per_kg: Range | None = None
    """Per dose for each kg."""
    per_kg_day: Range | None = None
    """Per day for each kg, to be divided by the doses of a day."""
    fixed: Range | None = None
    """Per dose."""
    bands: tuple[DoseBand, ...] = ()
    doses_per_day: Range | None = None
    """0-0 means once only."""
    every_hours: Range | None = None
    duration_days: Range | None = None
    max_per_dose: Decimal | None = None
    max_per_day: Decimal | None = None
    max_per_kg_day: Decimal | None = None
    max_note: str = ""
    needs: tuple[str, ...] = ()
    """Facts that must be known before a dose is shown."""
    high_alert: bool = False
    note: str = ""
    """A sentence that must travel with the dose."""
    also_source: str = ""

    @property
    def once(self) -> bool:
        """Whether a single dose is given, never repeated on its own."""
        return self.doses_per_day is not None and self.doses_per_day.high == 0


@dataclass(frozen=True, slots=True)
class NotIf:
    """A reason not to give the medicine; every condition that is stated must hold."""

    action: Action
    why: str
    source: str
    allergy: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    """Ids of medicines, or `class:` and a class."""
    age: Span = Span()
    """Days."""
    weight_below_kg: Decimal | None = None
    pregnant: bool | None = None
    trimesters: tuple[int, ...] = ()
    gest_from_weeks: Decimal | None = None
    breastfeeding: bool | None = None
    g6pd: tuple[str, ...] = ()
    egfr_below: Decimal | None = None
    """mL/min"""
    jaundice: bool | None = None
    hiv: bool | None = None
    sex: Literal["m", "f"] | None = None
    women_who_could_become_pregnant: bool | None = None
    """Females of 10 to 55 years."""
    routes: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    """Holds only for these; empty = for all."""
    unless_indications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenalRule:
    """What changes below a kidney function."""

    below: Decimal
    """eGFR or creatinine clearance in mL/min."""
    action: Literal["reduce", "avoid", "monitor"]
    advice: str
    source: str
    every_hours: Decimal | None = None
    factor: Decimal | None = None
    """Share of each dose that remains."""
    max_per_dose: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which the medicine is supplied."""

    form: str
    strength: str


@dataclass(frozen=True, slots=True)
class InPregnancy:
    """Whether it may be used in each trimester."""

    first: Verdict = "unknown"
    second: Verdict = "unknown"
    third: Verdict = "unknown"
    note: str = ""

    def in_trimester(self, trimester: int) -> Verdict:
        """The verdict for trimester 1, 2 or 3."""
        return (self.first, self.second, self.third)[trimester - 1]


@dataclass(frozen=True, slots=True)
class InBreastfeeding:
    """Whether it may be used by a breastfeeding mother."""

    advice: Verdict = "unknown"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """All that the formulary says of a medicine besides its names."""

    atc: tuple[str, ...]
    eml: Literal["core", "complementary", "not-listed"]
    high_alert: bool
    controlled: bool
    cold_chain: bool
    status: str
    """Review status, shown with every dose."""
    sources: Mapping[str, str]
    """Title, publisher and year by key."""
    aware: str = ""
    forms: tuple[Form, ...] = ()
    salt: str = ""
    adverse: tuple[str, ...] = ()
    monitoring: tuple[str, ...] = ()
    counsel: tuple[str, ...] = ()
    pregnancy: InPregnancy = InPregnancy()
    breastfeeding: InBreastfeeding = InBreastfeeding()
    renal: tuple[RenalRule, ...] = ()
    not_if: tuple[NotIf, ...] = ()
    doses: tuple[DoseRow, ...] = ()


@dataclass(frozen=True)
class Medicine:
    """A medicine: its names and classes at once, the rest when first asked for.

    A formulary holds hundreds of them and a question names one or two; that is why the record is
    read late.
    """

    id: str
    inn: str
    aliases: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    look_alike: tuple[str, ...] = ()
    """Ids or names easily confused with this one."""
    tall: str = ""
    """The name with tall-man letters."""
    read: Callable[[], Record] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def record(self) -> Record:
        """The rest; raises `BadFormulary` when the text cannot be read."""
        if self.read is None:
            return EMPTY
        return self.read()


EMPTY = Record(
    atc=(),
    eml="not-listed",
    high_alert=False,
    controlled=False,
    cold_chain=False,
    status="",
    sources={},
)
"""The record of a medicine of which only names are known."""


@dataclass(frozen=True, slots=True)
class Formulary:
    """All medicines, by id."""

    medicines: Mapping[str, Medicine]

    def get(self, name: str) -> Medicine | None:
        """The medicine with this id, or None."""
        return self.medicines.get(name)
