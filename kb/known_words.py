"""What a library knows of words, and which of them a misspelt one is near. Pure."""

from collections.abc import Sequence
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA


class Vocabulary(Protocol):
    """The words of one library, as stems."""

    @property
    def total(self) -> int:
        """Number of passages."""

    def passages(self, stem: str) -> int:
        """Number of passages that hold a stem."""

    def names(self, stem: str) -> bool:
        """Whether a stem stands in a title or another name."""

    def spelled(self, first: str) -> Sequence[str]:
        """Stems that begin with a letter."""


def nearest(stem: str, vocabulary: Vocabulary) -> str | None:
    """The vocabulary stem a slip of the hand away, of several the most frequent; None if none is.

    One edit for 5 to 7 letters, two from 8 on; the first letter must hold, since a name that
    starts otherwise is more often another medicine than a misspelling.
    """
    if len(stem) < 5 or not stem.isalpha():
        return None
    allowed = 1 if len(stem) < 8 else 2
    spelled = [
        known
        for known in vocabulary.spelled(stem[0])
        if abs(len(known) - len(stem)) <= allowed and len(known) > 3 and known.isalpha()
    ]
    found = process.extract(stem, spelled, scorer=OSA.distance, score_cutoff=allowed, limit=8)
    least = min((distance for _, distance, _ in found), default=0)
    best = [name for name, distance, _ in found if distance == least]
    return max(best, key=vocabulary.passages, default=None)
