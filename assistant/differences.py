"""Finds where two documents of an answer give different amounts of one medicine.

Pure. Nobody is told which is right: both lines are shown, and the person is told to look.
"""

import itertools
from collections.abc import Sequence

from assistant.quantities import quantities
from kb.statements import Statement
from kb.text import words

_AMOUNTS = frozenset("mg microgram g mL IU unit tablet mg/kg mL/kg g/kg".split())


def differences(quoted: Sequence[Statement]) -> tuple[str, ...]:
    """One line for each medicine on whose amount two quoted documents differ."""
    doses = [statement for statement in quoted if statement.has_dose]
    said = []
    for one, other in itertools.combinations(doses, 2):
        name = _medicine(one)
        apart = one.passage.document != other.passage.document
        if apart and name and name == _medicine(other) and not _agree(one, other):
            titles = sorted({one.passage.title, other.passage.title})
            said.append(f"Sources differ on {name}: both are shown ({'; '.join(titles)}).")
    return tuple(dict.fromkeys(said))


def _medicine(statement: Statement) -> str:
    """The medicine of a dose line: the first word of "zinc 20 mg ..." or "For whom: zinc 20 mg"."""
    line = statement.lines[0] if statement.lines else ""
    _, _, behind = line.partition(": ")
    found = words(behind if behind[:1].isalpha() else line)
    return found[0] if found else ""


def _agree(one: Statement, other: Statement) -> bool:
    """Whether all amounts of one line stand in the other, either way round."""
    first, second = (
        {q for q in quantities(statement.text) if q.unit in _AMOUNTS} for statement in (one, other)
    )
    return first <= second or second <= first
