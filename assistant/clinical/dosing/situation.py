"""All that is known when a reason against a medicine is judged."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from assistant.clinical.dosing.person import Person
from assistant.clinical.dosing.terms import Terms
from kb.medicines import DoseRow


@dataclass(frozen=True, slots=True)
class Situation:
    """One medicine for one person and reason."""

    person: Person
    text: str
    """The reason and the question, as written."""
    conditions: tuple[str, ...]
    allergies: tuple[str, ...]
    drugs: Mapping[str, frozenset[str]]
    """Classes of the other medicines the person takes, by id."""
    routes: tuple[str, ...]
    """Routes that were asked for, or those of the row."""
    row: DoseRow | None
    terms: Terms
    row_meant: bool = True
    """Whether the row is for the reason that was given, not the nearest or the usual one."""

    def excused(self, phrases: Collection[str]) -> bool:
        """Whether a reason against the medicine falls away, because of one of the phrases."""
        if self.said(phrases):
            return True
        judged = self if self.row_meant else replace(self, row=None)
        return judged.meant(phrases)

    def said(self, phrases: Collection[str]) -> bool:
        """Whether the text or a condition says one of the phrases."""
        return any(
            self.terms.says(text, phrase)
            for text in (self.text, *self.conditions)
            for phrase in phrases
        )

    def tells(self, fact: str) -> bool:
        """Whether the text or a condition tells a fact."""
        return any(self.terms.tells(text, fact) for text in (self.text, *self.conditions))

    def meant(self, phrases: Collection[str], *, treating: bool = False) -> bool:
        """Whether the reason, or the row that is used, is one of the phrases.

        With `treating`, a phrase that does not speak of prevention is not meant by a reason that
        does.
        """
        row = self.row
        if "general" in phrases and row is not None and "general" in (row.indication, *row.also):
            return True
        asked = set(self.terms.tokens(self.text))
        own = set(self.terms.tokens(row.indication)) if row else set()
        return any(
            self._meant(phrase, there, treating) for phrase in phrases for there in (asked, own)
        )

    def _meant(self, phrase: str, there: set[str], treating: bool) -> bool:  # noqa: FBT001
        wanted = set(self.terms.tokens(phrase))
        if not wanted or not wanted <= there:
            return False
        prevents = self.terms.names_prevention(there)
        return not (treating and prevents and not self.terms.names_prevention(wanted))

    def takes(self, drug: str) -> bool:
        """Whether the person takes a medicine, or one of a class (`class:` and its name)."""
        wanted = drug.removeprefix("class:")
        if wanted == drug:
            return drug in self.drugs
        return any(wanted in classes for classes in self.drugs.values())
