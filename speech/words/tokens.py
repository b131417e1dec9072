"""Words, numbers and marks of what was said, each with its place in the text. Pure."""

import re
from dataclasses import dataclass

_PIECES = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*|(?<!\w)\.\d+)"
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

    def __init__(self, text: str) -> None:
        """Cut the text."""
        self.text = text
        self.tokens = tokenise(text)

    def until(self, end: int) -> "Reader":
        """The same words up to a token."""
        return Reader(self.text[: self.tokens[end - 1].end])

    def __len__(self) -> int:
        return len(self.tokens)

    def word(self, at: int) -> str:
        """The folded text at a place; empty outside."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def kind(self, at: int) -> str:
        """The kind of token at a place; empty outside."""
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def glued(self, at: int) -> bool:
        """Whether nothing stands between a token and the one before it."""
        return 0 < at < len(self.tokens) and self.tokens[at].start == self.tokens[at - 1].end

    def says(self, at: int, words: tuple[str, ...]) -> bool:
        """Whether these words stand here, one after the other."""
        return all(self.word(at + place) == word for place, word in enumerate(words))

    def longest(self, at: int, phrases: dict[str, list[tuple[str, ...]]]) -> tuple[str, ...]:
        """The longest phrase of a table (by first word) that stands here; empty if none."""
        found = [phrase for phrase in phrases.get(self.word(at), ()) if self.says(at, phrase)]
        return max(found, key=len, default=())
