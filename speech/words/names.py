"""Names in a transcript: those that are known, and those that only sound like one.

Which names there are is handed in; this module knows none. A name that stands there as it is known
stays as it is. Every other is offered as a choice and never put in place of what was heard.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from speech.messages import Doubt
from speech.words.sounds import sound
from speech.words.tokens import Token, tokenise

_LONGEST = 4
"""Words that one name may have been cut into."""
_SHORTEST = 5
"""Letters of a word that is compared with names."""
_MOST = 4
"""Choices that are offered."""
_SHORTEST_SOUND = 5
_SHORT_WORD, _LONG_PARTS = 6, 9
_NEAR_WORD, _NEAR_SHORT = 0.22, 0.14
"""How far from a name a word may be, in sounds and letters; and one of at most six letters."""
_NEAR_PARTS, _NEAR_ORDINARY = 0.2, 0.12
"""The same for several words together; and where all of them are everyday words."""
_NEAR_LETTERS = 0.34
"""The same in letters alone, for what a speller offers."""


@dataclass(frozen=True, slots=True)
class SpokenName:
    """A name that may be said."""

    name: str
    """As it is written."""
    alike: tuple[str, ...] = ()
    """Other names that look or sound like it."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A known name where it stands in a text."""

    start: int
    end: int
    text: str
    """As it stands there."""
    name: str
    """As it is written."""
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundNames:
    """All names of a text."""

    mentions: tuple[Mention, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class NameBook:
    """All names that may be said, and the words that are none."""

    names: Mapping[str, SpokenName]
    """By folded name; further names of one thing lead to the same entry."""
    ordinary: Callable[[str], bool]
    """Whether a folded word is an everyday or a medical word and no name."""
    spelled: Callable[[str], tuple[str, ...]]
    """Names that a misspelt one may mean, likeliest first; empty if none is near."""

    def find(self, text: str) -> FoundNames:
        """Names in a text, each once, from left to right."""
        tokens = [token for token in tokenise(text) if token.kind == "word"]
        mentions: list[Mention] = []
        doubts: list[Doubt] = []
        at = 0
        while at < len(tokens):
            cut = self._cut_apart(text, tokens, at)
            mention, count = self._known(text, tokens, at) if not cut else (None, 0)
            if mention is not None:
                mentions.append(mention)
                at += count
                continue
            doubt, count = self._doubtful(text, tokens, at, cut)
            if doubt is not None:
                doubts.append(doubt)
            at += max(1, count)
        return FoundNames(tuple(mentions), (*map(_alike, _with_alike(mentions)), *doubts))

    def _cut_apart(self, text: str, tokens: list[Token], at: int) -> int:
        """How many words from here on are one name that was cut apart: `hydro cortisone`."""
        for size in range(min(_LONGEST, len(tokens) - at), 1, -1):
            part = tokens[at : at + size]
            words = [token.text for token in part]
            near = all(_together(text, part[place : place + 2]) for place in range(size - 1))
            if near and "".join(words) in self.names and " ".join(words) not in self.names:
                return size
        return 0

    def _known(self, text: str, tokens: list[Token], at: int) -> tuple[Mention | None, int]:
        for count in range(min(_LONGEST, len(tokens) - at), 0, -1):
            words = " ".join(token.text for token in tokens[at : at + count])
            entry = self.names.get(words)
            if entry is not None:
                start, end = tokens[at].start, tokens[at + count - 1].end
                return Mention(start, end, text[start:end], entry.name, entry.alike), count
        return None, 0

    def _doubtful(
        self, text: str, tokens: list[Token], at: int, cut: int
    ) -> tuple[Doubt | None, int]:
        """The words from here on that are most like a name, with its choices."""
        if cut:
            best, count = self._near(tokens[at : at + cut]), cut
        else:
            best, count = self._window(text, tokens, at)
            if count > 1 and self.ordinary(tokens[at].text):
                later, _ = self._window(text, tokens, at + 1)
                if later and later[0].far <= best[0].far:
                    return None, 0  # the first word does not belong to it
        if not best:
            return None, 0
        start, end = tokens[at].start, tokens[at + count - 1].end
        choices = tuple(dict.fromkeys(one.name for one in best))[:_MOST]
        ask = f"“{text[start:end]}” is not clear. Is it {_or(choices)}?"
        return Doubt(start, end, text[start:end], choices, "name", ask), count

    def _window(self, text: str, tokens: list[Token], at: int) -> "tuple[list[Near], int]":
        """How many words from here on are most like a name, and like which."""
        best: list[Near] = []
        count = 0
        for size in range(1, min(_LONGEST, len(tokens) - at) + 1):
            part = tokens[at : at + size]
            if size > 1 and (part[-1].text in self.names or not _together(text, part[-2:])):
                break  # what follows is a name of its own, or stands behind a comma
            near = self._near(part)
            if near and (not best or near[0].far <= best[0].far):
                best, count = near, size
        return best, count

    def _near(self, part: list[Token]) -> "list[Near]":
        """What a word, or several words together, may have been, likeliest first."""
        words = [token.text for token in part]
        joined = "".join(words)
        if joined in self.names:
            return [Near(0.0, self.names[joined].name)]
        strange = sum(not self.ordinary(word) for word in words)
        if len(joined) < _SHORTEST or (len(words) == 1 and not strange):
            return []
        near = self._sounding(joined, _limit(len(words), strange, len(joined)))
        spelled = self.spelled(joined) if strange else ()
        by_letters = [Near(_distance(joined, name), name) for name in spelled]
        return sorted([*(one for one in by_letters if one.far <= _NEAR_LETTERS), *near])

    @cached_property
    def _sounds(self) -> dict[str, dict[str, list[tuple[str, str]]]]:
        """By the first sound: names by how they sound, each with the way it is said."""
        found: dict[str, dict[str, list[tuple[str, str]]]] = {}
        for folded, entry in self.names.items():
            key = sound(folded)
            if len(key) >= _SHORTEST_SOUND:
                alike = found.setdefault(key[0], {})
                alike.setdefault(key, []).append((folded.replace(" ", ""), entry.name))
        return found

    def _sounding(self, word: str, limit: float) -> "list[Near]":
        """Names that sound like a word."""
        key = sound(word)
        if len(key) < _SHORTEST_SOUND:
            return []
        alike = self._sounds.get(key[0], {})
        most = int(limit * len(key) + 0.5)
        hits = process.extract(key, alike.keys(), scorer=OSA.distance, score_cutoff=most)
        return [
            Near(far, name)
            for other, steps, _ in hits
            for said, name in alike[other]
            if (far := (steps / len(key) + _distance(word, said)) / 2) <= limit
        ]


@dataclass(frozen=True, slots=True, order=True)
class Near:
    """A name and how far it is from what was heard, from 0 to 1."""

    far: float
    name: str


def _together(text: str, pair: list[Token]) -> bool:
    """Whether only a blank or a hyphen stands between two words."""
    return text[pair[0].end : pair[1].start].strip() in {"", "-"}


def _limit(words: int, strange: int, letters: int) -> float:
    """How far from a name may be what was heard: less where everyday words would explain it."""
    if words == 1:
        return _NEAR_WORD if letters > _SHORT_WORD else _NEAR_SHORT
    if strange:
        return _NEAR_PARTS
    return _NEAR_ORDINARY if letters >= _LONG_PARTS else 0.0


def _distance(word: str, name: str) -> float:
    return OSA.normalized_distance(word, name.casefold())


def book_of(
    names: Iterable[tuple[str, SpokenName]],
    ordinary: Callable[[str], bool],
    spelled: Callable[[str], tuple[str, ...]],
) -> NameBook:
    """A book from pairs of a way to say a name and the name."""
    folded = {" ".join(token.text for token in tokenise(said)): name for said, name in names}
    return NameBook({said: name for said, name in folded.items() if said}, ordinary, spelled)


def _with_alike(mentions: list[Mention]) -> Iterable[Mention]:
    return (mention for mention in mentions if mention.alike)


def _alike(mention: Mention) -> Doubt:
    choices = (mention.name, *mention.alike[: _MOST - 1])
    ask = f"{mention.text} is easily confused. Which is meant: {_or(choices)}?"
    return Doubt(mention.start, mention.end, mention.text, choices, "sound-alike", ask)


def _or(choices: tuple[str, ...]) -> str:
    return choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])} or {choices[-1]}"
