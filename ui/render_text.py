"""An answer as plain text, and the words that its forms share. Pure."""

import re
from collections.abc import Iterable, Mapping

from assistant.messages import Answer, Citation, Computed, Fact, Sentence

USE = "Decision support for health workers. Not a diagnosis. Not a device cleared by any regulator."
LEVEL_WORDS = {
    "emergency": "EMERGENCY: act now",
    "urgent": "URGENT: see today",
    "routine": "No danger sign found in what you wrote",
    "none": "",
}
_FACTS = {
    "weight_kg": "weight {} kg", "height_cm": "height {} cm", "rr": "breathing rate {}",
    "hr": "pulse {}", "sbp": "systolic pressure {}", "dbp": "diastolic pressure {}",
    "temp": "temperature {}", "gest_weeks": "{} weeks pregnant", "hb": "haemoglobin {}",
    "spo2": "SpO2 {}", "age_group": "age group {}",
}  # fmt: skip
_AGES = ((730, 365.25, "years"), (61, 30.4375, "months"), (0, 1, "days"))
"""From how many days on, days in the unit, the unit."""
_SCHEME = re.compile(r"^[a-z]+://", re.IGNORECASE)


def to_text(answer: Answer) -> str:
    """The answer as plain text, for a terminal and for the clipboard."""
    numbers = numbers_of(answer)
    lines: list[str] = []
    if answer.urgency.level in ("emergency", "urgent"):
        lines.append(LEVEL_WORDS[answer.urgency.level])
        lines += [f"! {f.title} ({f.evidence}): {f.action}" for f in answer.urgency.flags]
    lines += [answer.reason or ""] if answer.abstained else []
    lines += ["\nNearest in the library"] if answer.nearest else []
    lines += [f"- {c.title}: {c.quote}" for c in answer.nearest]
    lines += [f"{c.engine}: {pairs(c.result)} ({c.formula}; {c.source})" for c in unsaid(answer)]
    for label, group in by_label(answer.sentences):
        lines.append(f"\n{label}" if label else "")
        lines += [f"- {s.text} {''.join(f'[{numbers[k]}]' for k in s.citations)}" for s in group]
    if answer.missing:
        lines.append("\nWould change this answer: " + ", ".join(missing_words(answer)))
    lines += [f"Note: {warning}" for warning in answer.warnings]
    lines += [""] if numbers else []
    lines += [f"[{number}] {reference(answer.citations[key])}" for key, number in numbers.items()]
    lines += [f"Left out: {dropped.text} ({dropped.reason})" for dropped in answer.dropped]
    return "\n".join([*lines, "", USE]).strip()


def fact_words(fact: Fact) -> str:
    """A fact of the patient as it is said."""
    if fact.name == "age_days" and fact.value.isdecimal():
        days = int(fact.value)
        _, size, unit = next(row for row in _AGES if days >= row[0])
        return f"age {int(days / size + 0.01)} {unit}"
    known = _FACTS.get(fact.name)
    return known.format(fact.value) if known else f"{fact.name.replace('_', ' ')} {fact.value}"


def address(url: str) -> str:
    """A web address as it is shown: readable, and nothing that a page would fetch."""
    return _SCHEME.sub("", url)


def unsaid(answer: Answer) -> list[Computed]:
    """Results of engines that no sentence of the answer tells."""
    said = " ".join(one.text for one in answer.sentences if one.kind == "computed")
    return [
        one
        for one in answer.computed
        if not any(value and value in said for value in (one.formula, *one.result.values()))
    ]


def pairs(values: Mapping[str, str]) -> str:
    """Names and values on one line."""
    return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())


def by_label(sentences: Iterable[Sentence]) -> Iterable[tuple[str, list[Sentence]]]:
    """Sentences under their headings, in the order in which headings first appear."""
    groups: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        groups.setdefault(sentence.label, []).append(sentence)
    return groups.items()


def numbers_of(answer: Answer) -> dict[str, int]:
    """Citation keys in the order in which they are shown first, numbered from 1."""
    used = [key for _, group in by_label(answer.sentences) for s in group for key in s.citations]
    return {key: number for number, key in enumerate(dict.fromkeys(used), 1)}


def reference(citation: Citation) -> str:
    """Where a citation comes from: work, edition, section, page, address, review status."""
    page = f"page {citation.page}" if citation.page else ""
    where = (citation.source, citation.edition, citation.section, page, address(citation.url))
    return "; ".join(part for part in (*where, citation.status) if part)


def missing_words(answer: Answer) -> tuple[str, ...]:
    """The facts that are missing, as words; programs get them as keys such as `weight_kg`."""
    return tuple(fact.replace("_", " ") for fact in answer.missing)
