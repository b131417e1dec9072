"""Which token of a line each token of a sentence rests on, in the least jumps."""

from collections.abc import Sequence

from assistant.gate.tokens import Token

_SKIP, _BACK, _AGAIN, _OTHERWISE = 1.0, 4.0, 6.0, 3.0
"""Costs of: leaving words of the line out, going back, using a word twice, and a word that stands
under another condition or "not"."""
_STEP = 0.01


def align(said: Sequence[Token], line: Sequence[Token]) -> list[int] | None:
    """Place in the line of each token; None where one has no place.

    Of all ways to place them, the one with the fewest jumps is taken, so that a sentence is
    not refused because a word stands twice in the line.
    """
    best: dict[int, tuple[float, list[int]]] = {-1: (0.0, [])}
    for token in said:
        places = [n for n, other in enumerate(line) if _same(token, other)]
        if not places:
            return None
        best = {place: _cheapest(best, place, _fits(token, line[place])) for place in places}
    return min(best.values(), key=lambda way: way[0])[1]


def _same(token: Token, other: Token) -> bool:
    return token.value == other.value


def _fits(token: Token, other: Token) -> float:
    alike = token.negated == other.negated and token.lead == other.lead
    return 0.0 if alike else _OTHERWISE


def _cheapest(
    best: dict[int, tuple[float, list[int]]], place: int, extra: float
) -> tuple[float, list[int]]:
    """The cheapest way to this place."""
    cost, way = min(
        ((cost + _jump(last, place), way) for last, (cost, way) in best.items()),
        key=lambda known: known[0],
    )
    return cost + extra, [*way, place]


def _jump(last: int, place: int) -> float:
    if place == last + 1:
        return 0.0
    if place == last:
        return _AGAIN
    if last < 0:
        return _STEP * place
    return (_SKIP if place > last else _BACK) + _STEP * abs(place - last)
