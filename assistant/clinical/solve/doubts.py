"""Why a note is not enough for a sum: two values, another time, or too little said."""

from collections.abc import Mapping, Sequence

from assistant.clinical.calculators.model import Calculator, Field
from assistant.clinical.calculators.reading import refusal
from assistant.clinical.notes.mention import LATER, Mention
from assistant.clinical.notes.reader import NoteReader
from assistant.clinical.notes.sentences import Note

_APART = 1000
"""Letters between two results of one sum from which they hardly belong to one sample."""


def person_doubt(
    reader: NoteReader, note: Note, calculator: Calculator, mentions: Mapping[str, Mention]
) -> str:
    """What to ask a person: a value that cannot be, a unit that is not told, or two values."""
    for each, mention in _numbers(calculator, mentions):
        value = mention.value
        if isinstance(value, float) and (told := refusal(each, value, mention.shown)):
            return told
        if mention.ask:
            return mention.ask
        other = reader.rival(note, each)
        if other is not None:
            return _both(each, mention, other)
    return ""


def note_doubt(
    reader: NoteReader,
    note: Note,
    calculator: Calculator,
    mentions: Mapping[str, Mention],
    asked: Sequence[str] = (),
) -> str:
    """What stops a sum from a note that nobody can be asked about.

    Two values count only where the input is one of `asked`, where neither value is from the first
    assessment, or where two results have two values each, so that the note holds two samples.
    """
    rivals = []
    for each, mention in _numbers(calculator, mentions):
        other = reader.rival(note, each)
        if other is None:
            continue
        if each.name in asked or mention.doubt >= LATER:
            return _both(each, mention, other)
        if _is_result(reader, each):
            rivals.append(_both(each, mention, other))
    if len(rivals) > 1:
        return rivals[0]
    return _two_times(
        [mention for each, mention in _numbers(calculator, mentions) if _is_result(reader, each)]
    )


def _numbers(
    calculator: Calculator, mentions: Mapping[str, Mention]
) -> list[tuple[Field, Mention]]:
    return [
        (each, mentions[each.name])
        for each in calculator.fields
        if each.kind == "number" and each.name in mentions
    ]


def _is_result(reader: NoteReader, field: Field) -> bool:
    """Whether an input is a blood result, so that all of a sum belong to one sample."""
    names = reader.measures.names(field.name)
    return names is not None and names.fluid == "blood"


def _two_times(results: Sequence[Mention]) -> str:
    for each in results:
        for other in results:
            apart = abs(each.start - other.start) > _APART
            if apart and each.doubt - other.doubt >= LATER:
                return f"{each.shown} and {other.shown} are not of one time."
    return ""


def _both(field: Field, mention: Mention, other: Mention) -> str:
    return f"{field.label}: {mention.shown} or {other.shown}? The note tells both."
