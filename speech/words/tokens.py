"""Words, numbers and marks of what was said, each with its place in the text. Pure."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from speech.words.figures import fixed_spans, grouped

_PIECES = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*|(?<![\w.])\.\d+)"
    r"|(?P<word>[^\W\d_]+(?:['\u2019][^\W\d_]+)*)"
    r"|(?P<mark>\S)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark; `text` is folded, the span is of the spoken text."""

    text: str
    start: int
    end: int
    kind: str
    """`number`, `word` or `mark`."""


def tokenise(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    return [
        Token(match[0].casefold().replace("\u2019", "'"), *match.span(), str(match.lastgroup))
        for match in _PIECES.finditer(text)
    ]


class Reader:
    """Tokens that can be looked at by place; beyond the end stands nothing."""

    def __init__(self, text: str, tokens: list[Token] | None = None) -> None:
        """Cut the text, or take tokens that were cut from it."""
        self.text = text
        self.tokens = tokenise(text) if tokens is None else tokens
        self._spans: list[tuple[int, int]] | None = None

    def until(self, end: int) -> "Reader":
        """The same words up to a token."""
        part = Reader(self.text, self.tokens[:end])
        part._spans = self._fixed
        return part

    def __len__(self) -> int:
        return len(self.tokens)

    def word(self, at: int) -> str:
        """The folded text at a place; empty outside."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def written(self, at: int) -> str:
        """The text at a place as it stands there; empty outside."""
        inside = 0 <= at < len(self.tokens)
        return self.text[self.tokens[at].start : self.tokens[at].end] if inside else ""

    def kind(self, at: int) -> str:
        """The kind of token at a place; empty outside."""
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def glued(self, at: int) -> bool:
        """Whether nothing stands between a token and the one before it."""
        return 0 < at < len(self.tokens) and self.tokens[at].start == self.tokens[at - 1].end

    def is_fixed(self, at: int) -> bool:
        """Whether a number is a part of a date, a time, a telephone number or a name."""
        place = bisect_right(self._fixed, (self.tokens[at].start, len(self.text) + 1)) - 1
        return place >= 0 and self.tokens[at].start < self._fixed[place][1]

    @property
    def _fixed(self) -> list[tuple[int, int]]:
        if self._spans is None:
            self._spans = fixed_spans(self.text)
        return self._spans

    def in_groups(self, at: int) -> tuple[str, int] | None:
        """The digits of a number written in groups, and the token behind it; else None."""
        found = grouped(self.text, self.tokens[at].start)
        if found is None:
            return None
        digits, end = found
        behind = at
        while behind < len(self) and self.tokens[behind].start < end:
            behind += 1
        return (digits, behind) if self.tokens[behind - 1].end == end else None

    def says(self, at: int, words: tuple[str, ...]) -> bool:
        """Whether these words stand here, one after the other."""
        return all(self.word(at + place) == word for place, word in enumerate(words))

    def longest(self, at: int, phrases: dict[str, list[tuple[str, ...]]]) -> tuple[str, ...]:
        """The longest phrase of a table (by first word) that stands here; empty if none."""
        found = [phrase for phrase in phrases.get(self.word(at), ()) if self.says(at, phrase)]
        return max(found, key=len, default=())
