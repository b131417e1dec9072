"""The words of passages, cut once and remembered."""

from collections import Counter, OrderedDict

from kb.messages import Passage
from kb.relevance import Bag
from kb.text import Stemmer

NAME_COUNTS = 2.0
"""How often a word of the title or the other names counts as if it stood in the text."""
KEPT = 20_000
"""Passages whose words are remembered; about 2 kB each."""


class Bags:
    """Words of passages by their number in the library; not safe to share between threads."""

    def __init__(self, stemmer: Stemmer) -> None:
        """Take the stemmer that the index uses."""
        self._stemmer = stemmer
        self._kept: OrderedDict[int, Bag] = OrderedDict()

    def of(self, number: int, passage: Passage, aliases: str) -> Bag:
        """The words of a passage and of its document's names."""
        found = self._kept.get(number)
        if found is None:
            found = self._kept[number] = self._cut(passage, aliases)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _cut(self, passage: Passage, aliases: str) -> Bag:
        stems = self._stemmer.stems(" ".join((*passage.section, passage.text)))
        names = self._stemmer.stems(f"{passage.title} {aliases}")
        counts: dict[str, float] = dict(Counter(stems))
        for stem in set(names):
            counts[stem] = counts.get(stem, 0.0) + NAME_COUNTS
        return Bag(tuple(stems), tuple(names), counts)
