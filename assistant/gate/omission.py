"""Whether a sentence leaves out of a line what limits or completes it. Pure."""

from collections.abc import Collection, Sequence

from assistant.gate.joining import joins as joins_of
from assistant.gate.reasons import CONDITION, LEFT_OUT
from assistant.gate.scope import NOT
from assistant.gate.tokens import Token


def left_out(missing: Sequence[Token], line: Sequence[Token], heading: Collection[str]) -> str:
    """Why what a sentence leaves out may not be left out; empty if it may."""
    joins = joins_of(line)
    for token in missing:
        limits = token.negated or token.lead or token.role == "number" or token.value == NOT
        if limits:
            return CONDITION
        known = token.value in heading or token.inside or _other_clause(token, missing, line)
        if not (known or _choice(token, missing, line, joins)):
            return CONDITION if token.label else LEFT_OUT
    return ""


def _other_clause(token: Token, missing: Sequence[Token], line: Sequence[Token]) -> bool:
    """Whether its whole clause is left out, and that limits nothing."""
    clause = [other for other in line if other.group == token.group]
    limits = any(other.negated or other.lead or other.label for other in clause)
    return not limits and all(_among(other, missing) for other in clause)


def _choice(
    token: Token, missing: Sequence[Token], line: Sequence[Token], joins: Sequence[str]
) -> bool:
    """Whether it is one of several things joined by "or", left out as a whole.

    What a medicine is not given with stays whole: there, one thing less is a danger more.
    """
    item = [n for n, other in enumerate(line) if other.item == token.item]
    gone = all(_among(line[n], missing) for n in item)
    joined = {joins[n] for n in (item[0], item[-1] + 1) if 0 < n < len(line)}
    forbids = any(other.negated for other in line if other.group == token.group)
    return gone and not forbids and "or" in joined and "and" not in joined


def _among(token: Token, others: Sequence[Token]) -> bool:
    return any(token is other for other in others)
