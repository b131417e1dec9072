"""Looks at a picture: straightens the sheet, turns it upright, reads it into rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from assistant.vision.door import Points
from assistant.vision.pixels import Flat, Matrix, flatten, smaller
from assistant.vision.reading.rows import Places, Row, is_upright, rows_of
from kb.extract.ocr import Picture, ReadLine

_PROBED = 1000
"""Length of the longer side on which a turn is tried."""
_MOST_READ = 0.6
"""Share of the letters that are surely read on a picture that stands upright."""
SURE = 0.75
"""Below this probability a line is not counted as read."""


class ReadsLines(Protocol):
    """What reads a picture; `kb.extract.ocr.Ocr` does."""

    def read(self, picture: Picture) -> list[ReadLine]:
        """Lines of a picture, in no order that means anything."""
        ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a sheet."""

    rows: tuple[Row, ...]
    lines: tuple[ReadLine, ...]
    points: Points
    """The sheet, upright and seen from straight above."""
    places: Places
    found: bool
    """Whether edges of a sheet were found on the picture."""

    @property
    def text(self) -> str:
        """All rows."""
        return "\n".join(row.text for row in self.rows)


def read_sheet(points: Points, ocr: ReadsLines) -> Sheet:
    """The rows of a sheet of paper, or of the whole picture where no sheet stands out."""
    flat = flatten(points)
    turns, lines = _upright(flat.points, ocr)
    if flat.found and _worth(lines) < 40:
        plain = Flat(points, np.eye(3), found=False)
        other_turns, other = _upright(points, ocr)
        if _worth(other) > _worth(lines):
            flat, turns, lines = plain, other_turns, other
    back = flat.back @ _unturned(flat.points, turns)
    places = Places(
        tuple((float(a), float(b), float(c)) for a, b, c in back),
        float(points.shape[1]),
        float(points.shape[0]),
    )
    kept = [line for line in lines if line.text.strip()]
    upright = np.rot90(flat.points, turns)
    rows = rows_of(kept, places, float(upright.shape[1]))
    return Sheet(rows, tuple(kept), upright, places, flat.found)


def _upright(points: Points, ocr: ReadsLines) -> tuple[int, list[ReadLine]]:
    """Quarter turns to the left after which it reads best, and what is read then."""
    lines = _read(points, 0, ocr)
    letters = sum(len(line.text) for line in lines)
    if not letters or _worth(lines) > _MOST_READ * letters:
        return 0, lines
    turn = _likely_turn(points, lines, ocr)
    turned = _read(points, turn, ocr) if turn else lines
    return (turn, turned) if _worth(turned) > _worth(lines) else (0, lines)


def _likely_turn(points: Points, lines: Sequence[ReadLine], ocr: ReadsLines) -> int:
    """The turn that a small picture tells; a full reading of each would take too long."""
    small = smaller(points, _PROBED)
    on_side = 2 * sum(map(is_upright, lines)) > len(lines)
    if not on_side:
        return 2
    return max((1, 3), key=lambda turn: _worth(_read(small, turn, ocr)))


def _read(points: Points, turns: int, ocr: ReadsLines) -> list[ReadLine]:
    return ocr.read(np.rot90(points, turns)[:, :, ::-1])


def _worth(lines: Sequence[ReadLine]) -> int:
    """Letters that are surely read on lines that run across."""
    return sum(len(line.text) for line in lines if line.sure >= SURE and not is_upright(line))


def _unturned(points: Points, turns: int) -> Matrix:
    """Brings a place on the picture after quarter turns to the left to the one before."""
    height, width = points.shape[:2]
    ways: dict[int, list[list[float]]] = {
        0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        1: [[0, -1, width], [1, 0, 0], [0, 0, 1]],
        2: [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        3: [[0, 1, 0], [-1, 0, height], [0, 0, 1]],
    }
    return np.array(ways[turns], dtype=np.float64)
