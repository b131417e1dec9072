"""From places on a picture to millimetres on the plane in which wound and reference lie. Pure.

A card gives four points of a known rectangle, hence the whole projection (Hartley and Zisserman,
Multiple View Geometry, 2nd edition 2003, section 4.1). A coin gives one ellipse, hence scale and
tilt for a camera that is far away compared with what it sees.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Places are rows of (across, down) in pixels, or of millimetres on the plane."""


@dataclass(frozen=True, slots=True)
class Ellipse:
    """The outline of a coin in a picture."""

    across: float
    down: float
    long: float
    """Half of the longer axis, pixels."""
    short: float
    """Half of the shorter axis, pixels."""
    turn: float
    """Angle of the longer axis against the horizontal, radians."""

    @property
    def tilt(self) -> float:
        """0 seen from straight above, towards 1 seen from the side."""
        return 1.0 - self.short / self.long


@cache
def rules() -> Mapping[str, Any]:
    """Sizes, errors and limits of the package."""
    text = files("assistant.vision").joinpath("wound.toml").read_text(encoding="utf-8")
    table: Mapping[str, Any] = tomllib.loads(text)
    return table


def plane_of(found: Floats | Ellipse, coin_mm: float) -> Floats:
    """The projection from pixels to millimetres that a card or a coin gives."""
    return plane_of_coin(found, coin_mm) if isinstance(found, Ellipse) else plane_of_card(found)


def plane_of_card(corners: Floats) -> Floats:
    """The projection from pixels to millimetres, shape (3, 3).

    Args:
        corners: four corners in turn, shape (4, 2); the longer sides are taken for the long ones.
    """
    card = rules()["card"]
    wide, high = float(card["width_mm"]), float(card["height_mm"])
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    if sides[0] + sides[2] < sides[1] + sides[3]:
        corners = np.roll(corners, -1, axis=0)
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float64)
    return projection(corners, target)


def plane_of_coin(coin: Ellipse, diameter_mm: float) -> Floats:
    """The projection from pixels to millimetres, shape (3, 3), for a coin of known diameter."""
    cos, sin = np.cos(coin.turn), np.sin(coin.turn)
    turned = np.array([[cos, sin], [-sin, cos]])
    radius = diameter_mm / 2
    stretch = np.diag([radius / coin.long, radius / coin.short]) @ turned
    plane = np.eye(3)
    plane[:2, :2] = stretch
    plane[:2, 2] = -stretch @ np.array([coin.across, coin.down])
    return plane


def projection(places: Floats, targets: Floats) -> Floats:
    """The projection that brings four or more places to their targets, by least squares."""
    middle, spread = places.mean(axis=0), float(places.std()) or 1.0
    scaled = (places - middle) / spread
    rows = []
    for (across, down), (right, below) in zip(scaled, targets, strict=True):
        rows.append([across, down, 1, 0, 0, 0, -right * across, -right * down, -right])
        rows.append([0, 0, 0, across, down, 1, -below * across, -below * down, -below])
    _, _, turned = np.linalg.svd(np.array(rows, dtype=np.float64))
    back = np.diag([1 / spread, 1 / spread, 1.0])
    back[:2, 2] = -middle / spread
    found: Floats = turned[-1].reshape(3, 3) @ back
    return found / found[2, 2] if abs(found[2, 2]) > 1e-12 else found


def moved(plane: Floats, places: Floats) -> Floats:
    """Places brought through a projection."""
    wide = np.hstack([places, np.ones((len(places), 1))]) @ plane.T
    return wide[:, :2] / wide[:, 2:]


def area_each(plane: Floats, places: Floats) -> Floats:
    """Square millimetres that one pixel covers at each place."""
    depth = places @ plane[2, :2] + plane[2, 2]
    found: Floats = np.abs(np.linalg.det(plane) / depth**3)
    return found


def span(points: Floats) -> tuple[float, float]:
    """Longest distance between points, and the extent at right angles to it."""
    gaps = points[:, None, :] - points[None, :, :]
    distances = np.hypot(gaps[..., 0], gaps[..., 1])
    first, second = np.unravel_index(int(distances.argmax()), distances.shape)
    length = float(distances[first, second])
    if length == 0.0:
        return 0.0, 0.0
    along = (points[second] - points[first]) / length
    beside = points @ np.array([-along[1], along[0]])
    return length, float(beside.max() - beside.min())
