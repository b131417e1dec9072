"""A picture as an encoder wants it: resized, cut, and its colours brought to scale."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assistant.vision.encoder_errors import ImageError
from assistant.vision.encoder_families import Family, Interpolation

Pixels = NDArray[np.uint8]
"""Red, green and blue, shape (height, width, 3)."""
Floats = NDArray[np.float32]

SMALLEST = 8
"""Pixels of the shorter side under which nothing can be seen."""
LONGEST_RATIO = 20
"""A strip that is longer than this many times its width is no picture of anything."""
_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def checked(pixels: Pixels) -> Pixels:
    """The picture itself.

    Raises:
        ImageError: it is no picture in red, green and blue, or too small, or a mere strip.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ImageError("The picture is not in red, green and blue.")
    short, long = sorted(pixels.shape[:2])
    if short < SMALLEST:
        raise ImageError(
            f"The picture is too small: its shorter side has {short} pixels, and at least"
            f" {SMALLEST} are needed."
        )
    if long > LONGEST_RATIO * short:
        raise ImageError("The picture is a mere strip. Take a picture of the whole.")
    return pixels


def resized(pixels: Pixels, width: int, height: int, how: Interpolation = "bilinear") -> Pixels:
    """The picture in another size."""
    picture = Image.fromarray(np.ascontiguousarray(pixels)).resize((width, height), _FILTERS[how])
    return np.asarray(picture)


def fitted(pixels: Pixels, family: Family) -> Pixels:
    """The square of a picture that the encoder sees."""
    side = family.size
    if family.fit == "squash":
        return resized(pixels, side, side, family.interpolation)
    high, wide = pixels.shape[:2]
    short = min(high, wide)
    new = (round(wide * side / short), round(high * side / short))
    grown = resized(pixels, *new, family.interpolation)
    top, left = round((new[1] - side) / 2), round((new[0] - side) / 2)
    return grown[top : top + side, left : left + side]


def prepared(pixels: Pixels, family: Family) -> Floats:
    """The input of an encoder, shape (1, 3, size, size).

    Raises:
        ImageError: see `checked`.
    """
    square = fitted(checked(pixels), family).astype(np.float32) / 255.0
    mean, std = np.array(family.mean, np.float32), np.array(family.std, np.float32)
    scaled: Floats = ((square - mean) / std).transpose(2, 0, 1)[None]
    return np.ascontiguousarray(scaled, dtype=np.float32)
