"""Where sentences end, in prose that is full of decimals, units and abbreviations."""

import re
from collections.abc import Iterator

_SHORT = (
    "e.g|i.e|etc|vs|approx|max|min|no|nos|fig|figs|tab|dr|mr|mrs|ms|prof|st|p|pp|vol|ed|eds|al|cf"
    "|incl|excl|resp|i.v|i.m|s.c|p.o|q.d|b.d|t.d.s|a.m|p.m|sect|ch|ref"
)
_SHORT_END = re.compile(rf"(?:^|[\s(])(?:{_SHORT}|[A-Za-z])\.$", re.IGNORECASE)
_END = re.compile(r"[.!?]+[\"')\]]*(?:\s*\[\w+\])*(?=\s|$)|\n\s*\n")


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Half-open spans of the sentences of a text, without the white space around them.

    A closing source tag such as `[s1]` stays with its sentence. A stop after an abbreviation, a
    single letter or between digits ends nothing.
    """
    start = 0
    for match in _END.finditer(text):
        stop = match.start() + 1
        if text[match.start()] == "." and _is_short(text, start, stop, match.end()):
            continue
        span = _trim(text, start, match.end())
        if span:
            yield span
        start = match.end()
    span = _trim(text, start, len(text))
    if span:
        yield span


def _is_short(text: str, start: int, stop: int, end: int) -> bool:
    if _SHORT_END.search(text[max(start, stop - 12) : stop]) is None:
        return False
    following = text[end:].lstrip()
    single = re.search(r"(?:^|[\s(])[A-Za-z]\.$", text[max(start, stop - 4) : stop])
    return not single or not following[:1].isupper() or text[stop - 2 : stop - 1].isupper()


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
