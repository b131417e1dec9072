"""Letters said one by one: `I V` is IV, `O R S` is ORS. Pure."""

from dataclasses import dataclass

from speech.words.lexicon import Lexicon
from speech.words.tokens import Reader

_WORDS = frozenset({"a", "i", "o"})
"""Letters that are words too."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """What letters stand for, and the tokens that say them."""

    written: str
    end: int


class LetterReader:
    """Reads runs of letters in one language."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Take the words of the language."""
        self._lexicon = lexicon

    def read(self, said: Reader, at: int) -> Spelled | None:
        """What is spelled at a token, or None."""
        phrase = said.longest(at, self._lexicon.letter_phrases)
        if phrase:
            return Spelled(self._lexicon.letters[phrase], at + len(phrase))
        letters, end = _run(said, at)
        known = self._lexicon.letters.get(letters)
        if known is not None:
            return Spelled(known, end)
        if len(letters) < 2 or not self._joins(letters):
            return None
        return Spelled("".join(letters).upper(), end)

    def _joins(self, letters: tuple[str, ...]) -> bool:
        """Whether unknown letters are one word: not where one of them may be a word itself."""
        if letters[0] in _WORDS or letters[-1] in _WORDS:
            return False
        return bool(self._lexicon.letters) and (len(letters) > 2 or not _WORDS & set(letters))


def _run(said: Reader, at: int) -> tuple[tuple[str, ...], int]:
    """Single letters from a token on, with or without points, and the token behind them."""
    letters: list[str] = []
    place = at
    while said.kind(place) == "word" and len(said.word(place)) == 1:
        letters.append(said.word(place))
        place += 1
        dotted = said.word(place) == "." and said.glued(place)
        more = said.kind(place + 1) == "word" and len(said.word(place + 1)) == 1
        if dotted and (more or (len(letters) > 1 and said.word(place - 2) == ".")):
            place += 1
    return tuple(letters), place
