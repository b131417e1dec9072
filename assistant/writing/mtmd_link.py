"""The pipe to the worker process that looks at pictures."""

import multiprocessing
import time
from contextlib import suppress
from ctypes import c_ulonglong
from dataclasses import asdict
from threading import Thread

from assistant.errors import ModelDamaged, ModelError
from assistant.writing.language import GenerationLimits
from assistant.writing.mtmd_picture import Scene
from assistant.writing.mtmd_worker import SeeingFiles, serve
from assistant.writing.worker_link import WorkerLink

PROCESS = "seeing-model"
DAMAGED = (
    "The model file {model} or its projector {projector} cannot be used: reading them crashed the"
    " program that reads them. Install them again."
)
_CRASHES = frozenset({-6, -7, -8, -11})  # abort, bus error, arithmetic, segmentation fault


class SeeingLink(WorkerLink):
    """A running worker process that looks at pictures; used by one thread at a time."""

    def __init__(self, files: SeeingFiles) -> None:  # the other kind starts another worker
        """Start the worker."""
        spawn = multiprocessing.get_context("spawn")
        self._files = files
        self._path = files.model
        self._options = files.options
        self._pipe, theirs = spawn.Pipe()
        self._last: c_ulonglong = spawn.RawValue(c_ulonglong, 0)
        arguments = (theirs, self._last, files)
        self.process = spawn.Process(target=serve, args=arguments, name=PROCESS, daemon=True)
        self.process.start()
        theirs.close()
        self._request = 0
        self._heard = time.monotonic()
        self.card = None
        self._pouring: Thread | None = None
        self.proven = False
        """Whether it has come to the end of a picture once."""

    def show(self, scene: Scene, limits: GenerationLimits) -> None:
        """Send a picture and what is asked of it.

        Raises:
            ModelStopped: The worker is gone.
        """
        segments = [[segment.text, segment.special] for segment in scene.prompt.segments]
        self.tell(
            "look",
            segments=segments,
            at=scene.at,
            stop=scene.prompt.stop,
            limits=asdict(limits),
            size=[scene.picture.width, scene.picture.height],
        )
        # Not waited for: a worker that hangs takes no bytes, and must not hold up its caller.
        self._pouring = Thread(target=self._pour, args=(scene.picture.data,), daemon=True)
        self._pouring.start()

    def end(self, grace_s: float) -> None:
        """Let the worker go; one that still takes a picture is made to go at once."""
        if self._pouring is not None and self._pouring.is_alive():
            self.process.kill()
            # The pipe must not be closed, and its number given to another, while it is written to.
            self._pouring.join()
        super().end(grace_s)

    def _pour(self, data: bytes) -> None:
        with suppress(OSError):  # the death of the worker is told by whoever listens to it
            self._pipe.send_bytes(data)

    def _died(self) -> ModelError:
        """Why the worker is gone; one that crashes over its first picture has unsound files."""
        error = super()._died()
        crashed = not self.proven and self.process.exitcode in _CRASHES
        if not (crashed or isinstance(error, ModelDamaged)):
            return error
        names = {"model": self._files.model.name, "projector": self._files.projector.name}
        return ModelDamaged(DAMAGED.format(**names))
