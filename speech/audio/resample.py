"""Brings samples to 16 kHz by windowed sinc interpolation. Pure."""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from speech.audio.clip import RATE, Samples

_LOBES = 16
"""Zero crossings on either side of a sample; more are not heard in speech."""
_BETA = 8.0
"""Of the Kaiser window: about 80 dB of damping beside the pass band."""
_PASS = 0.92
"""Share of the lower of both bands that is kept."""
_BLOCK = 1 << 15


def to_rate(samples: Samples, rate: int, wanted: int = RATE) -> Samples:
    """The same sound at another rate, without what that rate cannot carry."""
    if rate == wanted or samples.size == 0:
        return samples
    common = gcd(rate, wanted)
    up, down = wanted // common, rate // common
    count = -(-len(samples) * up // down)
    cut = _PASS * min(1.0, wanted / rate)
    reach = int(np.ceil(_LOBES / cut))
    kernels = _kernels(up, down, cut, reach)
    padded = np.pad(samples, (reach, reach + 1))
    out = np.empty(count, dtype=np.float32)
    offsets = np.arange(-reach + 1, reach + 1) + reach
    for begin in range(0, count, _BLOCK):
        places = np.arange(begin, min(count, begin + _BLOCK), dtype=np.int64)
        whole = places * down // up
        window = padded[whole[:, None] + offsets[None, :]]
        np.einsum("ij,ij->i", window, kernels[places % up], out=out[begin : begin + len(places)])
    return out


def _kernels(up: int, down: int, cut: float, reach: int) -> NDArray[np.float32]:
    """One row of weights for each phase that an output sample can have between two inputs."""
    phases = (np.arange(up, dtype=np.int64) * down % up) / up
    distance = np.arange(-reach + 1, reach + 1)[None, :] - phases[:, None]
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (distance / reach) ** 2, 0, 1))) / np.i0(_BETA)
    rows = cut * np.sinc(cut * distance) * window
    even: NDArray[np.float32] = (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)
    return even
