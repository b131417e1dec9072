"""Excel workbooks (.xlsx): the values of every visible sheet, as they were last worked out.

Formulas are not worked out: what the program that wrote the file left as their results is read.
"""

import datetime
import io
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from kb.errors import UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.table import add_rows
from kb.extract.zip_check import check_parts, checked
from kb.messages import Extraction

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_CELLS = 500_000
_LARGE = 6_000_000
"""Bytes of sheets, unpacked, from which merged cells are not looked at: it would take too long."""
_WITHOUT_RESULT = re.compile(rb"</f>(?:<v/>|<v></v>)?</c>")
_DAMAGE = (
    BadZipFile, InvalidFileException, LookupError, ValueError, TypeError, AttributeError,
    SyntaxError, ArithmeticError, EOFError, zlib.error,
)  # fmt: skip


def extract(data: bytes, name: str) -> Extraction:
    """Rows of the visible sheets of a workbook.

    Raises:
        DocumentEncrypted: it asks for a password.
        DocumentTooLarge: it is packed too tightly or is too large.
        NoTextFound: its visible sheets are empty.
        UnreadableDocument: it is damaged, or declares XML entities.
    """
    with checked(data, name) as container:
        check_parts(container, name)
        sheets = [part for part in container.infolist() if "/worksheets/" in part.filename]
        large = sum(part.file_size for part in sheets) > _LARGE
        empty = _without_result(container)
    builder = TextBuilder()
    notes = [f"Formulas without a stored result are left out: {empty}."] if empty else []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that are not read, such as pictures
            book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, read_only=large)
            notes += _fill(builder, book)
    except _DAMAGE as error:
        raise UnreadableDocument(f"{name} is damaged or is no Excel file (.xlsx).") from error
    if large:
        notes.append("Merged cells of this large file are read as they are stored.")
    return builder.extraction(name, MEDIA_TYPE, title=book.properties.title or "", notes=notes)


def _fill(builder: TextBuilder, book: openpyxl.Workbook) -> list[str]:
    """Add all visible sheets; notes on the others."""
    notes: list[str] = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            notes.append(f"The hidden sheet \u201c{sheet.title}\u201d is not read.")
            continue
        rows, whole = _rows(sheet)
        if not whole:
            notes.append(f"Of the sheet \u201c{sheet.title}\u201d only the first part is read.")
        if any(any(row) for row in rows):
            builder.heading(sheet.title, 1)
            for block in _blocks(rows):
                add_rows(builder, block)
    return notes


def _rows(sheet: Worksheet) -> tuple[list[list[str]], bool]:
    """Rows of a sheet, and whether they are all."""
    rows: list[list[str]] = []
    cells = 0
    for row in sheet.iter_rows():
        rows.append([_shown(cell) for cell in row])
        cells += len(row)
        if cells > MAX_CELLS:
            return rows, False
    for merged in getattr(sheet, "merged_cells", None) or ():
        _spread(rows, merged.bounds)
    return rows, True


def _spread(rows: list[list[str]], bounds: Sequence[int]) -> None:
    """Give every cell of a merged range its value, so that each row can be read alone."""
    left, top, right, bottom = bounds
    if top > len(rows) or left > len(rows[top - 1]):
        return
    value = rows[top - 1][left - 1]
    for row in rows[top - 1 : bottom]:
        row[left - 1 : right] = [value] + [""] * (min(right, len(row)) - left)


def _blocks(rows: Sequence[list[str]]) -> Iterator[list[list[str]]]:
    """Tables of a sheet, parted by empty rows."""
    block: list[list[str]] = []
    for row in [*rows, []]:
        if any(row):
            block.append(row)
        elif block:
            yield block
            block = []


def _shown(cell: Cell) -> str:
    """A value as the sheet shows it, as far as its meaning goes."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        at_midnight = value.time() == datetime.time()
        return value.date().isoformat() if at_midnight else value.isoformat(" ", "minutes")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return _number(value, percent="%" in str(cell.number_format))
    return str(value)


def _number(value: float, *, percent: bool) -> str:
    """A number without the noise of its binary form; percentages as percentages."""
    return f"{value * 100 if percent else value:.12g}" + ("%" if percent else "")


def _without_result(container: ZipFile) -> int:
    parts = (part for part in container.namelist() if "/worksheets/" in part)
    return sum(len(_WITHOUT_RESULT.findall(container.read(part))) for part in parts)
