"""Lines of PDF pages to headings, paragraphs, list items and tables; knows nothing of PDF itself.

A PDF says where letters stand, not what they are: larger or bold short lines are headings, lines
close to each other are one paragraph.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.extract.pdf_mend import PageLine, mended, without_running
from kb.extract.pdf_rows import goes_on_in_cell, rows_of
from kb.messages import BlockKind

HEADING_RATIO = 1.15
"""A line is a heading when its letters are this much taller than the body's."""
_MARKER = re.compile(
    r"(?:[•◦▪‣∙·●○■□➢✓–*-]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])\s+\S"  # noqa: RUF001
)
_BREAK = re.compile(r"(?P<word>[^\W\d_]+)(?P<mark>[-\u2010\u00ad\u0002\ufffe])$")
_ENDS = re.compile(r"[.!?:;)\]”\"]$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block to be added to the text."""

    kind: BlockKind
    text: str
    page: int
    level: int = 0
    """Depth of a heading, from 1."""


def arrange(lines: Sequence[PageLine], heights: Sequence[float]) -> Iterator[Piece]:
    """Blocks of a document in the order of its lines.

    Args:
        lines: all lines of all pages, in reading order.
        heights: height of each page in points; the first is page 1.
    """
    kept = mended(without_running(lines, heights))
    body = _common_size(kept)
    mostly_bold = sum(line.bold for line in kept) > len(kept) / 2
    levels = _levels(kept, body, bold_counts=not mostly_bold)
    words = _vocabulary(kept)
    group: list[PageLine] = []
    for line in kept:
        if group and not (
            _level(line, levels) == _level(group[-1], levels) and _continues(group, line)
        ):
            yield _piece(group, levels, words)
            group = []
        group.append(line)
    if group:
        yield _piece(group, levels, words)


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _common_size(lines: Sequence[PageLine]) -> float:
    letters: Counter[float] = Counter()
    for line in lines:
        letters[_rounded(line.size)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 1.0


Levels = dict[tuple[float, bool], int]
"""Level of headings by (size, bold); what is not in it is no heading."""
_BOLD = (0.0, True)
"""Style of headings that are only bold, not larger than the body."""


def _levels(lines: Sequence[PageLine], body: float, *, bold_counts: bool) -> Levels:
    styles = {
        (_rounded(line.size), line.bold and bold_counts)
        for line in lines
        if _may_head(line) and line.size >= body * HEADING_RATIO
    }
    ordered = sorted(styles, reverse=True)
    levels = {style: number for number, style in enumerate(ordered, 1)}
    if bold_counts:
        levels[_BOLD] = len(ordered) + 1
    return levels


def _may_head(line: PageLine) -> bool:
    letters = sum(char.isalpha() for char in line.text)
    return not line.table and letters > 2 and len(line.text.split()) <= 16


def _level(line: PageLine, levels: Levels) -> int:
    """Level of a heading line, or 0."""
    if not _may_head(line):
        return 0
    size = _rounded(line.size)
    level = levels.get((size, line.bold)) or levels.get((size, False), 0)
    if level or not line.bold or line.text.endswith((".", ",", ";")):
        return level
    return levels.get(_BOLD, 0)


def _continues(group: list[PageLine], line: PageLine) -> bool:
    """Whether a line goes on with the block above it."""
    above = group[-1]
    # What was read from a picture does not run into the file's own text.
    alike = (line.page, bool(line.words)) == (above.page, bool(above.words))
    if not alike or line.table > group[0].table:
        return False
    if line.table < group[0].table:
        return goes_on_in_cell(group, line)
    gap, height = line.top - above.bottom, max(line.size, above.size)
    near = -0.5 * height < gap < 0.7 * height
    if line.table:
        return -0.5 * height < gap < 2.5 * height
    if _MARKER.match(line.text) or abs(line.size - above.size) > 0.12 * height:
        return False
    if not near:
        # The foot of one column and the head of the next: only a cut sentence goes on.
        other_column = gap < -height and line.text[:1].islower()
        return other_column and not _ENDS.search(above.text)
    return not _paragraph_ends(group, line)


def _paragraph_ends(group: list[PageLine], line: PageLine) -> bool:
    above, first = group[-1], group[0]
    right = max(each.right for each in group)
    left = min(each.left for each in group)
    short = above.right < right - 0.25 * (right - left) and len(group) > 1
    indented = line.left > above.left + 0.8 * line.size and not _MARKER.match(first.text)
    return bool(_ENDS.search(above.text)) and (short or indented)


def _vocabulary(lines: Sequence[PageLine]) -> set[str]:
    """Words that no line end cuts, in small letters; those with a hyphen inside among them."""
    words: set[str] = set()
    cut = False
    for line in lines:
        found = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", line.text.casefold())
        ends_cut = bool(_BREAK.search(line.text))
        words.update(found[cut : len(found) - ends_cut])
        cut = ends_cut
    return words


def _piece(group: list[PageLine], levels: Levels, words: set[str]) -> Piece:
    first = group[0]
    if first.table:
        return Piece("table", "\n".join(rows_of(group)), first.page)
    text = ""
    for line in group:
        text = _joined(text, line.text, words)
    level = _level(first, levels)
    if level and len(text.split()) <= 24:
        return Piece("heading", text, first.page, level)
    return Piece("list" if _MARKER.match(first.text) else "paragraph", text, first.page)


def _joined(above: str, below: str, words: set[str]) -> str:
    """Two lines as one; a word cut by a hyphen at the line end is made whole."""
    cut = _BREAK.search(above)
    if not cut or not below[:1].isalpha():
        return f"{above} {below}".strip()
    found = re.match(r"[^\W\d_]+", below)
    first, rest = cut["word"].casefold(), found[0].casefold() if found else ""
    if first + rest in words:
        compound = False
    else:
        compound = f"{first}-{rest}" in words or {first, rest} <= words
    mark = "-" if compound or not below[0].islower() else ""
    return above[: cut.start("mark")] + mark + below
