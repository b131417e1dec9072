"""Words, numbers and marks of a question, each with its place in the text.

Numbers spoken as words come out as digits, so that what was dictated and what was typed read alike.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal

from assistant.clinical.spoken import Spelled, spelled_numbers

_LETTERS = r"[^\W\d_\u0900-\u0dff]|[\u0900-\u0dff\u0300-\u036f\u064b-\u065f]"
_POINTS = "\u066b\uff0e\u00b7"
"""Decimal points of other scripts, and the raised one of print; the thousands mark of Arabic is
taken out instead."""
_FRACTIONS = "\u00bc-\u00be\u2150-\u215e"
_TOKEN = re.compile(
    rf"(?:\d+[ \u2009]?)?[{_FRACTIONS}]|\d+(?:_\d+)+"
    r"|\d+(?:[.,\u00b7\u066b\u066c\uff0e\uff0c]\d+)*(?:[eE][+-]?\d+\b)?|(?<!\w)\.\d+"
    rf"|(?:{_LETTERS})+(?:['\u2019](?:{_LETTERS})+)*(?:\d+(?:\.\d+)?)?|\S",
    re.UNICODE,
)
_PARTS = re.compile(rf"(?:\d+[ \u2009]?)?[{_FRACTIONS}]")
_LONGEST = 12
"""Digits of a number that a fraction is added to."""
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_THOUSANDS_POINT = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}")
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f]")
_VITAL_GLUED = re.compile(
    r"(t|hr|rr|bp|sats|sat|hb|rbs|bm|gcs|crt|p|pr|d|k|na|g|muac|temp|age)(\d+(?:\.\d+)?)"
)
_NEGATIVE = frozenset(
    "dont doesnt didnt isnt arent wasnt werent hasnt havent hadnt don't doesn't didn't isn't"
    " aren't wasn't weren't hasn't haven't hadn't ain't aint shouldn't needn't".split()
)
_UNABLE = frozenset("can't cant couldn't couldnt cannot cnt cannt can`t".split())
_OTHER = {"won't": "wont", "wouldn't": "wont", "wouldnt": "wont"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark; `text` is folded, the span is of the original text."""

    text: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is a word or a number, not a mark."""
        return self.text[0].isalnum()

    @property
    def is_number(self) -> bool:
        """Whether it is written in digits."""
        return self.text[0].isdigit()


@dataclass(frozen=True, slots=True)
class Line:
    """The tokens of a text joined by single spaces, with the way back to the original."""

    text: str
    tokens: tuple[Token, ...]
    starts: tuple[int, ...]
    """Offset of each token in `text`."""

    def token_at(self, offset: int) -> int:
        """Index of the token that holds an offset of the joined text."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Span in the original text of a span in the joined text."""
        first, last = self.token_at(start), self.token_at(max(start, end - 1))
        return self.tokens[first].start, self.tokens[last].end


def fold(word: str) -> str:
    """Lower case without accents; vowel signs of Indic scripts stay."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed))


def tokenise(text: str) -> tuple[Token, ...]:
    """Tokens of a text, in order, with spelled numbers as digits."""
    raw = [piece for match in _TOKEN.finditer(text) for piece in _pieces(match)]
    spelled = [Spelled(token.text, token.start, token.end) for token in raw]
    return tuple(Token(item.text, item.start, item.end) for item in spelled_numbers(spelled))


def join(tokens: tuple[Token, ...]) -> Line:
    """The line that number patterns are searched in."""
    starts: list[int] = []
    offset = 0
    for token in tokens:
        starts.append(offset)
        offset += len(token.text) + 1
    return Line(" ".join(token.text for token in tokens), tokens, tuple(starts))


def _pieces(match: re.Match[str]) -> list[Token]:
    start, end = match.span()
    if _PARTS.fullmatch(match.group()):
        return [Token(_mixed(match.group()), start, end)]
    word = fold(match.group()).replace("\u2019", "'")
    if not word or word.isspace() or _raised(match):
        return []
    if word[0].isdigit() or (word[0] == "." and len(word) > 1):
        return [Token(_number(word), start, end)]
    if word in _NEGATIVE or word in _UNABLE or word in _OTHER:
        plain = "not" if word in _NEGATIVE else _OTHER.get(word, "cannot")
        return [Token(plain, start, end)]
    glued = _VITAL_GLUED.fullmatch(word)
    if glued:
        middle = start + len(glued.group(1))
        return [Token(glued.group(1), start, middle), Token(glued.group(2), middle, end)]
    return _split_apostrophe(word, start, end)


def _number(word: str) -> str:
    """A number in plain digits with a point: `38,5` is 38.5, `.5` is 0.5, any script is read."""
    word = "".join(_digit(char) for char in word)
    if word.startswith("."):
        return f"0{word}"
    if _THOUSANDS.fullmatch(word):
        return word.replace(",", "")
    if _THOUSANDS_POINT.fullmatch(word):
        return word.replace(".", "").replace(",", ".")
    return word.replace(",", ".").rstrip(".")


def _mixed(written: str) -> str:
    """A number with a fraction in one sign: `2½` is 2.5; to three places, as a third has no end."""
    whole = "".join(filter(str.isdecimal, written))
    value = Decimal(int(whole or 0)) + Decimal(unicodedata.numeric(written[-1]))
    return f"{round(value, 3).normalize():f}" if len(whole) < _LONGEST else whole


def _raised(match: re.Match[str]) -> bool:
    """Whether it is a raised digit that marks a note: `7⁵ kg`, but not `10⁹`."""
    if not match.group().isdigit() or match.group().isdecimal():
        return False
    before = re.search(r"\d+$", match.string[max(0, match.start() - 20) : match.start()])
    return before is not None and before[0] != "10"


def _digit(char: str) -> str:
    if char in _POINTS:
        return "."
    if char == "\u066c":
        return ""
    if char == "\uff0c":
        return ","
    return str(unicodedata.digit(char)) if char.isdigit() else char


def _split_apostrophe(word: str, start: int, end: int) -> list[Token]:
    head, mark, tail = word.partition("'")
    if not mark or not head:
        return [Token(word, start, end)]
    if len(head) <= 2 and len(tail) > 2:
        cut = start + len(head) + 1
        return [Token(head, start, cut), Token(tail.replace("'", ""), cut, end)]
    return [Token(head if len(tail) <= 2 else word.replace("'", ""), start, end)]
