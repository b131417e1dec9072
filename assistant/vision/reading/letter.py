"""Prescriptions and referral letters: their facts and medicines, for a person to judge."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.clinical.medicines.names import Names
from assistant.vision.reading.facts import fact_rows, facts_of
from assistant.vision.reading.medicine_find import (
    SURE,
    SURE_BESIDE_ALIKE,
    Hit,
    alike,
    display,
    hits_of,
    near_in_letters,
)
from assistant.vision.reading.messages import Field
from assistant.vision.reading.rows import Row
from assistant.vision.reading.wording import load_wording

MOST_SURE = 0.9
"""A line of a letter is never surer than this: only a person knows whether it still holds."""


def letter_fields(rows: Sequence[Row], names: Names) -> tuple[Field, ...]:
    """Facts first, then one field for each medicine."""
    facts = facts_of(rows)
    capped = [replace(each, confidence=min(each.confidence, MOST_SURE)) for each in facts]
    return (*capped, *_medicines(rows, names))


def _medicines(rows: Sequence[Row], names: Names) -> Iterator[Field]:
    seen: set[str] = set()
    told = fact_rows(rows)
    for hit in hits_of(rows, names):
        if hit.row in told:
            continue
        row = rows[hit.row]
        if not hit.exact and not re.search(r"\d", row.text[hit.end :]):
            continue
        field = _medicine(hit, row, names)
        if field.value not in seen:
            seen.add(field.value)
            yield field


def _medicine(hit: Hit, row: Row, names: Names) -> Field:
    says = load_wording().says
    printed = row.text[hit.start : hit.end]
    field = Field(
        "medicine", printed, "", min(hit.sure, MOST_SURE), row.box(hit.start, len(row.text)),
        "Medicine", row.text[hit.start :],
    )  # fmt: skip
    medicine = hit.found.medicine if hit.exact else None
    near = near_in_letters(medicine, printed, names) if medicine else ()
    if medicine and hit.sure >= (SURE_BESIDE_ALIKE if near else SURE):
        listed = display(alike(medicine, names)[:4], names)
        note = says["lookalike"].format(", ".join(listed)) if listed else ""
        name = display([medicine], names)[0]
        return replace(field, value=name, note=note, feeds="patient.drugs")
    known = hit.found.components or hit.found.choices
    if hit.exact and not medicine:
        return replace(field, feeds="patient.drugs")
    choices = tuple(dict.fromkeys((*known, *near)))[:6]
    return replace(field, choices=display(choices, names)).doubted(says["which"])
