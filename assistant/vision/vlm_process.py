"""A model that sees, in a process of its own, so that its death is a message and not the end.

The worker is started on first use and again after it died. One picture is looked at at a time;
others wait for their turn, in the order in which they came.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import numpy as np

from assistant.errors import ModelError
from assistant.vision.encoder_prepare import Pixels, checked, resized
from assistant.writing.language import Cancel, GenerationLimits, ModelCard
from assistant.writing.llama_queue import Queue
from assistant.writing.model_process import BUSY, CLOSED
from assistant.writing.mtmd_link import SeeingLink
from assistant.writing.mtmd_picture import Picture, Scene, before_question
from assistant.writing.mtmd_worker import SeeingFiles
from assistant.writing.templates import Turn, families
from assistant.writing.worker_link import card_in, usage_in

LONGEST_SIDE = 1600
"""Pixels that a picture is brought down to; no projector of the catalogue looks at more."""
_GRACE_S = 5.0
_CLOSING_S = 2.0


class ProcessSight:
    """A `SeeingModel` over a GGUF file and its projector. Safe to call from any thread."""

    def __init__(self, files: SeeingFiles) -> None:
        """Remember the files; they are opened on first use."""
        self._files = files
        self._queue = Queue()
        self._closed = Event()
        self._worker: SeeingLink | None = None

    def look(
        self, pixels: Pixels, asked: tuple[str, str], limits: GenerationLimits, cancelled: Cancel
    ) -> str:
        """What the model writes about a picture; see `SeeingModel.look`."""
        picture = picture_of(pixels)
        with self._my_turn(limits.time_limit_s, cancelled) as mine:
            worker = self._ready(cancelled) if mine else None
            if worker is None or worker.card is None:
                return ""
            scene = scene_of(worker.card, picture, asked)
            message = self._told(worker, scene, limits, cancelled)
            usage_in(message)
            return "" if cancelled.is_set() else str(message.get("text", ""))

    def describe(self) -> ModelCard:
        """The card of the model, which is loaded first if it is not.

        Raises:
            ModelError: The model cannot be used.
        """
        with self._my_turn(self._files.options.load_limit_s, self._closed):
            worker = self._ready(self._closed)
            if worker is None or worker.card is None:
                raise ModelError(CLOSED)
            return worker.card

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

    def _told(
        self, worker: SeeingLink, scene: Scene, limits: GenerationLimits, cancelled: Cancel
    ) -> dict[str, Any]:
        """What the worker says in the end; one that is silent for too long or dies is let go."""
        try:
            worker.show(scene, limits)
            while True:
                wanted = not (cancelled.is_set() or self._closed.is_set())
                if not wanted:
                    worker.withdraw()
                patience = _GRACE_S + (limits.time_limit_s if wanted else 0.0)
                if message := worker.hear(patience):
                    worker.proven = True
                    return message
        except ModelError:
            self._discard(0.0)
            raise

    def _ready(self, cancelled: Cancel) -> SeeingLink | None:
        """A worker with its model loaded; None if cancelled, while loading goes on."""
        if self._worker is None or not self._worker.process.is_alive():
            self._discard(0.0)
            self._worker = SeeingLink(self._files)
        worker = self._worker
        try:
            while worker.card is None:
                if cancelled.is_set() or self._closed.is_set():
                    return None
                if message := worker.hear(self._files.options.load_limit_s):
                    worker.card = card_in(message)
        except ModelError:
            self._discard(_CLOSING_S)
            raise
        return worker

    @contextmanager
    def _my_turn(self, patience_s: float, cancelled: Cancel) -> Iterator[bool]:
        """Wait until no one else is looking; False if cancelled meanwhile."""

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


def picture_of(pixels: Pixels) -> Picture:
    """The picture that is sent to the worker, no larger than a projector can use.

    Raises:
        ImageError: it is no picture.
    """
    high, wide = checked(pixels).shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(high, wide))
    if scale < 1.0:
        wide, high = max(1, round(wide * scale)), max(1, round(high * scale))
        pixels = resized(pixels, wide, high)
    return Picture(wide, high, np.ascontiguousarray(pixels).tobytes())


def scene_of(card: ModelCard, picture: Picture, asked: tuple[str, str]) -> Scene:
    """The prompt of a model's family, with the picture before the question."""
    told, question = asked
    prompt = families()[card.family].prompt([Turn("system", told), Turn("user", question)])
    return Scene(prompt, before_question(prompt), picture)
