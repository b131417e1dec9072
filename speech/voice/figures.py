"""Figures that are no plain number, as they are spoken: dates, times, telephone numbers, powers.

Pure. Runs before bare numbers are put into words, so that no part of such a figure is read as a
number of its own: `12.5.2020` is no twelve point five, `0712 345 678` is read digit by digit.
"""

import re

from speech.voice.number_words import digit_words, year_words
from speech.words.figures import ungrouped

_DIGITS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
_POWERS = str.maketrans(f"{_DIGITS}\u207b", "0123456789-")
_RAISED = re.compile(rf"(?<=\d)(\u207b?[{_DIGITS}]+)")
_EXPONENT = re.compile(
    r"(?:(?<=\d)|\s?[x\u00d7]\s?10)\s?\^\s?([-\u2212]?)(\d+)|\s?[x\u00d7]\s?10(\d+)"
)
_STROKED_PART = re.compile(r"(?<![\d./,])(\d{1,2}) (1/2|1/4|3/4)(?![\d/]|\.\d)")
_PARTS = {"1/2": "\u00bd", "1/4": "\u00bc", "3/4": "\u00be"}
_CALLED = re.compile(r"(?<![\w.,/:])(?:\+\s?\d{1,3}|0\d+)(?:[ -]\d+)+(?![\d.,]*\d)|(?<!\w)\+\d{7,}")
_CALLED_FROM = 7
"""Digits of a telephone number."""
_DATE = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-]|\.\d)")
_MOST_DAYS = 31
_POINTED = re.compile(r"(?<![\d.])\d+(?:\.\d+){2,}(?!\d)")
_CHAIN = re.compile(r"(?<![\d./-])\d+(?:(?:/\d+){2,}|(?:-\d+){2,})(?![\d/-])")
_INDIAN = re.compile(r"(?<![\d.,])\d{1,2}(?:,\d\d)+,\d{3}(?![\d,])")
_COMMA = re.compile(
    r"(?<![\d.,])(0+,\d+|\d+,(?:\d\d?|\d{4,}))(?![\d,]|\.\d)(?! (?:and|or) \d+(?![\d,]))"
)
_HOURS = r"(?:[01]?\d|2[0-4])"
_CLOCK = re.compile(
    rf"(?<![\d:.,])(?!1:\d\d(?! ?[ap]\.?m))({_HOURS}):([0-5]\d)(?::([0-5]\d))?(?![\d:,]|\.\d)"
)
_SPOKEN_OF = re.compile(
    r"\b(at|by|until|till|from|since|before|after|around|time) 1:([0-5]\d)(?![\d:])"
)
_FROM_TO = re.compile(r"(:[0-5]\d)\s?[-\u2013]\s?(?=\d\d?:[0-5]\d)")
_POINT_CLOCK = re.compile(r"(?<![\d.,])(1?\d|2[0-4])\.([0-5]\d)(?=\s?[ap]\.?m\b)")
_RATIO = re.compile(r"(?<=\d)(?::| : )(?=\d|\.\d)")
_MONTHS = re.compile(
    r"(\b\d+\s?(?:y|yrs?|years?),?\s?(?:and\s)?\d+)\s?m(?![\w/\u00b2\u00b3])|\b(\d+)\s?m(?= old\b)"
)


def spoken_figures(text: str) -> str:
    """The text with such figures as words, or as plain numbers that are read one by one."""
    text = _RAISED.sub(lambda found: f"^{found[1].translate(_POWERS)}", text)
    text = _EXPONENT.sub(_power, ungrouped(text))
    text = _DATE.sub(_date, text)
    text = _CALLED.sub(_called, text)
    text = _STROKED_PART.sub(lambda found: f"{found[1]}{_PARTS[found[2]]}", text)
    text = _FROM_TO.sub(r"\1 to ", text)
    text = _SPOKEN_OF.sub(lambda found: f"{found[1]} {_clock('1', found[2])}", text)
    text = _CLOCK.sub(lambda found: _clock(found[1], found[2], found[3]), text)
    text = _POINT_CLOCK.sub(lambda found: _clock(found[1], found[2]), text)
    text = _POINTED.sub(lambda found: found[0].replace(".", " point "), text)
    text = _CHAIN.sub(lambda found: re.sub("[/-]", ", ", found[0]), text)
    text = _INDIAN.sub(lambda found: found[0].replace(",", ""), text)
    text = _COMMA.sub(_comma, text)
    text = _MONTHS.sub(lambda found: f"{found[1] or found[2]} months", text)
    return _RATIO.sub(" to ", text)


def _power(found: re.Match[str]) -> str:
    """`x 10^9`, `10⁹` and `x109`: ten to the power of nine."""
    ten = " times ten" if "10" in found[0].partition("^")[0] or found[3] else ""
    sign = "minus " if found[1] else ""
    return f"{ten} to the power of {sign}{found[2] or found[3]}"


def _date(found: re.Match[str]) -> str:
    """Day and month may be either way round, so they are read as they stand."""
    if not (1 <= int(found[1]) <= _MOST_DAYS and 1 <= int(found[3]) <= _MOST_DAYS):
        return found[0]
    year = year_words(int(found[4])) if len(found[4]) == 4 else found[4]
    return f"{found[1]}, {found[3]}, {year}"


def _called(found: re.Match[str]) -> str:
    """Digit by digit, with a rest where a blank or a dash stands."""
    groups = re.findall(r"\d+", found[0])
    if sum(map(len, groups)) < _CALLED_FROM:
        return found[0]
    plus = "plus " if found[0].startswith("+") else ""
    return plus + ", ".join(map(digit_words, groups))


def _clock(hour: str, minute: str, second: str | None = None) -> str:
    late = f" and {int(second)} seconds" if second else ""
    if not int(minute):
        return f"{int(hour)} o'clock{late}"
    between = " oh " if int(minute) <= 9 else " "
    return f"{int(hour)}{between}{int(minute)}{late}"


def _comma(found: re.Match[str]) -> str:
    """A comma that may be a decimal point is named, and what follows is read digit by digit."""
    whole, _, behind = found[1].partition(",")
    return f"{whole} comma {' '.join(behind)}"
