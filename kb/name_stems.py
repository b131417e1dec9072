"""The stems of what documents go by, each name for itself; cut once and remembered."""

from collections import OrderedDict

from kb.text import Stemmer

KEPT = 5_000
"""Documents of which the stems are remembered; about 2 kB each."""
GLUE = frozenset("and of the in for or a to".split())
"""Words that a name has and a question may lack."""


class NameStems:
    """Stems by title and other names; not safe to share between threads."""

    def __init__(self, stemmer: Stemmer) -> None:
        """Take the stemmer that the index uses."""
        self._stemmer = stemmer
        self._kept: OrderedDict[tuple[str, str], tuple[frozenset[str], ...]] = OrderedDict()

    def of(self, title: str, aliases: str) -> tuple[frozenset[str], ...]:
        """The stems of the title and of each of the other names, which stand one a line."""
        found = self._kept.get((title, aliases))
        if found is None:
            names = (title, *aliases.split("\n"))
            found = tuple(frozenset(self._stemmer.stems(name)) - GLUE for name in names)
            self._kept[title, aliases] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found
