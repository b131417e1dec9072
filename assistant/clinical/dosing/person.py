"""What is known of a patient, as intervals of what can be true of age and weight."""

from dataclasses import dataclass
from decimal import Decimal

from assistant.clinical.dosing.growth import OLDEST, Growth
from assistant.messages import Patient
from kb.formulary_table import in_days
from kb.medicines import Range

NEWBORN_LAST = Decimal(28)
YOUNG_LAST = Decimal(59)
TWELVE, EIGHTEEN = in_days(Decimal(12), "years"), in_days(Decimal(18), "years")
FIFTEEN = in_days(Decimal(15), "years")
"""Age from which the dose of an adult is told to one whom nobody weighed, with a warning."""
FERTILE = Range(in_days(Decimal(10), "years"), in_days(Decimal(56), "years"))
"""Ages of those who could be pregnant, up to the day before the 56th birthday."""
ADULT_KG = Decimal(40)
GROWN_KG = Decimal(50)
"""One of this weight whose age is unknown is taken as 12 years or more."""
TYPICAL_KG = Decimal(60)
"""Weight for which the dose of an adult is meant where nobody weighed."""
_GROUPS = {
    "young_infant": Range(Decimal(0), YOUNG_LAST),
    "infant": Range(Decimal(0), in_days(Decimal(1), "years") - 1),
    "child": Range(Decimal(60), TWELVE - 1),
    "adolescent": Range(in_days(Decimal(10), "years"), in_days(Decimal(20), "years") - 1),
    "adult": Range(EIGHTEEN, OLDEST),
    "older": Range(in_days(Decimal(65), "years"), OLDEST),
}


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of a patient, as intervals of what can be true."""

    patient: Patient
    ages: Range
    """Days."""
    weights: Range
    """Kilograms."""
    pregnant: bool | None

    @property
    def weight(self) -> Decimal | None:
        """The weight that was given, in kg."""
        return self.patient.weight_kg

    @property
    def age_known(self) -> bool:
        """Whether the age was given."""
        return self.patient.age_days is not None

    @property
    def grown(self) -> bool:
        """Whether it is surely an adult by age."""
        return self.ages.low >= EIGHTEEN

    @property
    def fertile(self) -> bool | None:
        """Whether it is one who could be pregnant; None when sex or age leaves it open."""
        if self.patient.sex == "m" or self.ages.high < FERTILE.low or self.ages.low >= FERTILE.high:
            return False
        inside = self.ages.low >= FERTILE.low and self.ages.high < FERTILE.high
        return True if self.patient.sex == "f" and inside else None


def person_of(patient: Patient, growth: Growth, *, pregnant: bool | None) -> Person:
    """What can be true of a patient."""
    ages = _ages(patient, growth, pregnant=pregnant)
    if patient.weight_kg is not None:
        return Person(patient, ages, Range(patient.weight_kg, patient.weight_kg), pregnant)
    light, heavy = growth.usual(ages.low), growth.usual(min(ages.high, OLDEST))
    return Person(patient, ages, Range(light.low, heavy.high), pregnant)


def _ages(patient: Patient, growth: Growth, *, pregnant: bool | None) -> Range:
    if patient.age_days is not None:
        return Range(Decimal(patient.age_days), Decimal(patient.age_days))
    if patient.age_group in _GROUPS:
        group = _GROUPS[patient.age_group]
        weight = patient.weight_kg
        return group if weight is None else growth.possible_ages(weight, group)
    if pregnant or patient.postpartum or patient.breastfeeding:
        return Range(TWELVE, FERTILE.high - 1)
    if patient.weight_kg is None:
        return Range(Decimal(0), OLDEST)
    ages = growth.ages(patient.weight_kg)
    if patient.weight_kg >= GROWN_KG:
        return Range(max(ages.low, TWELVE), ages.high)
    return ages
