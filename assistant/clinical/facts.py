"""Facts about the patient that a question states, each with the words that state it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from assistant.clinical.mending import mended
from assistant.clinical.person import Found, PersonReader
from assistant.clinical.tokens import Line, join, tokenise
from assistant.clinical.vitals import Reading, VitalReader
from assistant.messages import Fact, Patient

MONTH = Decimal("30.4375")
YEAR = Decimal("365.25")


@dataclass(frozen=True, slots=True)
class FactReader:
    """Reads facts from text; keep one, because it holds compiled patterns."""

    person: PersonReader = field(default_factory=PersonReader)
    vitals: VitalReader = field(default_factory=VitalReader)

    def find(self, text: str) -> tuple[Fact, ...]:
        """Facts stated by the text, with spans of the text."""
        return self.find_in(join(tokenise(text)))

    def find_in(self, line: Line) -> tuple[Fact, ...]:
        """Facts of a line that is already cut into tokens."""
        if not line.tokens:
            return ()
        line = join(mended(line.tokens))
        readings = self.vitals.read(line)
        warm = [item for item in readings if item.name == "temp_c"]
        person = [one for one in self.person.read(line) if not _degrees(one, warm)]
        items: list[Found | Reading] = [*person, *readings]
        return tuple(_fact(item, line) for item in items)


def find_facts(text: str) -> tuple[Fact, ...]:
    """Facts stated by the text; a `Fact` with a doubt is a question to ask, never a value to use.

    Units: `age_days` days, `weight_kg`, `height_cm`, `rr` and `hr` per minute, `sbp` and `dbp`
    mmHg, `spo2` percent, `temp_c` degrees Celsius, `glucose` mmol/L, `hb` g/L, `muac` mm, `crt_s`
    seconds.
    """
    return _reader().find(text)


@cache
def _reader() -> FactReader:
    """One reader: its patterns are read from a file and compiled on first use."""
    return FactReader()


def merge(patient: Patient, facts: Iterable[Fact]) -> Patient:
    """The patient with what the facts add.

    Fields already known are kept; a fact with a doubt is not used.
    """
    known = [fact for fact in facts if not fact.doubt]
    changes: dict[str, Any] = {}
    for fact in known:
        if fact.name in _READERS and fact.name not in changes and _open(patient, fact.name):
            changes[fact.name] = _READERS[fact.name](fact.value)
    if "gest_weeks" in changes and patient.pregnant is None:
        changes.setdefault("pregnant", True)
    merged = replace(patient, **changes)
    return replace(merged, age_group=merged.age_group or _group(merged))


def numbers(facts: Iterable[Fact]) -> dict[str, Decimal]:
    """The bedside numbers among the facts; of two readings of one sign the first counts."""
    out: dict[str, Decimal] = {}
    for fact in facts:
        if not fact.doubt and fact.name not in _READERS:
            out.setdefault(fact.name, Decimal(fact.value))
    return out


def _fact(item: Found | Reading, line: Line) -> Fact:
    start, end = line.span(item.start, item.end)
    value = item.value if isinstance(item.value, str) else f"{item.value.normalize():f}"
    return Fact(item.name, value, start, end, item.doubt or _pointed(item, line))


def _degrees(found: Found, temperatures: Iterable[Reading]) -> bool:
    """Whether `102 F` was read as a woman of 102 where it is a temperature."""
    return found.name in {"age_days", "sex"} and any(
        other.start < found.end and found.start < other.end for other in temperatures
    )


def _pointed(item: Found | Reading, line: Line) -> str:
    """A question where a number begins with its point, as `.5`, which is easily misread."""
    first, last = line.token_at(item.start), line.token_at(max(item.start, item.end - 1))
    for token in line.tokens[first : last + 1]:
        if token.text.startswith("0.") and len(token.text) > token.end - token.start:
            return f"Is {token.text} meant? Write a zero before the point."
    return ""


def _open(patient: Patient, name: str) -> bool:
    return getattr(patient, name) is None


def _true(value: str) -> bool:
    return value == "true"


def _sex(value: str) -> Literal["m", "f"]:
    return "m" if value == "m" else "f"


_READERS: dict[str, Callable[[str], Any]] = {
    "age_days": int,
    "age_group": str,
    "sex": _sex,
    "weight_kg": Decimal,
    "height_cm": Decimal,
    "pregnant": _true,
    "postpartum": _true,
    "gest_weeks": Decimal,
    "egfr": Decimal,
    "creatinine_clearance": Decimal,
}


def _group(patient: Patient) -> str | None:
    if patient.pregnant:
        return "pregnant"
    if patient.age_days is None:
        return None
    limits = (
        ("young_infant", 60),
        ("infant", 365),
        ("child", 3653),
        ("adolescent", 6940),
        ("adult", 23741),
    )
    return next((name for name, below in limits if patient.age_days < below), "older")
