"""Whether the words of a sentence stand together as they do in the line. Pure."""

from collections.abc import Collection, Sequence
from itertools import groupby, pairwise

from assistant.gate.pairing import Pairs
from assistant.gate.tokens import Token


def disordered(pairs: Pairs) -> bool:
    """Whether words stand together that stand apart in the line.

    A clause keeps its order; one phrase of it may be moved as a whole, such as one that is put
    first. Clauses parted by semicolons do not mix.
    """
    places = pairs.places
    if len(set(places)) < len(places):
        return True
    groups = [key for key, _ in groupby(pairs.line[n].group for n in places)]
    if len(set(groups)) < len(groups) or _splits_label(pairs):
        return True
    for group in groups:
        some = [n for n in places if pairs.line[n].group == group]
        if not _in_order(some, pairs.line):
            return True
    return False


def _splits_label(pairs: Pairs) -> bool:
    """Whether what is done stands in the middle of what it is done for."""
    for act, base in pairs.moved:
        label = [t for t, other in pairs.all() if other.label and other.group == base.group]
        sides = {pairs.before(token, act) for token in label}
        if not base.label and len(sides) > 1:
            return True
    return False


def _in_order(places: list[int], line: Sequence[Token]) -> bool:
    """Whether one clause keeps its order.

    Where several items have phrases of their own, as in `A for X, B for Y`, no phrase may
    leave its item.
    """
    if not _parallel(line, line[places[0]].group):
        return _one_move(places, line)
    items = [key for key, _ in groupby(line[n].item for n in places)]
    if len(set(items)) < len(items) or not _one_fall(items):
        return False
    return all(_one_move([n for n in places if line[n].item == item], line) for item in items)


def _one_move(places: list[int], line: Sequence[Token]) -> bool:
    """Whether the order is that of the line with at most one phrase moved."""
    following = dict(pairwise(sorted(places)))
    breaks = [(a, b) for a, b in pairwise(places) if following.get(a) != b]
    label = [n for n in places if line[n].label]
    if not _one_fall(places, label):
        return False
    return all(_ends(line, a) and _begins(line, b) for a, b in breaks)


def _one_fall(places: Sequence[int], where: Collection[int] = ()) -> bool:
    """Whether places rise all the way, or do so when one stretch of them is put first.

    Args:
        places: in the order of the sentence.
        where: places from which a stretch may also be put elsewhere.
    """
    falls = [(a, b) for a, b in pairwise(places) if b < a]
    if len(falls) > 1:
        return False
    return all(b == min(places) or a in where or b in where for a, b in falls)


def _parallel(line: Sequence[Token], group: int) -> bool:
    """Whether several items of a clause have phrases of their own."""
    return len({t.item for t in line if t.group == group and t.phrase and not t.label}) > 1


def _begins(line: Sequence[Token], place: int) -> bool:
    return place == 0 or line[place - 1].part != line[place].part


def _ends(line: Sequence[Token], place: int) -> bool:
    return place + 1 == len(line) or line[place].part != line[place + 1].part
