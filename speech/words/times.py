"""How often something is given, as it is said: `b d`, `three times a day`, `six hourly`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from speech.words.lexicon import Lexicon
from speech.words.numbers import NumberReader, written
from speech.words.tokens import Reader

_NUMBER = "#"
_RANGES = frozenset({"to", "or", "-", "\u2013"})


@dataclass(frozen=True, slots=True)
class Interval:
    """How often, and the tokens that say it."""

    written: str
    end: int


class TimesReader:
    """Reads how often, in one language."""

    def __init__(self, lexicon: Lexicon, numbers: NumberReader) -> None:
        """Take the words of the language and what reads its numbers."""
        self._numbers = numbers
        self._fixed = {way: text for way, text in lexicon.times.items() if _NUMBER not in way}
        self._open = sorted(
            ((way, text) for way, text in lexicon.times.items() if _NUMBER in way),
            key=lambda entry: -len(entry[0]),
        )
        self._by_first: Mapping[str, list[tuple[str, ...]]] = _by_first(self._fixed)

    def read(self, said: Reader, at: int) -> Interval | None:
        """How often, where it is said at a token; else None. The longest way to say it counts."""
        fixed = [way for way in self._by_first.get(said.word(at), ()) if self._says(said, at, way)]
        best = max(fixed, key=len, default=())
        found = Interval(self._fixed[best], self._end(said, at, best)) if best else None
        numbered = self._numbered(said, at)
        if numbered is not None and (found is None or numbered.end > found.end):
            return numbered
        return found

    def _numbered(self, said: Reader, at: int) -> Interval | None:
        ways = [way for way in self._open if way[0][0] in {_NUMBER, said.word(at)}]
        if not ways:
            return None
        for way, text in ways:
            found = self._matched(said, at, way)
            if found is not None:
                amount, end = found
                return Interval(_plain(text.replace(_NUMBER, amount)), end)
        return None

    def _matched(self, said: Reader, at: int, way: tuple[str, ...]) -> tuple[str, int] | None:
        amount, place = "", at
        for word in way:
            if word != _NUMBER:
                if said.word(place) != word:
                    return None
                place += 1
                continue
            read = self._amount(said, place)
            if read is None:
                return None
            amount, place = read
        return amount, place

    def _amount(self, said: Reader, at: int) -> tuple[str, int] | None:
        """A number or a range of whole numbers, and the token behind it."""
        first = self._numbers.read(said, at)
        if first is None or not first.is_whole or not first.value or first.comma:
            return None
        if said.word(first.end) in _RANGES:
            second = self._numbers.read(said, first.end + 1)
            if second is not None and second.value > first.value and second.is_whole:
                link = "or" if said.word(first.end) == "or" else "to"
                return f"{written(first.value)} {link} {written(second.value)}", second.end
        return written(first.value), first.end

    def _says(self, said: Reader, at: int, way: tuple[str, ...]) -> bool:
        return self._end(said, at, way) > at

    def _end(self, said: Reader, at: int, way: tuple[str, ...]) -> int:
        """The token behind a way to say it; letters may have points: `b.d.`. `at` where absent."""
        place = at
        for word in way:
            if said.word(place) != word:
                return at
            place += 1
            if len(word) == 1 and said.word(place) == "." and said.glued(place):
                place += 1
        return _before_full_stop(said, place, way)


def _before_full_stop(said: Reader, place: int, way: tuple[str, ...]) -> int:
    """The full stop of a sentence stays: `b d.` ends with one, `b.d.` does not need it."""
    ends = said.word(place - 1) == "." and said.word(place - 3) != "."
    return place - 1 if ends and len(way[-1]) == 1 else place


def _plain(text: str) -> str:
    """`1 times daily` is `once daily`, `2 times daily` is `twice daily`."""
    for amount, word in (("1 times", "once"), ("2 times", "twice")):
        if text.startswith(amount):
            return text.replace(amount, word).replace("a week", "weekly")
    return text


def _by_first(ways: Mapping[tuple[str, ...], str]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for way in ways:
        found.setdefault(way[0], []).append(way)
    return found
