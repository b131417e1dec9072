"""Moves the outline of a card or a coin to where the colours change, to a part of a pixel."""

import numpy as np
from numpy.typing import NDArray

from assistant.vision.encoder_errors import NotMeasurable
from assistant.vision.encoder_prepare import Pixels
from assistant.vision.wound_pixels import opencv
from assistant.vision.wound_plane import Ellipse, Floats

_STEP = 0.25
"""Pixels between two looks across an edge."""
_PLACES = 80
_CORNER = 0.12
"""Share of a side near its ends that is left out, since corners of cards are round."""


def sharp_corners(pixels: Pixels, corners: Floats, reach: float) -> Floats:
    """Corners where straight lines through the sides of a card meet.

    Raises:
        NotMeasurable: a side is not straight or cannot be seen.
    """
    for near in (reach, 3.0):
        sides = [_side(pixels, corners, side, near) for side in range(4)]
        corners = np.array([_meet(sides[side - 1], sides[side]) for side in range(4)])
    return corners


def sharp_ellipse(pixels: Pixels, coin: Ellipse, reach: float) -> Ellipse:
    """The ellipse through the edge of a coin.

    Raises:
        NotMeasurable: its edge cannot be seen all around.
    """
    turns = np.linspace(0, 2 * np.pi, 2 * _PLACES, endpoint=False)
    cos, sin = np.cos(coin.turn), np.sin(coin.turn)
    along, beside = coin.long * np.cos(turns), coin.short * np.sin(turns)
    places = np.stack([along * cos - beside * sin, along * sin + beside * cos], axis=1)
    out = np.stack([np.cos(turns) / coin.long, np.sin(turns) / coin.short], axis=1)
    normals = np.stack([out[:, 0] * cos - out[:, 1] * sin, out[:, 0] * sin + out[:, 1] * cos], 1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    found, clear = _edge(pixels, places + [coin.across, coin.down], normals, reach)  # noqa: RUF005
    if int(clear.sum()) < _PLACES:
        raise NotMeasurable("The edge of the coin cannot be seen all around.")
    (across, down), axes, degrees = opencv().fitEllipseDirect(found[clear].astype(np.float32))
    turn = np.radians(degrees + (90.0 if axes[1] > axes[0] else 0.0))
    return Ellipse(float(across), float(down), max(axes) / 2, min(axes) / 2, float(turn))


def _side(pixels: Pixels, corners: Floats, side: int, reach: float) -> tuple[Floats, float]:
    """The line through one side: its normal, and the distance from the origin along that."""
    start, end = corners[side], corners[(side + 1) % 4]
    along = (end - start) / np.linalg.norm(end - start)
    normal = np.array([-along[1], along[0]])
    shares = np.linspace(_CORNER, 1 - _CORNER, _PLACES)[:, None]
    places, clear = _edge(
        pixels, start + shares * (end - start), np.tile(normal, (_PLACES, 1)), reach
    )
    return _line(places, clear)


def _line(places: Floats, clear: NDArray[np.bool_]) -> tuple[Floats, float]:
    """The line through places, of which some may lie astray."""
    for _ in range(3):
        if int(clear.sum()) < _PLACES // 4:
            raise NotMeasurable("A side of the card cannot be seen clearly. Take it again.")
        middle, normal = _through(places[clear])
        off = np.abs((places - middle) @ normal)
        clear = clear & (off <= max(3 * float(np.median(off[clear])), 0.5))
    middle, normal = _through(places[clear])
    return normal, float(normal @ middle)


def _through(places: Floats) -> tuple[Floats, Floats]:
    """Middle of places, and the normal of the line through them."""
    middle: Floats = places.mean(axis=0)
    _, _, turned = np.linalg.svd(places - middle, full_matrices=False)
    normal: Floats = turned[1]
    return middle, normal


def _meet(one: tuple[Floats, float], other: tuple[Floats, float]) -> Floats:
    try:
        found: Floats = np.linalg.solve(np.array([one[0], other[0]]), np.array([one[1], other[1]]))
    except np.linalg.LinAlgError as error:
        raise NotMeasurable("The sides of the card do not meet. Take the picture again.") from error
    return found


def _edge(
    pixels: Pixels, places: Floats, normals: Floats, reach: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Where colours change most across an edge, near each place, and where that is clear."""
    offsets = np.arange(-reach, reach + _STEP, _STEP)
    looked = places[:, None, :] + offsets[None, :, None] * normals[:, None, :]
    cv = opencv()
    across, down = looked[..., 0].astype(np.float32), looked[..., 1].astype(np.float32)
    seen = cv.remap(pixels, across, down, cv.INTER_LINEAR, borderMode=cv.BORDER_REPLICATE)
    smooth = cv.GaussianBlur(seen.astype(np.float32), (9, 1), 1.5 / (4 * _STEP))
    steepness = np.abs(np.diff(smooth, axis=1)).sum(axis=2)
    middles = (offsets[1:] + offsets[:-1]) / 2
    top = steepness.argmax(axis=1)
    near = np.abs(middles[None, :] - middles[top][:, None]) <= 1.5
    weight = np.where(near, steepness, 0.0) ** 2
    place = (weight * middles).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
    clear = steepness.max(axis=1) > max(1.0, 0.25 * float(np.median(steepness.max(axis=1))))
    return places + place[:, None] * normals, clear
