"""Interactions inside a question: "can she take ibuprofen with enalapril"."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.clinical.dosing.mentioned import Mentioned
from assistant.clinical.interactions.check import Interactions
from assistant.clinical.interactions.findings import Finding as Rule
from assistant.engines.finding import Finding, cite
from assistant.engines.named import named_in_order
from assistant.messages import Computed, Patient

ENGINE = "interactions"
MOST_MEDICINES = 6
MOST_RULES = 4
SEVERITY_WORDS = {
    "contraindicated": "do not give together",
    "major": "serious",
    "moderate": "watch",
    "minor": "small",
}
NOTHING = (
    "No rule in this library speaks against giving them together; that is no proof that it is safe."
)


@dataclass(frozen=True)
class Pairs:
    """The interaction rules as a finder."""

    open_rules: Callable[[], Interactions]
    """Opens the rules, with the first question that names two medicines."""
    mentioned: Mentioned
    asks: re.Pattern[str]

    @cached_property
    def rules(self) -> Interactions:
        """The interaction rules."""
        return self.open_rules()

    def findings(self, text: str, patient: Patient) -> Sequence[Finding]:
        """What the rules say of the medicines that the question and the patient name."""
        named = named_in_order(self.mentioned, text)[:MOST_MEDICINES]
        together = list(dict.fromkeys((*named, *patient.drugs)))
        if not named or len(together) < 2 or not self.asks.search(text.lower()):
            return ()
        report = self.rules.check(together)
        pairs = [rule for rule in report.findings if rule.kind == "pair"][:MOST_RULES]
        if pairs:
            return [_said(rule) for rule in pairs]
        clear = not report.unknown and not report.not_covered and "interact" in text.lower()
        return [_nothing(together)] if clear else ()


def _said(rule: Rule) -> Finding:
    names = " with ".join(rule.medicines)
    condition = f" (if {rule.condition})" if rule.condition else ""
    said = (
        f"{names}: {SEVERITY_WORDS.get(rule.severity, rule.severity)}{condition}."
        f" {_sentence(rule.mechanism)} {_sentence(rule.action)}"
    )
    computed = Computed(
        ENGINE,
        {"severity": rule.severity, "said": said},
        {"medicines": ", ".join(rule.medicines), "rule": rule.rule},
        "",
        rule.source,
    )
    title = f"Interaction rule {rule.rule}"
    return Finding(computed, said, cite(f"interactions/{rule.rule}", title, rule.source, said, ""))


def _nothing(together: Sequence[str]) -> Finding:
    names = " with ".join(together)
    said = f"{names}: {NOTHING}"
    return Finding(Computed(ENGINE, {"severity": "none", "said": said}, {}, "", "rules"), said)


def _sentence(text: str) -> str:
    """A phrase of a rule as a sentence."""
    stripped = text.strip()
    if not stripped:
        return ""
    ended = stripped if stripped[-1] in ".!?" else f"{stripped}."
    return ended[0].upper() + ended[1:]
