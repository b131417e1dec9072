"""Tables of text (CSV, TSV): every row on a line of its own, with the names of its columns."""

import csv
import io
from collections.abc import Iterator, Sequence

from kb.errors import UnreadableDocument
from kb.extract.building import TextBuilder, stem
from kb.extract.decode import decode
from kb.extract.pdf_mend import CELL
from kb.messages import Extraction

MEDIA_TYPE = "text/csv"
_DELIMITERS = ",;\t|"
_SAMPLE = 20


def extract(data: bytes, name: str) -> Extraction:
    """Rows of a CSV or TSV file.

    Raises:
        NoTextFound: it has no rows.
        UnreadableDocument: it is no text, or no table.
    """
    text = decode(data, name)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=_delimiter(text)) if row]
    except csv.Error as error:
        raise UnreadableDocument(f"{name} is no table that can be read: {error}.") from error
    builder = TextBuilder()
    add_rows(builder, rows)
    return builder.extraction(name, MEDIA_TYPE, title=stem(name))


def add_rows(builder: TextBuilder, rows: Sequence[Sequence[str]]) -> None:
    """Add the rows of a table as lines."""
    # Rows that name their columns need no head in every part of a long table.
    builder.add("table", "\n".join(row_lines(rows)), head=0)


def row_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line for the head, then for each row one as `column: value | column: value`.

    A table without a head keeps its rows as they are; empty cells are left out only where the
    head names the others.
    """
    kept = [[" ".join(cell.split()) for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    if not kept:
        return
    if not _is_head(kept):
        yield from (CELL.join(row) for row in kept)
        return
    head = kept[0]
    yield CELL.join(cell for cell in head if cell)
    for row in kept[1:]:
        yield CELL.join(_named(head, row))


def _named(head: Sequence[str], row: Sequence[str]) -> Iterator[str]:
    for number, cell in enumerate(row):
        column = head[number] if number < len(head) else ""
        if cell:
            yield f"{column}: {cell}" if column else cell


def _is_head(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: words, each another, as wide as the table."""
    first = [cell for cell in rows[0] if cell]
    widest = max(len([cell for cell in row if cell]) for row in rows[1:] or [[]])
    words = all(any(char.isalpha() for char in cell) and len(cell) <= 80 for cell in first)
    return len(rows) > 1 and len(set(first)) == len(first) >= max(2, widest - 1) and words


def _delimiter(text: str) -> str:
    """The sign that cuts the first lines into the same number of cells, more than one."""
    lines = [line for line in text.split("\n")[: _SAMPLE + 1] if line.strip()][:_SAMPLE]

    def evenness(sign: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=sign)]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual) if usual > 1 else 0, usual)

    return max(_DELIMITERS, key=evenness)
