"""Words and stems, cut exactly as the full-text index cuts them.

FTS5 is told `porter unicode61 remove_diacritics 2`; this is the same in Python, so that what was
matched can be explained.
"""

import re
import unicodedata
from functools import cached_property

import snowballstemmer

WORD = re.compile(r"[^\W_]+", re.UNICODE)
SHORTEST, LONGEST = 3, 64
"""Letters of the words that the full-text index stems; others it takes as they are."""
_MEASURED = re.compile("[aeiouy][^aeiouy]")
"""A vowel and a consonant: what the index needs before -logi and -bli to make -log and -ble of
them, in which it follows Porter's later corrections of his rules."""
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Text without invisible, control and half characters, in composed form.

    Lone surrogates, zero-width and direction marks and Unicode tag characters can hide words from
    a reader, or split a medicine's name; none of them carries meaning here.
    """
    visible = _INVISIBLE.sub("", text.encode("utf-8", "ignore").decode("utf-8"))
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", visible))


def fold(text: str) -> str:
    """Lower case without accents, for comparing."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """Folded words of a text, in order."""
    return WORD.findall(fold(text))


class Stemmer:
    """Porter stems with a memory, so that each word is worked out once."""

    def __init__(self) -> None:
        """Start with an empty memory."""
        self._memory: dict[str, str] = {}

    @cached_property
    def _porter(self) -> snowballstemmer.stemmer:
        return snowballstemmer.stemmer("porter")

    def stem(self, word: str) -> str:
        """Stem of one folded word."""
        known = self._memory.get(word)
        if known is None:
            known = self._worked_out(word)
            if len(self._memory) < 200_000:
                self._memory[word] = known
        return known

    def _worked_out(self, word: str) -> str:
        if not (word.isascii() and SHORTEST <= len(word) <= LONGEST):
            return word
        stem: str = self._porter.stemWord(word)
        if stem.endswith("logi") and _MEASURED.search(stem[:-4]):
            return stem[:-1]
        if stem.endswith("bli") and _MEASURED.search(stem[:-3]):
            return str(self._porter.stemWord(stem[:-1] + "e"))
        return stem

    def stems(self, text: str) -> list[str]:
        """Stems of a text, in order."""
        return [self.stem(word) for word in words(text)]
