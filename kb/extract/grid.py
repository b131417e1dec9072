"""Tables with cells that reach over several rows or columns: each row made whole, to be read alone.

A row whose medicine stands in a cell that begins three rows above must not lose it: what reaches
down is repeated in each row it reaches.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_ROWS, MOST_COLUMNS = 1_000, 100
"""As far as a cell may reach; further is taken for a mistake or for malice."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and how far it reaches."""

    text: str
    down: int = 1
    """Rows."""
    across: int = 1
    """Columns."""


def whole_rows(rows: Iterable[Iterable[Cell]]) -> Iterator[list[str]]:
    """Every row with all its columns: from its own cells, and from those that reach into it."""
    reaching: dict[int, Cell] = {}
    for row in rows:
        cells = _columns(row, reaching)
        reaching = {
            column: Cell(cell.text, cell.down - 1)
            for column, cell in cells.items()
            if cell.down > 1 and column < MOST_COLUMNS
        }
        yield [cells[column].text if column in cells else "" for column in range(_width(cells))]


def _columns(row: Iterable[Cell], reaching: dict[int, Cell]) -> dict[int, Cell]:
    """Cells of one row by their columns."""
    cells = dict(reaching)
    column = 0
    for cell in row:
        while column in reaching:
            column += 1
        down, across = min(cell.down, MOST_ROWS), min(max(cell.across, 1), MOST_COLUMNS)
        cells[column] = Cell(cell.text, down)
        for more in range(column + 1, column + across):
            # The rest of a wide cell stays free, so that what follows keeps its column.
            cells.setdefault(more, Cell("", down))
        column += across
    return cells


def _width(cells: dict[int, Cell]) -> int:
    """Columns up to the last that says something; of a row of empty cells all."""
    said = [column for column, cell in cells.items() if cell.text]
    return max(said, default=-1) + 1


def span(value: object) -> int:
    """How far a cell reaches, as a document says it; 1 where it says nothing that makes sense."""
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 6 else 1
