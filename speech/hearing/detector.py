"""What tells speech from other sound, a frame at a time. Pure."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from speech.audio.clip import RATE, Samples

FRAME = 512
"""Samples that are judged together: 32 ms."""
FRAME_S = FRAME / RATE
Probabilities = NDArray[np.float32]


class SpeechDetector(Protocol):
    """Judges frame after frame of one stream of sound; keep one for each stream."""

    def probabilities(self, samples: Samples) -> Probabilities:
        """How likely each further frame is speech; what is less than a frame waits for more."""
        ...

    def reset(self) -> None:
        """Forget what was heard, as between two patients."""
        ...


class EnergyDetector:
    """A `SpeechDetector` by loudness over the background, where no model is installed.

    It cannot tell speech from other loud sound; `speech.hearing.tones` and the gates stand behind.
    """

    def __init__(self, rise_db: float = 12.0) -> None:
        """Take by how much speech must stand above the background."""
        self._rise = rise_db
        self.reset()

    def reset(self) -> None:
        """Forget background and rest."""
        self._rest: Samples = np.zeros(0, np.float32)
        self._floor_db = -60.0

    def probabilities(self, samples: Samples) -> Probabilities:
        """1 for frames that stand well above the background, 0 for those that do not."""
        frames, self._rest = in_frames(np.concatenate((self._rest, samples)))
        levels = 10 * np.log10((frames**2).mean(axis=1) + 1e-10)
        return np.array([self._judged(float(level)) for level in levels], np.float32)

    def _judged(self, level: float) -> float:
        above = level - self._floor_db
        # The background is followed down at once and up slowly, so that speech does not become it.
        self._floor_db += above if above < 0 else 0.01 * above
        return float(np.clip((above - self._rise / 2) / self._rise, 0.0, 1.0))


def in_frames(samples: Samples) -> tuple[Samples, Samples]:
    """Whole frames as rows, and what is left over."""
    whole = len(samples) - len(samples) % FRAME
    return samples[:whole].reshape(-1, FRAME), samples[whole:]
