"""Checks a list of medicines, against each other and against the patient."""

from collections.abc import Sequence
from itertools import combinations

from assistant.clinical.interactions.findings import Found, Report, ranked
from assistant.clinical.interactions.pairs import PairRules
from assistant.clinical.interactions.patients import PatientRules
from assistant.clinical.interactions.profiles import Profile, Profiles
from assistant.clinical.medicines.names import Names, Resolved
from assistant.messages import Patient
from kb.interactions import RuleBook

MAX_MEDICINES = 40
"""Medicines of one list; more is not a patient's list."""


class Interactions:
    """The interaction rules, ready to be asked."""

    def __init__(self, names: Names, rules: RuleBook) -> None:
        """Take the names and the rules."""
        self.names = names
        self.size = rules.size
        self._profiles = Profiles(names.medicines, rules.classes)
        self._pairs = PairRules(rules)
        self._patients = PatientRules(rules)

    def check(self, medicines: Sequence[str], patient: Patient | None = None) -> Report:
        """Everything that holds for medicines as they are written.

        The patient's own `drugs` are part of the list. Names that are not clear are reported and
        not checked.
        """
        who = patient or Patient()
        written = tuple(dict.fromkeys(who.drugs)) if patient else ()
        texts = [*medicines, *(name for name in written if name not in medicines)]
        resolved = tuple(self.names.resolve(text) for text in texts[:MAX_MEDICINES])
        profiles = [self._profiles.profile(one) for one in resolved if one.known]
        between = [
            self._pairs.find(
                one, other, who, [each for each in profiles if each not in (one, other)]
            )
            for one, other in combinations(profiles, 2)
        ]
        return self._report(resolved, profiles, between, who)

    def _report(
        self,
        resolved: tuple[Resolved, ...],
        profiles: Sequence[Profile],
        between: Sequence[Found],
        patient: Patient,
    ) -> Report:
        allergic = self._allergic(patient)
        own = [self._patients.find(profile, patient, allergic) for profile in profiles]
        findings = [one for found in between for one in found.findings]
        findings += [one for found in own for one in found.findings]
        return Report(
            medicines=resolved,
            findings=ranked(findings),
            unknown=tuple(one.text for one in resolved if not one.known),
            not_covered=tuple(one.name for one in profiles if not self._covered(one)),
            ask=tuple(dict.fromkeys(fact for found in own for fact in found.ask)),
            suppressed=tuple(name for found in between for name in found.suppressed),
            rules=self.size,
        )

    def _covered(self, profile: Profile) -> bool:
        """Whether the library holds more than the name."""
        return profile.in_formulary or self._pairs.names(profile) or self._patients.names(profile)

    def _allergic(self, patient: Patient) -> list[frozenset[str]]:
        """The tags of each medicine that the patient is said to be allergic to."""
        named = (self.names.resolve(text) for text in patient.allergies)
        return [self._profiles.profile(one).tags for one in named if one.known]
