"""One statement of a text about a patient, and how it is shown."""

from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["person", "vital", "lab", "drug", "allergy", "condition", "symptom"]
Status = Literal["present", "denied", "possible", "history", "hypothetical"]
Whose = Literal["patient", "family"]


@dataclass(frozen=True, slots=True)
class Stated:
    """Something the text states, with the words that state it."""

    kind: Kind
    name: str
    """Such as `age_days`, `creatinine`, `amoxicillin`, `diabetes`."""
    label: str
    """For people."""
    value: str = ""
    """A number in the canonical unit, or a word; empty where the name says it all."""
    unit: str = ""
    shown: str = ""
    """The value as it was written, with its unit spelled out and what it was converted to."""
    start: int = 0
    end: int = 0
    """Half-open span of the words in the text."""
    status: Status = "present"
    whose: Whose = "patient"
    when: str = ""
    """The words of the text that say since when or at what time."""
    trend: str = ""
    """`rising`, `falling` or `steady` where the text gives an earlier value."""
    doubt: str = ""
    """A question to put to the person; such a statement is not used until it is answered."""

    @property
    def usable(self) -> bool:
        """Whether it holds for this patient now and needs no question."""
        return self.status == "present" and self.whose == "patient" and not self.doubt

    def to_json(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)
