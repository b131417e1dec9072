"""Numbers as they are said: `two hundred and fifty`, `one seventy`, `two and a half`.

Pure. Exact (Decimal). Says how it was said where that leaves a doubt: `two fifty` may be 250 or
two of fifty.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from speech.words.lexicon import Lexicon
from speech.words.tokens import Reader

_THOUSANDS = 1000
_LONGEST = 15
"""Digits. Nothing that is given or measured has more, and sums of it stay exact."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number and the tokens that say it."""

    value: Decimal
    end: int
    """The token behind it."""
    written: str = ""
    """As it has to be written where the value alone does not tell: `007`, `1.2 million`."""
    pair: tuple[int, int] | None = None
    """Both parts where a number was said as two, such as (2, 50) for `two fifty`."""
    comma: bool = False
    """A comma stands in it that may be a decimal point."""
    spelled: bool = False
    """It was said digit by digit."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing stands behind the point; for a number of any length."""
        return self.value == self.value.to_integral_value()


class NumberReader:
    """Reads numbers of one language."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Take the words of the language."""
        self._lexicon = lexicon

    def read(self, said: Reader, at: int) -> Number | None:
        """The number that begins at a token, or None.

        Digits said one by one may be many, as in a number of a card; any other number of more
        than 15 digits is left as it was said.
        """
        readers = {"number": self._digits, "word": self._words}
        reader = readers.get(said.kind(at))
        found = reader(said, at) if reader else None
        number = self._with_fraction(said, self._scaled(said, found)) if found else None
        return number if number is None or number.spelled or _is_exact(number.value) else None

    def _digits(self, said: Reader, at: int) -> Number | None:
        """Digits as they are written; none where the marks between them make no number: a date."""
        text = said.word(at)
        if text.count(".") > 1 or said.is_fixed(at):
            return None
        groups = said.in_groups(at)
        if groups is not None:
            return Number(Decimal(groups[0]), groups[1])
        if "," in text:
            return _with_comma(text, at + 1)
        number = Number(Decimal(text if text[0] != "." else f"0{text}"), at + 1)
        if said.word(at + 1) == "hundred" and "." not in text:
            return self._after_hundred(said, number.value * 100, at + 2)
        return self._decimals(said, number) if "." not in text else number

    def _words(self, said: Reader, at: int) -> Number | None:
        word = said.word(at)
        lexicon = self._lexicon
        if word in {"a", "an"}:
            after = said.word(at + 1)
            if after == "hundred":
                return self._after_hundred(said, Decimal(100), at + 2)
            return Number(Decimal(1), at + 1) if after in lexicon.scales else None
        if word in lexicon.points:
            allowed = said.word(at - 1) not in lexicon.not_before_point
            return self._decimals(said, Number(Decimal(0), at)) if allowed else None
        if word in lexicon.ohs and word not in lexicon.units:
            point = said.word(at + 1) in lexicon.points
            return self._decimals(said, Number(Decimal(0), at + 1)) if point else None
        found = self._spelled(said, at) or self._group(said, at)
        return self._decimals(said, found) if found and not found.spelled else found

    def _spelled(self, said: Reader, at: int) -> Number | None:
        """Digits one by one: `one two zero`; a digit that begins `five hundred` is not one."""
        digits, place = "", at
        if said.word(at) not in self._lexicon.units:
            return None
        while said.word(place) in self._lexicon.digits and not self._begins_more(said, place):
            digits += str(self._lexicon.digits[said.word(place)])
            place += 1
        if len(digits) < 2 or self._colloquial_zero(digits, said, at):
            return None
        if said.word(place) in self._lexicon.points:
            return self._decimals(said, Number(Decimal(digits), place))
        written = digits if digits[0] == "0" or len(digits) > _LONGEST else ""
        return Number(Decimal(digits), place, written, spelled=True)

    def _begins_more(self, said: Reader, at: int) -> bool:
        after = said.word(at + 1)
        return after == "hundred" or after in self._lexicon.scales

    def _colloquial_zero(self, digits: str, said: Reader, at: int) -> bool:
        """`one oh two` is a number as it stands."""
        return len(digits) == 3 and said.word(at + 1) in {"oh", "o"} and digits[0] != "0"

    def _group(self, said: Reader, at: int) -> Number | None:
        """A number below ten thousand: `two hundred and fifty`, `one seventy`."""
        small = self._small(said, at)
        if small is None:
            return None
        value, place = small
        if said.word(place) == "hundred" and value:
            return self._after_hundred(said, Decimal(value * 100), place + 1)
        if 1 <= value <= 9:
            if said.word(place) in {"oh", "o"} and said.word(place + 1) in self._lexicon.units:
                last = self._lexicon.units[said.word(place + 1)]
                return Number(Decimal(value * 100 + last), place + 2)
            rest = self._small(said, place)
            if rest is not None and rest[0] >= 10 and said.word(rest[1]) != "hundred":
                return Number(Decimal(value * 100 + rest[0]), rest[1], pair=(value, rest[0]))
        return Number(Decimal(value), place)

    def _after_hundred(self, said: Reader, value: Decimal, place: int) -> Number:
        """What follows a hundred: `and fifty`, `fifty`, or nothing."""
        linked = place + 1 if said.word(place) == "and" else place
        rest = self._small(said, linked)
        if rest is None or said.word(rest[1]) == "hundred" or self._is_half(said, linked):
            return self._decimals(said, Number(value, place))
        return self._decimals(said, Number(value + rest[0], rest[1]))

    def _is_half(self, said: Reader, at: int) -> bool:
        return said.word(at) in {"a", "one", "three"} and (
            said.word(at + 1).rstrip("s") in self._lexicon.fractions
        )

    def _small(self, said: Reader, at: int) -> tuple[int, int] | None:
        """A number below a hundred and the token behind it."""
        word, lexicon = said.word(at), self._lexicon
        if word in lexicon.tens:
            after = at + 2 if said.word(at + 1) == "-" else at + 1
            last = lexicon.units.get(said.word(after), 0)
            return (lexicon.tens[word] + last, after + 1) if last else (lexicon.tens[word], at + 1)
        for table in (lexicon.teens, lexicon.units):
            if word in table:
                return table[word], at + 1
        return None

    def _decimals(self, said: Reader, number: Number) -> Number:
        """The number with what is said after `point`."""
        at = number.end
        if said.word(at) not in self._lexicon.points or not number.is_whole:
            return number
        digits, place = "", at + 1
        while said.word(place) in self._lexicon.digits:
            digits += str(self._lexicon.digits[said.word(place)])
            place += 1
        if not digits:
            rest = self._small(said, place)
            if rest is not None:
                digits, place = str(rest[0]), rest[1]
            elif said.kind(place) == "number" and said.word(place).isdigit():
                digits, place = said.word(place), place + 1
        if not digits:
            return number
        return replace(number, value=Decimal(f"{number.value:f}.{digits}"), end=place, pair=None)

    def _scaled(self, said: Reader, number: Number) -> Number:
        """With the thousands and millions that follow: `two million four hundred thousand`."""
        while said.word(number.end) in self._lexicon.scales:
            name = said.word(number.end)
            scale = self._lexicon.scales[name]
            value, place = number.value * scale, number.end + 1
            written = f"{number.value:f} {name}" if scale > _THOUSANDS else ""
            written = f"{number.written} {name}" if number.comma else written
            number = Number(value, place, written, comma=number.comma)
            linked = place + 1 if said.word(place) == "and" else place
            rest = self._group(said, linked) if not self._is_half(said, linked) else None
            if rest is not None and rest.value and rest.value < scale:
                below = self._below(said, rest, scale)
                number = Number(value + below.value, below.end)
        return number if number.written else self._decimals(said, number)

    def _below(self, said: Reader, rest: Number, scale: int) -> Number:
        """`four hundred thousand` after a million; `two hundred` after a thousand."""
        if scale > _THOUSANDS and said.word(rest.end) == "thousand":
            after = self._group(said, rest.end + 1)
            value = rest.value * _THOUSANDS
            return Number(value + after.value, after.end) if after else Number(value, rest.end + 1)
        return rest

    def _with_fraction(self, said: Reader, number: Number) -> Number:
        """`and a half`, `and three quarters`, `½` behind a number."""
        at = number.end
        if said.word(at) == "½":
            return replace(number, value=number.value + Decimal("0.5"), end=at + 1)
        if said.word(at) != "and" or not self._is_half(said, at + 1):
            return number
        parts = {"three": 3}.get(said.word(at + 1), 1)
        part = self._lexicon.fractions[said.word(at + 2).rstrip("s")]
        return replace(number, value=number.value + parts * part, end=at + 3, written="", pair=None)


def _is_exact(value: Decimal) -> bool:
    """Whether every sum of it stayed within what is kept without rounding."""
    return len(value.as_tuple().digits) <= _LONGEST and value.adjusted() < _LONGEST


def _with_comma(text: str, end: int) -> Number | None:
    """`1,000` is a thousand; `1,5` may be one and a half; `0,0.5` is no number."""
    head, *groups = text.split(".", maxsplit=1)[0].split(",")
    if all(len(group) == 3 for group in groups) and len(head) <= 3 and head != "0":
        return Number(Decimal(text.replace(",", "")), end)
    if "." in text:
        return None
    plain = text.replace(",", ".", 1).replace(",", "")
    return Number(Decimal(plain), end, text, comma=True)


def written(value: Decimal, *, keep_zeros: bool = False) -> str:
    """A number as it is written: a leading zero, no trailing one, a comma from 10,000 on.

    Args:
        value: the number.
        keep_zeros: leave zeros behind the point, as results of a laboratory have them.
    """
    whole, _, behind = f"{value:f}".partition(".")
    behind = behind if keep_zeros else behind.rstrip("0")
    head = f"{int(whole):,}" if len(whole) > 4 else whole
    return f"{head}.{behind}" if behind else head
