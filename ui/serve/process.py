"""One answering process as the front sees it: questions go in, frames come back, it may die."""

import asyncio
import multiprocessing
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Protocol

from ui.serve.frames import LONGEST, Frame, packed, unpacked
from ui.settings import Settings

NAME = "aidpost-answers"
_END_S = 5.0


class Work(Protocol):
    """What an answering process does; `worker.work` is it."""

    def __call__(self, pipe: Connection, settings: Settings, width: int) -> None:
        """Answer until the pipe ends."""
        ...


class AnsweringProcess:
    """Used by the event loop alone; a thread reads the pipe for it."""

    def __init__(
        self, work: Work, settings: Settings, width: int, heard: Callable[[Frame | None], None]
    ) -> None:
        """Start it.

        Args:
            work: what it does.
            settings: of this installation.
            width: how many questions it answers at a time.
            heard: told, in the event loop, of each frame, and of None when it is gone.
        """
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=work, args=(theirs, settings, width), name=NAME)
        self._process.start()
        theirs.close()
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="answers", daemon=True).start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid or 0

    def tell(self, frame: Frame) -> None:
        """Send a frame; a process that is gone has told so already or will."""
        with suppress(OSError):
            self._pipe.send_bytes(packed(frame))

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def end(self) -> None:
        """Let it end by itself, and make it where it does not; waits for it."""
        with suppress(OSError):
            self._pipe.close()
        self._process.join(_END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(_END_S)

    def _read(self) -> None:
        with suppress(EOFError, OSError, RuntimeError):
            while True:
                frame = unpacked(self._pipe.recv_bytes(LONGEST))
                self._loop.call_soon_threadsafe(self._heard, frame)
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._heard, None)
