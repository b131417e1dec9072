"""Units behind a number, as they are said: `milligrams per kilo per day` is mg/kg/day. Pure."""

from dataclasses import dataclass

from speech.words.lexicon import Lexicon
from speech.words.tokens import Reader


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and the tokens that say it."""

    written: str
    """As it stands behind a number; empty for a bare `per`, whose words follow in `per`."""
    end: int
    """The token behind it."""
    per: str = ""
    """What stands behind `per` where that is written as a word: ` per minute`."""

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.written}{self.per}"


class UnitReader:
    """Reads units of one language."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Take the words of the language."""
        self._lexicon = lexicon

    def read(self, said: Reader, at: int) -> Unit | None:
        """The unit that stands at a token, or None."""
        begin = at + 1 if said.word(at) == "-" and said.glued(at) else at
        phrase = said.longest(begin, self._lexicon.measure_phrases)
        if not phrase:
            return self._per(said, Unit("", at)) if said.word(at) != "/" else None
        if len(phrase[0]) == 1 and not self._stands_alone(said, begin, phrase):
            return None
        unit = Unit(self._lexicon.measures[phrase], begin + len(phrase))
        return self._per(said, unit) or unit

    def _stands_alone(self, said: Reader, at: int, phrase: tuple[str, ...]) -> bool:
        """Whether a letter is a unit and not the first of a longer run such as `G C S`.

        A capital G is the width of a needle and no gram.
        """
        after = said.word(at + len(phrase))
        if said.written(at) == "G":
            return False
        return not (len(after) == 1 and after.isalpha() and after not in {"a", "i"})

    def _per(self, said: Reader, unit: Unit) -> Unit | None:
        """The unit with every `per` that follows; None where there is none."""
        lexicon, found = self._lexicon, unit
        while True:
            per = next((way for way in lexicon.per if said.says(found.end, way)), ())
            right = said.longest(found.end + len(per), lexicon.right_phrases) if per else ()
            if not right:
                return found if found is not unit else None
            end = found.end + len(per) + len(right)
            name = lexicon.right[right]
            if found.written in lexicon.left or "/" in found.written:
                found = Unit(f"{found.written}/{name}", end)
            else:
                found = Unit(found.written, end, f"{found.per} per {name}")
