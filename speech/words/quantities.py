"""Amounts as they are said: a number, a range, a pressure or a ratio, with its unit. Pure."""

from dataclasses import replace
from decimal import Decimal

from speech.words.lexicon import Lexicon
from speech.words.measures import Unit, UnitReader
from speech.words.numbers import Number, NumberReader, written
from speech.words.tokens import Reader
from speech.words.written import Piece, Question

_RANGES = {"to": "to", "-": "to", "\u2013": "to", "or": "or"}
_SYSTOLIC = range(50, 301)
_DIASTOLIC = range(20, 201)
_FEW = 10
_MOST_AGAIN = 30
"""Words of a number that is said again; more are no number but a row of them."""
_RATIO_FROM = 100
_PERCENT = (30, 100)
_ABBREVIATED = ("%",)
"""Units that stand close to their number."""


class QuantityReader:
    """Reads amounts of one language."""

    def __init__(self, lexicon: Lexicon, numbers: NumberReader) -> None:
        """Take the words of the language and what reads its numbers."""
        self._lexicon = lexicon
        self._numbers = numbers
        self._units = UnitReader(lexicon)

    def read(self, said: Reader, at: int) -> Piece | None:
        """The amount that begins at a token, or None."""
        part = self._part(said, at)
        if part is not None:
            return part
        number = self._numbers.read(said, at)
        if number is None or number.end <= at:
            return None
        number = self._confirmed(said, at, number)
        special = (
            self._pressure(said, at, number)
            or self._ratio(said, at, number)
            or self._several(said, at, number)
            or self._range(said, at, number)
        )
        if special is not None:
            return special
        unit = self._unit(said, number)
        if unit is None and not self._is_number(said, at, number):
            return None
        return self._plain(said, at, number, unit)

    def _unit(self, said: Reader, number: Number) -> Unit | None:
        power = ("times", "ten", "to", "the")
        if not said.says(number.end, power):
            return self._units.read(said, number.end)
        exponent = self._numbers.read(said, number.end + len(power))
        if exponent is None:
            return None
        unit = self._units.read(said, exponent.end)
        size = f"x10^{exponent.value:f}"
        if unit is None or unit.written:
            return Unit(size, exponent.end)
        return Unit(size + unit.per.replace(" per ", "/"), unit.end)

    def _part(self, said: Reader, at: int) -> Piece | None:
        """`half a milligram`; half a tablet stays in words, as a figure is misread there."""
        place, count = at, 1
        if said.word(place) in {"a", "one", "three"}:
            count = 3 if said.word(place) == "three" else 1
            place += 1
        name = said.word(place).removesuffix("s" if count > 1 else "")
        value = self._lexicon.fractions.get(name)
        if value is None:
            return None
        place += 1
        for word in ("of", "a"):
            place += said.word(place) == word
        unit = self._units.read(said, place)
        if unit is None or not unit.written:
            return None
        return Piece(at, unit.end, _joined(written(count * value), unit), "fraction")

    def _confirmed(self, said: Reader, at: int, number: Number) -> Number:
        """A number whose digits are said again behind it: `fifteen, one five`."""
        if number.end - at > _MOST_AGAIN:
            return number
        for end in (number.end, *range(number.end - 1, at, -1)):
            first = number if end == number.end else self._numbers.read(said.until(end), at)
            place = end + 1 if said.word(end) == "," else end
            again = self._numbers.read(said, place) if first and first.end == end else None
            if first and again and again.spelled and again.value == first.value:
                return replace(first, end=again.end, pair=None)
        return number

    def _pressure(self, said: Reader, at: int, number: Number) -> Piece | None:
        if said.word(number.end) not in {"over", "/"} or not number.is_whole:
            return None
        low = self._numbers.read(said, number.end + 1)
        if low is None or not low.is_whole or low.value >= number.value:
            return None
        if int(number.value) not in _SYSTOLIC or int(low.value) not in _DIASTOLIC:
            return None
        unit = self._units.read(said, low.end)
        if unit is None and said.word(low.end) in self._lexicon.counted:
            return None
        text = f"{written(number.value)}/{written(low.value)}"
        if unit is None or not unit.written:
            return Piece(at, low.end, text, "number")
        return Piece(at, unit.end, f"{text} {unit.text}", "unit")

    def _ratio(self, said: Reader, at: int, number: Number) -> Piece | None:
        """`one in ten thousand`: never to be used for a strength, so it is asked back."""
        if number.value != 1 or said.word(number.end) not in {"in", "to", ":"}:
            return None
        whole = self._numbers.read(said, number.end + 1)
        if whole is None or whole.value < _RATIO_FROM or not whole.is_whole:
            return None
        text = f"1 in {written(whole.value)}"
        if self._units.read(said, whole.end) is not None:
            return None
        ask = f"“{text}” is a ratio. Say the strength as mg in each mL, as the label has it."
        return Piece(at, whole.end, text, "number", Question("ratio", (), ask))

    def _several(self, said: Reader, at: int, number: Number) -> Piece | None:
        """`two five hundred milligram tablets` is 2 x 500 mg tablets."""
        if not number.is_whole or number.value < 1 or number.spelled:
            return None
        comma = said.word(number.end) == ","
        each = self._numbers.read(said, number.end + comma)
        unit = self._units.read(said, each.end) if each else None
        if each is None or unit is None or not unit.written:
            return None
        amount = self._amount(each, unit)
        first = written(number.value)
        text = f"{first} x {amount}"
        if comma:
            return self._contradicted(at, unit.end, (first, each, unit))
        if number.value <= _FEW and self._form_follows(said, unit.end):
            return Piece(at, unit.end, text, "number")
        together = _joined(f"{first}{written(each.value)}", unit)
        choices = (text, together) if number.value > _FEW else (text,)
        ask = f"Is it {' or '.join(choices)}, or another amount? Please say it again."
        spoken = f"{first} {amount}" if number.value > _FEW else text
        return Piece(at, unit.end, spoken, "number", Question("number", choices, ask))

    def _contradicted(self, at: int, end: int, parts: tuple[str, Number, Unit]) -> Piece | None:
        """`fifteen, five zero milligrams`: a number and other digits of the same length."""
        first, again, unit = parts
        digits = again.written or written(again.value)
        if not again.spelled or len(digits) != len(first):
            return None
        choices = (_joined(first, unit), _joined(digits, unit))
        ask = f"Is it {choices[0]} or {choices[1]}?"
        text = f"{first}, {choices[1]}"
        return Piece(at, end, text, "number", Question("number", choices, ask))

    def _range(self, said: Reader, at: int, number: Number) -> Piece | None:
        link = _RANGES.get(said.word(number.end))
        if link is None or number.comma or _is_minus(said, number.end):
            return None
        high = self._numbers.read(said, number.end + 1)
        if high is None or high.value <= number.value or high.comma:
            return None
        unit = self._units.read(said, high.end)
        end = unit.end if unit else high.end
        text = (
            f"{written(number.value)} {link} {_joined(high.written or written(high.value), unit)}"
        )
        return Piece(at, end, text, "unit" if unit else "number")

    def _plain(self, said: Reader, at: int, number: Number, unit: Unit | None) -> Piece:
        end = unit.end if unit else number.end
        unit = unit or self._implied(said, at, number)
        text = self._amount(number, unit)
        if number.comma:
            meant = _joined(written(number.value), unit)
            text = _joined(number.written, unit)
            ask = f"“{text}”: does it mean {meant}?"
            return Piece(at, end, text, "number", Question("decimal-comma", (meant,), ask))
        question = None
        if number.pair is not None and unit is not None and self._form_follows(said, unit.end):
            several = f"{number.pair[0]} x {number.pair[1]} {unit.text}"
            ask = f"Is it {text}, or {several}?"
            question = Question("number", (text, several), ask)
        return Piece(at, end, text, "unit" if unit else "number", question)

    def _amount(self, number: Number, unit: Unit | None) -> str:
        dose = unit is not None and unit.written.split("/")[0] in self._lexicon.doses
        of_blood = unit is not None and unit.text.endswith(("/L", "/dL"))
        plain = written(number.value, keep_zeros=not dose or of_blood)
        return _joined(number.written or plain, unit)

    def _implied(self, said: Reader, at: int, number: Number) -> Unit | None:
        """Per cent behind a saturation, which has no other unit."""
        before = [said.word(place) for place in range(max(0, at - 4), at)]
        spoken_of = "".join(before) in self._lexicon.in_percent or (
            self._lexicon.in_percent.intersection(before[-3:])
        )
        return (
            Unit("%", number.end)
            if spoken_of and _PERCENT[0] <= number.value <= _PERCENT[1]
            else None
        )

    def _form_follows(self, said: Reader, at: int) -> bool:
        return said.word(at) in self._lexicon.forms

    def _is_number(self, said: Reader, at: int, number: Number) -> bool:
        """Whether a number without a unit is one: `one` and `these two` are mostly words."""
        if said.kind(at) != "word" or number.end - at > 1 or number.value >= _FEW:
            return True
        if said.word(number.end) in self._lexicon.counted:
            return True
        before = said.word(at - 1)
        if number.value == Decimal(1):
            return before in self._lexicon.before_one
        return before not in self._lexicon.not_after_these


def _is_minus(said: Reader, at: int) -> bool:
    """Whether a dash belongs to the number behind it alone: `3 -5`."""
    return said.word(at) in {"-", "\u2013"} and said.glued(at + 1) and not said.glued(at)


def _joined(number: str, unit: Unit | None) -> str:
    if unit is None:
        return number
    if not unit.written:
        return f"{number}{unit.per}"
    close = unit.written.startswith(_ABBREVIATED)
    return f"{number}{'' if close else ' '}{unit.text}"
