"""Whether a line says what a sentence says: rules first, then how much of the line is kept.

Pure. A rule that is broken settles it. What is left is the share of the line's words that the
sentence keeps; the threshold on it is calibrated on rewordings and lies (`docs/gate.md`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from assistant.gate.joining import rejoined, turned
from assistant.gate.lexicon import MAY, MUST
from assistant.gate.omission import left_out
from assistant.gate.order import disordered
from assistant.gate.pairing import Pairs, missing, paired
from assistant.gate.reasons import CONDITION, LIMIT, NEGATION, NOT_SUPPORTED, NUMBER, ORDER
from assistant.gate.scope import NOT
from assistant.gate.tokens import Token

LEAST_SAID = 2
"""Words with a meaning of their own that a sentence needs."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a line stands under, and words that carry little."""

    heading: frozenset[str]
    """Words of title and section."""
    lendable: frozenset[str]
    """Words of a title with one topic, which a sentence may borrow."""
    added: frozenset[str]
    """Words that a sentence may add."""
    orders: frozenset[str]
    """Words that it may add where the line itself tells what to do."""
    left_out: frozenset[str]
    """Words that it may leave out."""
    situation: frozenset[str]
    """Verbs whose object is a condition."""


@dataclass(frozen=True, slots=True)
class Support:
    """How well a line carries a sentence."""

    reason: str = ""
    """The rule that is broken; empty for none."""
    kept: float = 0.0
    """Share of the line's words that the sentence keeps, 0 to 1."""


def compare(
    said: Sequence[Token], line: Sequence[Token], context: Context, *, whole: bool
) -> Support:
    """What one line gives for a sentence.

    Args:
        said: tokens of the sentence.
        line: tokens of the line.
        context: what the line stands under.
        whole: whether what the line says must all be there, and whether it must tell what to do
            for the sentence to do so; not needed where the line itself will be shown.
    """
    there = {token.value for token in line}
    extra = context.added
    if not whole or _tells(line):
        extra |= context.orders
    said = [token for token in said if token.value in there or token.value not in extra]
    borrowed = [token for token in said if token.value not in there]
    said = [token for token in said if token.value in there]
    reason = _unknown(borrowed, line, context)
    pairs = None if reason or len(said) < LEAST_SAID else paired(said, line)
    if pairs is None:
        return Support(reason or NOT_SUPPORTED)
    lost = missing(pairs, line, context.left_out)
    if borrowed and lost:
        reason = NOT_SUPPORTED
    reason = _broken(pairs, line, context) or reason
    if not reason and any(token.value == MAY for token in lost):
        reason = CONDITION
    if not reason and whole:
        reason = left_out(lost, line, context.heading)
    return Support(reason, 1 - len(lost) / len(line))


def _broken(pairs: Pairs, line: Sequence[Token], context: Context) -> str:
    """The first rule that is broken by how the words stand."""
    if reason := turned(pairs, line, context.situation):
        return reason
    if disordered(pairs):
        return ORDER
    return CONDITION if rejoined(pairs) else ""


def _tells(line: Sequence[Token]) -> bool:
    """Whether a line tells what to do: it demands, says when, or begins a clause with a verb."""
    if any(token.value == MUST or token.role == "urgent" for token in line):
        return True
    clauses = (next(some) for _, some in groupby(line, key=lambda t: (t.group, t.label, t.item)))
    return any(first.role == "verb" for first in clauses)


def _unknown(borrowed: Iterable[Token], line: Sequence[Token], context: Context) -> str:
    """Why words that the line does not hold may not be said."""
    for token in borrowed:
        if token.value == NOT:
            return NEGATION
        if token.value in (MAY, MUST):
            return CONDITION
        if token.role == "number":
            known = any(token.bare == other.bare for other in line if other.bare)
            return LIMIT if known else NUMBER
        if token.value not in context.lendable or token.negated or token.lead:
            return NOT_SUPPORTED
    return ""
