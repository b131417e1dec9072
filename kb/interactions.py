"""The vocabulary of the rules: pairs, duplicates, and medicines that do not suit a patient.

All values are immutable. A side of a rule names medicines by id, or a class as `class:NAME`.
`kb.interactions_read` reads the files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kb.medicines import Span

Severity = Literal["contraindicated", "major", "moderate", "minor"]
EVERY = Span()
"""The interval that holds everything."""
SEVERITIES: tuple[Severity, ...] = ("contraindicated", "major", "moderate", "minor")
"""Most severe first."""
Kind = Literal[
    "pair", "duplicate", "pregnancy", "breastfeeding", "age", "kidney", "allergy", "disease"
]


@dataclass(frozen=True, slots=True)
class Advice:
    """What a rule says."""

    id: str
    severity: Severity
    mechanism: str
    """What happens and why, in a few words."""
    action: str
    source: str
    condition: str = ""
    """When it matters, where the data of the patient cannot decide; said as `if ...`."""
    local: bool = False
    """Whether it holds for creams, eye drops, inhalers and the like too."""


@dataclass(frozen=True, slots=True)
class Members:
    """Medicines that a rule means."""

    tags: frozenset[str]
    """Ids, and classes as `class:NAME`."""
    without: frozenset[str] = frozenset()
    """Ids that are not meant although their class is."""


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """What decides whether a pair rule holds."""

    routes: tuple[str, ...] = ()
    age: Span = EVERY
    """Days."""
    otherwise: Severity | None = None
    """Severity when it does not hold; None = no finding."""


@dataclass(frozen=True, slots=True)
class PairRule:
    """Two medicines that should not meet, or only with care; holds in either order."""

    advice: Advice
    a: Members
    b: Members
    overrides: frozenset[str] = frozenset()
    """Ids of rules that this one replaces for its pairs."""
    only_if: OnlyIf = OnlyIf()
    third: Members | None = None
    """A third medicine that must be on the list too."""


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """Two different medicines of one kind."""

    advice: Advice
    of: Members
    together: frozenset[frozenset[str]] = frozenset()
    """Pairs that are given together on purpose."""


@dataclass(frozen=True, slots=True)
class Suits:
    """What must hold of a patient for a rule; everything that is stated must."""

    trimesters: tuple[int, ...] = ()
    weeks: Span = EVERY
    """Weeks of pregnancy."""
    woman_who_could_become_pregnant: bool = False
    """Female, 10 to 55 years, not known to be pregnant."""
    age: Span = EVERY
    """Days."""
    weight_below_kg: Decimal | None = None
    egfr: Span = EVERY
    """mL/min"""
    allergies: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    g6pd: tuple[str, ...] = ()
    hiv: bool | None = None


@dataclass(frozen=True, slots=True)
class PatientRule:
    """A medicine that does not suit some patients."""

    advice: Advice
    kind: Kind
    medicines: Members
    suits: Suits


@dataclass(frozen=True, slots=True)
class ClassList:
    """A class of medicines beyond the therapeutic groups."""

    medicines: frozenset[str]
    classes: frozenset[str] = frozenset()
    """Classes that belong to it as a whole."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of the library."""

    pairs: tuple[PairRule, ...]
    duplicates: tuple[DuplicateRule, ...]
    patients: tuple[PatientRule, ...]
    classes: Mapping[str, ClassList]
    same: DuplicateRule
    """What is said of one medicine in two products; its `of` names those it does not hold for."""
    own_allergy: Advice
    """What is said of an allergy to the very medicine."""

    @property
    def size(self) -> int:
        """Number of rules."""
        return len(self.pairs) + len(self.duplicates) + len(self.patients) + 2
