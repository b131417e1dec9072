"""What stands on a sheet as rows of words with their places; pure."""

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.vision.pixels import Quad
from assistant.vision.reading.messages import NO_BOX, Box
from kb.extract.ocr import ReadLine

BETWEEN = "  "
"""Stands between two cells of a row."""
_WIDE = 2.5
"""A line this many times wider than high tells how the sheet lies."""
_AT_EDGE = 0.008
"""Share of the sheet's width from its sides within which print may be cut off."""
_SAME_ROW = 0.6
"""Share of a line's height by which cells of one row may differ."""


@dataclass(frozen=True, slots=True)
class Span:
    """A word of a row's text and where it stands on the picture."""

    start: int
    end: int
    sure: float
    box: Box


@dataclass(frozen=True, slots=True)
class Row:
    """What stands side by side on a sheet."""

    text: str
    spans: tuple[Span, ...]
    height: float
    """Median height of its lines, in points of the sheet."""
    cut: bool = False
    """Whether its print reaches a side of the sheet, where figures may be missing."""

    def sure(self, start: int, end: int) -> float:
        """Least probability of the words in a part of the text."""
        return min((span.sure for span in self._within(start, end)), default=0.0)

    def box(self, start: int, end: int) -> Box:
        """Frame around a part of the text."""
        return joined([span.box for span in self._within(start, end)])

    def _within(self, start: int, end: int) -> Iterator[Span]:
        return (span for span in self.spans if span.start < end and span.end > start)


@dataclass(frozen=True, slots=True)
class Places:
    """Brings a frame on the sheet to fractions of the picture."""

    back: tuple[tuple[float, float, float], ...]
    width: float
    height: float

    def box(self, quad: Quad) -> Box:
        """The frame around four places."""
        matrix = np.array(self.back)
        ends = np.column_stack([np.array(quad), np.ones(len(quad))]) @ matrix.T
        across = np.clip(ends[:, 0] / ends[:, 2] / self.width, 0, 1)
        down = np.clip(ends[:, 1] / ends[:, 2] / self.height, 0, 1)
        left, top = float(across.min()), float(down.min())
        return (left, top, float(across.max()) - left, float(down.max()) - top)


def rows_of(lines: Sequence[ReadLine], places: Places, width: float = 0.0) -> tuple[Row, ...]:
    """Rows from top to bottom, each with its cells from left to right.

    Args:
        lines: what was read.
        places: brings frames to the picture.
        width: of the sheet in points; without it no row counts as cut off.
    """
    if not lines:
        return ()
    level = _Level(lines)
    placed = sorted(((level(line), line) for line in lines), key=lambda each: each[0])
    rows: list[list[tuple[float, ReadLine]]] = []
    for down, line in placed:
        if rows and _beside(rows[-1], down, line):
            rows[-1].append((down, line))
        else:
            rows.append([(down, line)])
    made = (_row([line for _, line in row], places) for row in rows)
    return tuple(
        replace(each, cut=_reaches_side([line for _, line in row], width))
        for each, row in zip(made, rows, strict=True)
    )


def joined(boxes: Sequence[Box]) -> Box:
    """The frame around frames."""
    if not boxes:
        return NO_BOX
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right = max(box[0] + box[2] for box in boxes)
    bottom = max(box[1] + box[3] for box in boxes)
    return (left, top, right - left, bottom - top)


def height_of(line: ReadLine) -> float:
    """Height of a line in points of the sheet."""
    one, two, three, four = line.corners
    return (math.dist(one, four) + math.dist(two, three)) / 2


def is_upright(line: ReadLine) -> bool:
    """Whether a line runs along the edge of the sheet instead of across."""
    across = max(x for x, _ in line.corners) - min(x for x, _ in line.corners)
    down = max(y for _, y in line.corners) - min(y for _, y in line.corners)
    return down > 1.5 * across


class _Level:
    """How far down a line stands once tilt and the fanning of rows are taken out."""

    def __init__(self, lines: Sequence[ReadLine]) -> None:
        wide = [line for line in lines if _width(line) > _WIDE * height_of(line)]
        self._middle = statistics.median(_middle(line)[0] for line in lines)
        self._tilt, self._fan = 0.0, 0.0
        if not wide:
            return
        slopes = np.array([_slope(line) for line in wide])
        weights = np.array([_width(line) for line in wide])
        kept = np.abs(slopes - np.median(slopes)) < 0.08
        downs = np.array([_middle(line)[1] for line in wide])
        self._tilt = float(np.average(slopes[kept], weights=weights[kept]))
        if kept.sum() >= 8 and np.ptp(downs[kept]) > 0:
            fit = np.polyfit(downs[kept], slopes[kept], 1, w=weights[kept])
            self._fan, self._tilt = float(fit[0]), float(fit[1])

    def __call__(self, line: ReadLine) -> float:
        across, down = _middle(line)
        return down - (self._tilt + self._fan * down) * (across - self._middle)


def _beside(row: Sequence[tuple[float, ReadLine]], down: float, line: ReadLine) -> bool:
    mean = statistics.fmean(place for place, _ in row)
    high = min(height_of(line), statistics.median(height_of(each) for _, each in row))
    overlaps = any(_overlap(each, line) for _, each in row)
    return down - mean < _SAME_ROW * high and not overlaps


def _overlap(one: ReadLine, other: ReadLine) -> bool:
    """Whether two lines stand above each other rather than side by side."""
    left = max(one.corners[0][0], other.corners[0][0])
    right = min(one.corners[1][0], other.corners[1][0])
    return right - left > 0.5 * min(_width(one), _width(other))


def _reaches_side(lines: Sequence[ReadLine], width: float) -> bool:
    """Whether a line reaches the left or right side of a sheet that is so wide."""
    near = _AT_EDGE * width
    return width > 0 and any(x <= near or x >= width - near for e in lines for x, _ in e.corners)


def _row(lines: list[ReadLine], places: Places) -> Row:
    lines.sort(key=lambda line: line.corners[0][0])
    text = ""
    spans: list[Span] = []
    for line in lines:
        text += BETWEEN if text else ""
        spans += _spans(line, len(text), places)
        text += line.text
    return Row(text, tuple(spans), statistics.median(map(height_of, lines)))


def _spans(line: ReadLine, offset: int, places: Places) -> Iterator[Span]:
    at = 0
    for word in line.words:
        start = line.text.find(word.text, at)
        if start < 0 or not word.text:
            continue
        at = start + len(word.text)
        yield Span(offset + start, offset + at, word.sure, places.box(word.corners))
    if at == 0:
        yield Span(offset, offset + len(line.text), line.sure, places.box(line.corners))


def _middle(line: ReadLine) -> tuple[float, float]:
    return (
        statistics.fmean(across for across, _ in line.corners),
        statistics.fmean(down for _, down in line.corners),
    )


def _width(line: ReadLine) -> float:
    return math.dist(line.corners[0], line.corners[1])


def _slope(line: ReadLine) -> float:
    (left, above), (right, below) = line.corners[0], line.corners[1]
    return (below - above) / max(right - left, 1.0)
