"""What is asked of the dosing engine and what it answers. All values are immutable."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from assistant.messages import Patient
from kb.medicines import Range

Decision = Literal["dose", "warn", "refuse", "ask"]
DECISIONS: tuple[Decision, ...] = ("dose", "warn", "ask", "refuse")
"""From free to forbidden; the strongest of several counts."""


@dataclass(frozen=True, slots=True)
class DoseRequest:
    """One question for a dose."""

    drug: str
    indication: str = ""
    route: str = ""
    patient: Patient = field(default_factory=Patient)
    ordered: str = ""
    """An amount that somebody ordered for one dose, as written, such as `25 mg`; to be compared."""
    strength: str = ""
    """What stands on the label in the hand, such as `40 mg/mL`; volumes need it."""
    text: str = ""
    """The question in the person's own words, where there is one."""


@dataclass(frozen=True, slots=True)
class Dose:
    """One regimen worked out for one patient, exact and unrounded."""

    indication: str
    routes: tuple[str, ...]
    amount: Range
    """Per dose."""
    unit: str
    basis: str
    formula: str
    source: str
    """With the title of what is cited."""
    population: str
    phase: str = ""
    doses_per_day: Range | None = None
    interval_hours: Range | None = None
    duration_days: Range | None = None
    max_per_dose: Decimal | None = None
    max_per_day: Decimal | None = None
    max_applied: bool = False
    """The amount was held at a maximum, or its upper end is one."""
    once: bool = False
    note: str = ""
    text: str = ""
    """The dose in words of the source, such as `1 tablet of 250 mg`."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A dose as it can be measured with what stands on a label."""

    label: str
    """The form and strength."""
    amount: Decimal
    """In the unit of the dose."""
    error_percent: Decimal
    """How far it lies outside of the exact range."""
    volume_ml: Decimal | None = None
    pieces: Decimal | None = None
    """Tablets or capsules."""


@dataclass(frozen=True, slots=True)
class DoseResult:
    """The answer to a request."""

    decision: Decision
    medicine: str = ""
    """Id; empty when the name was not understood."""
    name: str = ""
    """As it is printed, with tall letters where the name is easily confused."""
    dose: Dose | None = None
    """None when none may be shown."""
    also: tuple[Dose, ...] = ()
    """Other regimens for the same patient and reason."""
    measured: tuple[Measured, ...] = ()
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Facts that would change or allow the answer, such as `weight`."""
    choices: tuple[str, ...] = ()
    """What to pick from: medicines, reasons or routes."""
    checks: tuple[str, ...] = ()
    """Reasons not to give it that nobody has spoken of."""
    look_alike: tuple[str, ...] = ()
    """Medicines it is easily confused with."""
    status: str = ""
    """Review status of the medicine's data."""
