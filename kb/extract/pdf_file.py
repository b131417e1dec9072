"""Opens PDF bytes with pdfium, and says in plain words why one cannot be opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.errors import DocumentEncrypted, DocumentTooLarge, UnreadableDocument

if TYPE_CHECKING:
    from kb.extract.ocr import Picture

MAX_PAGES = 200
MAX_PIXELS = 6_000_000
"""Most points of a picture of a page; a larger page is drawn at a smaller scale."""
DOTS = 200
"""Dots an inch at which a page is drawn to be read; print of 6 points is 17 dots tall."""
_POINTS = 72
"""Points an inch."""
UNKNOWN_PART = 0.3
"""Part of letters without a meaning from which the text of a page is not worth reading."""
_CAPTION = 150
"""Fewer letters than this beside a picture of the whole page are a stamp or a mark on it."""
_MOST_OF_PAGE = 0.5
_DEPTH = 3
"""Forms in forms that pictures are looked for in."""

Edges = tuple[float, float, float, float]


@contextmanager
def opened(data: bytes, name: str) -> Iterator[pdfium.PdfDocument]:
    """A PDF, closed again at the end.

    Raises:
        DocumentEncrypted: it asks for a password.
        DocumentTooLarge: it has more than `MAX_PAGES` pages.
        UnreadableDocument: it is damaged or no PDF.
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            message = f"{name} asks for a password: save a copy without one and add that."
            raise DocumentEncrypted(message) from error
        raise UnreadableDocument(f"{name} is damaged or is no PDF file.") from error
    try:
        pages = len(document)
        if pages > MAX_PAGES:
            parts = f"split it into parts of at most {MAX_PAGES} pages"
            raise DocumentTooLarge(f"{name} has {pages:,} pages: {parts}.")
        if pages < 1:
            raise UnreadableDocument(f"{name} has no pages.")
        yield document
    finally:
        document.close()


def is_picture(page: pdfium.PdfPage, text: str) -> bool:
    """Whether a page is to be read by OCR, given the text that the file has for it."""
    letters = "".join(text.split())
    unknown = sum(char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in letters)
    if unknown > UNKNOWN_PART * len(letters):
        return True
    readable = sum(char.isalnum() for char in letters)
    if readable == 0:
        return any(page.get_objects(max_depth=2))
    return readable < _CAPTION and _pictured(page) > _MOST_OF_PAGE


def drawn(page: pdfium.PdfPage) -> "tuple[Picture, float]":
    """A page as a picture, and the points of the picture for each point of the page."""
    width, height = page.get_size()
    scale = min(DOTS / _POINTS, (MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
    bitmap = page.render(scale=scale)
    try:
        # A copy: the points go with the bitmap.
        return bitmap.to_numpy()[:, :, :3].copy(), scale
    finally:
        bitmap.close()


def picture_edges(page: pdfium.PdfPage) -> Iterator[Edges]:
    """Left, lower, right and upper edge of every picture of a page, in points."""
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=_DEPTH):
        edges = picture.get_bounds()
        form = picture.container
        while form is not None:
            edges = form.get_matrix().on_rect(*edges)
            form = form.container
        yield edges


def _pictured(page: pdfium.PdfPage) -> float:
    """Part of a page that its largest picture covers."""
    width, height = page.get_size()
    areas = ((right - left) * (top - bottom) for left, bottom, right, top in picture_edges(page))
    return max(areas, default=0.0) / max(float(width * height), 1.0)
