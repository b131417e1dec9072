"""Reads the pictures between the text of a PDF page, such as a table that was pasted as a picture.

A picture is read when it looks like print on paper and the file has no text on top of it; photos,
backgrounds, and scans that carry their text already are not.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kb.extract.ocr import Ocr, Picture
from kb.extract.pdf_file import Edges
from kb.extract.pdf_lines import Box, Frame
from kb.extract.pdf_mend import PageLine
from kb.extract.pdf_scan import reads_as_text, scan_lines
from kb.extract.places import PlacedWord, Rectangle
from kb.extract.scan import read_scan

LEAST = 0.02
"""Part of the page that a picture covers to be worth reading."""
MOST = 20
"""Most pictures of a page that are read."""
_TOUCH = 2.0
"""Points between two strips of one picture, at the most."""
_OWN_TEXT = 20
"""Letters that the file has on a picture from which the picture itself is not read."""
_PAPER, _INK = 190, 120
"""Lightness from which a point is paper, and up to which it is ink; 255 is white."""
_MOSTLY_PAPER = 0.5
_SOME_INK = 0.002

Drawn = tuple[Picture, float]


@dataclass(frozen=True, slots=True)
class Pasted:
    """A picture with print on it."""

    box: Box
    picture: Picture
    scale: float
    """Points of the picture for each point of the page."""


def pasted_pictures(
    edges: Iterable[Edges], draw: Callable[[], Drawn], frame: Frame, lines: Sequence[PageLine]
) -> list[Pasted]:
    """Pictures of a page that are to be read.

    Args:
        edges: where the pictures of the page stand.
        draw: gives the whole page as a picture, and its scale.
        frame: of the page.
        lines: what the file itself has for the page.
    """
    boxes = [box for box in _boxes(edges, frame) if not _has_text(box, frame, lines)][:MOST]
    if not boxes:
        return []
    whole, scale = draw()
    cut = (Pasted(box, _cut(whole, box, frame, scale), scale) for box in boxes)
    return [each for each in cut if _is_printed(each.picture)]


def pasted_lines(pasted: Pasted, frame: Frame, ocr: Ocr, body: float) -> list[PageLine]:
    """Lines of a picture where they stand on the page; none is taller than the body's."""
    lines = scan_lines(read_scan(pasted.picture, ocr), frame.number, 1 / pasted.scale)
    if not reads_as_text(lines):
        return []
    left, top = pasted.box.left, frame.height - pasted.box.top
    return [
        replace(
            line,
            left=line.left + left,
            right=line.right + left,
            top=line.top + top,
            bottom=line.bottom + top,
            gaps=tuple((start + left, end + left) for start, end in line.gaps),
            size=min(line.size, body),
            words=tuple(_on_page(word, pasted, frame) for word in line.words),
        )
        for line in lines
    ]


def put_in(lines: Sequence[PageLine], read: Sequence[PageLine]) -> list[PageLine]:
    """Lines of a page with those of one picture behind the text above it."""
    if not read:
        return list(lines)
    top, left = read[0].top, min(line.left for line in read)
    right = max(line.right for line in read)
    above = [
        number
        for number, line in enumerate(lines, 1)
        if line.bottom <= top + line.size / 2 and line.left < right and line.right > left
    ]
    at = max(above, default=0)
    return [*lines[:at], *read, *lines[at:]]


def _boxes(edges: Iterable[Edges], frame: Frame) -> list[Box]:
    """Frames of the larger pictures of a page as it is shown, from the top."""
    whole = frame.shown(frame.edges)
    least = LEAST * (whole.right - whole.left) * (whole.top - whole.bottom)
    found: list[Box] = []
    for each in edges:
        _join(found, _within(frame.shown(Box(*each)), whole))
    large = (box for box in found if _area(box) >= least)
    return sorted(large, key=lambda box: -box.top)


def _within(box: Box, whole: Box) -> Box:
    return Box(
        max(box.left, whole.left),
        max(box.bottom, whole.bottom),
        min(box.right, whole.right),
        min(box.top, whole.top),
    )


def _join(found: list[Box], box: Box) -> None:
    """Add a frame; strips of one picture and pictures that lie on it become one."""
    while other := next((each for each in found if _touch(each, box)), None):
        found.remove(other)
        box = Box(
            min(box.left, other.left),
            min(box.bottom, other.bottom),
            max(box.right, other.right),
            max(box.top, other.top),
        )
    found.append(box)


def _touch(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.top, other.top) - max(one.bottom, other.bottom)
    return across > -_TOUCH and down > -_TOUCH


def _area(box: Box) -> float:
    return max(box.right - box.left, 0.0) * max(box.top - box.bottom, 0.0)


def _has_text(box: Box, frame: Frame, lines: Sequence[PageLine]) -> bool:
    return sum(_letters(lines, box, frame)) >= _OWN_TEXT


def _letters(lines: Sequence[PageLine], box: Box, frame: Frame) -> Iterator[int]:
    for line in lines:
        across = (line.left + line.right) / 2
        up = frame.height - (line.top + line.bottom) / 2
        if box.left < across < box.right and box.bottom < up < box.top:
            yield sum(char.isalnum() for char in line.text)


def _cut(whole: Picture, box: Box, frame: Frame, scale: float) -> Picture:
    top, bottom = frame.height - box.top, frame.height - box.bottom
    rows = slice(int(top * scale), int(bottom * scale) + 1)
    return whole[rows, int(box.left * scale) : int(box.right * scale) + 1]


def _is_printed(picture: Picture) -> bool:
    """Whether a picture has some ink on much paper."""
    if not picture.size:
        return False
    light = picture.mean(axis=2)
    paper, ink = float(np.mean(light >= _PAPER)), float(np.mean(light <= _INK))
    return paper >= _MOSTLY_PAPER and ink >= _SOME_INK


def _on_page(word: PlacedWord, pasted: Pasted, frame: Frame) -> PlacedWord:
    """A word placed in fractions of the page instead of the picture."""
    whole = frame.shown(frame.edges)
    width, height = whole.right - whole.left, frame.height
    box, place = pasted.box, word.place
    wide, tall = box.right - box.left, box.top - box.bottom
    return PlacedWord(
        word.text,
        Rectangle(
            (box.left + place.left * wide) / width,
            (frame.height - box.top + place.top * tall) / height,
            place.width * wide / width,
            place.height * tall / height,
        ),
    )
