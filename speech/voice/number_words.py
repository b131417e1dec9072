"""Numbers as English words: `0.05` is zero point zero five, `1,250` is one thousand, two hundred...

Pure. Digits behind the point are spoken one by one, so that none is lost.
"""

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen".split()
)
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand"))
_FIRST = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_LONGEST = 12
"""Digits; longer numbers are read digit by digit."""


def number_words(written: str) -> str:
    """A number as it is written, in words.

    Args:
        written: digits with or without commas in thousands and a decimal point; a number that
            begins with a zero and goes on is a telephone number or the like.
    """
    whole, _, decimals = written.replace(",", "").partition(".")
    whole = whole or "0"
    if (len(whole) > 1 and whole[0] == "0") or len(whole) > _LONGEST:
        said = digit_words(whole)
    else:
        said = _whole(int(whole))
    decimals = decimals.rstrip("0")
    return f"{said} point {digit_words(decimals)}" if decimals else said


def digit_words(digits: str) -> str:
    """Digits one by one."""
    return " ".join(_ONES[int(digit)] for digit in digits)


def ordinal_words(number: int) -> str:
    """`3` is third, `21` is twenty-first."""
    head, _, last = _whole(number).rpartition("-")
    if not head:
        head, _, last = _whole(number).rpartition(" ")
        gap = " " if head else ""
    else:
        gap = "-"
    if last in _FIRST:
        return f"{head}{gap}{_FIRST[last]}"
    return f"{head}{gap}{last[:-1]}ieth" if last.endswith("y") else f"{head}{gap}{last}th"


def year_words(year: int) -> str:
    """`1998` is nineteen ninety-eight, `2005` two thousand and five, `2024` twenty twenty-four."""
    first, last = divmod(year, 100)
    if first % 10 == 0 and last < 10:
        return _whole(year)
    tail = "hundred" if last == 0 else f"oh {_ONES[last]}" if last < 10 else _whole(last)
    return f"{_whole(first)} {tail}"


def _whole(number: int) -> str:
    for scale, name in _SCALES:
        if number >= scale:
            head, rest = divmod(number, scale)
            return f"{_whole(head)} {name}{_rest(rest)}"
    if number >= 100:
        head, rest = divmod(number, 100)
        return f"{_ONES[head]} hundred{_rest(rest)}"
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] if not ones else f"{_TENS[tens]}-{_ONES[ones]}"


def _rest(number: int) -> str:
    if not number:
        return ""
    return f" and {_whole(number)}" if number < 100 else f" {_whole(number)}"
