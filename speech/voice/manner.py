"""How something is spoken: language, speed, volume, mute. Pure."""

from dataclasses import dataclass, replace

import numpy as np

from speech.audio.clip import Samples

SLOWEST, FASTEST = 0.5, 2.0
_STEP = 1.25
_LOUDER = 20
WORDS_PER_MINUTE = 150
"""At speed 1; a little slower than conversation, as figures have to be understood."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is spoken."""

    language: str = "en"
    """ISO 639-1 code."""
    speed: float = 1.0
    """1 = 150 words a minute."""
    volume: int = 100
    """Percent of full volume."""
    mute: bool = False

    def slower(self) -> "Manner":
        """One step slower."""
        return replace(self, speed=max(SLOWEST, self.speed / _STEP))

    def faster(self) -> "Manner":
        """One step faster."""
        return replace(self, speed=min(FASTEST, self.speed * _STEP))

    def louder(self) -> "Manner":
        """One step louder, and no longer mute."""
        return replace(self, volume=min(100, self.volume + _LOUDER), mute=False)

    def quieter(self) -> "Manner":
        """One step quieter; never silent, which is what mute is for."""
        return replace(self, volume=max(_LOUDER, self.volume - _LOUDER))

    @property
    def words_per_minute(self) -> int:
        """The speed as programs take it."""
        return round(WORDS_PER_MINUTE * min(max(self.speed, SLOWEST), FASTEST))


@dataclass(frozen=True, slots=True)
class Sound:
    """Speech as samples, ready to play or to write to a file."""

    samples: Samples
    rate: int
    """Samples a second."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    def at_volume(self, manner: Manner) -> "Sound":
        """As loud as wanted; silence of the same length where it is mute."""
        share = 0.0 if manner.mute else min(max(manner.volume, 0), 100) / 100
        return Sound((self.samples * share).astype(np.float32), self.rate)
