"""From stored values to greys to look at: rescaling, windowing, inversion. Pure functions.

DICOM PS3.3, sections C.7.6.3 (photometric interpretation), C.11.1 (rescale) and C.11.2 (window).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Grey = NDArray[np.uint8]
Curve = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]

_TAIL = 0.5
"""Percent of the values on each side that are left out where a file names no window."""
GAP = 4
"""Pixels between the frames of a strip."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which range of values is spread over the greys."""

    centre: float
    width: float
    curve: Curve = "LINEAR"


@dataclass(frozen=True, slots=True)
class Look:
    """How stored values become grey."""

    slope: float = 1.0
    intercept: float = 0.0
    window: Window | None = None
    inverted: bool = False
    """Whether the least value is white (MONOCHROME1)."""


def greys(stored: NDArray[np.generic], look: Look) -> Grey:
    """Grey of each pixel, 0 black to 255 white."""
    values = stored.astype(np.float64) * look.slope + look.intercept
    level = _level(values, look.window or _own_window(values))
    if look.inverted:
        level = 1.0 - level
    return np.rint(level * 255.0).astype(np.uint8)


def strip(frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Frames side by side, in order, as red, green and blue; of one height."""
    high = max(frame.shape[0] for frame in frames)
    placed = []
    for frame in frames:
        colour = frame if frame.ndim == 3 else np.repeat(frame[:, :, None], 3, axis=2)
        wide = np.zeros((high, colour.shape[1] + GAP, 3), dtype=np.uint8)
        wide[: colour.shape[0], : colour.shape[1]] = colour
        placed.append(wide)
    whole: NDArray[np.uint8] = np.hstack(placed)[:, :-GAP]
    return whole


def spread_evenly(count: int, most: int) -> list[int]:
    """Which of some frames are shown, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [int(place) for place in np.linspace(0, count - 1, most).round()]


def _own_window(values: Values) -> Window:
    """The window in which nearly all values of a picture lie."""
    low, high = np.percentile(values, [_TAIL, 100 - _TAIL])
    if high <= low:
        low, high = float(values.min()), float(values.max())
    return Window((low + high) / 2, max(float(high - low), 1e-9), "LINEAR_EXACT")


def _level(values: Values, window: Window) -> Values:
    """Share of white, 0 to 1."""
    if window.curve == "SIGMOID":
        bend = np.clip(-4 * (values - window.centre) / window.width, -50, 50)
        level: Values = 1.0 / (1.0 + np.exp(bend))
        return level
    if window.curve == "LINEAR" and window.width > 1:
        place = (values - (window.centre - 0.5)) / (window.width - 1) + 0.5
    else:
        place = (values - window.centre) / window.width + 0.5
    return np.clip(place, 0.0, 1.0)
