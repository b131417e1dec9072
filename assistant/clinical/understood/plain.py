"""A text made plain without changing its length, so that every place stays where it was."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

_SAME = str.maketrans(
    {
        "\u066b": ".", "\uff0e": ".", "\u2019": "'", "\u2212": "-", "\u2013": "-", "\u2014": "-",
        "\u03bc": "\u00b5", "\uff0f": "/", "\u066c": ",", "\uff0c": ",", "\u060c": ",",
        "\u2192": ">", "\uff05": "%",
    }
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[a-z)%\]])[.]\s+|(?<=\d)[.]\s+|[;!\n\u061f\u0964]+\s*|\?+(?:\s+|$)")


@dataclass(frozen=True)
class Plain:
    """The text, and the same text in lower case, without accents, with plain digits."""

    text: str
    lower: str

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return (0, *(match.end() for match in _SENTENCE.finditer(self.lower)))

    def sentence(self, place: int) -> tuple[int, int]:
        """Where the sentence that holds a place begins and ends."""
        at = max(0, bisect_right(self._starts, place) - 1)
        end = self._starts[at + 1] if at + 1 < len(self._starts) else len(self.lower)
        return self._starts[at], end


def plain(text: str) -> Plain:
    """The text made plain."""
    return Plain(text, "".join(_plain(char) for char in text).translate(_SAME))


def _plain(char: str) -> str:
    if char.isascii():
        return char.lower()
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    first = unicodedata.normalize("NFKD", char)[:1]
    lowered = (first if first.isascii() else char).lower()
    return lowered if len(lowered) == 1 else char
