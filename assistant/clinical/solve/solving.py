"""Solves a note and a question: the calculator, its inputs with their places, and the result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from assistant.clinical.calculators.compute import Inputs, work
from assistant.clinical.calculators.errors import CalculatorError
from assistant.clinical.calculators.model import Calculator, Field, Result, Value
from assistant.clinical.calculators.registry import POINTS, calculators
from assistant.clinical.notes.doses import DoseReader
from assistant.clinical.notes.measures import MeasureReader
from assistant.clinical.notes.mention import Mention
from assistant.clinical.notes.reader import DERIVED_FROM, NoteReader, derive
from assistant.clinical.notes.sentences import Note, read_note
from assistant.clinical.solve.choose import choose
from assistant.clinical.solve.conventions import Conventions, load_conventions
from assistant.clinical.solve.doubts import note_doubt, person_doubt
from assistant.clinical.solve.drugs import read_doses, read_steroids
from assistant.clinical.solve.short import LONGEST, by_unit, conversion, in_order


@dataclass(frozen=True, slots=True)
class Solved:
    """What came of a question; `value` is None where it abstains."""

    calculator: str
    value: float | str | None
    unit: str
    mentions: Mapping[str, Mention]
    missing: tuple[str, ...]
    reason: str = ""
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Solver:
    """Keep one: it holds compiled patterns. `conventions` are for measuring only."""

    reader: NoteReader = field(default_factory=NoteReader)
    conventions: Conventions | None = None

    def solve(self, text: str, question: str) -> Solved:
        """Choose, read and compute; what the note does not tell is named as missing.

        Without a note the question itself is read.
        """
        text = text if text.strip() else question
        name = choose(question)
        if name is None:
            return Solved("", None, "", {}, (), "No calculator is named in the question.")
        calculator = calculators()[name]
        if self.conventions is not None:
            calculator = self.conventions.adapted(calculator)
        note = read_note(text)
        mentions = self._mentions(calculator, note, question)
        reason = self._question(calculator, note, mentions)
        if reason:
            return Solved(name, None, calculator.unit, mentions, (), reason)
        return self._worked(calculator, note, mentions)

    def _question(self, calculator: Calculator, note: Note, mentions: Mapping[str, Mention]) -> str:
        """What to ask before computing, or nothing."""
        if self.conventions is None:
            return person_doubt(self.reader, note, calculator, mentions)
        asked = self.conventions.asked(calculator)
        told = self.conventions.too_little(calculator, mentions)
        return told or note_doubt(self.reader, note, calculator, mentions, asked)

    def _mentions(self, calculator: Calculator, note: Note, question: str) -> dict[str, Mention]:
        if calculator.id == "mme":
            return read_doses(self.reader.doses, note, calculator.tables["factor"])
        if calculator.id == "steroid-equivalent":
            return read_steroids(self.reader.doses, note, question)
        if calculator.id == "unit-convert":
            return conversion(note, calculator)
        found: dict[str, Mention] = {}
        for each in calculator.fields:
            mention = self.reader.read(note, each) or self._derived(note, each, found)
            if mention is not None:
                found[each.name] = mention
        if self.conventions is not None or len(note.text) > LONGEST:
            return found
        listed = in_order(note, calculator, question)
        return {**found, **listed} if listed else {**found, **by_unit(note, calculator, found)}

    def _derived(self, note: Note, wanted: Field, found: Mapping[str, Mention]) -> Mention | None:
        sources = dict(found)
        shared = shared_fields()
        for name in DERIVED_FROM.get(wanted.name, ()):
            mention = self.reader.read(note, shared[name])
            if mention is not None:
                sources[name] = mention
        return derive(sources, wanted)

    def _worked(self, calculator: Calculator, note: Note, mentions: dict[str, Mention]) -> Solved:
        if self.conventions is not None:
            mentions = self.conventions.filled(calculator, note, mentions)
        values: dict[str, Value] = {name: each.value for name, each in mentions.items()}
        shown = {name: each.shown for name, each in mentions.items()}
        try:
            result = work(calculator, Inputs(values, shown), POINTS)
        except CalculatorError as error:
            return Solved(calculator.id, None, calculator.unit, mentions, (), str(error))
        value = self._value(calculator, result)
        missing = result.missing if value is None else ()
        return Solved(calculator.id, value, calculator.unit, mentions, missing, "", result)

    def _value(self, calculator: Calculator, result: Result) -> float | str | None:
        value = result.value
        if value is None and self.conventions is not None and calculator.items:
            value = self.conventions.total(calculator, result)
        if isinstance(value, date):
            return value.isoformat()
        if value is not None and calculator.shape == "weeks":
            weeks, days = divmod(round(value), 7)
            return f"({weeks} weeks, {days} days)"
        return None if value is None else round(value, 4)


@cache
def shared_fields() -> Mapping[str, Field]:
    """One field of each name, as the first calculator that has it needs it."""
    found: dict[str, Field] = {}
    for calculator in calculators().values():
        for each in calculator.fields:
            found.setdefault(each.name, each)
    return found


def open_solver(*, bench_compat: bool = False) -> Solver:
    """A solver; `bench_compat` follows a benchmark's conventions and never serves a person."""
    if bench_compat:
        measures = MeasureReader(literal=True)
        doses = DoseReader(literal=True)
        reader = NoteReader(measures, doses=doses, urea="bun", more=None, said=None)
        return Solver(reader, load_conventions())
    return Solver()
