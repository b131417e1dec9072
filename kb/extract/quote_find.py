"""Where the words of a quote stand in the letters of a page.

Letters and figures are compared alone, so that line breaks, hyphens at line ends, spaces and the
marks of cells do not matter. What is not found whole is looked for in parts: lines and sentences,
and of the row of a table the longest runs of words, since a page may print its cells line by line.
"""

import re
import unicodedata
from collections.abc import Iterator

from kb.extract.pdf_mend import CELL

Span = tuple[int, int]
"""First letter and the one after the last."""

_LEAST = 12
"""Letters that a part of a quote must have to be looked for on its own."""
_LINES = re.compile(r"\n|(?<=\.) ")


def letters_of(text: str) -> str:
    """The letters and figures of a text, folded for comparing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


def find_quote(page: str, quote: str) -> list[Span]:
    """Where a quote stands among the letters of a page; empty where it does not."""
    wanted = letters_of(quote)
    at = page.find(wanted) if wanted else -1
    if at >= 0:
        return [(at, at + len(wanted))]
    return [span for part in _LINES.split(quote) for span in _part(page, part)]


def _part(page: str, part: str) -> Iterator[Span]:
    wanted = letters_of(part)
    at = page.find(wanted) if len(wanted) >= _LEAST else -1
    if at >= 0:
        yield at, at + len(wanted)
    elif CELL in part:
        yield from _runs(page, [letters_of(word) for word in part.split()])


def _runs(page: str, words: list[str]) -> Iterator[Span]:
    """The longest runs of words that the page has, from the first word on."""
    start, after = 0, 0
    while start < len(words):
        end = _longest(page, words, start)
        run = "".join(words[start:end])
        if len(run) >= _LEAST:
            # A phrase may stand twice on a page; the place after the last one is the likelier.
            at = page.find(run, after)
            at = at if at >= 0 else page.find(run)
            after = at + len(run)
            yield at, after
        start = max(end, start + 1)


def _longest(page: str, words: list[str], start: int) -> int:
    """Where the longest run of words from `start` ends."""
    run, end = "", start
    while end < len(words) and run + words[end] in page:
        run += words[end]
        end += 1
    return end
