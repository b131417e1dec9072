"""Rows of a table whose cells run over several printed lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from kb.extract.pdf_mend import CELL, PageLine

_CLOSE = 0.45
"""Lines of one cell stand closer than this many letter heights."""
_ALIGNED = 0.6
"""Cells of one column begin within this many letter heights of each other."""


@dataclass(slots=True)
class _Cell:
    left: float
    right: float
    """Where its last line ends."""
    text: str


def rows_of(lines: Sequence[PageLine]) -> list[str]:
    """Rows of a table from its printed lines; cells that were wrapped are whole again.

    In doubt a line stays a row of its own: two doses must never run into each other.
    """
    printed = [cell for line in lines for cell in _cells(line)]
    rows: list[list[_Cell]] = []
    for above, line in zip([None, *lines], lines, strict=False):
        cells = _cells(line)
        columns = _columns(rows[-1], cells, line.size) if above and _is_close(above, line) else None
        if columns and _wrapped(rows[-1], columns, cells, printed):
            for cell, column in zip(cells, columns, strict=True):
                column.text = f"{column.text} {cell.text}"
                column.right = cell.right
        else:
            rows.append(cells)
    return [CELL.join(cell.text for cell in row) for row in rows]


def goes_on_in_cell(lines: Sequence[PageLine], line: PageLine) -> bool:
    """Whether a line without a gap goes on with a cell, not the first, of the row above it."""
    row = next((_cells(each) for each in reversed(lines) if each.gaps), [])
    columns = _columns(row, _cells(line), line.size)
    return columns is not None and _is_close(lines[-1], line) and columns[0] is not row[0]


def _is_close(above: PageLine, line: PageLine) -> bool:
    return line.top - above.bottom < _CLOSE * line.size


def _wrapped(
    row: Sequence[_Cell], columns: Sequence[_Cell], cells: Sequence[_Cell], printed: Sequence[_Cell]
) -> bool:
    """Whether cells go on with those above: some of them, never the first, each for want of room.

    A line that fills every column but the first is a row of its own under a shared first cell.
    """
    if any(column is row[0] for column in columns) or 2 < len(row) == len(cells) + 1:
        return False
    return all(
        _has_no_room(column, cell, printed) for column, cell in zip(columns, cells, strict=True)
    )


def _has_no_room(column: _Cell, cell: _Cell, printed: Sequence[_Cell]) -> bool:
    """Whether the first word of a cell did not fit onto the line above it.

    Figures without a word are a cell of their own; only words are carried over to the next line.
    """
    if not (_has_word(column.text) and _has_word(cell.text)):
        return False
    letter = (cell.right - cell.left) / max(len(cell.text), 1)
    needed = letter * (len(cell.text.split(maxsplit=1)[0]) + 1)
    same = [each.right for each in printed if abs(each.left - column.left) < 3 * letter]
    return column.right + needed > max(same, default=column.right)


def _has_word(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _columns(row: Sequence[_Cell], cells: Sequence[_Cell], size: float) -> list[_Cell] | None:
    """The cell of a row under which each of some cells begins; nothing unless all do."""
    found: list[_Cell] = []
    for cell in cells:
        above = [each for each in row if abs(each.left - cell.left) < _ALIGNED * size]
        if not above:
            return None
        found.append(above[0])
    return found


def _cells(line: PageLine) -> list[_Cell]:
    lefts = [line.left, *(gap[1] for gap in line.gaps)]
    rights = [*(gap[0] for gap in line.gaps), line.right]
    texts = line.text.split(CELL)
    if len(texts) != len(lefts):
        return [_Cell(line.left, line.right, line.text)]
    return [_Cell(*each) for each in zip(lefts, rights, texts, strict=True)]
