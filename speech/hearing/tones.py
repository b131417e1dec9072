"""Sounds of machines that a speech detector takes for a voice: alarms, sweeps, beeps. Pure.

A machine repeats itself exactly, holds its colour or holds its pitch; nobody speaks so. Three
figures tell it: how like the sound is to itself a little later, how much the strength of its bands
varies, and how often its loudest partial has one of three exact pitches.
"""

import numpy as np
from numpy.typing import NDArray

from speech.audio.clip import RATE, Samples
from speech.hearing.detector import FRAME, FRAME_S

_WINDOW = 2 * FRAME
_LOWEST_HZ, _HIGHEST_HZ, _BANDS = 120.0, 7000.0, 24
_DEPTH_DB = 50.0
"""Bands this far below the loudest say nothing."""
_SHORTEST_LAG_S = 0.128
_LONGEST_LAG_S = 2.5
_LONG_ENOUGH_S = 2.0
"""Below this length likeness to itself means nothing: people say `five five`."""
_ALIKE = 0.6
_STEADY_DB = 2.6
_FEWEST_STEADY = 20
"""Frames below which steadiness means nothing: a short word is one vowel."""
_HELD = 0.9
_PITCHES = 3
"""Notes that an alarm is made of."""
_SAME_PITCH = 0.008
"""Difference of the logarithms of two pitches that are one: an eighth of a semitone."""
_FEWEST = 7
"""Loud frames below which a held pitch means nothing: a short `no` has one too."""
_LOWEST_BIN, _HIGHEST_BIN = 6, 460


def is_machine(sound: Samples, with_before: Samples) -> bool:
    """Whether a stretch that was taken for speech comes from a machine.

    Args:
        sound: the stretch itself.
        with_before: the same with up to two seconds of what was heard before it.
    """
    steady, held = steadiness(sound) < _STEADY_DB, held_pitch(sound) >= _HELD
    return steady or held or repeats(with_before) >= _ALIKE


def repeats(sound: Samples) -> float:
    """How like the sound is to itself at the best of all delays, from 0 to 1."""
    levels = _levels(sound)
    if len(levels) * FRAME_S < _LONG_ENOUGH_S:
        return 0.0
    shape = levels - levels.mean(axis=0)
    longest = min(round(_LONGEST_LAG_S / FRAME_S), len(shape) // 2)
    return max(
        (_likeness(shape, lag) for lag in range(round(_SHORTEST_LAG_S / FRAME_S), longest + 1)),
        default=0.0,
    )


def steadiness(sound: Samples) -> float:
    """By how many dB the bands vary while it is loud; near 0 for a tone that is held."""
    levels = _levels(sound)
    if len(levels) < _FEWEST_STEADY:
        return _STEADY_DB
    power = levels.max(axis=1)
    loud = levels[power > np.median(power)]
    return float(loud.std(axis=0).mean())


def held_pitch(sound: Samples) -> float:
    """Share of the loud frames whose loudest partial has one of the three commonest pitches."""
    spectra = _spectra(sound)
    power = spectra.sum(axis=1)
    left = np.log(_loudest(spectra[power >= np.median(power)]))
    count, held = len(left), 0
    if count < _FEWEST:
        return 0.0
    for _ in range(_PITCHES):
        near = np.abs(left[:, None] - left[None, :]) < _SAME_PITCH
        best = near[int(near.sum(axis=1).argmax())] if len(left) else np.zeros(0, bool)
        held += int(best.sum())
        left = left[~best]
    return held / count


def _loudest(spectra: NDArray[np.float64]) -> NDArray[np.float64]:
    """The bin of the loudest partial of each frame, between bins by a parabola."""
    rows = np.arange(len(spectra))
    bins = spectra[:, _LOWEST_BIN:_HIGHEST_BIN].argmax(axis=1) + _LOWEST_BIN
    before, at, after = (np.log(spectra[rows, bins + step] + 1e-12) for step in (-1, 0, 1))
    curve = before - 2 * at + after
    shift = np.where(curve < 0, 0.5 * (before - after) / np.minimum(curve, -1e-9), 0.0)
    found: NDArray[np.float64] = bins + np.clip(shift, -0.5, 0.5)
    return found


def _likeness(shape: NDArray[np.float64], lag: int) -> float:
    later, earlier = shape[lag:], shape[:-lag]
    size = float(np.linalg.norm(later) * np.linalg.norm(earlier))
    return float((later * earlier).sum()) / size if size > 0 else 0.0


def _levels(sound: Samples) -> NDArray[np.float64]:
    """Loudness in dB of each band in each frame."""
    spectra = _spectra(sound)
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, _BANDS + 1) / (RATE / _WINDOW)
    borders = np.unique(edges.round().astype(int))
    bands = np.add.reduceat(spectra, borders, axis=1)[:, :-1]
    decibel: NDArray[np.float64] = 10 * np.log10(bands + 1e-12)
    heard: NDArray[np.float64] = np.maximum(decibel, decibel.max() - _DEPTH_DB)
    return heard


def _spectra(sound: Samples) -> NDArray[np.float64]:
    """Power of each bin in each frame."""
    padded = np.pad(sound, (0, max(0, _WINDOW - len(sound))))
    count = 1 + (len(padded) - _WINDOW) // FRAME
    places = np.arange(count)[:, None] * FRAME + np.arange(_WINDOW)[None, :]
    power: NDArray[np.float64] = (
        np.abs(np.fft.rfft(padded[places] * np.hanning(_WINDOW), axis=1)) ** 2
    )
    return power
