"""Pictures to calibrate an image encoder with, and others to measure it on.

Any folder of pictures serves; those that the encoder will see in use are the best. A file goes to
one side or the other by the digest of its content.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quantize.errors import WorkshopError

Floats = NDArray[np.float32]
_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
_MOST_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a picture becomes numbers; the same as in use."""

    size: int
    """Width and height in pixels; the picture is stretched to it."""
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    """Of red, green and blue, where 1 is full brightness."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Two sets of pictures that have none in common, each of shape (1, 3, size, size)."""

    calibration: tuple[Floats, ...]
    held_back: tuple[Floats, ...]
    sha256: str
    """Digest of the files."""


def read_pictures(folder: Path, preparation: Preparation, one_in: int, most: int) -> Pictures:
    """Read the pictures of a folder and part them.

    Args:
        folder: where they lie.
        preparation: how they become numbers.
        one_in: one in so many is held back.
        most: pictures to read at most, first by digest.

    Raises:
        WorkshopError: there are too few, or one cannot be read.
    """
    files = [path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES]
    digests = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in sorted(files)}
    chosen = sorted(digests)[:most]
    held_back = [digest for digest in chosen if int(digest[-8:], 16) % one_in == 0]
    rest = [digest for digest in chosen if digest not in held_back]
    if not held_back or not rest:
        raise WorkshopError(
            f"{folder} has {len(chosen)} different pictures; calibrating and measuring need some"
            " each."
        )
    return Pictures(
        tuple(prepare(digests[digest], preparation) for digest in rest),
        tuple(prepare(digests[digest], preparation) for digest in held_back),
        hashlib.sha256("".join(chosen).encode()).hexdigest(),
    )


def prepare(path: Path, preparation: Preparation) -> Floats:
    """A picture as the encoder sees it.

    Raises:
        WorkshopError: it cannot be read or is too large.
    """
    from PIL import Image  # noqa: PLC0415

    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise WorkshopError(f"The picture {path.name} is too large to calibrate with.")
            side = preparation.size
            small = picture.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    except (OSError, ValueError, SyntaxError) as error:
        raise WorkshopError(f"The picture {path.name} cannot be read.") from error
    return _normal(np.asarray(small, np.float32) / 255.0, preparation)


def _normal(pixels: Floats, preparation: Preparation) -> Floats:
    mean: Sequence[float] = preparation.mean
    scaled = (pixels - np.array(mean, np.float32)) / np.array(preparation.deviation, np.float32)
    result: Floats = np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], np.float32)
    return result
