"""Turns what OCR reads on a picture into printed lines with places, and drops what is in doubt.

A figure that is not read for sure is not shown: in its place stands `UNREADABLE`. The picture may
lie on its side or stand askew.
"""

import math
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from kb.extract.ocr import Picture, ReadLine, ReadWord
from kb.extract.places import PlacedWord, Rectangle
from kb.extract.scan_notes import UNREADABLE

SURE_LINE = 0.75
"""Below this probability a line is unreadable."""
SURE_FIGURE = 0.9
"""Below this probability a word that holds a figure is unreadable."""
_LOOKALIKE = re.compile(
    r"\d[.,-]?[lIO](?=\d)|\d[.,][A-Z](?![a-z])|(?<!\w)[SBOIZ][.,]\d|(?<!\w)[li][.,]?\d"
)
"""A letter where a figure must have stood, as in `4-l8`, `1.B`, `S.7` and `l000`."""
_TALL = 1.5
"""A line this many times taller than wide runs along the edge of the picture."""
_NOISE = 2
"""Letters of Chinese or Japanese up to which a line is a stain, not text."""


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A line of a scan, placed as on the upright picture without skew."""

    text: str
    place: Rectangle
    """In points of the picture."""
    words: tuple[PlacedWord, ...]
    """In fractions of the picture as it was given."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was read on one picture."""

    lines: tuple[ScanLine, ...]
    shape: tuple[float, float]
    """Height and width of the upright picture, in its points."""


class ReadsLines(Protocol):
    """What reads a picture; `kb.extract.ocr.Ocr` does."""

    def read(self, picture: Picture) -> list[ReadLine]:
        """Lines of a picture, in no order that means anything."""
        ...


def read_scan(picture: Picture, ocr: ReadsLines) -> Scan:
    """Lines of a picture, in no order."""
    turns, lines = _upright(picture, ocr)
    height, width = picture.shape[:2]
    shape = (float(width), float(height)) if turns % 2 else (float(height), float(width))
    kept = [line for line in lines if not _is_noise(line.text)]
    level = _skew(kept)
    return Scan(tuple(_scan_line(line, shape, turns, level) for line in kept), shape)


def _upright(picture: Picture, ocr: ReadsLines) -> tuple[int, list[ReadLine]]:
    """Quarter turns to the left after which the lines read best, and these lines."""
    best: tuple[float, int, list[ReadLine]] = (-1.0, 0, [])
    turns: tuple[int, ...] = (0, 2, 1, 3)
    while turns:
        lines = ocr.read(np.rot90(picture, turns[0]))
        worth, letters = _worth(lines), sum(len(line.text) for line in lines)
        best = max(best, (worth, turns[0], lines), key=lambda each: each[0])
        if 2 * worth >= letters:
            break
        on_side = turns[0] == 0 and 2 * sum(map(_is_tall, lines)) > len(lines)
        turns = (1, 3) if on_side else turns[1:]
    return best[1], best[2]


def _worth(lines: Sequence[ReadLine]) -> float:
    """Letters that are surely read on lines that run across."""
    return sum(len(line.text) for line in lines if line.sure >= SURE_LINE and not _is_tall(line))


def _is_tall(line: ReadLine) -> bool:
    place = _bounds(line.corners)
    return place.height > _TALL * place.width


def _is_noise(text: str) -> bool:
    letters = [char for char in text if char.isalnum()]
    return len(letters) <= _NOISE and not any(char.isascii() for char in letters)


def _skew(lines: Sequence[ReadLine]) -> float:
    """Angle in radians by which long lines fall to the right."""
    angles = [
        math.atan2(line.corners[1][1] - line.corners[0][1], line.corners[1][0] - line.corners[0][0])
        for line in lines
        if len(line.text) >= 12
    ]
    return statistics.median(angles) if angles else 0.0


def _scan_line(line: ReadLine, shape: tuple[float, float], turns: int, level: float) -> ScanLine:
    height, width = shape
    straight = _straightened(line.corners, level)
    text, words = _shown(line)
    placed = tuple(
        PlacedWord(word.text, _turned_back(_fractions(_bounds(word.corners), width, height), turns))
        for word in words
    )
    return ScanLine(text, straight, placed)


def _straightened(corners: Sequence[tuple[float, float]], level: float) -> Rectangle:
    """Frame of a line once the skew is taken out, in points of the upright picture."""
    cos, sin = math.cos(-level), math.sin(-level)
    across = sum(corner[0] for corner in corners) / 4
    down = sum(corner[1] for corner in corners) / 4
    width = (math.dist(corners[0], corners[1]) + math.dist(corners[3], corners[2])) / 2
    height = (math.dist(corners[0], corners[3]) + math.dist(corners[1], corners[2])) / 2
    middle = (across * cos - down * sin, across * sin + down * cos)
    return Rectangle(middle[0] - width / 2, middle[1] - height / 2, width, height)


def _bounds(corners: Sequence[tuple[float, float]]) -> Rectangle:
    across = [corner[0] for corner in corners]
    down = [corner[1] for corner in corners]
    return _edges(min(across), min(down), max(across), max(down))


def _edges(left: float, top: float, right: float, bottom: float) -> Rectangle:
    return Rectangle(left, top, right - left, bottom - top)


def _fractions(place: Rectangle, width: float, height: float) -> Rectangle:
    edges = (place.left / width, place.top / height, place.right / width, place.bottom / height)
    return _edges(*(min(max(edge, 0.0), 1.0) for edge in edges))


def _turned_back(place: Rectangle, turns: int) -> Rectangle:
    """A place on the picture after `turns` quarter turns to the left, on the one before."""
    for _ in range(turns):
        place = _edges(1 - place.bottom, place.left, 1 - place.top, place.right)
    return place


def _shown(line: ReadLine) -> tuple[str, tuple[ReadWord, ...]]:
    """Text and words of a line with what is in doubt replaced."""
    if line.sure < SURE_LINE:
        return UNREADABLE, (ReadWord(UNREADABLE, line.corners, line.sure),)
    if not line.words:
        return line.text, (ReadWord(line.text, line.corners, line.sure),)
    parts: list[str] = []
    words: list[ReadWord] = []
    for between, word in _parted(line):
        shown = replace(word, text=UNREADABLE) if _in_doubt(word) else word
        parts += [between, shown.text]
        words.append(shown)
    return "".join(parts), tuple(words)


def _in_doubt(word: ReadWord) -> bool:
    if not any(char.isdigit() for char in word.text):
        return False
    return word.sure < SURE_FIGURE or _LOOKALIKE.search(word.text) is not None


def _parted(line: ReadLine) -> Iterator[tuple[str, ReadWord]]:
    """Every word with what stands between it and the word before."""
    at = 0
    for word in line.words:
        found = line.text.find(word.text, at)
        if found < 0:
            yield " " if at else "", word
            continue
        yield line.text[at:found], word
        at = found + len(word.text)
    if line.text[at:].strip():
        yield "", ReadWord(line.text[at:], line.corners, line.sure)
