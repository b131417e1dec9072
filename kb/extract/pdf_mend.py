"""Cleans up the printed lines of pages: what a PDF's page layout put in or took apart.

Headers, footers and page numbers go; a line that was cut in two becomes one again, and lines of
two columns that stand on one height are parted.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.extract.places import PlacedWord

EDGE = 0.15
"""Part of the page height, from the top and from the bottom, where running lines stand."""
ROW_EDGE = 0.08
"""The same for rows of cells: further in, a row that repeats is the head of a long table."""
LONE_EDGE = 0.2
"""The same for numbers alone, page after page."""
REPEATED = 0.4
"""Part of the pages on which a line must stand to be a running line; 3 pages at the least."""
NUMBER_EDGE = 0.07
"""Where a number alone is a page number, even if it stands on one page only;"""
APART = 1.5
"""further in, up to `EDGE`, if nothing stands beyond it or nearer than this many letter heights."""

_NUMBER = re.compile(
    r"(?:page |p\. ?|seite |p[aá]gina |ukurasa )?[-\u2013 ]*\d{1,4}[-\u2013 ]*"
    r"(?:(?:/|of|de|sur|von) ?\d{1,4})?",
    re.IGNORECASE,
)

CELL = " | "
"""What parts two cells of a row."""
CELL_GAP = 1.4
"""A gap this many letter heights wide parts two cells of a row."""
Gap = tuple[float, float]
"""Where a gap begins and ends, from the left edge."""


@dataclass(frozen=True, slots=True)
class PageLine:
    """One printed line. Lengths are in points, counted from the page's top left corner."""

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    size: float
    """Height of the line's letters, ascender to descender."""
    bold: bool = False
    gaps: tuple[Gap, ...] = ()
    """Wide gaps that cut it into cells; in the text, `CELL` stands for each."""
    words: tuple[PlacedWord, ...] = ()
    """Its words and their places, where the line was read from a picture."""

    @property
    def table(self) -> bool:
        """Whether it is a row of a table."""
        return bool(self.gaps)


def without_running(lines: Sequence[PageLine], heights: Sequence[float]) -> list[PageLine]:
    """Lines that are no header, footer or page number.

    Args:
        lines: all lines of all pages.
        heights: height of each page in points; the first is page 1.
    """
    dropped = _running(lines, heights) | _page_numbers(lines, heights)
    # A page of which nothing would be left holds short text, not only running lines.
    full = {line.page for number, line in enumerate(lines) if number not in dropped}
    return [
        line for number, line in enumerate(lines) if number not in dropped or line.page not in full
    ]


def mended(lines: Sequence[PageLine]) -> list[PageLine]:
    """Lines as a reader sees them."""
    return list(_columns_apart(list(_rows_whole(lines))))


def _shape(line: PageLine) -> str:
    """A line with every number alike, so that page numbers do not tell pages apart."""
    return re.sub(r"\d+", "#", line.text.casefold())


def _running(lines: Sequence[PageLine], heights: Sequence[float]) -> set[int]:
    """Which lines are headers, footers and page numbers that most pages have."""
    at_edge = [
        (number, line)
        for number, line in enumerate(lines)
        if _in_edge(line, heights[line.page - 1], _edge(line))
    ]
    pages = Counter(shape for shape, _ in {(_shape(line), line.page) for _, line in at_edge})
    least = max(3, REPEATED * len(heights))
    return {number for number, line in at_edge if pages[_shape(line)] >= least}


def _edge(line: PageLine) -> float:
    if line.table:
        return ROW_EDGE
    return LONE_EDGE if _NUMBER.fullmatch(line.text) else EDGE


def _page_numbers(lines: Sequence[PageLine], heights: Sequence[float]) -> set[int]:
    """Which lines are numbers of pages that stand alone at the edge of one."""
    pages: dict[int, list[PageLine]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    return {
        number
        for number, line in enumerate(lines)
        if _NUMBER.fullmatch(line.text)
        and _in_edge(line, heights[line.page - 1], EDGE)
        and _page_number(line, pages[line.page], heights[line.page - 1])
    }


def _page_number(line: PageLine, page: Sequence[PageLine], height: float) -> bool:
    if _in_edge(line, height, NUMBER_EDGE):
        return True
    others = [each for each in page if each is not line]
    far = APART * line.size
    below = all(each.bottom < line.top - far for each in others)
    return below or all(each.top > line.bottom + far for each in others)


def _in_edge(line: PageLine, height: float, part: float) -> bool:
    return line.bottom < height * part or line.top > height * (1 - part)


def _rows_whole(lines: Sequence[PageLine]) -> Iterator[PageLine]:
    """Lines of which the parts, such as what stands after a raised figure, are one again."""
    above: PageLine | None = None
    for line in lines:
        if above and _same_row(above, line):
            apart = " " if line.left - above.right > 0.2 * above.size else ""
            above = replace(
                above,
                text=above.text + apart + line.text,
                right=line.right,
                gaps=above.gaps + line.gaps,
            )
            continue
        if above:
            yield above
        above = line
    if above:
        yield above


def _same_row(above: PageLine, line: PageLine) -> bool:
    overlap = min(above.bottom, line.bottom) - max(above.top, line.top)
    beside = -1 < line.left - above.right < 0.8 * above.size
    return above.page == line.page and beside and overlap > 0.5 * line.size > 0


def _columns_apart(lines: Sequence[PageLine]) -> Iterator[PageLine]:
    """Lines of which a wide gap in the midst of running text parts no cells."""
    around = [None, *lines, None]
    for above, line, below in zip(around, lines, around[2:], strict=False):
        if len(line.gaps) != 1 or not above or not below or above.table or below.table:
            yield line
        else:
            yield from _one_gap(above, line, below)


def _one_gap(above: PageLine, line: PageLine, below: PageLine) -> Iterator[PageLine]:
    """A line with one gap between two lines without: it may be text, or belong to two columns."""
    left_end, right_start = line.gaps[0]
    left, right = line.text.split(CELL, 1)
    if all(each.left < left_end and each.right > right_start for each in (above, below)):
        yield replace(line, text=f"{left} {right}", gaps=())
    elif above.right <= right_start and below.left > max(left_end, right_start - 3 * line.size):
        yield replace(line, text=left, right=left_end, gaps=())
        yield replace(line, text=right, left=right_start, gaps=())
    else:
        yield line
