"""The door to OpenCV: sheets of paper, straightening, sharpness, painting over."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from assistant.vision.door import Points

Quad = tuple[tuple[float, float], ...]
"""Four corners as (across, down) in points: top left, top right, bottom right, bottom left."""
Matrix = NDArray[np.float64]
Grey = NDArray[np.uint8]
_LOOKED_AT = 640
"""Length of the longer side on which a sheet is looked for."""
_LEAST_SHEET = 0.2
"""A sheet covers at least this share of the picture, and at most `_MOST_SHEET`."""
_MOST_SHEET = 0.97


@dataclass(frozen=True, slots=True)
class Flat:
    """A picture straightened to the sheet that lies on it."""

    points: Points
    back: Matrix
    """Brings a place on the sheet back to its place on the picture."""
    found: bool
    """Whether there was a sheet; otherwise the picture is as it was."""


def _cv() -> ModuleType:
    import cv2  # noqa: PLC0415 - native code that only pictures need

    cv2.setNumThreads(2)
    module: ModuleType = cv2
    return module


def grey(points: Points) -> Grey:
    """Brightness of every point."""
    return np.asarray(_cv().cvtColor(points, _cv().COLOR_RGB2GRAY), dtype=np.uint8)


def smaller(points: Points, longest: int) -> Points:
    """The picture made smaller to this length of its longer side; a small one as it is."""
    scale = longest / max(points.shape[:2])
    if scale >= 1:
        return points
    cv = _cv()
    return np.asarray(cv.resize(points, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA))


def edges_of(light: Grey) -> NDArray[np.float64]:
    """Strength of the second derivative at every point."""
    return np.asarray(_cv().Laplacian(light, _cv().CV_64F), dtype=np.float64)


def even(light: Grey, reach: int) -> Grey:
    """Brightness with its detail blurred away."""
    return np.asarray(_cv().GaussianBlur(light, (0, 0), reach), dtype=np.uint8)


def flatten(points: Points) -> Flat:
    """The sheet of paper on a picture seen from straight above, or the picture as it is."""
    corners = _sheet(points)
    if corners is None:
        return Flat(points, np.eye(3), found=False)
    width = max(_length(corners, 0, 1), _length(corners, 3, 2))
    height = max(_length(corners, 0, 3), _length(corners, 1, 2))
    cv = _cv()
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv.getPerspectiveTransform(corners, target)
    flat = cv.warpPerspective(
        points, matrix, (round(width), round(height)), flags=cv.INTER_CUBIC,
        borderMode=cv.BORDER_REPLICATE,
    )  # fmt: skip
    return Flat(np.asarray(flat), np.linalg.inv(matrix), found=True)


def moved(quad: Sequence[tuple[float, float]], matrix: Matrix) -> Quad:
    """Places after a change of perspective."""
    ends = np.column_stack([np.array(quad, dtype=np.float64), np.ones(len(quad))]) @ matrix.T
    return tuple((float(x / w), float(y / w)) for x, y, w in ends)


def painted_over(points: Points, quads: Sequence[Quad], margin: int = 3) -> Points:
    """The picture with these places filled from what surrounds them."""
    cv = _cv()
    mask = np.zeros(points.shape[:2], dtype=np.uint8)
    for quad in quads:
        cv.fillPoly(mask, [np.array(quad, dtype=np.int32)], 255)
    mask = cv.dilate(mask, np.ones((2 * margin + 1, 2 * margin + 1), dtype=np.uint8))
    # A plain fill: what a painter would guess from the letters' edges could be read again.
    fill = np.median(points[mask == 0], axis=0) if (mask == 0).any() else np.zeros(3)
    covered = points.copy()
    covered[mask > 0] = fill.astype(np.uint8)
    return covered


def _sheet(points: Points) -> NDArray[np.float32] | None:
    """Corners of the largest bright four-cornered thing, in points of the picture."""
    cv = _cv()
    small = smaller(points, _LOOKED_AT)
    scale = points.shape[1] / small.shape[1]
    light = cv.GaussianBlur(grey(small), (5, 5), 0)
    best: NDArray[np.float32] | None = None
    largest = _LEAST_SHEET * light.size
    for mask in _masks(light):
        closed = cv.morphologyEx(mask, cv.MORPH_CLOSE, np.ones((9, 9), dtype=np.uint8))
        shapes, _ = cv.findContours(closed, cv.RETR_EXTERNAL, cv.CHAIN_APPROX_SIMPLE)
        for shape in shapes:
            corners = _four_corners(shape)
            area = 0.0 if corners is None else float(cv.contourArea(corners))
            if corners is not None and largest < area <= _MOST_SHEET * light.size:
                best, largest = _in_order(corners), area
    return None if best is None else np.asarray(best * np.float32(scale), dtype=np.float32)


def _masks(light: Grey) -> list[Grey]:
    """What may be paper: brighter than the rest, or inside of strong edges."""
    cv = _cv()
    _, bright = cv.threshold(light, 0, 255, cv.THRESH_BINARY + cv.THRESH_OTSU)
    lines = cv.dilate(cv.Canny(light, 40, 120), np.ones((3, 3), dtype=np.uint8))
    return [np.asarray(bright), np.asarray(lines)]


def _four_corners(shape: NDArray[np.int32]) -> NDArray[np.float32] | None:
    cv = _cv()
    hull = cv.convexHull(shape)
    around = cv.arcLength(hull, closed=True)
    for share in (0.02, 0.03, 0.05):
        corners = cv.approxPolyDP(hull, share * around, closed=True)
        if len(corners) == 4:
            filled = cv.contourArea(corners) / max(cv.minAreaRect(hull)[1][0], 1.0)
            filled /= max(cv.minAreaRect(hull)[1][1], 1.0)
            square = filled > 0.6 and cv.contourArea(hull) / cv.contourArea(corners) < 1.08
            return corners.reshape(4, 2).astype(np.float32) if square else None
    return None


def _in_order(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Top left first, then as the clock goes."""
    middle = corners.mean(axis=0)
    turn = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    ordered = corners[np.argsort(turn)]
    first = int(np.argmin(ordered.sum(axis=1)))
    return np.roll(ordered, -first, axis=0)


def _length(corners: NDArray[np.float32], one: int, other: int) -> float:
    return float(np.linalg.norm(corners[one] - corners[other]))
