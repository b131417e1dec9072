"""Allergies that a text states, each as it was said. Pure; the words are data."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from assistant.follow_up.lexicon import Lexicon, Span, folded_in_place
from kb.text import WORD

MOST_WORDS = 3
"""Words of one thing to which somebody is allergic."""
SHORTEST = 3
"""Letters of its longest word."""


@dataclass(frozen=True)
class AllergyReader:
    """Finds allergies; keep one, because it holds compiled patterns."""

    lexicon: Lexicon
    is_known: Callable[[str], bool]
    """Whether a name is one of a medicine; asked only of the second and later of a list."""

    def read(self, text: str) -> tuple[tuple[str, Span], ...]:
        """Allergies with the words that state them; denied ones are left out."""
        folded = folded_in_place(text)
        found: dict[str, Span] = {}
        for pattern in self._stated:
            for match in pattern.finditer(folded):
                if self._denied.search(folded[: match.start()]):
                    continue
                said = self._ends.split(match["what"], maxsplit=1)[0]
                names = list(self._names(said))
                is_behind = match.end("what") < match.end()
                last = max((end for _, end in names), default=0)
                end = match.end() if is_behind else match.start("what") + last
                found |= {name: (match.start(), end) for name, _ in names if name not in found}
        return tuple(found.items())

    def _names(self, said: str) -> Iterable[tuple[str, int]]:
        """What is named, and where it ends.

        Behind a comma something else may follow, so that it has to be known.
        """
        end = 0
        for place, part in enumerate(self._between.split(said)):
            end = said.index(part, end) + len(part)
            words = [one for one in WORD.findall(part) if one not in self._no_names]
            name = ("-" if "-" in part else " ").join(words)
            if not 0 < len(words) <= MOST_WORDS or max(map(len, words)) < SHORTEST:
                continue
            if place == 0 or name in self._allergens or self.is_known(name):
                yield name, end

    @cached_property
    def _allergens(self) -> frozenset[str]:
        return self.lexicon.set_of("allergy", "allergens")

    @cached_property
    def _stated(self) -> list[re.Pattern[str]]:
        return self.lexicon.patterns("allergy", "stated")

    @cached_property
    def _denied(self) -> re.Pattern[str]:
        return self.lexicon.pattern("allergy", "denied")

    @cached_property
    def _ends(self) -> re.Pattern[str]:
        return self.lexicon.pattern("allergy", "ends")

    @cached_property
    def _between(self) -> re.Pattern[str]:
        return self.lexicon.pattern("allergy", "between")

    @cached_property
    def _no_names(self) -> frozenset[str]:
        return self.lexicon.set_of("allergy", "no_names") | self.lexicon.small
