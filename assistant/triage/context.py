"""Whether a sign that was found holds for this patient now."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.triage.loader import Book
from assistant.triage.signs import Finder, Occurrence
from assistant.triage.text import Item, Text, stems_of

_COMMA, _BUT, _END = 1, 2, 3
_IF_FIRST = frozenset("si se agar kama lau".split())
_UNSURE = frozenset(
    "sure know knows ask asked wonder wondering unsure check see unclear tell".split()
)


@dataclass(frozen=True, slots=True)
class Cues:
    """The places where words of context stand, by kind."""

    places: dict[str, list[Occurrence]]

    def of(self, kind: str) -> list[Occurrence]:
        """Places of one kind of cue."""
        return self.places.get(f"cue {kind}", [])


class Context:
    """Judges occurrences by the words around them."""

    def __init__(self, book: Book) -> None:
        """Compile the words of context."""
        table = book.context
        self._cues = Finder(book.cues, frozenset(), exact=True)
        self._next = stems_of(table["denies_next"])
        self._before = stems_of(table["denies_before"])
        self._reach, self._reaches = int(table["reach"]), dict(table["reach_of"])
        self._fresh = frozenset(table["new_statement"].split())
        self._present = stems_of(table["present"])
        self._lasting = frozenset(table["lasting"].split())
        self._stoppable = frozenset(table["stoppable"].split())
        self._shapes = [re.compile(shape) for shape in table["past_shapes"]]

    def cues(self, text: Text) -> Cues:
        """All cues of a text."""
        places: dict[str, list[Occurrence]] = {}
        for hit in self._cues.find_spoken(text):
            places.setdefault(hit.sign, []).append(hit)
        return Cues(places)

    def holding(self, text: Text, hits: Sequence[Occurrence], cues: Cues) -> list[Occurrence]:
        """The occurrences that are said of this patient now."""
        near = [cue for cue in cues.of("lookalikes") if not _parted(text.items, cue)]
        hidden = {at for cue in (*near, *cues.of("lookalikes_wide")) for at in cue.used}
        seen = [hit for hit in hits if hit.used.isdisjoint(hidden)]
        used = {at for hit in seen for at in hit.used if hit.used & {at + 1, at + 2}}
        past_text = any(shape.search(text.line.text) for shape in self._shapes)
        return [
            hit
            for hit in seen
            if not self._denied(text.items, hit, used | hidden)
            and not self._doubtful(text.items, hit)
            and not self._over(text.items, hit, cues, past_text)
        ]

    def _denied(self, items: Sequence[Item], hit: Occurrence, used: set[int]) -> bool:
        return self._denied_ahead(items, hit, used) or self._denied_after(items, hit)

    def _denied_ahead(self, items: Sequence[Item], hit: Occurrence, used: set[int]) -> bool:
        steps = 0
        for at in range(hit.start - 1, -1, -1):
            item = items[at]
            if item.level >= _BUT or (
                item.level == _COMMA and not self._list_goes_on(items, at, hit)
            ):
                return False
            if item.level:
                continue
            if item.word == "and" and self._new_statement(items, at):
                return False
            steps += 1
            if item.word.isdigit():
                return False
            reach = self._reaches.get(item.word, self._reach)
            if not item.own.isdisjoint(self._next) and steps <= reach and at not in used - hit.used:
                return not self._denied_twice(items, at)
        return False

    def _denied_twice(self, items: Sequence[Item], at: int) -> bool:
        return (
            at > 0
            and items[at - 1].word in {"not", "never"}
            and items[at].word in {"without", "no"}
        )

    def _new_statement(self, items: Sequence[Item], at: int) -> bool:
        return at + 1 < len(items) and items[at + 1].word in self._fresh

    def _list_goes_on(self, items: Sequence[Item], comma: int, hit: Occurrence) -> bool:
        """Whether `no a, b or c` is still being counted up at this comma."""
        if items[comma].word not in ",/":
            return items[comma].word == "-" and False
        if comma + 1 < len(items) and items[comma + 1].word in {"or", "nor"}:
            return True
        for item in items[hit.end - 1 : hit.end + 6]:
            if item.level >= _BUT:
                return False
            if item.word in {"or", "nor"}:
                return True
        return items[comma].word == "/"

    def _denied_after(self, items: Sequence[Item], hit: Occurrence) -> bool:
        for at in range(hit.end, min(len(items), hit.end + 3)):
            item = items[at]
            if item.level >= _BUT or item.word == ",":
                return False
            if not item.own.isdisjoint(self._before):
                return True
            if item.word in {"no", "not"} and (at + 1 == len(items) or items[at + 1].level):
                return True
        return False

    def _doubtful(self, items: Sequence[Item], hit: Occurrence) -> bool:
        """Whether it stands after `if`: what might be, not what is."""
        for at in range(hit.start - 1, -1, -1):
            item = items[at]
            if item.level >= _COMMA:
                return False
            if item.word in {"if", "unless"} or (at == 0 and item.word in _IF_FIRST):
                return not any(other.word in _UNSURE for other in items[max(0, at - 3) : at])
        return False

    def _over(self, items: Sequence[Item], hit: Occurrence, cues: Cues, past_text: bool) -> bool:  # noqa: FBT001
        if past_text or any(self._same_time(items, cue, hit) for cue in cues.of("past")):
            return True
        if any(self._same_clause(items, cue, hit) for cue in cues.of("other_person")):
            return True
        if hit.sign in self._stoppable and self._stopped(items, hit):
            return True
        if hit.sign in self._lasting:
            return False
        return any(self._follows(items, hit, cue) for cue in cues.of("over"))

    def _stopped(self, items: Sequence[Item], hit: Occurrence) -> bool:
        """Whether `stopped` stands right before it, and nothing denies that."""
        at = hit.start - 1
        if at < 0 or items[at].word not in {"stopped", "ceased"}:
            return False
        return at == 0 or items[at - 1].own.isdisjoint(self._next)

    def _same_clause(self, items: Sequence[Item], cue: Occurrence, hit: Occurrence) -> bool:
        low, high = sorted((cue, hit), key=lambda place: place.start)
        return all(item.level < _COMMA for item in items[low.start : high.end])

    def _same_time(self, items: Sequence[Item], cue: Occurrence, hit: Occurrence) -> bool:
        if not self._same_clause(items, cue, hit):
            return False
        low, high = sorted((cue, hit), key=lambda place: place.start)
        return all(item.own.isdisjoint(self._present) for item in items[low.start : high.end])

    def _follows(self, items: Sequence[Item], hit: Occurrence, cue: Occurrence) -> bool:
        """Whether the sign is said to be over later in the same sentence."""
        if cue.start < hit.start or cue.start in hit.used:
            return False
        between = items[hit.end : cue.start]
        return all(item.level < _END for item in between)


def _parted(items: Sequence[Item], cue: Occurrence) -> bool:
    """Whether a comma or another break stands inside."""
    return any(item.level for item in items[cue.start : cue.end])


def evidence(text: Text, hit: Occurrence) -> tuple[int, int]:
    """Span of the joined line that an occurrence stands on."""
    first, last = text.items[hit.start].token, text.items[hit.end - 1].token
    line = text.line
    return line.starts[first], line.starts[last] + len(line.tokens[last].text)


def signs_of(hits: Iterable[Occurrence]) -> frozenset[str]:
    """Names of the signs that occur."""
    return frozenset(hit.sign for hit in hits)
