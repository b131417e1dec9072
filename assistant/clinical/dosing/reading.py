"""From a request to the person and the situation that the rules judge."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from assistant.clinical.dosing.growth import Growth
from assistant.clinical.dosing.mentioned import Mentioned, index_names
from assistant.clinical.dosing.person import FERTILE, Person, person_of
from assistant.clinical.dosing.request import DoseRequest
from assistant.clinical.dosing.say import number
from assistant.clinical.dosing.situation import Situation
from assistant.clinical.dosing.terms import Terms
from assistant.clinical.dosing.votes import Vote
from assistant.clinical.medicines.names import Names
from assistant.messages import Patient
from kb.medicines import DoseRow, Medicine, Range


@dataclass(frozen=True)
class Reader:
    """Reads requests; keep one, because it remembers words."""

    names: Names
    terms: Terms
    growth: Growth

    @cached_property
    def _mentioned(self) -> Mentioned:
        return index_names(self.names.medicines)

    def person(self, request: DoseRequest) -> Person:
        """What can be true of the patient; pregnancy is also read from the reason."""
        patient = request.patient
        open_person = person_of(patient, self.growth, pregnant=patient.pregnant)
        pregnant = patient.pregnant
        if pregnant is None:
            pregnant = self._pregnant(open_person, text_of(request), patient)
        return person_of(patient, self.growth, pregnant=pregnant)

    def _pregnant(self, person: Person, text: str, patient: Patient) -> bool | None:
        if person.fertile is False or patient.postpartum:
            return False
        told = (text, *patient.conditions)
        if any(self.terms.tells(said, "not_pregnant") for said in told):
            return None
        grown = person.ages.low >= FERTILE.low or not person.age_known
        pregnant = any(self.terms.tells(said, "pregnant") for said in told)
        return True if grown and pregnant else None

    def situation(
        self, request: DoseRequest, person: Person, routes: tuple[str, ...], row: DoseRow | None
    ) -> Situation:
        """All that the reasons against a medicine are judged by."""
        patient, text = request.patient, text_of(request)
        allergies = (*patient.allergies, *self._allergies(patient.conditions))
        return Situation(
            person=person,
            text=text,
            conditions=patient.conditions,
            allergies=allergies,
            drugs=self._drugs(request.drug, patient, text),
            routes=routes or (row.routes if row is not None else ()),
            row=row,
            terms=self.terms,
        )

    def _allergies(self, conditions: tuple[str, ...]) -> Iterator[str]:
        """Conditions that are allergies, such as `penicillin allergy`."""
        return (said for said in conditions if "allerg" in said.lower())

    def _drugs(self, drug: str, patient: Patient, text: str) -> dict[str, frozenset[str]]:
        """Classes by id of the other medicines the person takes or the text names."""
        told = self._mentioned.taken(" ; ".join((text, *patient.conditions)), self.terms)
        asked = self.names.resolve(drug)
        own = {*asked.components, asked.medicine}
        found = {name for name in told - own if not name.startswith("class:")}
        for taken in patient.drugs:
            resolved = self.names.resolve(taken)
            found |= {*resolved.components, *filter(None, (resolved.medicine,))}
            found |= self._mentioned.find(taken)
        known = self.names.medicines
        return {name: known[name].classes for name in sorted(found) if name in known}

    def taken(self, medicine: Medicine, patient: Patient) -> tuple[str, ...]:
        """What the person already takes that holds the medicine, as written."""
        return tuple(
            drug
            for drug in patient.drugs
            if medicine.id in self.names.resolve(drug).components
            or medicine.id in self._mentioned.find(drug)
        )

    def implausible(self, person: Person) -> Iterator[Vote]:
        """A vote when weight and age cannot both be true."""
        weight, patient = person.weight, person.patient
        if weight is None or (patient.age_days is None and patient.age_group is None):
            return
        ages = person.ages
        if patient.age_days is not None:
            ages = Range(Decimal(patient.age_days), Decimal(patient.age_days))
        if self.growth.possible(ages, weight):
            return
        limit = self.growth.limit(ages)
        low, high = (number(end.quantize(Decimal("0.1"))) for end in (limit.low, limit.high))
        text = (
            f"A weight of {number(weight)} kg cannot be right at this age (possible: {low} to "
            f"{high} kg). Check age and weight, and that it is kilograms, not pounds."
        )
        yield Vote("ask", text, ("weight", "age"))


def text_of(request: DoseRequest) -> str:
    """All that was said of the reason."""
    return " ; ".join(part for part in (request.indication, request.text) if part)
