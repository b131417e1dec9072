"""A page of a PDF as a picture, and where on it a quote stands."""

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from ctypes import byref, c_double, c_int

import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.errors import UnknownDocument, UnreadableDocument
from kb.extract.pdf_file import MAX_PIXELS, drawn, is_picture, opened, picture_edges
from kb.extract.pdf_lines import frame_of, page_codes, page_lines
from kb.extract.pdf_mend import PageLine
from kb.extract.places import PlacedWord, Rectangle
from kb.extract.quote_find import find_quote, letters_of
from kb.extract.wire import Json, pack_boxes

_GRID = 100_000
"""Steps in which places on a page are counted."""


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

    Of a quote that is not found whole, its lines, sentences and runs of words are looked for. A
    page that was read by OCR is read again.

    Raises:
        UnknownDocument: there is no such page.
        UnreadableDocument: the file or the page is damaged.
    """
    with opened(data, name) as document, _Page(document, page, name) as shown:
        text_page = shown.get_textpage()
        try:
            codes = page_codes(text_page)
            if is_picture(shown, "".join(chr(code) for code in codes if code < 0x110000)):
                return _scanned(shown, quote)
            letters, places = _letters([chr(code) if code < 0x110000 else "" for code in codes])
            found = find_quote(letters, quote)
            if not found:
                return _pasted(shown, quote)
            return [
                rectangle
                for first, end in found
                for rectangle in _rectangles(shown, text_page, places[first], places[end - 1])
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


def _letters(parts: Sequence[str]) -> tuple[str, list[int]]:
    """The letters of characters or words, and to which of them each belongs."""
    letters: list[str] = []
    places: list[int] = []
    for index, part in enumerate(parts):
        for char in letters_of(part):
            letters.append(char)
            places.append(index)
    return "".join(letters), places


def _scanned(page: pdfium.PdfPage, quote: str) -> list[Rectangle]:
    """Places of a quote on a page that is a picture."""
    from kb.extract.ocr import Ocr  # noqa: PLC0415 - takes a second that most pages do not need
    from kb.extract.pdf_scan import scanned_page  # noqa: PLC0415

    return _on_lines(scanned_page(page, 1, Ocr())[1], quote)


def _pasted(page: pdfium.PdfPage, quote: str) -> list[Rectangle]:
    """Places of a quote on the pictures of a page of text."""
    from kb.extract.ocr import Ocr  # noqa: PLC0415
    from kb.extract.pdf_pictures import pasted_lines, pasted_pictures  # noqa: PLC0415

    frame = frame_of(page, 1)
    lines = list(page_lines(page, frame))
    pictures = pasted_pictures(picture_edges(page), lambda: drawn(page), frame, lines)
    if not pictures:
        return []
    ocr = Ocr()
    read = (_on_lines(pasted_lines(each, frame, ocr, math.inf), quote) for each in pictures)
    return next(filter(None, read), [])


def _on_lines(lines: Sequence[PageLine], quote: str) -> list[Rectangle]:
    """Places of a quote on lines that were read by OCR."""
    words = [word for line in lines for word in line.words]
    ends = [number for number, line in enumerate(lines) for _ in line.words]
    letters, places = _letters([word.text for word in words])
    found = [range(places[first], places[end - 1] + 1) for first, end in find_quote(letters, quote)]
    return [
        _around([words[index] for index in indexes if ends[index] == line])
        for indexes in found
        for line in sorted({ends[index] for index in indexes})
    ]


def _around(words: Sequence[PlacedWord]) -> Rectangle:
    """The rectangle around words of one line."""
    left = min(word.place.left for word in words)
    top = min(word.place.top for word in words)
    right = max(word.place.right for word in words)
    bottom = max(word.place.bottom for word in words)
    return Rectangle(left, top, min(right, 1.0) - left, min(bottom, 1.0) - top)


def _rectangles(
    page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, first: int, last: int
) -> Iterator[Rectangle]:
    for index in range(text_page.count_rects(first, last - first + 1)):
        left, bottom, right, top = text_page.get_rect(index)
        one, other = _on_grid(page, left, top), _on_grid(page, right, bottom)
        x0, x1 = sorted((one[0], other[0]))
        y0, y1 = sorted((one[1], other[1]))
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
