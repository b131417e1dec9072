"""Finds the card or the coin that tells the scale of a picture."""

import numpy as np
from numpy.typing import NDArray

from assistant.vision.encoder_errors import NotMeasurable
from assistant.vision.encoder_prepare import Pixels
from assistant.vision.wound_edges import sharp_corners, sharp_ellipse
from assistant.vision.wound_pixels import Box, opencv
from assistant.vision.wound_plane import Ellipse, Floats, rules

_LOOKED_AT = 1200
"""Length of the longer side at which cards and coins are looked for."""
_ROUND = 0.05
"""How far round corners lead the first guess astray, as a share of the shorter side."""


_LIKE = 0.05
"""How far apart two shapes that are one may lie, as a share of their size."""


def find_card(pixels: Pixels, within: Box | None = None, wound: Box | None = None) -> Floats:
    """Corners of the card in turn, shape (4, 2), to a part of a pixel.

    Raises:
        NotMeasurable: there is none, or it is too small.
    """
    part, origin, scale = _looked_at(pixels, within)
    found = [quad for shape in _shapes(part) if (quad := _quad(shape, part.shape)) is not None]
    found = [quad for quad in found if not _in(wound, quad.mean(axis=0) / scale + origin)]
    if not found:
        raise NotMeasurable(
            "No card can be found. Lay a bank or identity card flat beside the wound, on a ground"
            " of another colour, so that all four corners are seen."
        )
    best = found[_most_often([(quad.mean(axis=0), _area_of(quad)) for quad in found])]
    rough: Floats = best / scale + origin
    shortest = float(np.linalg.norm(np.roll(rough, -1, axis=0) - rough, axis=1).min())
    corners = sharp_corners(pixels, rough, 2.0 / scale + _ROUND * shortest)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    if float(sides.min()) < rules()["limits"]["least_card_px"]:
        raise NotMeasurable("The card is too small in the picture. Take the picture from nearer.")
    return corners


def find_coin(pixels: Pixels, within: Box | None = None, wound: Box | None = None) -> Ellipse:
    """The outline of the coin.

    Raises:
        NotMeasurable: there is none, or it is too small or seen too much from the side.
    """
    part, origin, scale = _looked_at(pixels, within)
    found = [one for shape in _shapes(part) if (one := _ellipse(shape)) is not None]
    limits = rules()["limits"]
    found = [one for one in found if one.tilt <= limits["most_tilt"]]
    middles = [np.array([one.across, one.down]) / scale + origin for one in found]
    pairs = zip(found, middles, strict=True)
    found = [one for one, middle in pairs if not _in(wound, middle)]
    if not found:
        raise NotMeasurable(
            "No coin can be found. Lay it flat beside the wound, on a ground of another colour,"
            " and take the picture from straight above."
        )
    best = found[
        _most_often([(np.array([one.across, one.down]), one.long * one.short) for one in found])
    ]
    if 2 * best.long / scale < limits["least_coin_px"]:
        raise NotMeasurable("The coin is too small in the picture. Take the picture from nearer.")
    rough = Ellipse(
        best.across / scale + origin[0], best.down / scale + origin[1],
        best.long / scale, best.short / scale, best.turn,
    )  # fmt: skip
    return sharp_ellipse(pixels, rough, 2.0 + 2.0 / scale)


def _most_often(found: list[tuple[Floats, float]]) -> int:
    """Which of some shapes was found most often, by middle and area; of equals the largest.

    What is there shows in many colours and at many levels; what only seems to be shows in one.
    """
    votes = []
    for middle, area in found:
        like = [
            other
            for place, other in found
            if np.hypot(*(place - middle)) < _LIKE * np.sqrt(area) and abs(other / area - 1) < 0.15
        ]
        votes.append((len(like), area))
    return max(range(len(found)), key=lambda index: votes[index])


def _area_of(quad: Floats) -> float:
    return float(opencv().contourArea(quad.astype(np.float32)))


def _in(wound: Box | None, middle: Floats) -> bool:
    """Whether what was found lies where the wound was marked, and so is no reference."""
    if wound is None:
        return False
    across, down = middle - [wound.left, wound.top]
    return bool(0 <= across <= wound.width and 0 <= down <= wound.height)


