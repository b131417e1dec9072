"""PDF: text of every page with headings, paragraphs, lists and tables, read through pdfium."""

from collections.abc import Sequence

import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.errors import NoTextFound, UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.pdf_file import opened
from kb.extract.pdf_layout import arrange
from kb.extract.pdf_lines import frame_of, page_lines
from kb.extract.pdf_mend import PageLine
from kb.messages import Extraction

MEDIA_TYPE = "application/pdf"
_UNREADABLE_PART = 0.3
"""Part of letters without a meaning from which the text of a file is not worth reading."""
_FORM = "What is filled into the form fields of this file is not read."
_EMPTY_TITLES = ("untitled", "microsoft word", "powerpoint", "document", "slide 1")


def extract(data: bytes, name: str) -> Extraction:
    """Text of a PDF, with page numbers from 1.

    Raises:
        DocumentEncrypted: it asks for a password.
        DocumentTooLarge: too many pages or characters.
        NoTextFound: it is a scan, or its letters have no meaning.
        UnreadableDocument: it is damaged.
    """
    with opened(data, name) as document:
        heights: list[float] = []
        lines: list[PageLine] = []
        for number in range(1, len(document) + 1):
            height, found = _read_page(document, number)
            heights.append(height)
            lines += found
        title = _title(document)
        has_form = document.get_formtype() != raw.FORMTYPE_NONE
    _check(lines, name)
    builder = TextBuilder()
    for piece in arrange(lines, heights):
        if piece.kind == "heading":
            builder.heading(piece.text, piece.level, piece.page)
        else:
            builder.add(piece.kind, piece.text, piece.page)
    notes = _notes(lines, len(heights)) + ((_FORM,) if has_form else ())
    return builder.extraction(name, MEDIA_TYPE, title=title, pages=len(heights), notes=notes)


def _read_page(document: pdfium.PdfDocument, number: int) -> tuple[float, list[PageLine]]:
    """Height and lines of a page; a page that cannot be read counts as empty."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return 1.0, []
    try:
        frame = frame_of(page, number)
        return frame.height, list(page_lines(page, frame))
    except pdfium.PdfiumError:
        return 1.0, []
    finally:
        page.close()


def _check(lines: Sequence[PageLine], name: str) -> None:
    letters = "".join(line.text for line in lines)
    if not any(char.isalnum() for char in letters):
        message = f"No text found in {name}: it seems to hold only pictures, as a scan does."
        raise NoTextFound(message)
    unknown = sum(char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in letters)
    if unknown > _UNREADABLE_PART * len(letters):
        message = f"The letters of {name} carry no meaning, only shapes: it cannot be searched."
        raise NoTextFound(message)


def _notes(lines: Sequence[PageLine], pages: int) -> tuple[str, ...]:
    missing = sorted(set(range(1, pages + 1)) - {line.page for line in lines})
    if not missing:
        return ()
    shown = ", ".join(map(str, missing[:20])) + (", ..." if len(missing) > 20 else "")
    pages_word = "Page" if len(missing) == 1 else "Pages"
    return (f"{pages_word} without text, such as pictures or scans: {shown}.",)


def _title(document: pdfium.PdfDocument) -> str:
    """Title of the file's properties, unless a program made it up."""
    try:
        title = str(document.get_metadata_value("Title")).strip()
    except (pdfium.PdfiumError, UnicodeDecodeError) as error:
        raise UnreadableDocument(f"The properties of the file are damaged: {error}.") from error
    made_up = title.casefold().startswith(_EMPTY_TITLES) or title.endswith((".doc", ".docx"))
    return "" if made_up or len(title) < 4 else title
