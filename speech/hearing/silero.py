"""The door to the Silero speech detector: an ONNX model that comes inside faster-whisper.

Its own wrapper judges whole recordings; here the model keeps its memory from call to call, so that
a stream can be judged while it is spoken.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from speech.audio.clip import Samples
from speech.hearing.detector import FRAME, Probabilities, in_frames
from speech.hearing.onnx_model import OnnxModel

_CONTEXT = 64
"""Samples of the frame before that the model sees with each frame."""
_STATE = (1, 1, 128)


def model_path() -> Path | None:
    """Where the model lies, or None; faster-whisper is not loaded by asking."""
    spec = find_spec("faster_whisper")
    if spec is None or spec.origin is None:
        return None
    assets = Path(spec.origin).parent / "assets"
    return next(iter(sorted(assets.glob("silero_vad*.onnx"), reverse=True)), None)


class SileroDetector:
    """A `SpeechDetector` by a small neural network; one core, about 0.1 ms a frame."""

    def __init__(self, path: Path) -> None:
        """Load the model.

        Raises:
            NoRecogniser: it cannot be loaded.
        """
        self._model = OnnxModel(path, "The model of the speech detector")
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._rest: Samples = np.zeros(0, np.float32)
        self._context: Samples = np.zeros(_CONTEXT, np.float32)
        self._h = self._c = np.zeros(_STATE, np.float32)

    def probabilities(self, samples: Samples) -> Probabilities:
        """How likely each further frame is speech."""
        frames, self._rest = in_frames(np.concatenate((self._rest, samples)))
        if not len(frames):
            return np.zeros(0, np.float32)
        before = np.vstack((self._context, frames[:-1, -_CONTEXT:]))
        self._context = frames[-1, -_CONTEXT:].copy()
        fed = {"input": np.hstack((before, frames)), "h": self._h, "c": self._c}
        found, self._h, self._c = self._model.run(fed)
        out: Probabilities = np.asarray(found, np.float32).reshape(-1)[: len(frames)]
        return out


__all__ = ["FRAME", "SileroDetector", "model_path"]
