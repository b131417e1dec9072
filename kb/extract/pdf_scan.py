"""Reads the pages of a PDF that are pictures, by OCR."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

import pypdfium2 as pdfium

from kb.extract.ocr import Ocr
from kb.extract.page_order import in_reading_order
from kb.extract.pdf_file import drawn
from kb.extract.pdf_mend import PageLine
from kb.extract.scan import Scan, read_scan

_ALIKE = 0.2
"""Lines of a scan are of the usual size unless they are off it by more than this part."""
_FEWEST = 40
"""Letters that a picture beside text must hold to be read at all,"""
_RUNNING = 25
"""characters from which a line is more than a label,"""
_MOSTLY = 0.6
"""and the part of its letters that must stand in such lines or in rows of cells."""


def scanned_page(page: pdfium.PdfPage, number: int, ocr: Ocr) -> tuple[float, list[PageLine]]:
    """Height in points and lines of a page that is a picture, in reading order."""
    picture, scale = drawn(page)
    scan = read_scan(picture, ocr)
    return scan.shape[0] / scale, scan_lines(scan, number, 1 / scale)


def scan_lines(scan: Scan, number: int, unit: float) -> list[PageLine]:
    """Lines of a scan in reading order.

    Args:
        scan: what was read.
        number: number of the page, from 1.
        unit: length of one point of the picture, in points of the page.
    """
    parts = [
        PageLine(
            text=line.text,
            page=number,
            left=line.place.left * unit,
            right=line.place.right * unit,
            top=line.place.top * unit,
            bottom=line.place.bottom * unit,
            size=line.place.height * unit,
            words=line.words,
        )
        for line in scan.lines
    ]
    return in_reading_order(_even(parts))


def reads_as_text(lines: Sequence[PageLine]) -> bool:
    """Whether the lines of a picture are sentences or rows, not labels of a figure or a logo."""
    letters = [(line, sum(char.isalnum() for char in line.text)) for line in lines]
    whole = sum(count for _, count in letters)
    running = sum(count for line, count in letters if line.table or len(line.text) >= _RUNNING)
    return whole >= _FEWEST and running >= _MOSTLY * whole


def _even(parts: Sequence[PageLine]) -> list[PageLine]:
    """Lines with one size where they differ only by how tightly they were framed."""
    if not parts:
        return []
    usual = statistics.median(part.size for part in parts)
    return [
        replace(part, size=usual) if abs(part.size - usual) < _ALIKE * usual else part
        for part in parts
    ]
