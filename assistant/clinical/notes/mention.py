"""One reading from a note: what, how much, where it stands, and how much it can be trusted."""

from dataclasses import dataclass

from assistant.clinical.calculators.model import Value
from assistant.clinical.notes.sentences import Note, cues

_SHORT_LINE = 45
_LINES_BACK = 15
LATER = 2.0
"""Doubt from which a place speaks of another time than the first assessment."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A value with the words it was read from; the lowest `doubt` is the best reading."""

    name: str
    value: Value
    shown: str
    start: int
    end: int
    doubt: float = 0.0
    ask: str = ""
    """What to ask before the value is used, such as a unit that is not written."""


def best(mentions: list[Mention]) -> Mention | None:
    """The least doubtful reading; of equals the first in the note."""
    return min(mentions, key=lambda each: (each.doubt, each.start), default=None)


def time_doubt(note: Note, start: int) -> float:
    """How far the sentence of a place points away from the first assessment."""
    sentence = note.sentence_at(start)
    before = note.lower[sentence.start : start]
    words = cues()
    doubt = 0.0
    if words.later.search(before):
        doubt += LATER
    if words.past.search(before[-150:]):
        doubt += LATER
    if words.family.search(before):
        doubt += 4.0
    if doubt == 0.0 and words.first.search(before):
        doubt -= 0.5
    return doubt


def from_other_fluid(note: Note, start: int) -> bool:
    """Whether a result belongs to another fluid than blood, such as urine."""
    return _fluid(note, start) == "other"


def from_urine(note: Note, start: int) -> bool:
    """Whether a result belongs to urine."""
    sentence = note.sentence_at(start)
    before = note.lower[sentence.start : start]
    urine, blood = _last(cues().urine.finditer(before)), _last(cues().blood.finditer(before))
    return urine > blood or (blood < 0 and _header(note, start) == "urine")


def _fluid(note: Note, start: int) -> str:
    sentence = note.sentence_at(start)
    before = note.lower[sentence.start : start]
    other, blood = _last(cues().other_fluid.finditer(before)), _last(cues().blood.finditer(before))
    if other > blood:
        return "other"
    header = _header(note, start)
    return "other" if header in ("urine", "other") and blood < 0 else "blood"


def _last(matches: object) -> int:
    places = [match.start() for match in matches]  # type: ignore[attr-defined]
    return places[-1] if places else -1


def _header(note: Note, start: int) -> str:
    """What a list of short lines is headed by."""
    index = note.sentences.index(note.sentence_at(start))
    for back in range(index, max(-1, index - _LINES_BACK), -1):
        sentence = note.sentences[back]
        line = note.lower[sentence.start : sentence.end].strip()
        if len(line) > _SHORT_LINE:
            return ""
        if any(char.isdigit() for char in line):
            continue
        if cues().urine.search(line):
            return "urine"
        if cues().other_fluid.search(line):
            return "other"
        if cues().blood.search(line) or line.rstrip(":") in ("serum", "plasma", "blood"):
            return "blood"
    return ""
