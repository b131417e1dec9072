"""The words of passages that matter to a question.

A question has a dozen words and meets hundreds of passages of a hundred words. Only words that
begin like one it asks for are stemmed: of what Porter's rules leave of a word they change the last
letter (happy, happi), or the last two where -bility becomes -bl (Porter, An algorithm for suffix
stripping, 1980). The rest of a stem stands at the start of every word that has it.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kb.messages import Passage
from kb.query import Term
from kb.relevance import Bag
from kb.text import Stemmer, words

NAME_COUNTS = 2.0
"""How often a word of the title or the other names counts as if it stood in the text."""
KEPT = 20_000
"""Passages whose folded words are remembered; about 1 kB each."""
_BLANKS = "".join(char if char.isalnum() else " " for char in map(chr, range(128)))
"""What stands for each ASCII character once words are cut."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The stems that a question asks for."""

    stems: frozenset[str]
    beginnings: re.Pattern[str]
    """Finds the words, each after a space, that may have one of them."""
    in_names: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)
    """What was found in folded names; all passages of a document share theirs."""

    @classmethod
    def by(cls, terms: Iterable[Term]) -> "Wanted":
        """What some terms ask for."""
        stems = frozenset(stem for term in terms for way in term.alternatives for stem in way)
        starts = sorted(map(_start, stems))
        pattern = "|".join(map(re.escape, starts)) if starts else "(?!)"
        return cls(stems, re.compile(f" ((?:{pattern})[^ ]*)"))


class Bags:
    """Words of passages by their number in the library; not safe to share between threads."""

    def __init__(self, stemmer: Stemmer) -> None:
        """Take the stemmer that the index uses."""
        self._stemmer = stemmer
        self._kept: OrderedDict[int, tuple[str, str, int]] = OrderedDict()

    def of(self, number: int, passage: Passage, aliases: str, wanted: Wanted) -> Bag:
        """The wanted words of a passage and of its document's names."""
        found = self._kept.get(number)
        if found is None:
            text = _folded(" ".join((*passage.section, passage.text)))
            named = _folded(f"{passage.title} {aliases}")
            found = self._kept[number] = text, named, len(text.split())
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        text, named, length = found
        stems, names = self._stems(text, wanted), wanted.in_names.get(named)
        if names is None:
            names = wanted.in_names[named] = self._stems(named, wanted)
        counts: dict[str, float] = {}
        for stem in filter(None, stems):
            counts[stem] = counts.get(stem, 0.0) + 1.0
        for stem in set(filter(None, names)):
            counts[stem] = counts.get(stem, 0.0) + NAME_COUNTS
        return Bag(tuple(stems), tuple(names), counts, length)

    def _stems(self, folded: str, wanted: Wanted) -> list[str]:
        """Wanted stems in order, and an empty one wherever other words stand between."""
        stems: list[str] = []
        end = 0
        for match in wanted.beginnings.finditer(folded):
            stem = self._stemmer.stem(match[1])
            if stem in wanted.stems:
                stems += ["", stem] if match.start() > end else [stem]
                end = match.end()
        return stems


def _start(stem: str) -> str:
    """What every word with a stem begins with."""
    changed = 2 if stem.endswith("bl") else 1
    return stem[: max(1, len(stem) - changed)]


def _folded(text: str) -> str:
    """The words of a text, each after a space."""
    plain = text.isascii()  # then the same words are had many times faster
    folded = " ".join(text.lower().translate(_BLANKS).split() if plain else words(text))
    return f" {folded}" if folded else ""
