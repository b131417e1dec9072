"""Blood pressure in a note: `120/80 mmHg`, `BP was 102/55`, `systolic 90`."""

import re

from assistant.clinical.calculators.model import Field
from assistant.clinical.calculators.reading import plain_number
from assistant.clinical.notes.measures import MeasureReader
from assistant.clinical.notes.mention import Mention, time_doubt
from assistant.clinical.notes.sentences import Note

_PAIR = re.compile(
    r"(?<![\d/.])(\d{2,3})(?:\s?[-\u2013]\s?\d{2,3})?(?:\s?/\s?|\sover\s)"
    r"(\d{2,3})(?:\s?[-\u2013]\s?\d{2,3})?(?![\d/]|\.\d)(?P<unit>\s?mm ?(?:of )?hg)?"
)
_NAME = re.compile(
    r"\bbp\b|blood pressure|\bpressures?\b|hypotens|hypertens|normotens|\bb\.p|vital|\bnibp\b"
    r"|\bmap\b"
)
_TOP, _LOW = (50, 300), (20, 180)


def find_pressure(note: Note, field: Field, measures: MeasureReader) -> list[Mention]:
    """Readings of `sbp` or `dbp`."""
    pairs = [
        mention for match in _PAIR.finditer(note.lower) if (mention := _pair(note, field, match))
    ]
    return [*pairs, *(_later(each) for each in measures.find(note, field))]


def _pair(note: Note, field: Field, match: re.Match[str]) -> Mention | None:
    top, low = int(match[1]), int(match[2])
    if not (_TOP[0] <= top <= _TOP[1] and _LOW[0] <= low <= _LOW[1] and low < top):
        return None
    sentence = note.sentence_at(match.start())
    before = note.lower[sentence.start : match.start()]
    if not match["unit"] and not _NAME.search(before[-90:]):
        return None
    value = top if field.name == "sbp" else low
    doubt = time_doubt(note, match.start())
    shown = f"{plain_number(value)} mmHg"
    return Mention(field.name, float(value), shown, match.start(), match.end(), doubt)


def _later(mention: Mention) -> Mention:
    return Mention(
        mention.name, mention.value, mention.shown, mention.start, mention.end, mention.doubt + 0.2
    )
