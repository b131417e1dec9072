"""What a check of medicines finds, and in which order it is said."""

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.clinical.medicines.names import Resolved
from kb.interactions import SEVERITIES, Advice, Kind, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that holds."""

    rule: str
    kind: Kind
    severity: Severity
    medicines: tuple[str, ...]
    """Names for people: two for a pair, one for a patient's rule."""
    mechanism: str
    action: str
    source: str
    condition: str = ""
    """When it matters, to be said as `if ...`; empty when it does."""
    sure: bool = True
    """False when a fact of the patient that decides is not known."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that is found for a list of medicines."""

    medicines: tuple[Resolved, ...]
    findings: tuple[Finding, ...]
    """Most severe first."""
    unknown: tuple[str, ...]
    """Written names that are not clear; nothing was checked for them."""
    not_covered: tuple[str, ...]
    """Medicines known by name only: no rule names them."""
    ask: tuple[str, ...]
    """Facts of the patient that would decide further rules, as names of patient fields."""
    suppressed: tuple[str, ...]
    """Ids of rules that do not hold for the route."""
    rules: int
    """Number of rules in the library."""

    @property
    def severity(self) -> str:
        """The highest severity; `unknown-drug` when a name is not clear, `none` without a rule."""
        if self.unknown:
            return "unknown-drug"
        return self.findings[0].severity if self.findings else "none"


@dataclass(frozen=True, slots=True)
class Found:
    """Findings on the way, with the ids of rules that the route kept back."""

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[str, ...] = ()


def finding(advice: Advice, kind: Kind, medicines: tuple[str, ...]) -> Finding:
    """The finding that a rule gives for some medicines."""
    return Finding(
        rule=advice.id,
        kind=kind,
        severity=advice.severity,
        medicines=medicines,
        mechanism=advice.mechanism,
        action=advice.action,
        source=advice.source,
        condition=advice.condition,
    )


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Most severe first; among equals those that are sure, then by rule."""
    return tuple(
        sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), not one.sure, one.rule))
    )
