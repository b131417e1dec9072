"""Reads the printed lines of one PDF page from pdfium, in the order in which pdfium gives them.

Where letters are drawn decides what a line is; their colour does not: white text is text.
"""

import math
from collections.abc import Iterator
from ctypes import byref, c_int, create_string_buffer
from dataclasses import dataclass

import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.extract.inline import raised
from kb.extract.pdf_mend import CELL, CELL_GAP, Gap, PageLine

BOLD = 600
"""Font weight from which a letter is bold."""
SMALLER = 0.9
"""Raised figures are smaller than this many times the letters before them,"""
HIGHER = 0.15
"""and begin this part of a letter's height above their lower edge, at the least."""
_BOLD_NAMES = (b"bold", b"black", b"heavy", b"demi")
_LINE_ENDS = frozenset({0x0A, 0x0D})
_HYPHEN = 0x02
"""What pdfium gives for a hyphen at a line end; it leaves out the line break after it."""
_UNKNOWN = 0xFFFD


@dataclass(frozen=True, slots=True)
class Box:
    """Where letters stand on the page as it is shown, in points from its bottom left corner."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Frame:
    """How a page is turned to be shown."""

    number: int
    """Number of the page, from 1."""
    edges: Box
    """Edges of the page before it is turned."""
    turns: int
    """Quarter turns clockwise."""

    @property
    def height(self) -> float:
        """Height of the page as it is shown, in points."""
        edges = self.edges
        sides = (edges.top - edges.bottom, edges.right - edges.left)
        return max(sides[self.turns % 2], 1.0)

    def shown(self, box: Box) -> Box:
        """A box of the unturned page where it is shown."""
        edges = self.edges
        across = (box.left - edges.left, box.right - edges.left)
        up = (box.bottom - edges.bottom, box.top - edges.bottom)
        sides = (edges.right - edges.left, edges.top - edges.bottom)
        for turn in range(self.turns):
            width = sides[turn % 2]
            across, up = up, (width - across[1], width - across[0])
        return Box(across[0], up[0], across[1], up[1])


def frame_of(page: pdfium.PdfPage, number: int) -> Frame:
    """Edges and rotation of a page; `number` counts from 1."""
    return Frame(number, Box(*page.get_bbox()), page.get_rotation() // 90 % 4)


def page_lines(page: pdfium.PdfPage, frame: Frame) -> Iterator[PageLine]:
    """Lines of a page that hold anything."""
    text_page = page.get_textpage()
    try:
        codes = page_codes(text_page)
        for start, end in _spans(codes):
            line = _line(text_page, codes[start:end], start, frame)
            if line:
                yield line
    finally:
        text_page.close()


def page_codes(text_page: pdfium.PdfTextPage) -> list[int]:
    """Code point of every character of a page, by pdfium's character index."""
    count = max(text_page.count_chars(), 0)
    return [raw.FPDFText_GetUnicode(text_page, index) for index in range(count)]


def box_of(text_page: pdfium.PdfTextPage, index: int, frame: Frame) -> Box | None:
    """Full-height box of one character as shown, or nothing for one without a place."""
    box = raw.FS_RECTF()
    if not raw.FPDFText_GetLooseCharBox(text_page, index, byref(box)):
        return None
    return frame.shown(Box(box.left, box.bottom, box.right, box.top))


def _spans(codes: list[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for index, code in enumerate([*codes, 0x0A]):
        if code in _LINE_ENDS or code == _HYPHEN:
            if any(each > 0x20 for each in codes[start:index]):
                yield start, index + (code == _HYPHEN)
            start = index + 1


def _line(
    text_page: pdfium.PdfTextPage, codes: list[int], start: int, frame: Frame
) -> PageLine | None:
    text, boxes, gaps = _words(text_page, codes, start, frame)
    if not boxes:
        return None
    seen = [index for index, code in enumerate(codes) if code > 0x20]
    probes = {start + seen[0], start + seen[len(seen) // 2], start + seen[-1]}
    upright = all(is_upright(text_page, index, frame) for index in probes)
    return PageLine(
        text=text,
        page=frame.number,
        left=min(box.left for box in boxes),
        right=max(box.right for box in boxes),
        top=frame.height - max(box.top for box in boxes),
        bottom=frame.height - min(box.bottom for box in boxes),
        size=max(box.top - box.bottom for box in boxes) if upright else 0.0,
        bold=all(is_bold(text_page, index) for index in probes),
        gaps=gaps,
    )


def _words(
    text_page: pdfium.PdfTextPage, codes: list[int], start: int, frame: Frame
) -> tuple[str, list[Box], tuple[Gap, ...]]:
    """Text of a line with its cells parted, the boxes of its words' ends, and the gaps."""
    parts: list[str] = []
    boxes: list[Box] = []
    gaps: list[Gap] = []
    for first, last in _word_spans(codes):
        left = box_of(text_page, start + first, frame)
        right = box_of(text_page, start + last - 1, frame)
        between = " " if parts else ""
        if left and right:
            wide = CELL_GAP * (left.top - left.bottom)
            if boxes and left.left - boxes[-1].right > wide > 0:
                gaps.append((boxes[-1].right, left.left))
                between = CELL
            boxes += [left, right]
        parts.append(between + _spelled(text_page, codes[first:last], start + first, frame))
    return "".join(parts), boxes, tuple(gaps)


def _spelled(text_page: pdfium.PdfTextPage, codes: list[int], start: int, frame: Frame) -> str:
    """A word with its raised figures marked as such."""
    word = "".join(map(_shown, codes))
    if len(word) < 2 or not any(char.isdigit() for char in word):
        return word
    line = box_of(text_page, start, frame)
    shown = ""
    for index, char in enumerate(word):
        box = box_of(text_page, start + index, frame)
        if not line or not box or not _is_raised(box, line):
            line = box or line
            shown += char
        else:
            shown += raised(char)
    return shown


def _is_raised(box: Box, line: Box) -> bool:
    """Whether a character is smaller than the ones before it and stands higher."""
    height = line.top - line.bottom
    smaller = box.top - box.bottom < SMALLER * height
    return smaller and box.bottom - line.bottom > HIGHER * height


def _word_spans(codes: list[int]) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for index, code in enumerate([*codes, 0x20]):
        blank = code in {0x09, 0x20, 0xA0}
        if blank and start is not None:
            yield start, index
            start = None
        elif not blank and start is None:
            start = index


def _shown(code: int) -> str:
    """A character of the page; half a pair and what has no Unicode become the mark for unknown."""
    if code == _HYPHEN:
        return "-"
    if code == 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return chr(_UNKNOWN)
    return chr(code)


def is_bold(text_page: pdfium.PdfTextPage, index: int) -> bool:
    """Whether a character is printed bold, by its font's weight or name."""
    if int(raw.FPDFText_GetFontWeight(text_page, index)) >= BOLD:
        return True
    name = create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text_page, index, name, len(name), byref(c_int()))
    return any(word in name.value.lower() for word in _BOLD_NAMES)


def is_upright(text_page: pdfium.PdfTextPage, index: int, frame: Frame) -> bool:
    """Whether a character is shown upright, not along the edge of the page."""
    angle = float(raw.FPDFText_GetCharAngle(text_page, index)) + frame.turns * math.pi / 2
    return abs(math.sin(angle)) < 0.1
