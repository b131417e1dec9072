"""Numbers said as words: `one seventy over one twelve` is 170 / 112."""

from collections.abc import Sequence
from dataclasses import dataclass

_UNITS = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
_MISHEARD = {"ate": 8, "to": 2, "too": 2, "for": 4, "won": 1, "tree": 3, "sex": 6, "fore": 4}
_ODD = {"fourty": 40, "ninty": 90, "fivety": 50, "tirty": 30, "oh": 0}
_FOREIGN = {
    word: str(value)
    for row in (
        "deux trois quatre cinq _ sept huit _ dix onze douze",
        "dos tres cuatro cinco seis siete ocho nueve diez _ doce",
        "dois _ quatro _ _ sete oito nove dez onze doze",
        "mbili tatu nne tano sita saba nane tisa kumi",
        "_ _ chaar paanch chhe saat aath",
        "biyu uku hudu biyar shida bakwai takwas",
        "दो तीन चार पांच छह सात आठ नौ दस",
        "_ _ _ पाँच छः",
        "_ ثلاثة اربعة خمسة ستة سبعة ثمانية تسعة عشرة",
        "_ ثلاث اربع خمس ست سبع ثماني تسع عشر",
    )
    for value, word in enumerate(row.split(), 2)
    if word != "_"
}
"""Numbers from two up in French, Spanish, Portuguese, Swahili, Hindi, Hausa and Arabic; eleven in
Spanish is left out, because `once` is English too."""
_FOLLOWS_ONE = frozenset(
    "point hundred year years yr month months week weeks day days hour hours hr hrs minute minutes"
    " oh percent".split()
)


@dataclass(frozen=True, slots=True)
class Spelled:
    """A word with its span, before numbers are read."""

    text: str
    start: int
    end: int


def spelled_numbers(words: Sequence[Spelled]) -> list[Spelled]:
    """The words with every run of number words as one number in digits."""
    words = [_known(word) for word in words]
    out: list[Spelled] = []
    at = 0
    while at < len(words):
        value, used = _number(words, at)
        if used:
            out.append(Spelled(value, words[at].start, words[at + used - 1].end))
            at += used
        else:
            out.append(words[at])
            at += 1
    return out


def _known(word: Spelled) -> Spelled:
    digits = _FOREIGN.get(word.text)
    return Spelled(digits, word.start, word.end) if digits else word


def _value(word: str) -> int | None:
    for table in (_UNITS, _TENS, _ODD):
        if word in table:
            return table[word]
    return None


def _number(words: Sequence[Spelled], at: int) -> tuple[str, int]:
    first = words[at].text
    if first == "a" and _word(words, at + 1) == "hundred":
        value, used = _whole(words, at + 1, 1)
        return _decimals(words, at, value, used + 1)
    if first == "oh" or _value(first) is None:
        return "", 0
    after = _word(words, at + 1)
    if first == "one" and after not in _FOLLOWS_ONE and _value(after) is None:
        return "", 0
    value, used = _whole(words, at, 0)
    return _decimals(words, at, value, used)


def _word(words: Sequence[Spelled], at: int) -> str:
    return words[at].text if at < len(words) else ""


def _whole(words: Sequence[Spelled], at: int, total: int) -> tuple[int, int]:
    """The whole number that starts here, and how many words it takes."""
    start = at
    room = 1000
    while at < len(words):
        word = words[at].text
        if word == "hundred" and 0 < total < 10:
            total, room = total * 100, 100
        elif word == "and" and room == 100 and _value(_word(words, at + 1)) is not None:
            pass
        else:
            step = _step(word, total, room, at > start)
            if step is None:
                break
            total, room = step
        at += 1
    return total, at - start


def _step(word: str, total: int, room: int, inside: bool) -> tuple[int, int] | None:  # noqa: FBT001
    """New total and room for the next word, or None when the number ends before this word."""
    value = _value(word)
    if value is None and inside and room == 10:
        value = _MISHEARD.get(word)
    if value is None:
        return None
    if not inside:
        return value, 10 if value >= 20 else 1000
    if value < 10 and (room == 10 or (room == 100 and value)):
        return total + value, 1
    after = 10 if value >= 20 else 1
    if value >= 10 and room == 100:
        return total + value, after
    if 0 < total < 10 and room == 1000:
        return _digit_first(word, total, value, after)
    return None


def _digit_first(word: str, total: int, value: int, after: int) -> tuple[int, int] | None:
    """`one seventy` is 170, `one oh two` is 102."""
    if word == "oh":
        return total * 100, 10
    return (total * 100 + value, after) if value >= 10 else None


def _decimals(words: Sequence[Spelled], at: int, value: int, used: int) -> tuple[str, int]:
    if _word(words, at + used) != "point":
        return str(value), used
    digits = ""
    place = at + used + 1
    while (digit := _UNITS.get(_word(words, place), 99)) < 10:
        digits += str(digit)
        place += 1
    return (f"{value}.{digits}", place - at) if digits else (str(value), used)
