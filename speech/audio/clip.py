"""A recording as the rest of the package knows it, and what a recording may be. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speech.errors import BadAudio

Samples = NDArray[np.float32]
RATE = 16_000
"""Samples a second of every clip; recognisers and detectors are made for it."""
BAD = "This is a bad recording"
_LOUDEST = 8.0
"""Floating-point recordings go a little over 1; what lies far beyond is no sound."""
_CANCELLED = 0.04
"""Share of the power of the loudest channel that the mean must keep."""
_SILENT = 1e-4
"""Largest swing of digital silence: three steps of a 16-bit recording."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One channel of finite samples from -1 to 1 at 16 kHz."""

    samples: Samples

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE

    @property
    def silent(self) -> bool:
        """Whether there is nothing to hear in it, whatever constant it holds."""
        return self.samples.size == 0 or float(np.ptp(self.samples)) < 2 * _SILENT


@dataclass(frozen=True, slots=True)
class AudioLimits:
    """What is accepted as a recording; everything else is refused by its header."""

    longest_s: float = 120.0
    most_bytes: int = 50_000_000
    slowest: int = 8_000
    """Samples a second."""
    fastest: int = 192_000
    most_channels: int = 8

    def check_header(self, rate: int, channels: int) -> None:
        """Refuse what no microphone records.

        Raises:
            BadAudio: naming the figure.
        """
        if not self.slowest <= rate <= self.fastest:
            usable = f"{self.slowest:,} to {self.fastest:,}"
            raise BadAudio(f"{BAD}: {rate:,} samples a second; {usable} can be used.")
        if not 1 <= channels <= self.most_channels:
            raise BadAudio(f"{BAD}: {channels} channels; one or two are usual.")

    def check_length(self, seconds: float) -> None:
        """Refuse what is too long.

        Raises:
            BadAudio: naming the limit.
        """
        if seconds > self.longest_s:
            raise BadAudio(
                f"The recording is longer than {self.longest_s:g} seconds. Record shorter pieces."
            )


LIMITS = AudioLimits()


def mixed(channels: NDArray[np.floating]) -> Samples:
    """One channel of many, `(samples, channels)`; the loudest where they cancel each other.

    Raises:
        BadAudio: values that are not numbers, or far too large.
    """
    if not np.isfinite(channels).all():
        raise BadAudio(f"{BAD}: it holds values that are not numbers.")
    if channels.size and float(np.abs(channels).max()) > _LOUDEST:
        raise BadAudio(f"{BAD}: its values are far too large for sound.")
    one = channels.reshape(-1)
    if channels.ndim > 1 and channels.shape[1] > 1:
        one = channels.mean(axis=1)
        powers = (channels**2).sum(axis=0)
        if float((one**2).sum()) < _CANCELLED * float(powers.max(initial=0)):
            one = channels[:, int(powers.argmax())]
    samples: Samples = np.clip(one, -1, 1).astype(np.float32)
    return samples