def _looked_at(pixels: Pixels, within: Box | None) -> tuple[Pixels, Floats, float]:
    """The part of a picture that is searched, its origin, and by what it was made smaller."""
    cv = opencv()
    box = (within or Box(0, 0, pixels.shape[1], pixels.shape[0])).inside(pixels.shape)
    if box.width < 8 or box.height < 8:
        raise NotMeasurable("The part of the picture that was marked is too small.")
    part = pixels[box.top : box.top + box.height, box.left : box.left + box.width]
    scale = min(1.0, _LOOKED_AT / max(part.shape[:2]))
    if scale < 1.0:
        part = cv.resize(part, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA)
    # A pixel's place is its middle, so that smaller pixels begin a part of a pixel further in.
    shift = 0.5 / scale - 0.5
    return part, np.array([box.left + shift, box.top + shift], dtype=np.float64), scale


def _shapes(part: Pixels) -> list[NDArray[np.int32]]:
    """Outlines of all that stands out, in several colours and at several levels."""
    cv = opencv()
    least = 0.002 * part.shape[0] * part.shape[1]
    lab = cv.cvtColor(cv.GaussianBlur(part, (5, 5), 0), cv.COLOR_RGB2LAB)
    found: list[NDArray[np.int32]] = []
    for channel in cv.split(lab):
        _, split = cv.threshold(channel, 0, 255, cv.THRESH_BINARY + cv.THRESH_OTSU)
        low, high = np.percentile(channel, [20, 80])
        ways = [
            split,
            *(np.where(channel > level, 255, 0).astype(np.uint8) for level in (low, high)),
        ]
        edges = cv.dilate(cv.Canny(channel, 30, 90), np.ones((3, 3), np.uint8))
        for way in (*ways, *(255 - one for one in ways), 255 - edges):
            shapes, _ = cv.findContours(way, cv.RETR_LIST, cv.CHAIN_APPROX_NONE)
            found += [shape for shape in shapes if cv.contourArea(shape) > least]
    return found


def _quad(shape: NDArray[np.int32], size: tuple[int, ...]) -> Floats | None:
    """Four corners of an outline that is a card seen aslant, from lines along its sides."""
    cv = opencv()
    closed = True
    around = cv.arcLength(shape, closed)
    corners = cv.approxPolyDP(cv.convexHull(shape), 0.03 * around, closed)[:, 0, :].astype(float)
    if len(corners) != 4 or cv.contourArea(shape) > 0.6 * size[0] * size[1]:
        return None
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    long, short = sorted((sides[0] + sides[2], sides[1] + sides[3]), reverse=True)
    filled_share = cv.contourArea(shape) / max(cv.contourArea(corners.astype(np.float32)), 1.0)
    at_edge = (corners.min() < 2) or (corners[:, 0].max() > size[1] - 3)
    at_edge = at_edge or (corners[:, 1].max() > size[0] - 3)
    if at_edge or not 1.15 < long / max(short, 1.0) < 2.3 or not 0.9 < filled_share < 1.15:
        return None
    return np.asarray(corners, dtype=np.float64)


def _ellipse(shape: NDArray[np.int32]) -> Ellipse | None:
    """The ellipse of an outline that is one."""
    cv = opencv()
    if len(shape) < 30:
        return None
    (across, down), axes, degrees = cv.fitEllipseDirect(shape)
    short, long = min(axes) / 2, max(axes) / 2
    if short < 5:
        return None
    turn = np.radians(degrees + (90.0 if axes[1] > axes[0] else 0.0))
    points = shape[:, 0, :].astype(np.float64) - [across, down]
    along = points @ np.array([np.cos(turn), np.sin(turn)]) / long
    beside = points @ np.array([-np.sin(turn), np.cos(turn)]) / short
    away = np.abs(np.hypot(along, beside) - 1.0) * np.sqrt(long * short)
    if float(np.quantile(away, 0.9)) > max(1.5, 0.02 * long):
        return None
    return Ellipse(float(across), float(down), float(long), float(short), float(turn))
