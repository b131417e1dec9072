"""The wake word: three small networks in a row, as openWakeWord makes them; off by default.

The folder holds `melspectrogram.onnx` and `embedding_model.onnx`, which are the same for all wake
words, and beside them the network of the one word. Nothing of the sound is kept beyond what the
networks look at: 76 frames of 10 ms, and the last 16 steps of 80 ms.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from speech.audio.clip import Samples
from speech.errors import NoRecogniser
from speech.hearing.onnx_model import Floats, OnnxModel

STEP = 1280
"""Samples that are looked at together: 80 ms."""
_BEFORE = 480
"""Samples before them that the first frames reach into."""
_FRAMES, _BANDS = 76, 32
_SIZE, _STEPS = 96, 16
_SHARED = ("melspectrogram.onnx", "embedding_model.onnx")


@dataclass(frozen=True, slots=True)
class WakeSettings:
    """When the word counts as said."""

    sure: float = 0.5
    """Probability from which it does."""
    steps: int = 2
    """So many times in a row, so that no click wakes it."""
    pause: int = 25
    """Steps after one hearing in which no other counts: two seconds."""


class WakeNetwork(Protocol):
    """Judges a stream 80 ms at a time; keep one for each stream."""

    def probability(self, step: Samples) -> float:
        """How likely the word has just ended, after 1280 further samples."""
        ...

    def reset(self) -> None:
        """Forget what was heard."""
        ...


class WakeEar:
    """Waits for the wake word in one stream; everything else is forgotten at once."""

    def __init__(self, network: WakeNetwork, settings: WakeSettings | None = None) -> None:
        """Take what judges, and when the word counts as said."""
        self._network = network
        self._settings = settings or WakeSettings()
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._network.reset()
        self._rest: Samples = np.zeros(0, np.float32)
        self._run = self._resting = 0
        self._armed = True

    def feed(self, samples: Samples) -> bool:
        """Whether the word was said in these samples."""
        sound = np.concatenate((self._rest, samples))
        whole = len(sound) - len(sound) % STEP
        self._rest = sound[whole:].copy()
        heard = [self._step(sound[begin : begin + STEP]) for begin in range(0, whole, STEP)]
        return any(heard)

    def _step(self, step: Samples) -> bool:
        sure = self._network.probability(step) >= self._settings.sure
        self._resting = max(0, self._resting - 1)
        # One word is heard once, however long the network stays sure of it.
        self._armed = self._armed or not (sure or self._resting)
        self._run = self._run + 1 if sure and self._armed else 0
        if self._run < self._settings.steps:
            return False
        self._run, self._resting, self._armed = 0, self._settings.pause, False
        return True


class OnnxWakeNetwork:
    """A `WakeNetwork` over the three files."""

    def __init__(self, path: Path) -> None:
        """Load the networks.

        Args:
            path: of the network of the word; the other two lie beside it.

        Raises:
            NoRecogniser: a file is missing or damaged.
        """
        missing = [name for name in (path.name, *_SHARED) if not (path.parent / name).is_file()]
        if missing:
            message = f"The wake word needs {', '.join(missing)} in {path.parent}."
            raise NoRecogniser(message)
        what = "The network of the wake word"
        self._spectrum = OnnxModel(path.parent / _SHARED[0], what)
        self._meaning = OnnxModel(path.parent / _SHARED[1], what)
        self._word = OnnxModel(path, what)
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._tail: Samples = np.zeros(_BEFORE, np.float32)
        self._frames: Floats = np.ones((_FRAMES, _BANDS), np.float32)
        self._steps: Floats = np.zeros((_STEPS, _SIZE), np.float32)

    def probability(self, step: Samples) -> float:
        """See `WakeNetwork.probability`.

        Raises:
            NoRecogniser: the networks are not of this kind.
        """
        # The networks were made for samples as whole numbers of 16 bits.
        sound = np.concatenate((self._tail, step * 32767)).astype(np.float32)
        self._tail = sound[-_BEFORE:].copy()
        bands = np.asarray(self._of(self._spectrum, sound[None]), np.float32)
        fresh = _shaped(bands, (-1, _BANDS)) / 10 + 2
        self._frames = np.concatenate((self._frames, fresh))[-_FRAMES:].astype(np.float32)
        meaning = self._of(self._meaning, self._frames[None, :, :, None])
        self._steps = np.concatenate((self._steps[1:], _shaped(meaning, (1, _SIZE))))
        found = _shaped(self._of(self._word, self._steps[None]), (-1,))
        return float(found.max())

    def _of(self, model: OnnxModel, fed: Floats) -> Floats:
        return np.asarray(model.run({model.input: fed})[0], np.float32)


def _shaped(found: Floats, shape: tuple[int, ...]) -> Floats:
    """An output in the shape that is expected of it.

    Raises:
        NoRecogniser: it cannot be brought into it.
    """
    try:
        return found.reshape(shape)
    except ValueError as error:
        message = "The network of the wake word is not of the kind that is needed."
        raise NoRecogniser(message) from error
