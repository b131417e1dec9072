"""Which token of a line each token of a sentence rests on. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from assistant.gate.align import align
from assistant.gate.tokens import Token


@dataclass(frozen=True, slots=True)
class Pairs:
    """Tokens of a sentence and the tokens of the line they rest on."""

    said: list[Token]
    places: list[int]
    line: list[Token]
    """The tokens of the line whose order counts."""
    moved: list[tuple[Token, Token]]
    """Verbs and times that may stand anywhere in their clause."""
    order: Sequence[Token]
    """The whole sentence."""

    def before(self, one: Token, other: Token) -> bool:
        """Whether one token of the sentence stands before another."""
        return next(token for token in self.order if token in (one, other)) == one

    def all(self) -> list[tuple[Token, Token]]:
        """Each token of the sentence with the one it rests on."""
        fixed = [(token, self.line[n]) for token, n in zip(self.said, self.places, strict=True)]
        return fixed + self.moved


def paired(said: Sequence[Token], line: Sequence[Token]) -> Pairs | None:
    """What rests on what; None where a word has no place in the line."""
    movable = _movable(line)
    free = {token.value for token in movable}
    fixed = [token for token in line if token not in movable]
    still = [token for token in said if token.value not in free]
    places = align(still, fixed)
    if places is None:
        return None
    moved: list[tuple[Token, Token]] = []
    for token in said:
        if token.value in free:
            moved.append((token, _nearest(token, movable, [other for _, other in moved])))
    return Pairs(still, places, fixed, moved, said)


def _nearest(token: Token, others: Sequence[Token], taken: Sequence[Token]) -> Token:
    """The same verb or time under the most similar condition; of several, one not yet used."""
    same = [other for other in others if other.value == token.value]
    return max(
        same,
        key=lambda o: (o.negated == token.negated, o.lead == token.lead, o not in taken),
    )


def _movable(line: Sequence[Token]) -> list[Token]:
    """Verbs and times that are the only ones of their clause, and verbs that open it."""
    found: list[Token] = []
    for _, some in groupby(line, key=lambda token: (token.group, token.label)):
        clause = list(some)
        verbs, times = ([t for t in clause if t.role == role] for role in ("verb", "urgent"))
        found += [t for t in verbs if len(verbs) == 1 or t is clause[0]]
        found += times if len(times) == 1 else []
    bound = {token.value for token in line if token not in found}
    return [token for token in found if token.value not in bound]


def missing(pairs: Pairs, line: Sequence[Token], light: Collection[str]) -> list[Token]:
    """Tokens of the line on which nothing rests.

    Args:
        pairs: what rests on what.
        line: all its tokens.
        light: words that carry little; where they limit nothing, they are not missed.
    """
    used = {id(other) for _, other in pairs.all()}
    used |= {id(t) for t in line if t.value in light and not (t.negated or t.lead)}
    return [token for token in line if id(token) not in used]
