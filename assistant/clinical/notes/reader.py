"""Reads the inputs of a calculator from a note, each with its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant.clinical.calculators.model import Field
from assistant.clinical.calculators.reading import plain_number
from assistant.clinical.notes.body import BodyReader
from assistant.clinical.notes.choices import ChoiceReader
from assistant.clinical.notes.dates import DateReader
from assistant.clinical.notes.doses import DoseReader
from assistant.clinical.notes.findings import FindingReader
from assistant.clinical.notes.measures import MeasureReader
from assistant.clinical.notes.mention import Mention, best
from assistant.clinical.notes.pressure import find_pressure
from assistant.clinical.notes.said import SaidReader
from assistant.clinical.notes.sentences import Note

_BODY = frozenset({"age", "sex", "weight", "height"})
_ABOVE = {
    "fever_24h": ("temperature", 38.0),
    "uncontrolled_bp": ("sbp", 160.0),
    "renal_severe": ("creatinine", 2.26),
}
"""Findings that a number proves: degrees Celsius, mmHg, mg/dL (scores' own definitions)."""
_PROVED = {"kidney_disease": ("creatinine", 3.0)}
"""Findings that a number proves but does not disprove: mg/dL (Charlson 1987)."""
_AS_GOOD = 0.3
_SAME = 0.03
"""Share by which two readings may differ and still be one value, rounded or converted."""


@dataclass(frozen=True, slots=True)
class NoteReader:
    """Keep one: its parts hold compiled patterns."""

    measures: MeasureReader = field(default_factory=MeasureReader)
    body: BodyReader = field(default_factory=BodyReader)
    dates: DateReader = field(default_factory=DateReader)
    doses: DoseReader = field(default_factory=DoseReader)
    findings: FindingReader = field(default_factory=FindingReader)
    choices: ChoiceReader = field(default_factory=ChoiceReader)
    urea: str = "urea"
    """Quantity in which urea is read where no urea nitrogen is told."""
    more: MeasureReader | None = field(default_factory=lambda: MeasureReader("clinic_measures"))
    """Values of short clinic wording; none for notes that others wrote."""
    said: SaidReader | None = field(default_factory=SaidReader)

    def read(self, note: Note, wanted: Field) -> Mention | None:
        """The best reading of an input, or None where the note does not tell it."""
        match wanted.kind:
            case "number":
                return best(self.numbers(note, wanted))
            case "choice":
                return self._choice(note, wanted)
            case "yes-no":
                return self._finding(note, wanted)
            case "date":
                return best(self.dates.find(note, wanted))
            case "doses":
                return None

    def numbers(self, note: Note, wanted: Field) -> list[Mention]:
        """All readings of a number, in no order."""
        if wanted.name in _BODY:
            return self.body.find(note, wanted)
        if wanted.name == "cycle":
            return self.dates.find(note, wanted)
        if wanted.name in ("sbp", "dbp"):
            return find_pressure(note, wanted, self.measures)
        found = self.measures.find(note, wanted)
        if wanted.name == "bun" and not found:
            found = self.measures.find(note, replace(wanted, quantity=self.urea), "urea")
        if not found and self.more is not None:
            found = self.more.find(note, wanted)
        return found

    def rival(self, note: Note, wanted: Field) -> Mention | None:
        """A reading as good as the best one but of another value: only a person can choose."""
        if wanted.kind != "number" or wanted.name == "age":
            return None
        found = self.numbers(note, wanted)
        first = best(found)
        if first is None:
            return None
        value = _number(first)
        others = [
            each
            for each in found
            if each.doubt <= first.doubt + _AS_GOOD
            and abs(_number(each) - value) > _SAME * abs(value)
        ]
        return best(others)

    def _choice(self, note: Note, wanted: Field) -> Mention | None:
        if wanted.name == "sex":
            return best(self.body.find(note, wanted))
        found = self.choices.find(note, wanted.name, self.findings)
        if found is None and self.said is not None:
            found = self.said.find(note, wanted)
        return found

    def _finding(self, note: Note, wanted: Field) -> Mention | None:
        return self.findings.find(note, wanted.name)


def derive(known: Mapping[str, Mention], wanted: Field) -> Mention | None:
    """An input that follows from others: mean pressure, body mass index, fever."""
    if wanted.name == "mean_pressure" and {"sbp", "dbp"} <= known.keys():
        top, low = _number(known["sbp"]), _number(known["dbp"])
        return _from(known["sbp"], wanted.name, (top + 2 * low) / 3, "mmHg")
    if wanted.name == "bmi" and {"weight", "height"} <= known.keys():
        weight, height = _number(known["weight"]), _number(known["height"])
        return _from(known["weight"], wanted.name, weight / (height / 100) ** 2, "kg/m2")
    if wanted.name in _ABOVE and _ABOVE[wanted.name][0] in known:
        source, bound = _ABOVE[wanted.name]
        above = _number(known[source]) > bound
        shown = "yes" if above else "no"
        return replace(known[source], name=wanted.name, value=above, shown=shown)
    source, bound = _PROVED.get(wanted.name, ("", 0.0))
    if source in known and _number(known[source]) > bound:
        return replace(known[source], name=wanted.name, value=True, shown="yes")
    return None


DERIVED_FROM = {
    "mean_pressure": ("sbp", "dbp"),
    "bmi": ("weight", "height"),
    "fever_24h": ("temperature",),
    "uncontrolled_bp": ("sbp",),
    "renal_severe": ("creatinine",),
    "kidney_disease": ("creatinine",),
}
"""Inputs to read where a wanted one is not told itself."""


def _number(mention: Mention) -> float:
    return float(mention.value) if isinstance(mention.value, float | int) else 0.0


def _from(source: Mention, name: str, value: float, unit: str) -> Mention:
    shown = f"{plain_number(value)} {unit}"
    return Mention(name, value, shown, source.start, source.end, source.doubt)
