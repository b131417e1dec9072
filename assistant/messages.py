"""The vocabulary of a question and its answer.

Every other module of the package speaks in these words. All values are immutable. `Answer.to_json`
gives the object that `aidpost ask --json` prints; its keys are a fixed contract.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

Level = Literal["emergency", "urgent", "routine", "none"]
Mode = Literal["reference", "model"]
SentenceKind = Literal["quote", "written", "computed", "fixed"]

LEVELS: tuple[Level, ...] = ("none", "routine", "urgent", "emergency")
"""Levels of urgency, from least to most."""

CARD_STATUS = "draft, not clinician-reviewed"
"""Review status that the starter library carries until a named clinic reviews it."""
STATUS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "draft-not-clinician-reviewed": CARD_STATUS,
        "clinician-reviewed": "reviewed by a clinician",
    }
)
"""Review status of a card or a table row, as it is shown."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is known of the patient; `None` and empty mean unknown, never absent."""

    age_days: int | None = None
    age_group: str | None = None
    """`young_infant`, `infant`, `child`, `adolescent`, `adult`, `older`, `pregnant` or None."""
    sex: Literal["m", "f"] | None = None
    weight_kg: Decimal | None = None
    height_cm: Decimal | None = None
    pregnant: bool | None = None
    postpartum: bool | None = None
    gest_weeks: Decimal | None = None
    trimester: int | None = None
    breastfeeding: bool | None = None
    allergies: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    egfr: Decimal | None = None
    """mL/min/1.73 m2"""
    creatinine_clearance: Decimal | None = None
    """mL/min"""
    g6pd: Literal["normal", "deficient", "unknown"] | None = None
    hiv: bool | None = None
    jaundice: bool | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what was answered."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One request for an answer."""

    text: str
    patient: Patient = field(default_factory=Patient)
    mode: Mode = "reference"
    careful: bool = False
    """Whether a model writes several drafts, of which the gate chooses; takes far longer."""
    earlier: tuple[Exchange, ...] = ()
    """What was said before in the same conversation, oldest first: for a model to read, never
    evidence."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the text says of the patient, and where."""

    name: str
    """Patient field or vital sign, such as `weight_kg`, `spo2`, `rr`, `sbp`."""
    value: str
    start: int
    end: int
    """Half-open span of the words in the question's text."""
    doubt: str = ""
    """A question to put to the person when the value is implausible; such a value is not used."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A danger sign that was recognised."""

    id: str
    title: str
    level: Level
    evidence: str
    """The words or numbers that raised it."""
    action: str
    """Fixed action text, shown unchanged."""
    source: str


@dataclass(frozen=True, slots=True)
class Urgency:
    """How fast the person must act, and why."""

    level: Level = "none"
    flags: tuple[Flag, ...] = ()
    """Most urgent first."""
    ask: tuple[str, ...] = ()
    """What to ask or measure to be sure."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence comes from, with the exact words it rests on."""

    passage: str
    title: str
    source: str
    edition: str
    section: str
    page: int | None
    url: str
    quote: str
    """The exact words of the passage."""
    status: str
    start: int
    end: int
    """Span of the quote in the text of the document."""
    document: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the citations that carry it."""

    text: str
    kind: SentenceKind
    citations: tuple[str, ...] = ()
    """Keys of `Answer.citations`."""
    label: str = ""
    """Heading it stands under, such as `What to do now`; or whom it is for."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The output of an engine: exact, with its inputs and its formula."""

    engine: str
    result: Mapping[str, str]
    inputs: Mapping[str, str]
    formula: str
    source: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that was kept out of the answer, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is said to one question; may be a step on the way (`done` is false)."""

    question: str
    mode: Mode
    urgency: Urgency
    abstained: bool = False
    reason: str | None = None
    """Why the assistant abstained, or what the person should know, in plain words."""
    missing: tuple[str, ...] = ()
    """Facts that would change or allow the answer, such as `weight`."""
    sentences: tuple[Sentence, ...] = ()
    citations: Mapping[str, Citation] = field(default_factory=dict)
    computed: tuple[Computed, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    facts: tuple[Fact, ...] = ()
    nearest: tuple[Citation, ...] = ()
    """Passages nearest to a question that could not be answered."""
    warnings: tuple[str, ...] = ()
    versions: Mapping[str, object] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    done: bool = True

    def to_json(self) -> dict[str, object]:
        """The object of the command-line contract, ready for `json.dumps`."""
        body = asdict(self)
        del body["done"]
        for sentence in body["sentences"]:
            sentence["citations"] = list(sentence["citations"])
        body["citations"] = {key: asdict(value) for key, value in self.citations.items()}
        return body
