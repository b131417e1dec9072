"""A language model in a process of its own, so that its death is a message and not the end.

The worker is started on first use, and again as soon as it died over an answer. One answer is
written at a time; others wait for their turn, in the order in which they came.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Event

from assistant.errors import ModelError
from assistant.writing.language import (
    Cancel,
    Chunk,
    GenerationLimits,
    ModelCard,
    Prompt,
    Usage,
    text_of,
)
from assistant.writing.llama_queue import Queue
from assistant.writing.model_file import ModelOptions
from assistant.writing.worker_link import WorkerLink, card_in, chunk_in, usage_in

CLOSED = "The language model was closed."
BUSY = "The language model is busy with another question. Please try again in a moment."

_GRACE_S = 5.0
_CLOSING_S = 2.0
_BETWEEN_RESTARTS_S = 60.0


class ProcessModel:
    """A `LanguageModel` over a GGUF file. Safe to call from any thread."""

    def __init__(self, path: Path, options: ModelOptions | None = None) -> None:
        """Remember the file; it is opened on first use."""
        self._path = path
        self._options = options or ModelOptions()
        self._queue = Queue()
        self._closed = Event()
        self._worker: WorkerLink | None = None
        self._card: ModelCard | None = None
        self._restarted = -_BETWEEN_RESTARTS_S

    @property
    def waiting(self) -> int:
        """Questions that wait or are being answered."""
        return self._queue.length

    def chunks(
        self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        """Write; see `LanguageModel.chunks`. Closing the generator cancels."""
        with self._my_turn(limits.time_limit_s, cancelled) as mine:
            worker = self._ready(cancelled) if mine else None
            if worker is None:
                yield Chunk(usage=Usage(0, 0, 0, 0.0, 0.0, "cancelled"))
                return
            rows = [[segment.text, segment.special] for segment in prompt.segments]
            worker.tell("write", segments=rows, stop=prompt.stop, limits=asdict(limits))
            yield from self._listen(worker, limits.time_limit_s, cancelled)

    def stream(self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel) -> Iterator[str]:
        """The text of `chunks`."""
        return text_of(self.chunks(prompt, limits, cancelled))

    def describe(self) -> ModelCard:
        """The card of the model, which is loaded first if it never was."""
        if self._card is None:
            with self._my_turn(self._options.load_limit_s, self._closed):
                self._ready(self._closed)
        if self._card is None:
            raise ModelError(CLOSED)
        return self._card

    def forget(self) -> None:
        """Wipe what the model remembers of the last prompt, as between two patients.

        Raises:
            ModelError: An answer is still being written.
        """
        if self._closed.is_set():
            return
        with self._my_turn(_GRACE_S, self._closed):
            if self._worker is not None and self._worker.process.is_alive():
                self._worker.tell("forget")

    def close(self) -> None:
        """End the worker; a running answer ends."""
        self._closed.set()
        try:
            self._queue.enter(_CLOSING_S, lambda: False)
        except TimeoutError:
            if self._worker is not None:
                self._worker.process.kill()
            return
        self._discard(_CLOSING_S)
        self._queue.leave()

    def _listen(
        self, worker: WorkerLink, time_limit_s: float, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        """Pass on what the worker writes; leaves the pipe empty, or no worker."""
        ended = False
        try:
            while not ended:
                wanted = not (cancelled.is_set() or self._closed.is_set())
                if not wanted:
                    worker.withdraw()
                message = worker.hear(_GRACE_S + (time_limit_s if wanted else 0.0))
                ended = bool(message) and "text" not in message
                if ended:
                    yield Chunk(usage=usage_in(message))
                elif wanted and message:
                    yield chunk_in(message)
        finally:
            if not ended:
                self._settle(worker)

    def _settle(self, worker: WorkerLink) -> None:
        """Cancel the request and wait for its end; a worker that does not come to it goes."""
        worker.withdraw()
        try:
            while "text" in (message := worker.hear(_GRACE_S)) or not message:
                pass
        except ModelError:
            self._discard(0.0)
            self._restart()

    def _restart(self) -> None:
        """Load the model again at once, so that the next question need not wait for it.

        One that dies soon again waits for the next question: a machine is not kept busy with
        loading a model that cannot run.
        """
        now = time.monotonic()
        if now > self._restarted + _BETWEEN_RESTARTS_S and not self._closed.is_set():
            self._restarted = now
            self._worker = WorkerLink(self._path, self._options)

    def _ready(self, cancelled: Cancel) -> WorkerLink | None:
        """A worker with its model loaded; None if cancelled, while loading goes on."""
        if self._worker is None or not self._worker.process.is_alive():
            self._discard(0.0)
            self._worker = WorkerLink(self._path, self._options)
        worker = self._worker
        try:
            while worker.card is None:
                if cancelled.is_set() or self._closed.is_set():
                    return None
                if message := worker.hear(self._options.load_limit_s):
                    worker.card = card_in(message)
        except ModelError:
            self._discard(_CLOSING_S)
            raise
        self._card = worker.card
        return worker

    @contextmanager
    def _my_turn(self, patience_s: float, cancelled: Cancel) -> Iterator[bool]:
        """Wait until no one else is writing; False if cancelled meanwhile."""

        def gone() -> bool:
            return cancelled.is_set() or self._closed.is_set()

        try:
            mine = self._queue.enter(patience_s, gone)
        except TimeoutError as error:
            raise ModelError(BUSY) from error
        try:
            if self._closed.is_set():
                raise ModelError(CLOSED)
            yield mine
        finally:
            if mine:
                self._queue.leave()

    def _discard(self, grace_s: float) -> None:
        if self._worker is not None:
            self._worker.end(grace_s)
            self._worker = None
