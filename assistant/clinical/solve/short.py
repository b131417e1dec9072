"""Short clinic wording: numbers that only their unit names, such as `70 kg 30%`."""

import re
from collections.abc import Iterable, Mapping, Sequence

from assistant.clinical.calculators.errors import BadInput
from assistant.clinical.calculators.model import Calculator, Field
from assistant.clinical.calculators.reading import read_number
from assistant.clinical.calculators.units import Quantity, quantities
from assistant.clinical.notes.mention import Mention
from assistant.clinical.notes.quantity import NUMBER, Amount, amount_at
from assistant.clinical.notes.sentences import Note

LONGEST = 300
"""Letters up to which a text is short wording; a longer one is a note."""
_ANSWER = re.compile(r"(?<![\w.-])\d(?![\w.-])")
_TARGET = re.compile(r"\s*(?:to|in|into|as|=)\s+")


def by_unit(note: Note, calculator: Calculator, known: Mapping[str, Mention]) -> dict[str, Mention]:
    """Inputs that are still open, each from the one number whose unit fits it alone."""
    open_fields = [
        each for each in calculator.fields if each.kind == "number" and each.name not in known
    ]
    found: dict[str, list[Mention]] = {}
    for match in NUMBER.finditer(note.lower):
        if not _taken(match, known.values()):
            for field, amount in _fitting(note.lower, match, open_fields):
                found.setdefault(field.name, []).extend(_read(field, amount))
    places = [mention.start for mentions in found.values() for mention in mentions]
    return {
        name: mentions[-1]
        for name, mentions in found.items()
        if len({mention.value for mention in mentions}) == 1
        and places.count(mentions[-1].start) == 1
    }


def _taken(match: re.Match[str], known: Iterable[Mention]) -> bool:
    return any(each.start <= match.start("n") < each.end for each in known)


def _fitting(
    lower: str, match: re.Match[str], fields: Sequence[Field]
) -> list[tuple[Field, Amount]]:
    """Fields whose quantity has the unit behind the number; the longest unit decides."""
    read = [(field, amount_at(lower, match, quantities()[field.quantity])) for field in fields]
    last = max((amount.end for _, amount in read if amount.unit), default=0)
    return [(field, amount) for field, amount in read if amount.unit and amount.end == last]


def _read(field: Field, amount: Amount) -> list[Mention]:
    try:
        read = read_number(field, amount.value, amount.unit)
    except BadInput:
        return []
    return [Mention(field.name, read.value, read.shown, amount.start, amount.end, 1.0)]


def in_order(note: Note, calculator: Calculator, question: str) -> dict[str, Mention]:
    """Answers of a questionnaire as a row of numbers, where there are exactly as many.

    Only where all questions have the same answers, so that the order alone cannot mislead.
    """
    fields = calculator.fields
    if len({each.choices for each in fields}) != 1 or not fields[0].choices:
        return {}
    start = max(note.lower.find(question.lower()), 0)
    told = list(_ANSWER.finditer(note.lower, start))
    if len(told) != len(fields) or any(each[0] not in fields[0].choices for each in told):
        return {}
    return {
        field.name: Mention(field.name, each[0], each[0], *each.span())
        for field, each in zip(fields, told, strict=True)
    }


def conversion(note: Note, calculator: Calculator) -> dict[str, Mention]:
    """`glucose 180 mg/dl to mmol/l`: what is measured, the number, its unit and the unit wanted."""
    substance = calculator.field("substance")
    names = [name for name in (substance.choices if substance else ()) if _named(note, name)]
    for name in sorted(names, key=len, reverse=True):
        quantity = quantities()[name.replace("-", "_")]
        for match in NUMBER.finditer(note.lower):
            amount = amount_at(note.lower, match, quantity)
            wanted = _wanted(note.lower, amount, quantity)
            if amount.unit and wanted:
                return _converted(name, amount, wanted)
    return {}


def _named(note: Note, name: str) -> bool:
    words = re.escape(name).replace(r"\-", "[- ]?")
    return bool(re.search(rf"\b{words}\b", note.lower))


def _wanted(lower: str, amount: Amount, quantity: Quantity) -> str:
    place = next(_TARGET.finditer(lower, amount.end), None)
    if place is None:
        return ""
    rest = lower[place.end() :].split()
    return (quantity.spelled(rest[0].rstrip("?.,")) or "") if rest else ""


def _converted(name: str, amount: Amount, wanted: str) -> dict[str, Mention]:
    span = (amount.start, amount.end)
    told = {"substance": name, "from": amount.unit, "to": wanted}
    found = {key: Mention(key, value, value, *span) for key, value in told.items()}
    shown = f"{amount.value:g} {amount.unit}"
    return {"value": Mention("value", amount.value, shown, *span), **found}
