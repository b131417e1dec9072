"""From what was seen on a picture to a reading: which kind of paper it is, and what it says."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.clinical.medicines.names import Names
from assistant.vision.barcodes import Barcode
from assistant.vision.reading.facts import facts_of
from assistant.vision.reading.lab import lab_fields
from assistant.vision.reading.label import STRENGTH, label_fields
from assistant.vision.reading.label_dates import Pack
from assistant.vision.reading.letter import letter_fields
from assistant.vision.reading.messages import Field, PaperKind, Quality, Reading
from assistant.vision.reading.rows import Row
from assistant.vision.reading.wording import either, load_wording


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands on a picture."""

    rows: tuple[Row, ...]
    codes: tuple[Barcode, ...]
    quality: Quality
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All rows."""
        return "\n".join(row.text for row in self.rows)


class PaperReader:
    """Reads papers; what it says is for a person to confirm."""

    def __init__(self, names: Callable[[], Names]) -> None:
        """Take what opens the names of medicines, which only some papers need."""
        self._names = names

    def read(self, seen: Seen, today: date) -> Reading:
        """The reading of a picture on a day."""
        says = load_wording().says
        if not seen.quality.good and not seen.codes:
            warnings = _warnings(seen, ())
            return Reading("other", (), seen.text, seen.quality, warnings, (says["other"],))
        kind, fields = self._taken_apart(seen, today)
        return Reading(
            kind, fields, seen.text, seen.quality, _warnings(seen, fields), (says[kind],)
        )

    def _taken_apart(self, seen: Seen, today: date) -> tuple[PaperKind, tuple[Field, ...]]:
        results = lab_fields(seen.rows)
        kind = kind_of(seen, results)
        if kind == "lab":
            return kind, (*facts_of(seen.rows), *results)
        if kind == "label":
            return kind, label_fields(Pack(seen.rows, seen.codes, today), self._names())
        if kind == "letter":
            return kind, letter_fields(seen.rows, self._names())
        return kind, facts_of(seen.rows)


def kind_of(seen: Seen, results: Sequence[Field]) -> PaperKind:
    """Which kind of paper it is, by the words on it."""
    text = seen.text.lower()
    wording = load_wording()
    marks = wording.tables["letter"]["marks"]
    letter = sum(_has(text, [mark]) for mark in marks)
    doses = sum(_has(text, [word]) for word in wording.tables["letter"]["doses"])
    pack = sum(_has(text, wording.tables["label"][name]) for name in ("batch", "expiry", "made"))
    if _is_slip(text, results):
        return "lab"
    if letter and (letter >= 2 or doses >= 2 or not pack):
        return "letter"
    strong = len(STRENGTH.findall(text))
    if (pack and (strong or pack >= 2)) or any(code.gs1 for code in seen.codes):
        return "label"
    return _by_content(seen, results, (strong, doses))


def _is_slip(text: str, results: Sequence[Field]) -> bool:
    """Whether several results stand there, or one below the heads of a table."""
    heads = load_wording().tables["headers"]
    headed = sum(_has(text, heads[name]) for name in ("test", "value", "reference"))
    return len(results) >= 3 or (len(results) >= 1 and headed >= 2)


def _by_content(seen: Seen, results: Sequence[Field], counts: tuple[int, int]) -> PaperKind:
    """The kind of a paper that no word gives away; counts of strengths and of words of doses."""
    strong, doses = counts
    if strong:
        return "letter" if strong >= 2 and doses >= 2 else "label"
    if results:
        return "lab"
    return "letter" if len(facts_of(seen.rows)) >= 3 else "other"


def _has(text: str, words: Sequence[str]) -> bool:
    return re.search(rf"(?<![a-z0-9])(?:{either(words)})(?![a-z0-9])", text) is not None


def _warnings(seen: Seen, fields: Sequence[Field]) -> tuple[str, ...]:
    """What to say first: of the picture, then of fields with a warning of their own."""
    taken = [f"{problem.reason} {problem.hint}" for problem in seen.quality.problems]
    expired = load_wording().says["expired"].split("{", maxsplit=1)[0]
    loud = [field.note for field in fields if field.note.startswith(expired)]
    return (*loud, *seen.notes, *taken)
