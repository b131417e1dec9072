"""A page of a PDF as a picture, and where on it a quote stands."""

import struct
import unicodedata
import zlib
from collections.abc import Iterator
from ctypes import byref, c_double, c_int

import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.errors import UnknownDocument, UnreadableDocument
from kb.extract.pdf_file import opened
from kb.extract.pdf_lines import page_codes
from kb.extract.places import Rectangle
from kb.extract.wire import Json, pack_boxes

MAX_PIXELS = 6_000_000
"""Most pixels of a picture; a larger page is drawn at a smaller scale."""
_GRID = 100_000
"""Steps in which places on a page are counted."""
_LEAST = 12
"""Letters that a part of a quote must have to be looked for on its own."""


def render_page(data: bytes, page: int, scale: float = 1.5, name: str = "the file") -> bytes:
    """PNG picture of a page.

    Args:
        data: the PDF.
        page: number of the page, from 1.
        scale: pixels for each point (1/72 inch); 2 is sharp on most screens.
        name: file name for messages.

    Raises:
        UnknownDocument: there is no such page.
        UnreadableDocument: the file or the page is damaged.
    """
    with opened(data, name) as document, _Page(document, page, name) as shown:
        width, height = shown.get_size()
        largest = (MAX_PIXELS / max(width * height, 1.0)) ** 0.5
        bitmap = shown.render(scale=min(max(scale, 0.1), largest), rev_byteorder=True)
        try:
            return _png(bitmap)
        finally:
            bitmap.close()


def page_boxes(data: bytes, page: int, quote: str, name: str = "the file") -> list[Rectangle]:
    """Rectangles that cover a quote on a page, one for each line; empty where it is not found.

    Letters and figures are compared alone, so that line breaks, hyphens at line ends, spaces and
    cell marks do not matter. Of a quote that is not found whole, its sentences are looked for.

    Raises:
        UnknownDocument: there is no such page.
        UnreadableDocument: the file or the page is damaged.
    """
    with opened(data, name) as document, _Page(document, page, name) as shown:
        text_page = shown.get_textpage()
        try:
            spans = _find(page_codes(text_page), quote)
            return [
                rectangle
                for start, count in spans
                for rectangle in _rectangles(shown, text_page, start, count)
            ]
        finally:
            text_page.close()


def show_task(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    """`page_boxes` and `render_page` as a task of a child process.

    Arguments: `name`, `page` (from 1), `quote` (may be empty), `scale` (pixels for each point).
    """
    name, page = str(arguments["name"]), int(str(arguments["page"]))
    quote, scale = str(arguments["quote"]), float(str(arguments["scale"]))
    boxes = page_boxes(data, page, quote, name) if quote.strip() else []
    return pack_boxes(boxes), render_page(data, page, scale, name)


class _Page:
    """A page that is closed again at the end."""

    def __init__(self, document: pdfium.PdfDocument, number: int, name: str) -> None:
        if not 1 <= number <= len(document):
            raise UnknownDocument(f"{name} has no page {number}.")
        try:
            self._page = document[number - 1]
        except pdfium.PdfiumError as error:
            raise UnreadableDocument(f"Page {number} of {name} is damaged.") from error

    def __enter__(self) -> pdfium.PdfPage:
        return self._page

    def __exit__(self, *_: object) -> None:
        self._page.close()


def _png(bitmap: pdfium.PdfBitmap) -> bytes:
    """PNG file of a bitmap of three bytes a pixel."""
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    pixels = memoryview(bitmap.buffer).cast("B")
    rows = (b"\x00" + bytes(pixels[row * stride :][: width * 3]) for row in range(height))
    packed = zlib.compress(b"".join(rows), 4)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", packed), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


def _find(codes: list[int], quote: str) -> list[tuple[int, int]]:
    """Where a quote stands, as (first character, number of characters) by pdfium's index."""
    letters: list[str] = []
    places: list[int] = []
    for index, code in enumerate(codes):
        for char in _letters(chr(code)) if 0 < code < 0x110000 else "":
            letters.append(char)
            places.append(index)
    page = "".join(letters)
    whole = list(_place(page, places, _letters(quote)))
    if whole:
        return whole
    parts = (_letters(part) for line in quote.split("\n") for part in line.split(". "))
    return [span for part in parts if len(part) >= _LEAST for span in _place(page, places, part)]


def _place(page: str, places: list[int], wanted: str) -> Iterator[tuple[int, int]]:
    at = page.find(wanted) if wanted else -1
    if at >= 0:
        first, last = places[at], places[at + len(wanted) - 1]
        yield first, last - first + 1


def _rectangles(
    page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, start: int, count: int
) -> Iterator[Rectangle]:
    for index in range(text_page.count_rects(start, count)):
        left, bottom, right, top = text_page.get_rect(index)
        first, second = _on_grid(page, left, top), _on_grid(page, right, bottom)
        x0, x1 = sorted((first[0], second[0]))
        y0, y1 = sorted((first[1], second[1]))
        if x1 > x0 and y1 > y0:
            yield Rectangle(x0, y0, x1 - x0, y1 - y0)


def _on_grid(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A place in page coordinates as fractions of the picture, whatever the page's rotation."""
    across, down = c_int(), c_int()
    raw.FPDF_PageToDevice(
        page, 0, 0, _GRID, _GRID, 0, c_double(x), c_double(y), byref(across), byref(down)
    )
    return _limited(across.value), _limited(down.value)


def _limited(steps: int) -> float:
    return min(max(steps / _GRID, 0.0), 1.0)
