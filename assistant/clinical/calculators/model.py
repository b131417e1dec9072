"""What a calculator is: its inputs, its rules as data, and the result it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Kind = Literal["number", "choice", "yes-no", "date", "doses"]
Shape = Literal["number", "date", "weeks", "class"]
"""A class is shown by its name: its number only ranks it."""
Combine = Literal["sum", "highest"]
DRAFT = "draft-not-clinician-reviewed"
"""Status of data that no clinician has checked against its source yet."""
Sign = Literal["below", "up to", "at least", "over", "otherwise"]


@dataclass(frozen=True, slots=True)
class Dose:
    """One medicine as it is taken: `amount` in its table's unit, `per_day` doses a day."""

    drug: str
    amount: float
    per_day: float


Value = float | bool | str | date | tuple[Dose, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One input: outside `hard` it is refused, outside `soft` it is questioned."""

    name: str
    label: str
    kind: Kind
    quantity: str = ""
    hard: tuple[float, float] = (float("-inf"), float("inf"))
    soft: tuple[float, float] = (float("-inf"), float("inf"))
    choices: tuple[str, ...] = ()
    needed: bool = True
    past: bool = False
    """Whether a date in the future cannot be right."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`below 90: outcome`; the first rule of a list that holds decides."""

    sign: Sign
    bound: float
    outcome: str

    def holds(self, value: float) -> bool:
        """Whether the value lies on this rule's side of the bound."""
        match self.sign:
            case "below":
                return value < self.bound
            case "up to":
                return value <= self.bound
            case "at least":
                return value >= self.bound
            case "over":
                return value > self.bound
            case "otherwise":
                return True


@dataclass(frozen=True, slots=True)
class Part:
    """Points for one input: a yes-no, a number by rules, a choice, or a named function."""

    input: str
    points: float = 0.0
    when: bool = True
    rules: tuple[Rule, ...] = ()
    choices: Mapping[str, float] = field(default_factory=dict)
    function: str = ""
    inputs: tuple[str, ...] = ()
    """Several yes-no inputs of which `least` must be yes for the points."""
    least: int = 1
    by: str = ""
    """The input that decides which of `cases` counts, such as the age."""
    cases: tuple["Case", ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """The part that counts where the deciding input obeys the rule, or is the choice."""

    rule: Rule | None
    choice: str
    part: Part


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a score; of several parts the highest counts."""

    label: str
    parts: tuple[Part, ...]
    only: str = ""
    """`female` or `male` where the line is for one sex."""
    alert: str = ""
    """What to say whenever this line certainly gives `alert_from` points or more."""
    alert_from: float = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the worked steps: a name from the data, a value and its unit."""

    name: str
    value: float | str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a formula gives: the value, how it came about, and keys of notes in the data.

    `band` tells what the value means where the calculator's bands cannot; it may be a key too.
    """

    value: float | date
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    band: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """Checked inputs in canonical units, with the calculator's own tables."""

    given: Mapping[str, Value]
    tables: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the input is known."""
        return name in self.given

    def number(self, name: str) -> float:
        """A number in its canonical unit."""
        value = self.given[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(name)
        return float(value)

    def yes(self, name: str) -> bool:
        """Whether a yes-no input is known and yes."""
        return self.given.get(name) is True

    def choice(self, name: str) -> str:
        """The chosen word."""
        return str(self.given[name])

    def day(self, name: str) -> date:
        """A calendar day."""
        value = self.given[name]
        if not isinstance(value, date):
            raise TypeError(name)
        return value

    def doses(self, name: str) -> tuple[Dose, ...]:
        """Medicines with their doses."""
        value = self.given[name]
        if not isinstance(value, tuple):
            raise TypeError(name)
        return value


Formula = Callable[[Values], Answer]
Points = Callable[[Values], tuple[float, float]]
"""Lowest and highest points that the known inputs allow; equal when all is known."""


@dataclass(frozen=True, slots=True)
class Calculator:
    """One calculator; `formula` is None for a score, which is the sum of its `items`."""

    id: str
    title: str
    group: str
    fields: tuple[Field, ...]
    unit: str
    decimals: int
    formula_text: str
    source: str
    shape: Shape = "number"
    formula: Formula | None = None
    items: tuple[Item, ...] = ()
    base: float = 0.0
    bands: tuple[Rule, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    combine: Combine = "sum"
    not_for: str = ""
    status: str = DRAFT
    """How far a clinician has checked it against its source."""

    def field(self, name: str) -> Field | None:
        """The input of that name."""
        return next((each for each in self.fields if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Result:
    """A worked result; `value` is None while an input is missing.

    A score with missing items has the range `low` to `high`, and a band only if both ends share it.
    """

    calculator: str
    title: str
    unit: str
    value: float | date | None
    shown: str
    low: float | None
    high: float | None
    band: str
    steps: tuple[Step, ...]
    inputs: Mapping[str, str]
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    formula: str
    source: str
    not_for: str
    status: str
