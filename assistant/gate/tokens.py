"""What a sentence is cut into: words, numbers and marks, and tokens that carry meaning. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

from assistant.gate.numbers import unit_of
from kb.text import clean, fold

Role = Literal["word", "number", "verb", "urgent"]

_LEXEME = re.compile(
    r"(?P<number>\d+(?:,\d{3}(?!\d))*(?:\.\d+)?)(?P<tail>[^\W\d_][^\W_]*)?"
    r"|[^\W\d_][^\W_]*(?:'[a-z]+)?|\.(?=\s|$)|<=|>=|[,;:()?!/&<>\u2264\u2265%-]"
)
_PLAIN = str.maketrans({"\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2019": "'", "\u2018": "'"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word that carries meaning, and what it stands under."""

    value: str
    role: Role
    group: int = 0
    """Number of the stretch between semicolons."""
    item: int = 0
    """Number of the list item: a new one begins at every mark and joining word."""
    part: int = 0
    """Number of the phrase: a new one begins at every mark, joining, limiting or small word."""
    phrase: bool = False
    """Whether its part was begun by a limiting or a small word such as `for`."""
    lead: str = ""
    """What limits it: `if`, `before`, `unless`; empty for nothing."""
    negated: bool = False
    join: str = ""
    """How it is joined to the token before: `,`, `and`, `or`, or nothing."""
    inside: bool = False
    """Whether it stands in brackets."""
    label: bool = False
    """Whether it stands before the colon of its group."""
    bare: str = ""
    """A number without its limit."""


def lexemes(text: str) -> list[str]:
    """Words, numbers and marks of a text, folded."""
    found: list[str] = []
    for match in _LEXEME.finditer(fold(clean(text)).translate(_PLAIN)):
        number, tail = match["number"], match["tail"]
        if number and tail:
            found += [number, tail] if unit_of(tail) else [number + tail]
        else:
            found.append(number.replace(",", "") if number else match[0])
    return found
