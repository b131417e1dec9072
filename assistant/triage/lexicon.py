"""Phrases of the lexicon, compiled to patterns of stems.

A phrase is written as people say it. Small words are left out on both sides. Marks:
`a|b` either word; `=word` the word itself, not others of its stem; `a+b` two words as one; `@name`
a word class; `anynumber`, `bignumber` a number; `_` up to four words between; `&` the parts may
stand in any order near each other. Between two plain words one other word may stand.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from assistant.clinical.tokens import fold
from assistant.triage.stems import stem

_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
Slot = frozenset[str]
GAP: Slot = frozenset(("_",))
_CONTRACTIONS = {
    "can't": "cannot", "couldn't": "cannot", "won't": "wont", "doesn't": "not",
    "don't": "not", "isn't": "not", "hasn't": "not", "didn't": "not", "aren't": "not",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrase:
    """One pattern of a sign: parts in any order, each a run of slots."""

    sign: str
    parts: tuple[tuple[Slot, ...], ...]

    @property
    def anchors(self) -> Slot:
        """Stems of the slot with the fewest alternatives; one of them must be in the text."""
        return min((slot for part in self.parts for slot in part if slot != GAP), key=len)


@dataclass(frozen=True, slots=True)
class Words:
    """Word classes and small words that phrases are written with."""

    classes: Mapping[str, Slot]
    fillers: Slot
    memory: dict[str, str] = field(default_factory=dict)
    """Alternative as written -> its stems; most stand in many phrases."""
    slots: dict[str, Slot] = field(default_factory=dict)
    """Slot as written -> its stems."""


def compile_phrases(sign: str, lines: str, words: Words) -> Iterable[Phrase]:
    """Patterns of a sign, one for each line."""
    for line in lines.splitlines():
        text = line.strip()
        if text and not text.startswith("#"):
            yield Phrase(sign, tuple(_part(part, words) for part in text.split("&")))


def compile_classes(table: Mapping[str, str]) -> dict[str, Slot]:
    """Word classes from lists of words; a class may name an earlier one."""
    classes: dict[str, Slot] = {}
    for name, listed in table.items():
        members: set[str] = set()
        for word in listed.split():
            members |= classes[word[1:]] if word.startswith("@") else {stem(_plain(word))}
        classes[name] = frozenset(members)
    return classes


def _part(text: str, words: Words) -> tuple[Slot, ...]:
    slots = []
    for piece in text.split():
        if piece == "_":
            slots.append(GAP)
        elif piece not in words.fillers:
            slots.append(_slot(piece, words))
    if not slots:
        raise ValueError(f"The phrase {text!r} has only small words.")
    return tuple(slots)


def _slot(piece: str, words: Words) -> Slot:
    known = words.slots.get(piece)
    if known is None:
        known = words.slots[piece] = _members(piece, words)
    return known


def _members(piece: str, words: Words) -> Slot:
    members: set[str] = set()
    for word in piece.split("|"):
        if word.startswith("@"):
            members |= words.classes[word[1:]]
        elif word.startswith("=") and len(word) > 1:
            members.add(word)
        else:
            known = words.memory.get(word)
            if known is None:
                known = words.memory[word] = _joined(word, words)
            members.add(known)
    return frozenset(members - {""})


def _joined(word: str, words: Words) -> str:
    """The stem of a word; of `a+b` and `a-b` the stems, joined, without small words."""
    word = _HYPHEN.sub("+", word)
    if "+" not in word or not word.strip("+"):
        return stem(_plain(word))
    return "+".join(stem(_plain(one)) for one in word.split("+") if one not in words.fillers)


def _plain(word: str) -> str:
    if word.isascii() and word.isalpha():
        return word
    return _CONTRACTIONS.get(word, fold(word).replace("'", ""))
