"""The vocabulary of a paper that was read; `Reading.to_json` is what `aidpost read` prints."""

from dataclasses import asdict, dataclass, replace
from typing import Literal

PaperKind = Literal["lab", "label", "letter", "other"]
Box = tuple[float, float, float, float]
"""Left, top, width and height in fractions of the picture as it was given, upright."""
Flag = Literal["", "low", "high", "abnormal"]
NO_BOX: Box = (0.0, 0.0, 0.0, 0.0)
DOUBTFUL = 0.6
"""Highest confidence of a field that has a reason for doubt."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a paper says; nothing uses it before a person has confirmed it."""

    name: str
    """Plain name, such as `creatinine`, `expiry` or `age`."""
    value: str
    unit: str = ""
    confidence: float = 0.0
    """From 0 to 1: of the reading by its own account, lowered where something does not fit."""
    box: Box = NO_BOX
    label: str = ""
    """Name for people."""
    printed: str = ""
    """The words as they were read."""
    reference: str = ""
    """Reference range as printed, such as `12.0-16.0` or `<5`."""
    flag: Flag = ""
    """As printed; never worked out."""
    also: str = ""
    """The value in the other usual unit, such as `159 umol/L`."""
    note: str = ""
    """Why it is in doubt, or what to look at."""
    choices: tuple[str, ...] = ()
    """What may be meant where that is not sure; then `value` is as printed."""
    feeds: str = ""
    """Input of the calculators, or field of the patient as `patient.age`, that it may fill."""

    def doubted(self, note: str, most: float = DOUBTFUL) -> "Field":
        """The same with a reason for doubt."""
        return replace(self.noted(note), confidence=min(self.confidence, most))

    def noted(self, note: str) -> "Field":
        """The same with something to look at that does not speak against the value."""
        return replace(self, note=f"{self.note} {note}".strip())


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a picture: why, and how to take a better one."""

    code: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Quality:
    """What the gates say of a picture."""

    good: bool
    """Whether it can be read; a picture with problems may still be."""
    problems: tuple[Problem, ...] = ()
    measures: tuple[tuple[str, float], ...] = ()
    """What was measured, by name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read on a picture."""

    kind: PaperKind
    fields: tuple[Field, ...]
    text: str
    quality: Quality
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What holds for every reading of this kind, such as that nothing is applied by itself."""

    def to_json(self) -> dict[str, object]:
        """The object of the command-line contract, ready for `json.dumps`."""
        body = asdict(self)
        body["quality"]["measures"] = dict(self.quality.measures)
        for one in body["fields"]:
            one["box"] = [round(edge, 4) for edge in one["box"]]
            one["confidence"] = round(one["confidence"], 3)
        return body
