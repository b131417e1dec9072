"""What was said of the patient goes from one question to the next; what contradicts it replaces it.

Pure. Somebody of another age, sex or size is another person: of the one before only the allergies
stay known, because an allergy that is shown in vain costs a look and one that is lost may kill.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from assistant.clinical.facts import merge
from assistant.messages import Fact, Patient

SMALL = frozenset({"young_infant", "infant", "child"})
"""Groups of age that are told from those who are grown."""
_PREGNANCY = frozenset({"pregnant", "gest_weeks", "postpartum"})
_EXACT_AGE = frozenset({"age_days", "height_cm"})

Known = Mapping[str, str]
"""Facts by their name, as `Fact` has them."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """Carries facts over; the mark between grown and not is data."""

    grown_kg: Decimal
    """A weight below is not carried to somebody grown, one above not to a child."""

    def carried(self, known: Known, new: Known) -> dict[str, str]:
        """Facts that hold after a text: the new ones, and the known ones they leave standing."""
        if self.is_other(known, new):
            return dict(new)
        return {**self.standing(known, new), **new}

    def standing(self, known: Known, new: Known) -> dict[str, str]:
        """The known facts that new ones leave standing."""
        if self.is_other(known, new):
            return {}
        gone = {name for name in new if known.get(name) != new[name]}
        if _differs("weight_kg", known, new) and _group(known) in SMALL | {None}:
            gone |= _EXACT_AGE
        if new.get("pregnant") == "false" or "postpartum" in new:
            gone |= _PREGNANCY
        if _group({**known, **new}) in SMALL or new.get("sex") == "m":
            gone |= _PREGNANCY
        if _differs("age_group", known, new) or "age_days" in new:
            gone.add("age_group")
        return {name: value for name, value in known.items() if name not in gone}

    def is_other(self, known: Known, new: Known) -> bool:
        """Whether new facts tell of another person."""
        if _differs("sex", known, new) or _differs("age_days", known, new):
            return True
        if new.get("pregnant") == "true" and known.get("sex") == "m":
            return True
        return self._is_other_size(known, new)

    def _is_other_size(self, known: Known, new: Known) -> bool:
        before, after = _group(known), _group(new)
        if after is None:
            return False
        if before is None:
            return "weight_kg" in known and (self._is_small(known) != (after in SMALL))
        if "pregnant" in (before, after) or (before in SMALL) != (after in SMALL):
            return (before in SMALL) != (after in SMALL)
        # An age makes a word such as "child" more exact; two words name two persons.
        is_refined = "age_days" in new and "age_days" not in known
        return before != after and not is_refined

    def _is_small(self, known: Known) -> bool:
        return Decimal(known["weight_kg"]) < self.grown_kg


def as_facts(known: Known) -> tuple[Fact, ...]:
    """Facts that were said in an earlier question and stand nowhere in this one."""
    return tuple(Fact(name, value, 0, 0) for name, value in known.items())


def known_of(facts: Iterable[Fact]) -> dict[str, str]:
    """Facts by name."""
    return {fact.name: fact.value for fact in facts}


def _differs(name: str, known: Known, new: Known) -> bool:
    return name in known and name in new and known[name] != new[name]


def _group(known: Known) -> str | None:
    """The group of age of somebody; `pregnant` counts as grown."""
    return merge(Patient(), as_facts(known)).age_group
