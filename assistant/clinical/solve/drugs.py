"""Doses of a note as inputs of the dose calculators."""

import re
from collections.abc import Collection

from assistant.clinical.notes.doses import DoseReader
from assistant.clinical.notes.mention import Mention
from assistant.clinical.notes.sentences import Note, read_note

_WANTED = re.compile(r"equivalent|convert", re.IGNORECASE)
_OF = re.compile(r"\b(?:of|to|in|into)\b")


def read_doses(doses: DoseReader, note: Note, known: Collection[str]) -> dict[str, Mention]:
    """All opioid doses of a note as one input; nothing where one of them cannot be converted."""
    found = doses.find(note, "opioid")
    if not found or any(dose.drug not in known or not dose.amount for dose, _ in found):
        return {}
    together = tuple(dose for dose, _ in found)
    first, last = found[0][1], found[-1][1]
    shown = ", ".join(mention.shown for _, mention in found)
    return {"doses": Mention("doses", together, shown, first.start, last.end)}


def read_steroids(doses: DoseReader, note: Note, question: str) -> dict[str, Mention]:
    """The steroid taken with its dose in mg, and the one that the question wants."""
    found: dict[str, Mention] = {}
    taken = doses.find(note, "steroid")
    if taken:
        dose, mention = taken[0]
        amount = dose.amount * dose.per_day
        found["dose"] = Mention("dose", amount, f"{amount:g} mg", mention.start, mention.end)
        found["from_drug"] = Mention("from_drug", dose.drug, dose.drug, mention.start, mention.end)
    wanted = _wanted(doses, question)
    if wanted:
        found["to_drug"] = Mention("to_drug", wanted, wanted, 0, 0)
    return found


def _wanted(doses: DoseReader, question: str) -> str | None:
    cut = _WANTED.search(question)
    return doses.drug("steroid", read_note(question[cut.start() :] if cut else question).text)
