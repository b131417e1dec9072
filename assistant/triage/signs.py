"""Finding the phrases of the lexicon in a prepared text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from assistant.triage.lexicon import GAP, Phrase, Slot
from assistant.triage.stems import single
from assistant.triage.text import Item, Text

_NEAR = 7
"""Words between the parts of a phrase whose parts stand in any order."""
_REFUSALS = frozenset("not no cannot wont pas plus nao nahi nahin never band hawezi na nai".split())
"""Words that belong to their own clause only."""
_NOTHING = frozenset("no without nil absent zero".split())
_WIDE = 4
"""Words that `_` may stand for."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A sign found in the text, from item `start` to before item `end`."""

    sign: str
    start: int
    end: int
    used: frozenset[int]
    """Items that the phrase itself consists of."""


class Finder:
    """Finds occurrences; keeps the phrases under the rarest of their stems."""

    def __init__(self, phrases: Iterable[Phrase], blockers: Slot, *, exact: bool = False) -> None:
        """Index the phrases; `blockers` are words no phrase reaches across, such as `no`.

        With `exact` only the words themselves count, not what they may stand for.
        """
        self._exact = exact
        self._by_anchor: dict[str, list[Phrase]] = {}
        self._blockers = blockers
        for phrase in phrases:
            for stem in phrase.anchors:
                self._by_anchor.setdefault(stem, []).append(phrase)

    def find(self, text: Text) -> list[Occurrence]:
        """Every place where a phrase stands."""
        return self._find(text.items, text.stems)

    def find_spoken(self, text: Text) -> list[Occurrence]:
        """Places among all the words, small words too; positions are those of `text.items`."""
        own = frozenset(one for item in text.spoken for one in item.own)
        return [hit for raw in self._find(text.spoken, own) if (hit := _placed(raw, text))]

    def _find(self, items: Sequence[Item], stems: Slot) -> list[Occurrence]:
        seen: set[int] = set()
        found: dict[tuple[str, int, int], Occurrence] = {}
        for stem in sorted(stems):  # a set has another order in each run
            for phrase in self._by_anchor.get(stem, ()):
                if id(phrase) in seen or not _possible(phrase, stems):
                    continue
                seen.add(id(phrase))
                for used in self._places(phrase, items):
                    if not self._sure(phrase, used, items):
                        continue
                    start, end = min(used), max(used) + 1
                    found.setdefault(
                        (phrase.sign, start, end), Occurrence(phrase.sign, start, end, used)
                    )
        return sorted(found.values(), key=lambda hit: (hit.start, -hit.end))

    def _means(self, item: Item, slot: Slot) -> bool:
        if self._exact:
            return not slot.isdisjoint(item.own)
        return not slot.isdisjoint(item.meanings) or not slot.isdisjoint(item.heard)

    def _sure(self, phrase: Phrase, used: frozenset[int], items: Sequence[Item]) -> bool:
        """Whether at most half of the words are guessed from their sound."""
        slots = [slot for part in phrase.parts for slot in part if slot != GAP]
        if len(slots) == 1:
            return self._exact or _clear(slots[0], items[min(used)])
        guessed = sum(all(slot.isdisjoint(items[at].meanings) for slot in slots) for at in used)
        return not guessed or (len(used) > 1 and 2 * guessed <= len(used))

    def _places(self, phrase: Phrase, items: Sequence[Item]) -> Iterator[frozenset[int]]:
        runs = [list(self._runs(part, items)) for part in phrase.parts]
        for first in runs[0]:
            used: frozenset[int] | None = first
            for others in runs[1:]:
                near = (run for run in others if used and self._near(used, run, items))
                other = min(near, key=lambda run: _distance(first, run), default=None)
                used = used | other if used and other else None
            if used:
                yield used

    def _near(self, one: frozenset[int], other: frozenset[int], items: Sequence[Item]) -> bool:
        if not one.isdisjoint(other):
            return False
        low, high = sorted((one, other), key=min)
        between = items[max(low) + 1 : min(high)] if min(high) > max(low) else ()
        if len(between) > _NEAR or any(
            item.level >= 2 or item.word in self._blockers for item in between
        ):
            return False
        lone = any(all(_bare_refusal(items[at]) for at in run) for run in (one, other))
        return not (lone and any(item.level for item in between))

    def _runs(self, part: Sequence[Slot], items: Sequence[Item]) -> Iterator[frozenset[int]]:
        for at, item in enumerate(items):
            if self._means(item, part[0]):
                run = self._follow(part, items, at)
                if run:
                    yield frozenset(run)

    def _follow(self, part: Sequence[Slot], items: Sequence[Item], at: int) -> list[int] | None:
        used = [at]
        room = 1
        for slot in part[1:]:
            if slot == GAP:
                room = _WIDE
                continue
            if items[used[-1]].word in _NOTHING and room == 1:
                room = 0
            place = self._next(slot, items, used[-1] + 1, room)
            if place is None:
                return None
            used.append(place)
            room = 1
        return used

    def _next(self, slot: Slot, items: Sequence[Item], start: int, room: int) -> int | None:
        for at in range(start, min(len(items), start + room + 1)):
            item = items[at]
            if item.level:
                return None
            if self._means(item, slot):
                return at
            if item.word in self._blockers:
                return None
        return None


def _bare_refusal(item: Item) -> bool:
    """Whether a word only refuses, and is not the first of two that mean something together."""
    return item.word in _REFUSALS and not any("+" in meant for meant in item.meanings)


def _clear(slot: Slot, item: Item) -> bool:
    """Whether a word that stands alone is the word itself or a near and long enough misspelling."""
    if not slot.isdisjoint(item.own):
        return True
    root = min(item.own, key=len)
    slips = 1 if len(item.word) < 8 else 2
    if len(root) >= 5 and single(root) in {single(meant) for meant in slot & item.meanings}:
        return True
    return (
        len(item.word) >= 6
        and len(root) >= 5
        and any(
            meant[0] == root[0] and OSA.distance(meant, root) <= slips
            for meant in slot & item.meanings
        )
    )


def _placed(raw: Occurrence, text: Text) -> Occurrence | None:
    """An occurrence among all words as one among the words that carry meaning."""
    tokens = {text.spoken[at].token for at in raw.used}
    used = frozenset(
        at for at, item in enumerate(text.items) if item.token in tokens and not item.level
    )
    if used:
        return Occurrence(raw.sign, min(used), max(used) + 1, used)
    later = [at for at, item in enumerate(text.items) if item.token >= min(tokens)]
    at = later[0] if later else len(text.items)
    return Occurrence(raw.sign, at, at, frozenset())


def _possible(phrase: Phrase, stems: Slot) -> bool:
    return all(slot == GAP or not slot.isdisjoint(stems) for part in phrase.parts for slot in part)


def _distance(one: frozenset[int], other: frozenset[int]) -> int:
    return max(min(other) - max(one), min(one) - max(other), 0)
