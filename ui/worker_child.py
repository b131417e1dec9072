"""The parent's end of the child process that reads files: asks it, waits, and ends it in time."""

import json
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from kb.errors import DocumentTooLarge, UnreadableDocument
from kb.extract.wire import Json
from ui import worker_main
from ui.worker_task import LIMITS, Limits, Task

Progress = Callable[[int, int], None]
"""Called with the steps done and all steps of a file."""

_KILLED = 9
"""Signal by which the system ends a process that takes too much memory."""
_OUT_OF_TIME = 24
"""Signal by which it ends one that takes too much processor time."""
_PIECE = 1 << 16


class ReadingStopped(Exception):
    """The person stopped the reading of a file; the file is not at fault."""


class Child:
    """A child process that is started when first asked, and anew after it was ended.

    It serves one task at a time.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._kept = b""
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the task in hand, and refuse those that follow; any thread may call it."""
        self._stopped.set()
        process = self._process
        if process is not None and process.poll() is None:
            _kill(process)

    def close(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            _kill(process)
        with process:  # closes the pipes and waits
            self._kept = b""

    def do(
        self, task: Task, limits: Limits = LIMITS, progress: Progress | None = None
    ) -> tuple[Json, bytes]:
        """What a task gives.

        Raises:
            DocumentTooLarge: it took too long or too much memory.
            ReadingStopped: `stop` was called.
            UnreadableDocument: it crashed, or no process can be started.
        """
        done = False
        try:
            status, message = self._ask(task, limits, progress)
            done = True
        except UnreadableDocument as error:
            self._check_stopped(error)
            raise
        finally:
            # A child that was left in the midst of a task may be anywhere.
            if not done:
                self.close()
        if status in {worker_main.OUT_OF_MEMORY, -_KILLED}:
            text = f"{task.name} needs more memory to read than a document may take."
            raise DocumentTooLarge(text)
        if status == -_OUT_OF_TIME:
            raise _too_slow(task.name, limits)
        if status != 0 or message is None:
            raise _damaged(task.name)
        return message

    def _ask(
        self, task: Task, limits: Limits, progress: Progress | None
    ) -> tuple[int, tuple[Json, bytes] | None]:
        """Exit status of the task and its last message."""
        self._check_stopped()
        self._send(task, limits)
        self._check_stopped()  # `stop` may have looked for the process before there was one
        begun = time.monotonic()
        end = begun + limits.seconds
        answer, last = b"", None
        while True:
            status, piece = self._piece(task.name, limits, end)
            answer += piece
            while message := _message(answer, task.name):
                answer, last = message[2], (message[0], message[1])
                if "done" in last[0] and progress is not None:
                    progress(int(str(last[0]["done"])), int(str(last[0]["whole"])))
                end = min(time.monotonic() + limits.page, begun + limits.longest)
            if status != worker_main.GOES_ON:
                return status, last

    def _check_stopped(self, cause: Exception | None = None) -> None:
        if self._stopped.is_set():
            raise ReadingStopped from cause

    def _send(self, task: Task, limits: Limits) -> None:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._start(task.name)
        process = cast("subprocess.Popen[bytes]", self._process)
        try:
            if process.stdin is not None:
                process.stdin.write(task.request(limits))
                process.stdin.flush()
        except OSError as error:
            raise _damaged(task.name) from error

    def _start(self, name: str) -> None:
        command = [sys.executable, "-I", "-X", "utf8", worker_main.__file__]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                cwd=Path(sys.executable).anchor or None,
                start_new_session=True,
            )
        except OSError as error:
            text = f"{name} could not be read: no other process can be started ({error.strerror})."
            raise UnreadableDocument(text) from error
        self._pieces, self._kept = queue.SimpleQueue(), b""
        source = self._process.stdout
        if source is not None:
            pump = threading.Thread(target=_pump, args=(source.fileno(), self._pieces), daemon=True)
            pump.start()

    def _piece(self, name: str, limits: Limits, end: float) -> tuple[int, bytes]:
        """The next piece of an answer with its status."""
        size = worker_main.CHUNK.size
        while True:
            if len(self._kept) >= size:
                status, length = worker_main.CHUNK.unpack(self._kept[:size])
                if len(self._kept) >= size + length:
                    piece = self._kept[size : size + length]
                    self._kept = self._kept[size + length :]
                    return status, piece
            try:
                more = self._pieces.get(timeout=max(end - time.monotonic(), 0.001))
            except queue.Empty:
                raise _too_slow(name, limits) from None
            if not more:
                raise _damaged(name)
            self._kept += more


def _pump(source: int, pieces: "queue.SimpleQueue[bytes]") -> None:
    """Put what comes from the child into a queue, and an empty piece at its end."""
    piece = b"-"
    while piece:
        try:
            piece = os.read(source, _PIECE)
        except OSError:
            piece = b""
        pieces.put(piece)


def _message(answer: bytes, name: str) -> tuple[Json, bytes, bytes] | None:
    """The first whole message of an answer as values, raw bytes and what follows it."""
    frame = worker_main.FRAME
    if len(answer) < frame.size:
        return None
    try:
        head_size, raw_size = frame.unpack(answer[: frame.size])
        if len(answer) < frame.size + head_size + raw_size:
            return None
        end = frame.size + head_size
        found = json.loads(answer[frame.size : end])
    except (ValueError, struct.error) as error:
        raise _damaged(name) from error
    if not isinstance(found, dict):
        raise _damaged(name)
    return cast("Json", found), answer[end : end + raw_size], answer[end + raw_size :]


def _too_slow(name: str, limits: Limits) -> DocumentTooLarge:
    return DocumentTooLarge(f"{name} could not be read within {limits.seconds:g} seconds.")


def _damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(f"{name} could not be read: it is damaged in some way.")


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a child with all that it started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:  # pragma: no cover - Windows
            process.kill()
    except ProcessLookupError:
        return


def _environment() -> dict[str, str]:
    """Only what an interpreter needs to start; no keys, names or proxies of the person."""
    kept = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {key: os.environ[key] for key in kept if key in os.environ} | {"LC_ALL": "C.UTF-8"}
