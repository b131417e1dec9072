"""The order in which a page is read, worked out from where its parts stand.

A part is a run of letters without a wide gap: a line of a column, or a cell of a row. Columns of
prose are read one after the other; parts on one height that are no such columns are one row.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from kb.extract.pdf_mend import CELL, CELL_GAP, Gap, PageLine

SPANNING = 0.62
"""A part wider than this much of the text runs over all columns."""
_LEAST_LINES = 3
"""Fewest lines of a column."""
_PROSE_LETTERS = 16
"""Letters that the usual line of a column of prose has, at the least."""
_FILLED = 0.6
"""Part of the width of its column that the usual line of prose fills, at the least."""
_CROSSING = 0.15
"""Most parts between two columns that may reach over the gutter, such as a headline."""


def in_reading_order(parts: Sequence[PageLine]) -> list[PageLine]:
    """Lines of one page from its parts, in the order in which they are read."""
    if not parts:
        return []
    width = max(part.right for part in parts) - min(part.left for part in parts)
    ordered: list[PageLine] = []
    band: list[PageLine] = []
    for row in _rows(parts):
        if len(row) == 1 and row[0].right - row[0].left > SPANNING * width:
            ordered += [*_band(band), row[0]]
            band = []
        else:
            band += row
    return ordered + _band(band)


def read_across(lines: Sequence[PageLine]) -> list[PageLine]:
    """Lines of one page, put in order if the file gives them across two columns of prose.

    Most files give one column after the other, and know better than any rule here.
    """
    parts = [part for line in lines for part in parts_of(line) if part.size]
    across = sum(len(line.gaps) > 0 for line in lines)
    if across < _LEAST_LINES or len(parts) < sum(1 + len(line.gaps) for line in lines):
        return list(lines)
    width = max(part.right for part in parts) - min(part.left for part in parts)
    narrow = [part for part in parts if part.right - part.left <= SPANNING * width]
    gutter = _gutter(narrow)
    if gutter is None:
        return list(lines)
    cut = sum(any(gap[0] <= gutter <= gap[1] for gap in line.gaps) for line in lines)
    return in_reading_order(parts) if cut >= _LEAST_LINES else list(lines)


def parts_of(line: PageLine) -> Iterator[PageLine]:
    """The parts of a line, cut at its gaps."""
    lefts = [line.left, *(gap[1] for gap in line.gaps)]
    rights = [*(gap[0] for gap in line.gaps), line.right]
    texts = line.text.split(CELL)
    if len(texts) != len(lefts):
        yield line
        return
    for text, left, right in zip(texts, lefts, rights, strict=True):
        yield replace(line, text=text, left=left, right=right, gaps=())


def _band(parts: Sequence[PageLine]) -> list[PageLine]:
    gutter = _gutter(parts)
    if gutter is None:
        return [_joined(row) for row in _rows(parts)]
    ordered: list[PageLine] = []
    left: list[PageLine] = []
    right: list[PageLine] = []
    for part in sorted(parts, key=lambda each: each.top):
        if part.left < gutter < part.right:
            ordered += [*_band(left), *_band(right), part]
            left, right = [], []
        else:
            (left if part.right <= gutter else right).append(part)
    return ordered + _band(left) + _band(right)


def _gutter(parts: Sequence[PageLine]) -> float | None:
    """Where the leftmost column of prose ends and the next begins, or nothing."""
    if len(parts) < 2 * _LEAST_LINES:
        return None
    half = statistics.median(part.size for part in parts) / 2
    for start in sorted({round(part.left) for part in parts}):
        edge = start - half / 2
        crossing = sum(part.left < edge < part.right for part in parts)
        left = [part for part in parts if part.right <= edge]
        right = [part for part in parts if part.left >= edge]
        few = crossing <= _CROSSING * len(parts)
        if few and _is_prose(left) and _is_prose(_first(right)) and _overlap(left, right):
            return edge
    return None


def _first(parts: Sequence[PageLine]) -> list[PageLine]:
    """The leftmost of the columns that parts stand in."""
    left = min((part.left for part in parts), default=0.0)
    return [part for part in parts if part.left < left + 3 * part.size]


def _is_prose(column: Sequence[PageLine]) -> bool:
    if len(column) < _LEAST_LINES:
        return False
    width = max(part.right for part in column) - min(part.left for part in column)
    filled = statistics.median(part.right - part.left for part in column)
    letters = statistics.median(len(part.text) for part in column)
    return letters >= _PROSE_LETTERS and filled >= _FILLED * width


def _overlap(left: Sequence[PageLine], right: Sequence[PageLine]) -> bool:
    """Whether two columns stand beside each other, not one below the other."""
    top = max(min(part.top for part in column) for column in (left, right))
    bottom = min(max(part.bottom for part in column) for column in (left, right))
    return bottom - top > 2 * statistics.median(part.size for part in left)


def _rows(parts: Sequence[PageLine]) -> list[list[PageLine]]:
    """Parts on one height together, from the top; in a row from the left."""
    rows: list[list[PageLine]] = []
    for part in sorted(parts, key=lambda each: (each.top + each.bottom) / 2):
        middle = (part.top + part.bottom) / 2
        first = rows[-1][0] if rows else None
        if first and abs(middle - (first.top + first.bottom) / 2) < 0.5 * min(
            part.bottom - part.top, first.bottom - first.top
        ):
            rows[-1].append(part)
        else:
            rows.append([part])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def _joined(row: Sequence[PageLine]) -> PageLine:
    """The parts of a row as one line; wide gaps part cells."""
    text = row[0].text
    gaps: list[Gap] = list(row[0].gaps)
    for before, part in pairwise(row):
        wide = part.left - before.right > CELL_GAP * part.size
        text += (CELL if wide else " ") + part.text
        gaps += [(before.right, part.left)] if wide else []
        gaps += part.gaps
    return replace(
        row[0],
        text=text,
        right=max(part.right for part in row),
        top=min(part.top for part in row),
        bottom=max(part.bottom for part in row),
        size=max(part.size for part in row),
        bold=all(part.bold for part in row),
        gaps=tuple(gaps),
        words=tuple(word for part in row for word in part.words),
    )
