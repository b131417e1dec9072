"""What was said, as it is written: `five hundred milligrams twice a day` is 500 mg twice daily.

Pure. Words that are not understood stay as they are; the spoken form is kept with the places of
every change. Where a number can mean two things, both are offered and nothing is decided.
"""

from dataclasses import dataclass

from speech.messages import Change, Doubt
from speech.words.lexicon import Lexicon, load_lexicon, without_words
from speech.words.numbers import NumberReader
from speech.words.quantities import QuantityReader
from speech.words.spelling import LetterReader
from speech.words.times import TimesReader
from speech.words.tokens import Reader
from speech.words.written import Piece, Written, put_together


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text as written, with what was changed and what is doubtful."""

    text: str
    changes: tuple[Change, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Normaliser:
    """Writes down what was said in one language; keep one, because it holds compiled tables."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Take the words of the language."""
        numbers = NumberReader(lexicon)
        self._times = TimesReader(lexicon, numbers)
        self._letters = LetterReader(lexicon)
        self._quantities = QuantityReader(lexicon, numbers)

    def normalise(self, spoken: str) -> Normalised:
        """The written form of a spoken text."""
        said = Reader(spoken)
        pieces: list[Piece] = []
        at = 0
        while at < len(said):
            piece = self._piece(said, at)
            if piece is None:
                at += 1
            else:
                pieces.append(piece)
                at = piece.end
        done: Written = put_together(said, pieces)
        return Normalised(done.text, done.changes, done.doubts)

    def _piece(self, said: Reader, at: int) -> Piece | None:
        """What is written for the tokens from here on; None where nothing changes."""
        often = self._times.read(said, at)
        if often is not None:
            return Piece(at, often.end, often.written, "frequency")
        if said.kind(at) == "word":
            spelled = self._letters.read(said, at)
            if spelled is not None:
                return Piece(at, spelled.end, spelled.written, "letters")
        return self._quantities.read(said, at)


def open_normaliser(language: str | None = "en") -> Normaliser:
    """A normaliser for a language; for others than English it knows digits and symbols only."""
    lexicon = load_lexicon("english")
    return Normaliser(lexicon if language in {None, "en"} else without_words(lexicon))
