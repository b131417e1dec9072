"""Which words of the lexicon a typed or dictated word may stand for.

Three ways lead from a text to the lexicon: the same stem, a near spelling, and the same sound.
A word that is everyday language is never corrected, so that `never` does not become `fever`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from assistant.triage.stems import sound, stem


def _slips(length: int) -> int:
    """Slips of spelling that a word of this length may have."""
    return 0 if length < 3 else 1 if length < 7 else 2


@dataclass(frozen=True)
class Vocabulary:
    """The stems of the lexicon and what may be taken for them."""

    stems: frozenset[str]
    everyday: frozenset[str]
    """Stems that are never corrected."""
    misheard: dict[str, frozenset[str]]
    """Homophones: stem heard -> stems meant."""
    forms: Mapping[str, str] = field(default_factory=dict)
    """Words as the lexicon writes them -> their stems; what they sound like is compared whole."""
    spelled: frozenset[str] = frozenset()
    """Words that are spelled well as they stand: what they are near to is only heard in them."""
    _memory: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        groups: dict[int, list[str]] = {}
        for word in sorted(self.stems):
            if not word.isalpha():
                continue
            for length in range(len(word) - 2, len(word) + 3):
                groups.setdefault(length, []).append(word)
        return groups

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for word in sorted(self.forms.keys() | self.stems):
            if len(word) >= 5 and word.isascii() and word.isalpha():
                heard = sound(word)
                if len(heard) >= 3:
                    groups.setdefault(heard, []).append(word)
        return groups

    def meanings(self, word: str) -> frozenset[str]:
        """Stems one folded word may stand for, its own among them."""
        known = self._memory.get(word)
        if known is None:
            known = self._meanings(word)
            if len(self._memory) < 50_000:
                self._memory[word] = known
        return known

    def _meanings(self, word: str) -> frozenset[str]:
        root = stem(word)
        own = frozenset((root, word))
        if (
            not word[0].isalpha()
            or root in self.stems
            or root in self.everyday
            or word in self.everyday
            or word in self.spelled
        ):
            return own
        return (
            own | frozenset(self._near(root)) | frozenset(self._near(word) if word != root else ())
        )

    def _near(self, root: str) -> Iterable[str]:
        slips = _slips(len(root))
        if not slips:
            return ()
        hits = extract(
            root,
            self._by_length.get(len(root), []),
            scorer=OSA.distance,
            score_cutoff=slips,
            limit=None,
        )
        if not hits:
            return ()
        best = min(distance for _, distance, _ in hits)
        return [
            word
            for word, distance, _ in hits
            if self._plausible(root, word, int(distance), int(best))
        ]

    @staticmethod
    def _plausible(root: str, word: str, distance: int, best: int) -> bool:
        if len(root) == 3 and (len(word) != 4 or word[0] != root[0]):
            return False
        if len(word) < 4 and (len(word) < 3 or len(root) != 4 or word[0] != root[0]):
            return False
        if distance == 2 and word[0] != root[0]:
            return False
        if root.isascii() and len(root) == len(word) <= 4 and sorted(root) != sorted(word):
            return False  # one letter for another in a short word makes too many words
        return distance <= min(best + 1, _slips(max(len(word), len(root))))

    def _alike(self, word: str) -> list[str]:
        return [
            self.forms.get(other, other)
            for other in self._by_sound.get(sound(word), ())
            if abs(len(other) - len(word)) <= 3 and OSA.normalized_similarity(other, word) >= 0.5
        ]

    def heard(self, word: str) -> frozenset[str]:
        """Stems of words that sound like this one."""
        root = stem(word)
        known = self.misheard.get(word, frozenset())
        if (
            not word.isalpha()
            or root in self.stems
            or root in self.everyday
            or word in self.everyday
        ):
            return known
        if word in self.spelled:
            return known | frozenset(near for near in self._near(root) if near[0] == root[0])
        return known | frozenset(self._alike(word))

    @cached_property
    def compounds(self) -> dict[str, list[tuple[str, ...]]]:
        """Stems that mean something only together, under the first of them."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for joined in self.stems:
            if "+" in joined and joined.strip("+"):
                parts = tuple(joined.split("+"))
                found.setdefault(parts[0], []).append(parts)
        return found

    def split(self, word: str) -> tuple[str, str] | None:
        """Two known words written as one, such as `cannotbreathe`."""
        known = word in self.everyday or word in self.spelled
        if len(word) < 8 or stem(word) in self.stems or known:
            return None
        for cut in range(3, len(word) - 2):
            left, right = word[:cut], word[cut:]
            if self._whole(left) and self._whole(right):
                return left, right
        return None

    def _whole(self, part: str) -> bool:
        return (len(part) >= 4 and stem(part) in self.stems) or part in {
            "not",
            "cant",
            "cannot",
            "too",
        }

    def joined(self, words: Sequence[str]) -> Mapping[str, float]:
        """Known words that some spoken pieces sound like: `war fair in` is warfarin.

        With each its likeness, 0 to 1; 0 where the word is too short to be sure of.
        """
        run = "".join(words)
        if len(run) < 6 or not run.isalpha():
            return {}
        root = stem(run)
        if root in self.stems:
            return {root: 1.0}
        if len(words) == 2 and all(stem(word) in self.stems for word in words):
            return {}  # each piece is a word of its own
        found: dict[str, float] = {}
        for other in self._by_sound.get(sound(run), ()):
            likeness = OSA.normalized_similarity(other, run)
            if len(other) >= 6 and abs(len(other) - len(run)) <= 3 and likeness >= 0.5:
                meant = self.forms.get(other, other)
                sure = likeness if len(other) >= 7 else 0.0
                found[meant] = max(sure, found.get(meant, 0.0))
        return found
