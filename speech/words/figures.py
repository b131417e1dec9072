"""Figures that are no amount and stay as they were said: dates, times, telephone numbers. Pure.

A leading zero, a plus, or more than one stroke or dash tells that digits are not counted:
`0712 345 678`, `08:05`, `2024-01-02`. Digits behind a letter belong to a name: `SpO2`, `B12`.
"""

import re

_AFTER_LETTER = r"(?<=[^\W\d_])\d+(?:[.,]\d+)*"
_CLOCK = r"(?<![\d:.,])\d{1,2}:\d\d(?::\d\d)?(?![\d,:]|[ \u00a0\u202f]\d{3}(?!\d))"
_CHAIN = r"(?<![\d.,])\d+(?:(?:-\d+){2,}|(?:/\d+){2,})(?!\d)"
_CALLED = r"(?:\+\s?\d+|(?<![\d.,:'\u2019])0\d+)(?:[ -]\d+)*(?![\d.,]*\d)"
_LEADING_ZERO = r"(?<![\d.,:'\u2019])(?<!\d[ \u00a0\u202f])0\d+(?:[.,]\d+)*"
_FIXED = re.compile("|".join((_AFTER_LETTER, _CLOCK, _CHAIN, _CALLED, _LEADING_ZERO)))
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[ \u00a0\u202f'\u2019]\d{3})+(?![\d.,'\u2019]*\d)")
_IN_GROUPS = re.compile(rf"(?<![\w+.,/'\u2019-])(?<!\d ){_THOUSANDS.pattern}")
_PLAIN_BLANK = re.compile(r"\d \d")
_ZERO_GROUP = re.compile(r"[ \u00a0\u202f'\u2019]0")


def fixed_spans(text: str) -> list[tuple[int, int]]:
    """Where such figures stand, from left to right."""
    return [found.span() for found in _FIXED.finditer(text)]


def ungrouped(text: str) -> str:
    """Numbers in groups of three without what parts the groups: `10 000` is 10000.

    Groups with a plain blank between them may be numbers of their own and then stay.
    """

    def joined(found: re.Match[str]) -> str:
        apart = _PLAIN_BLANK.search(found[0]) and not _ZERO_GROUP.search(found[0])
        return found[0] if apart else re.sub(r"\D", "", found[0])

    return _IN_GROUPS.sub(joined, text)


def grouped(text: str, start: int) -> tuple[str, int] | None:
    """The digits of a number in groups of three, `10 000` or `100'000`, and its end.

    None where the groups may be numbers of their own: `2 500 mg tablets` may mean two of them; a
    group that begins with a zero cannot.
    """
    found = _THOUSANDS.match(text, start)
    if found is None or not _ZERO_GROUP.search(found[0]):
        return None
    return re.sub(r"\D", "", found[0]), found.end()
