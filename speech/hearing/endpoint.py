"""Where speech begins and ends, from how likely each frame is speech. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from speech.audio.clip import RATE
from speech.hearing.detector import FRAME, FRAME_S, Probabilities


@dataclass(frozen=True, slots=True)
class EndSettings:
    """When a person is taken to have begun and to have ended."""

    silence_s: float = 0.7
    """Pause after which the person has finished."""
    longest_s: float = 28.0
    """Speech is cut here, since a recogniser sees 30 seconds at once."""
    sure: float = 0.5
    """Probability from which a frame is speech."""
    frames: int = 3
    """Frames of speech that make a beginning."""
    lead_s: float = 0.3
    """Kept before the beginning, so that no first consonant is lost."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Speech from one frame to another, counted from the beginning of the stream."""

    first: int
    end: int
    """The frame after the last."""
    peak: float
    """The highest probability in it."""
    clear: float
    """Share of its frames that are speech beyond doubt."""
    cut: bool = False
    """It was cut because it went on too long."""

    @property
    def start_s(self) -> float:
        """Seconds from the beginning of the stream."""
        return self.first * FRAME_S

    @property
    def end_s(self) -> float:
        """Seconds from the beginning of the stream."""
        return self.end * FRAME_S

    @property
    def voiced(self) -> bool:
        """Whether the detector was sure enough; sounds that are like a voice leave it unsure."""
        return self.peak >= _PEAK and self.clear >= _CLEAR and self.end - self.first >= _FEWEST

    def samples(self) -> tuple[int, int]:
        """First sample and the one after the last."""
        return self.first * FRAME, self.end * FRAME


_PEAK, _CLEAR, _FEWEST = 0.9, 0.35, 5
_BEYOND_DOUBT = 0.8


@dataclass(frozen=True, slots=True)
class Began:
    """Speech has begun at a frame."""

    frame: int


class Endpointer:
    """Finds beginnings and ends in a stream; keep one for each stream."""

    def __init__(self, settings: EndSettings | None = None) -> None:
        """Take the settings."""
        self._settings = settings or EndSettings()
        self.reset()

    def reset(self) -> None:
        """Begin a new stream."""
        self._frame = 0
        self._run = 0
        self._quiet = 0
        self._open: list[float] = []
        self._first = 0

    @property
    def speaking(self) -> bool:
        """Whether someone speaks now."""
        return bool(self._open)

    def feed(self, probabilities: Probabilities | Iterable[float]) -> list[Began | Stretch]:
        """What the next frames tell."""
        out: list[Began | Stretch] = []
        for value in probabilities:
            found = self._step(float(value))
            self._frame += 1
            if found is not None:
                out.append(found)
        return out

    def finish(self) -> list[Stretch]:
        """The stretch that is still open when the stream ends."""
        return [self._closed(cut=False)] if self._open else []

    def _step(self, value: float) -> Began | Stretch | None:
        speech = value >= self._settings.sure
        if not self._open:
            self._run = self._run + 1 if speech else 0
            if self._run < self._settings.frames:
                return None
            self._first = self._frame - self._run + 1
            self._open, self._quiet = [value] * self._run, 0
            return Began(self._first)
        self._open.append(value)
        self._quiet = 0 if speech else self._quiet + 1
        if self._quiet * FRAME_S >= self._settings.silence_s:
            return self._closed(cut=False)
        if len(self._open) * FRAME_S >= self._settings.longest_s:
            return self._closed(cut=True)
        return None

    def _closed(self, *, cut: bool) -> Stretch:
        spoken = self._open[: len(self._open) - self._quiet]
        self._open, self._run, self._quiet = [], 0, 0
        clear = float(np.mean([value >= _BEYOND_DOUBT for value in spoken]))
        return Stretch(self._first, self._first + len(spoken), max(spoken), clear, cut)


def frames_in(seconds: float) -> int:
    """Whole frames in a time."""
    return round(seconds * RATE / FRAME)
