"""Questions in other languages: which one is spoken, and what its words are in the library.

The library is written in English; each language has a list of names in `kb/starter/languages`.
A list counts only in a question that holds words of that language which are no English words, so
that English questions are read as if there were no lists.
"""

import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from kb.text import fold

Phrase = tuple[str, ...]

_WHOLE_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0900-\u0903\u093a-\u094f\u0962\u0963])*")
"""A word with its Devanagari vowel signs, at which `kb.text.WORD` would cut it."""


ENOUGH_GLUE = 3
"""So many different words of a language's glue show it, even without a word of its own."""
ONE_IN = 8
"""A text is in a language when at least one word in so many is that language's own."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """What makes two ways to write a word the same."""

    alike: tuple[tuple[str, str], ...] = ()
    """Letters and what they are read as, applied in order."""
    left_off: re.Pattern[str] | None = None
    """What is left off words, such as the s of a plural or the tense of a Swahili verb."""

    def even(self, text: str) -> str:
        """A text in its evened-out spelling."""
        found = text.lower() if text.isascii() else fold(text)
        for letters, other in self.alike:
            found = found.replace(letters, other)
        return self.left_off.sub("", found) if self.left_off else found

    def plain(self, text: str) -> Phrase:
        """The words of a text in their evened-out form."""
        return tuple(_WHOLE_WORD.findall(self.even(text)))


def _left_off(beginnings: str, ending: str) -> re.Pattern[str] | None:
    """Beginnings and an ending of longer words; four letters of the word stay or are looked at."""
    if not ending:
        return None
    starts = "|".join(beginnings.split())
    end = rf"(?<=\w{{{4 - len(ending)}}}){ending}\b"
    return re.compile(rf"\b(?:{starts})(?=\w{{4}})|{end}" if starts else end)


@dataclass(frozen=True, slots=True)
class Language:
    """The list of one language; all its words in their plain spelling."""

    name: str
    spelling: Spelling
    names: Mapping[Phrase, tuple[str, ...]]
    """Phrase without glue -> English ways to say it; none where it says nothing by itself."""
    signs: frozenset[Phrase]
    """Words that no English question holds, and pairs of words that none holds side by side."""
    glue: frozenset[str]
    strange: frozenset[str]
    """Glue that is no English word."""
    longest: int
    """Number of words of the longest name."""

    def content(self, text: str) -> list[str]:
        """The folded words of a text without numbers and glue; a vitamin keeps its letter."""
        typed = _WHOLE_WORD.findall(fold(text))
        plain = [*self.spelling.plain(text)]
        pairs = zip(typed, ["", *plain], plain, strict=False)
        return [
            word
            for word, before, own in pairs
            if not word.isdecimal()
            and (own not in self.glue or (len(own) == 1 and (before, own) in self.names))
        ]

    def named(self, phrase: Phrase) -> tuple[str, ...] | None:
        """English ways to say a phrase; empty where it says nothing, None where it is no name."""
        return self.names.get(self.spelling.plain(" ".join(phrase)))

    def likeness(self, text: str) -> int:
        """How much a text looks like this language; 0 when it holds too few of its own words."""
        typed = self.spelling.plain(text)
        content = [word for word in typed if word not in self.glue]
        own = sum((word,) in self.signs for word in content)
        own += sum(pair in self.signs for pair in itertools.pairwise(content))
        strange = len(self.strange.intersection(typed))
        own += strange if strange >= ENOUGH_GLUE else 0
        other = len(typed) - len(content) + sum((word,) in self.names for word in content)
        return 2 * own + other if own and own * ONE_IN >= len(typed) else 0


class Languages:
    """All lists of the starter library; read when the first question comes."""

    @cached_property
    def _lists(self) -> tuple[Language, ...]:
        return load_languages()

    def spoken(self, text: str) -> Language | None:
        """The language a text is in; None for English and for all without a list."""
        found = max(self._lists, key=lambda language: language.likeness(text), default=None)
        return found if found and found.likeness(text) else None


def load_languages() -> tuple[Language, ...]:
    """Read all lists of the starter library."""
    folder = files("kb.starter").joinpath("languages")
    lists = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(
        read_language(name.removesuffix(".toml"), folder.joinpath(name).read_text("utf-8"))
        for name in lists
    )


def read_language(name: str, text: str) -> Language:
    """Read one list."""
    table = tomllib.loads(text)
    alike = tuple((a, b) for a, _, b in (pair.partition(" ") for pair in table.pop("alike")))
    spelling = Spelling(alike, _left_off(table.pop("beginnings", ""), table.pop("ending")))
    glue = frozenset(spelling.plain(table.pop("glue")))
    english = frozenset(spelling.plain(table.pop("english")))
    beside = _told_last(names_in(table.pop("beside"), spelling, glue))
    names = _told_last(names_in("\n".join(table.values()), spelling, glue))
    alone = english | {key[0] for key in beside if len(key) == 1}
    signs = {(word,) for key in names for word in key if len(word) > 1 and word not in alone}
    pairs = {
        key for key in names if len(key) == 2 and len(key[1]) > 1 and not english.issuperset(key)
    }
    names = beside | names
    return Language(
        name,
        spelling,
        names,
        signs=frozenset(signs | pairs),
        glue=glue,
        strange=glue - english,
        longest=max(map(len, names), default=1),
    )


def _told_last(names: Iterable[tuple[Phrase, tuple[str, ...]]]) -> dict[Phrase, tuple[str, ...]]:
    """The names by phrase; one that says something wins over one that says nothing."""
    return dict(sorted(names, key=lambda name: bool(name[1])))


def names_in(
    lines: str, spelling: Spelling, glue: frozenset[str]
) -> Iterator[tuple[Phrase, tuple[str, ...]]]:
    """The names of one part of a list, each with its English ways."""
    for line in filter(None, lines.split("\n")):
        left, _, right = line.partition("=")
        ways = tuple(map(str.strip, right.split("|"))) if right.strip() else ()
        for typed in spelling.even(left).split("|"):
            plain = tuple(_WHOLE_WORD.findall(typed))
            lettered = len(plain) == 2 and len(plain[1]) == 1
            key = plain if lettered else tuple(word for word in plain if word not in glue)
            if key or ways:
                yield key, ways
