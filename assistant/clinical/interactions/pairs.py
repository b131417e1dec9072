"""Rules for two medicines: pairs that should not meet, and two of one kind."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant.clinical.interactions.findings import Finding, Found, finding
from assistant.clinical.interactions.profiles import Profile
from assistant.messages import Patient
from kb.interactions import DuplicateRule, Members, OnlyIf, PairRule, RuleBook


@dataclass(frozen=True, slots=True)
class _Held:
    """A rule that holds, before rules that it replaces are dropped."""

    finding: Finding
    overrides: frozenset[str]


class PairRules:
    """Finds what holds between two medicines."""

    def __init__(self, rules: RuleBook) -> None:
        """Take the rules and look up which name which tag."""
        self._rules = rules
        self._of_a = _index(rule.a for rule in rules.pairs)
        self._of_b = _index(rule.b for rule in rules.pairs)

    def names(self, profile: Profile) -> bool:
        """Whether any rule for pairs names the medicine or a class of it."""
        return any(tag in self._of_a or tag in self._of_b for tag in profile.tags)

    def find(
        self, one: Profile, other: Profile, patient: Patient, rest: Sequence[Profile] = ()
    ) -> Found:
        """Everything that holds between two medicines, in no order.

        Args:
            one: a medicine.
            other: another medicine.
            patient: what is known.
            rest: the other medicines of the list.
        """
        shared = self._same(one, other)
        if shared and one.ids == other.ids:
            return Found(tuple(shared))
        held: list[_Held] = []
        suppressed: list[str] = []
        for rule in self._candidates(one, other):
            if rule.third and not any(third.belongs(rule.third) for third in rest):
                continue
            if not rule.advice.local and (one.local or other.local):
                suppressed.append(rule.advice.id)
                continue
            found = _judged(rule, one, other, patient)
            if found is not None:
                held.append(_Held(found, rule.overrides))
        replaced = {name for one_held in held for name in one_held.overrides}
        kept = [each.finding for each in held if each.finding.rule not in replaced]
        return Found((*kept, *shared, *self._duplicates(one, other)), tuple(suppressed))

    def _candidates(self, one: Profile, other: Profile) -> Iterator[PairRule]:
        numbers = (
            _hits(self._of_a, one) & _hits(self._of_b, other)
            | _hits(self._of_a, other) & _hits(self._of_b, one)
        )  # fmt: skip
        for number in sorted(numbers):
            rule = self._rules.pairs[number]
            if _holds(rule, one, other) or _holds(rule, other, one):
                yield rule

    def _same(self, one: Profile, other: Profile) -> list[Finding]:
        """The finding for one medicine in two products."""
        rule = self._rules.same
        shared = (one.ids & other.ids) - rule.of.tags
        if not shared or _on_purpose(rule, one, other) or one.local != other.local:
            return []
        return [finding(rule.advice, "duplicate", (one.name, other.name))]

    def _duplicates(self, one: Profile, other: Profile) -> Iterator[Finding]:
        for rule in self._rules.duplicates:
            if not rule.advice.local and (one.local or other.local):
                continue
            if _two_of(rule, one, other) and not _on_purpose(rule, one, other):
                yield finding(rule.advice, "duplicate", (one.name, other.name))


def _two_of(rule: DuplicateRule, one: Profile, other: Profile) -> bool:
    """Whether each holds a member of the kind, and not both the same one."""
    ours = {part.id for part in one.parts if part.belongs(rule.of)}
    theirs = {part.id for part in other.parts if part.belongs(rule.of)}
    return bool(ours and theirs) and not ours & theirs


def _on_purpose(rule: DuplicateRule, one: Profile, other: Profile) -> bool:
    ours, theirs = ({part.id for part in profile.parts} for profile in (one, other))
    return any(frozenset((mine, yours)) in rule.together for mine in ours for yours in theirs)


def _holds(rule: PairRule, one: Profile, other: Profile) -> bool:
    """Whether the first is side a and the second side b; one medicine cannot be both."""
    return any(
        mine.id != yours.id and mine.belongs(rule.a) and yours.belongs(rule.b)
        for mine in one.parts
        for yours in other.parts
    )


def _judged(rule: PairRule, one: Profile, other: Profile, patient: Patient) -> Finding | None:
    """The finding of a rule, with the severity that the facts call for."""
    found = finding(rule.advice, "pair", (one.name, other.name))
    sure = _decided(rule.only_if, one, other, patient)
    if sure is None:
        return replace(found, sure=False)
    if sure:
        return found
    otherwise = rule.only_if.otherwise
    return replace(found, severity=otherwise) if otherwise else None


def _decided(only_if: OnlyIf, one: Profile, other: Profile, patient: Patient) -> bool | None:
    """Whether the facts say that the rule holds in full; None when they are not known."""
    answers: list[bool | None] = []
    if only_if.routes:
        told = [profile.route for profile in (one, other) if profile.route]
        answers.append(any(route in only_if.routes for route in told) if told else None)
    if only_if.age.stated:
        age = patient.age_days
        answers.append(None if age is None else only_if.age.has(Decimal(age)))
    if False in answers:
        return False
    return None if None in answers else True


def _index(sides: Iterable[Members]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for number, side in enumerate(sides):
        for tag in side.tags:
            found.setdefault(tag, set()).add(number)
    return found


def _hits(index: dict[str, set[int]], profile: Profile) -> set[int]:
    return set[int]().union(*(index.get(tag, ()) for tag in profile.tags))
