"""Measures image encoders side by side: time, and how far the small ones' vectors have turned."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from quantize.calibration_images import Floats
from quantize.errors import WorkshopError

ROUNDS = 9


class Network:
    """An encoder that turns a picture into a vector."""

    def __init__(self, path: Path, threads: int) -> None:
        """Load a file.

        Raises:
            WorkshopError: ONNX Runtime refuses it.
        """
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except _refusals() as error:
            raise WorkshopError(f"{path.name} cannot be loaded as a network.") from error
        self._name = self._session.get_inputs()[0].name

    def vector(self, picture: Floats) -> Floats:
        """The first output for a picture, as one row of numbers.

        Raises:
            WorkshopError: the picture does not fit, or what comes out are no numbers.
        """
        try:
            found = self._session.run(None, {self._name: picture})[0]
        except _refusals() as error:
            raise WorkshopError("The network does not take pictures of this size.") from error
        row: Floats = np.asarray(found, np.float32).reshape(-1)
        if not np.isfinite(row).all():
            raise WorkshopError("The network gives something that is no number.")
        return row

    def seconds(self, picture: Floats) -> float:
        """How long one picture takes."""
        begin = time.perf_counter()
        self.vector(picture)
        return time.perf_counter() - begin


def seconds(networks: Sequence[Network], picture: Floats) -> list[float]:
    """Median time of each network, in turns, so that other work slows all alike."""
    for network in networks:
        network.vector(picture)
    rounds = [[network.seconds(picture) for network in networks] for _ in range(ROUNDS)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def cosines(full: Network, small: Network, pictures: Sequence[Floats]) -> list[float]:
    """Cosine between both networks' vectors, for each picture."""
    return [cosine(full.vector(picture), small.vector(picture)) for picture in pictures]


def cosine(one: Floats, other: Floats) -> float:
    """Cosine of two vectors; 0 where one of them is nothing but zeros."""
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length else 0.0


def _refusals() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises; its errors have no common base of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as native  # noqa: PLC0415

    kinds: list[Any] = [native.Fail, native.InvalidArgument, native.InvalidGraph]
    kinds += [native.InvalidProtobuf, native.NotImplemented, native.RuntimeException]
    kinds += [native.NoSuchFile, ValueError]
    return tuple(kinds)
