"""The encoder that comes with the program: fixed measures of edges, texture, light and colour.

No weights and nothing learnt, so that light heads, the atlas and their tests work on every machine.
It knows no medicine: it tells pictures of one kind apart where a head was trained on that kind, and
it cannot name what it never saw. Three parts, each of length one:

- edges: histograms of gradient directions in cells of 8 and 16 pixels, each set against its
  neighbours (Dalal and Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005);
- texture: how strongly six directions in four sizes of ripple are present in each of 16 fields, the
  first order of the scattering transform (Bruna and Mallat, Invariant Scattering Convolution
  Networks, IEEE TPAMI 2013);
- light and colour: a small grey picture, and how red and how yellow each of 16 fields is.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from assistant.vision.encoder_prepare import Pixels, checked, resized

Floats = NDArray[np.float64]
NAME = "aidpost-measures-1"
"""Name and version; vectors of other versions never meet these."""
SIDE = 64
"""Pixels of the square that is looked at."""
_BINS, _FINE, _COARSE = 9, 8, 16
_CLIP, _QUIET = 0.4, 0.05
"""Most that one direction counts in a cell; gradients weaker than `_QUIET` are not made strong."""
_SIZES, _DIRECTIONS, _FIELDS = 4, 6, 4
_GREY = np.array([0.299, 0.587, 0.114])
_LIFT = 50.0
"""Brings faint texture and strong texture nearer to each other."""


def measures(pixels: Pixels) -> NDArray[np.float32]:
    """The vector of a picture, of length one.

    Raises:
        ImageError: it is no picture, or too small.
    """
    square = resized(checked(pixels), SIDE, SIDE, "bicubic").astype(np.float64) / 255.0
    grey = square @ _GREY
    parts = (_edges(grey), _texture(_even(grey)), _light(square, grey))
    whole = np.concatenate([_unit(part) for part in parts])
    scaled: NDArray[np.float32] = _unit(whole).astype(np.float32)
    return scaled


def _edges(grey: Floats) -> Floats:
    return np.concatenate([_histograms(grey, cell) for cell in (_FINE, _COARSE)])


def _histograms(grey: Floats, cell: int) -> Floats:
    """Directions of gradients in square cells; each direction is shared by its two nearest bins."""
    down, across = np.gradient(grey)
    strength = np.hypot(down, across)
    place = (np.arctan2(down, across) % np.pi) / np.pi * _BINS
    low = np.floor(place).astype(np.int64)
    share = place - low
    count = SIDE // cell
    rows, columns = np.mgrid[:SIDE, :SIDE] // cell
    first = (rows * count + columns) * _BINS
    size = count * count * _BINS
    total = np.bincount((first + low % _BINS).ravel(), (strength * (1 - share)).ravel(), size)
    total += np.bincount((first + (low + 1) % _BINS).ravel(), (strength * share).ravel(), size)
    cells: Floats = np.asarray(total, np.float64).reshape(count, count, _BINS)
    return _against_neighbours(cells)


def _against_neighbours(cells: Floats) -> Floats:
    wide = np.pad((cells**2).sum(axis=2), ((0, 1), (0, 1)), mode="edge")
    around = np.sqrt(wide[:-1, :-1] + wide[1:, :-1] + wide[:-1, 1:] + wide[1:, 1:])
    held: Floats = np.minimum(cells / (around + _QUIET)[:, :, None], _CLIP)
    return held.ravel()


def _texture(grey: Floats) -> Floats:
    waves = np.abs(np.fft.ifft2(np.fft.fft2(grey)[None] * _ripples()))
    field = SIDE // _FIELDS
    means = waves.reshape(-1, _FIELDS, field, _FIELDS, field).mean(axis=(2, 4))
    lifted: Floats = np.log1p(_LIFT * means)
    return lifted.ravel()


@cache
def _ripples() -> Floats:
    """Morlet waves in the plane of frequencies, shape (sizes * directions, SIDE, SIDE)."""
    steps = np.fft.fftfreq(SIDE) * 2 * np.pi
    down, across = np.meshgrid(steps, steps, indexing="ij")
    return np.stack(
        [
            _ripple(down, across, 2.0**size, np.pi * turn / _DIRECTIONS)
            for size in range(_SIZES)
            for turn in range(_DIRECTIONS)
        ]
    )


def _ripple(down: Floats, across: Floats, size: float, angle: float) -> Floats:
    along = np.cos(angle) * across + np.sin(angle) * down
    beside = np.cos(angle) * down - np.sin(angle) * across
    middle, width = 3 * np.pi / 4 / size, 0.8 * size
    bell = np.exp(-0.5 * width**2 * ((along - middle) ** 2 + beside**2))
    # What is left at frequency nought is taken off, so that an even field gives nothing.
    rest = np.exp(-0.5 * width**2 * (along**2 + beside**2))
    wave: Floats = bell - rest * np.exp(-0.5 * (width * middle) ** 2)
    return wave


def _light(square: Floats, grey: Floats) -> Floats:
    small = grey.reshape(8, SIDE // 8, 8, SIDE // 8).mean(axis=(1, 3))
    field = SIDE // _FIELDS
    colours = square.reshape(_FIELDS, field, _FIELDS, field, 3).mean(axis=(1, 3))
    red = colours[:, :, 0] - colours[:, :, 1]
    yellow = (colours[:, :, 0] + colours[:, :, 1]) / 2 - colours[:, :, 2]
    return np.concatenate([small.ravel(), 4 * red.ravel(), 4 * yellow.ravel()])


def _even(grey: Floats) -> Floats:
    """The same picture with a mean of nought and a spread of a quarter; an even one stays even."""
    level: Floats = grey - grey.mean()
    return level * (0.25 / max(float(level.std()), 1e-3))


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
