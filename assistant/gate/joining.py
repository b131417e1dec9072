"""Whether a "not", a condition, an "and" or an "or" was moved or turned. Pure."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from assistant.gate.pairing import Pairs
from assistant.gate.reasons import CONDITION, NEGATION
from assistant.gate.tokens import Token


def turned(pairs: Pairs, line: Sequence[Token], situation: Collection[str]) -> str:
    """Whether a "not" or a condition stands elsewhere than in the line."""
    situations = {token.group for token in line if token.value in situation}
    for token, other in pairs.all():
        if token.negated != other.negated:
            return NEGATION
        if token.lead != other.lead and not _same_lead(token, other, situations):
            return CONDITION
    return ""


def _same_lead(token: Token, other: Token, situations: set[int]) -> bool:
    """A label of the line, `Fits: refer`, may become a condition, and the other way round.

    So may what is referred, tested or seen.
    """
    if {token.lead, other.lead} != {"", "if"}:
        return False
    return token.label or other.label or other.group in situations


def rejoined(pairs: Pairs) -> bool:
    """Whether "and" became "or", or the other way round."""
    ours, theirs = joins(pairs.said), joins(pairs.line)
    for n, place in enumerate(pairs.places):
        group = pairs.line[place].group
        known = {theirs[m] for m, other in enumerate(pairs.line) if other.group == group}
        if _new_join(pairs.said[n], pairs.line[place], known):
            return True
    for n, (one, following) in enumerate(pairwise(pairs.places), 1):
        if following == one + 1 and {ours[n], theirs[following]} == {"and", "or"}:
            return True
    return any({token.join, other.join} == {"and", "or"} for token, other in pairs.moved)


def _new_join(token: Token, other: Token, known: Collection[str]) -> bool:
    """Whether a word joins that the clause of the line does not hold."""
    if token.join == "or":
        return "or" not in known
    only_or = "or" in known and "and" not in known
    return token.join == "and" and token.role != "verb" and not other.join and only_or


def joins(tokens: Sequence[Token]) -> list[str]:
    """How each token is joined to the one before; a comma joins as the next word that says so."""
    found: list[str] = []
    for n, token in enumerate(tokens):
        later = (t.join for t in tokens[n:] if t.group == token.group and t.join in ("and", "or"))
        found.append(next(later, "") if token.join == "," else token.join)
    return found
