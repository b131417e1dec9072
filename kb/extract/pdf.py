"""PDF: text of every page with headings, paragraphs, lists and tables, read through pdfium.

A page that is a picture, or of which the letters carry no meaning, is read by OCR; so are pictures
of print that stand between the text.
"""

import math
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pypdfium2 as pdfium

from kb.errors import NoTextFound, UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.page_order import read_across
from kb.extract.pdf_file import UNKNOWN_PART, Edges, drawn, is_picture, opened, picture_edges
from kb.extract.pdf_layout import Piece, arrange
from kb.extract.pdf_lines import frame_of, page_lines
from kb.extract.pdf_marks import page_marks
from kb.extract.pdf_mend import PageLine
from kb.extract.progress import Tell, silent
from kb.extract.scan_notes import numbers, scan_notes
from kb.messages import Extraction

if TYPE_CHECKING:
    from kb.extract.ocr import Ocr

MEDIA_TYPE = "application/pdf"
_MARKS = "Notes and filled form fields stand after the text of their page."
_OFTEN = 20
"""Pages of text after which it is told that the work goes on; each may take as long as a file."""
_EMPTY_TITLES = ("untitled", "microsoft word", "powerpoint", "document", "slide 1")


@dataclass
class _Pages:
    """What is read page by page."""

    tell: Tell
    count: int
    """Number of all pages."""
    heights: list[float] = field(default_factory=list)
    lines: list[PageLine] = field(default_factory=list)
    marks: dict[int, list[str]] = field(default_factory=dict)
    scanned: list[int] = field(default_factory=list)

    @cached_property
    def ocr(self) -> "Ocr":
        """Loaded with the first picture: it takes a second that most files do not need."""
        from kb.extract.ocr import Ocr  # noqa: PLC0415

        return Ocr()

    @contextmanager
    def slow(self, number: int) -> Iterator["Ocr"]:
        """The OCR for a page; before and after it is told that the work goes on."""
        ocr = self.ocr
        self.tell(number - 1, self.count)
        yield ocr
        self.tell(number, self.count)


def extract(data: bytes, name: str, tell: Tell = silent) -> Extraction:
    """Text of a PDF, with page numbers from 1.

    Args:
        data: the file.
        name: its name, for messages.
        tell: called with the pages done, around each page that is read by OCR and now and then.

    Raises:
        DocumentEncrypted: it asks for a password.
        DocumentTooLarge: too many pages or characters.
        NoTextFound: nothing on its pages can be read.
        UnreadableDocument: it is damaged.
    """
    with opened(data, name) as document:
        pages = _Pages(tell, len(document))
        document.init_forms()
        for number in range(1, len(document) + 1):
            _read_page(document, number, pages)
            if number % _OFTEN == 0:
                tell(number, len(document))
        title = _title(document)
    _check(pages.lines, name)
    builder = TextBuilder()
    for piece in _with_marks(arrange(pages.lines, pages.heights), pages.marks):
        if piece.kind == "heading":
            builder.heading(piece.text, piece.level, piece.page)
        else:
            builder.add(piece.kind, piece.text, piece.page)
    count = len(pages.heights)
    return builder.extraction(name, MEDIA_TYPE, title=title, pages=count, notes=_notes(pages))


def _read_page(document: pdfium.PdfDocument, number: int, pages: _Pages) -> None:
    """Read a page; one that cannot be read counts as empty."""
    pages.heights.append(1.0)
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return
    try:
        _read_lines(page, number, pages)
        marks = page_marks(document, page)
        if marks:
            pages.marks[number] = marks
    except pdfium.PdfiumError:
        return
    finally:
        page.close()


def _read_lines(page: pdfium.PdfPage, number: int, pages: _Pages) -> None:
    frame = frame_of(page, number)
    lines = list(page_lines(page, frame))
    if is_picture(page, "".join(line.text for line in lines)):
        from kb.extract.pdf_scan import scanned_page  # noqa: PLC0415 - few files need it

        with pages.slow(number) as ocr:
            pages.heights[-1], scanned = scanned_page(page, number, ocr)
        pages.scanned.append(number)
        pages.lines += scanned
    else:
        pages.heights[-1] = frame.height
        own = read_across(lines)
        edges = list(picture_edges(page))
        pages.lines += _with_pictures(page, edges, own, pages) if edges else own


def _with_pictures(
    page: pdfium.PdfPage, edges: list[Edges], lines: list[PageLine], pages: _Pages
) -> list[PageLine]:
    """Lines of a page with those of the pictures that stand between them."""
    from kb.extract.pdf_pictures import pasted_lines, pasted_pictures, put_in  # noqa: PLC0415

    frame = frame_of(page, len(pages.heights))
    pictures = pasted_pictures(edges, lambda: drawn(page), frame, lines)
    sizes = [line.size for line in lines if line.size]  # letters along the edge have none
    body = statistics.median(sizes) if sizes else math.inf
    for picture in pictures:
        with pages.slow(frame.number) as ocr:
            read = pasted_lines(picture, frame, ocr, body)
        if read:
            pages.scanned.append(frame.number)
        lines = put_in(lines, read)
    return lines


def _with_marks(pieces: Iterator[Piece], marks: dict[int, list[str]]) -> Iterator[Piece]:
    """Pieces in order, and after those of each page its marks."""
    waiting = sorted(marks)
    for piece in pieces:
        while waiting and waiting[0] < piece.page:
            yield from _marks(waiting[0], marks)
            waiting.pop(0)
        yield piece
    for page in waiting:
        yield from _marks(page, marks)


def _marks(page: int, marks: dict[int, list[str]]) -> Iterator[Piece]:
    for text in marks[page]:
        yield Piece("paragraph", text, page)


def _check(lines: Sequence[PageLine], name: str) -> None:
    letters = "".join(line.text for line in lines)
    if not any(char.isalnum() for char in letters):
        message = f"No text found in {name}: it seems to hold only pictures without words."
        raise NoTextFound(message)
    unknown = sum(char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in letters)
    if unknown > UNKNOWN_PART * len(letters):
        message = f"The letters of {name} carry no meaning, only shapes: it cannot be searched."
        raise NoTextFound(message)


def _notes(pages: _Pages) -> tuple[str, ...]:
    read = {line.page for line in pages.lines} | pages.marks.keys()
    missing = sorted(set(range(1, len(pages.heights) + 1)) - read)
    notes = scan_notes(pages.scanned, pages.lines)
    if missing:
        pages_word = "Page" if len(missing) == 1 else "Pages"
        notes += (f"{pages_word} without text, such as pictures: {numbers(missing)}.",)
    return (*notes, _MARKS) if pages.marks else notes


def _title(document: pdfium.PdfDocument) -> str:
    """Title of the file's properties, unless a program made it up."""
    try:
        title = str(document.get_metadata_value("Title")).strip()
    except (pdfium.PdfiumError, UnicodeDecodeError) as error:
        raise UnreadableDocument(f"The properties of the file are damaged: {error}.") from error
    made_up = title.casefold().startswith(_EMPTY_TITLES) or title.endswith((".doc", ".docx"))
    return "" if made_up or len(title) < 4 else title
