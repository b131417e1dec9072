"""The door to ONNX Runtime for small networks that hear; the only importer of it here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speech.errors import NoRecogniser

Floats = NDArray[np.float32]
_MISSING = "This needs the Python package onnxruntime."


class OnnxModel:
    """One network on one core; weights come from memory, so that no file can name another."""

    def __init__(self, path: Path, what: str) -> None:
        """Load the network.

        Args:
            path: of the file.
            what: what it is, for the message where it cannot be loaded.

        Raises:
            NoRecogniser: it cannot be loaded.
        """
        try:
            import onnxruntime  # noqa: PLC0415
        except ImportError as error:
            raise NoRecogniser(_MISSING) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            data = path.read_bytes()
        except OSError as error:
            raise NoRecogniser(f"{what} cannot be read: {path} ({error.strerror}).") from error
        try:
            self._session = onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the library raises children of Exception itself
            raise NoRecogniser(f"{what} is damaged: {path}.") from error
        self._what = what
        self.input = str(self._session.get_inputs()[0].name)

    def run(self, fed: Mapping[str, Floats]) -> list[Any]:
        """The outputs, in order.

        Raises:
            NoRecogniser: the network does not take these inputs, so it is another one.
        """
        try:
            found: list[Any] = self._session.run(None, dict(fed))
        except Exception as error:  # the library raises children of Exception itself
            raise NoRecogniser(f"{self._what} is not of the kind that is needed.") from error
        return found
