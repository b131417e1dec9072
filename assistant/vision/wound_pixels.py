"""The door to OpenCV for wounds, and what is done with masks: the pixels that are wound."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from assistant.vision.wound_plane import Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, in pixels."""

    left: int
    top: int
    width: int
    height: int

    def inside(self, shape: tuple[int, ...]) -> "Box":
        """The part of it that lies on a picture of this shape."""
        left, top = max(0, self.left), max(0, self.top)
        right = min(shape[1], self.left + self.width)
        bottom = min(shape[0], self.top + self.height)
        return Box(left, top, max(0, right - left), max(0, bottom - top))


def opencv() -> ModuleType:
    """OpenCV, loaded when first used."""
    import cv2  # noqa: PLC0415 - native code that only pictures need

    module: ModuleType = cv2
    return module


def edge_points(mask: Mask) -> Floats:
    """Corners of the pixels on the convex hull of a mask, shape (points, 2)."""
    cv = opencv()
    shapes, _ = cv.findContours(mask.astype(np.uint8), cv.RETR_EXTERNAL, cv.CHAIN_APPROX_NONE)
    points = np.concatenate([shape[:, 0, :] for shape in shapes]).astype(np.float64)
    offsets = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    corners = (points[:, None, :] + offsets[None]).reshape(-1, 2).astype(np.float32)
    hull: Floats = cv.convexHull(corners)[:, 0, :].astype(np.float64)
    return hull


def edge_length(mask: Mask) -> float:
    """Length of the outline of a mask, pixels."""
    cv = opencv()
    shapes, _ = cv.findContours(mask.astype(np.uint8), cv.RETR_EXTERNAL, cv.CHAIN_APPROX_NONE)
    closed = True
    return float(sum(cv.arcLength(shape, closed) for shape in shapes))


def filled(corners: Floats, shape: tuple[int, ...]) -> Mask:
    """The pixels inside corners."""
    mask = np.zeros(shape[:2], dtype=np.uint8)
    opencv().fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
    return mask.astype(bool)
