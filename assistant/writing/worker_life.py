"""What the worker processes of models have in common: how they begin, speak and end.

Messages are JSON objects in bytes, because unpickling would run what a broken worker sends.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from ctypes import c_ulonglong
from dataclasses import asdict, dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import Any, Protocol, TypeVar

from assistant.errors import ModelError
from assistant.writing.language import GenerationLimits, ModelCard, Prompt, Segment
from assistant.writing.llama_watch import most_mb, watch_memory

ENVIRONMENT = {
    # Threads that wait for each other look for a third of a millisecond before they sleep: asleep
    # at once they lost a third of the tokens a second, awake all the time they starve the rest.
    "GOMP_SPINCOUNT": "20000",
    "GGML_NO_BACKTRACE": "1",  # an abort must not start a debugger
}
_MOST_THREADS = 8


class Closable(Protocol):
    """A model that can be freed."""

    def close(self) -> None:
        """Free its memory."""
        ...


_Model = TypeVar("_Model", bound=Closable)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Whether a request was cancelled: the shared number is the last cancelled request.

    A plain shared number and no event: a lock inside would stay taken if the worker were killed.
    """

    last: c_ulonglong
    request: int

    def is_set(self) -> bool:
        """True once this request or a later one was cancelled."""
        return self.last.value >= self.request


def live(
    pipe: Connection,
    memory_limit_mb: int,
    load: Callable[[], tuple[_Model, ModelCard]],
    answer: Callable[[_Model], None],
) -> None:
    """The life of a worker: load a model, tell its card or what is wrong, answer, free it.

    Args:
        pipe: The worker's end of the pipe.
        memory_limit_mb: What the process may hold; 0 for the share of a machine that is usual.
        load: Opens the model.
        answer: Answers requests until the pipe closes.
    """
    os.environ.update(ENVIRONMENT)
    _confine()
    watch_memory(memory_limit_mb or most_mb())
    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        model, card = load()
    except ModelError as error:
        send(pipe, spoken(error))
        return
    if send(pipe, {"card": asdict(card)}):
        answer(model)
    model.close()


def asked(request: Any) -> tuple[Prompt, GenerationLimits]:  # noqa: ANN401
    """The prompt and the limits in a request."""
    segments = tuple(Segment(text, special) for text, special in request["segments"])
    return Prompt(segments, tuple(request["stop"])), GenerationLimits(**request["limits"])


def send(pipe: Connection, message: object) -> bool:
    """Send a message; False where nobody listens any more."""
    try:
        pipe.send_bytes(json.dumps(message).encode())
    except OSError:
        return False
    return True


def spoken(error: ModelError) -> dict[str, str]:
    """An error as a message."""
    return {"error": type(error).__name__, "message": str(error)}


def usable_threads() -> int:
    """Threads for a model, where none are set."""
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(usable, _MOST_THREADS)


def _confine() -> None:
    """Leave no memory image behind, and stay off the program's output."""
    # Ctrl+C reaches every process of a terminal; the program itself decides what ends here.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.dup2(2, 1)
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 (not on Windows)

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _follow_parent() -> None:
    """End at once when the program is gone, even in the middle of a long computation."""
    if parent := parent_process():
        parent.join()
        os._exit(0)
