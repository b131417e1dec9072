"""Whom the rules of a question hold for."""

from collections.abc import Sequence

from assistant.messages import Fact, Patient

_GROUP_AGE = {
    "young_infant": 14,
    "infant": 200,
    "child": 1460,
    "adolescent": 15 * 365,
    "older": 70 * 365,
}
_TWO_MONTHS, _TWELVE_YEARS, _FIFTY_YEARS = 60, 4383, 18262


def age_for_bands(patient: Patient, groups: frozenset[str]) -> int | None:
    """Age in days for the bands of vital signs; from the group when only that is known."""
    if patient.age_days is not None:
        return patient.age_days
    if "pregnant" in groups or "postpartum" in groups:
        return None
    return next((_GROUP_AGE[name] for name in _GROUP_AGE if name in groups), None)


def people(patient: Patient, facts: Sequence[Fact]) -> frozenset[str]:
    """Groups the patient may belong to; `unknown` when the text does not say."""
    groups = {fact.value for fact in facts if fact.name == "age_group"}
    if patient.age_group:
        groups.add(patient.age_group)
    if patient.age_days is not None:
        groups = _by_age(patient.age_days)
    expecting = patient.pregnant is True or patient.gest_weeks is not None
    if expecting:
        groups = {group for group in groups if group not in {"infant", "child"}} | {
            "pregnant",
            "adult",
        }
    if patient.postpartum or any(fact.name == "postpartum" for fact in facts):
        groups.add("postpartum")
    if "adolescent" in groups or "older" in groups:
        groups.add("adult")
    if "infant" in groups:
        groups.add("child")
    if not groups - {"postpartum"}:
        groups.add("unknown")
    return frozenset(groups)


def _by_age(days: int) -> set[str]:
    if days < _TWO_MONTHS:
        return {"young_infant"}
    if days < _TWELVE_YEARS:
        return {"child", "infant"} if days < 365 else {"child"}
    return {"adult", "over_50"} if days > _FIFTY_YEARS else {"adult"}
