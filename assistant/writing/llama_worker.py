"""The life of the process in which a language model runs.

It loads one model, then answers one request at a time until its pipe closes. Messages are JSON
objects in bytes, because unpickling would run what a broken worker sends:

    to the worker    {"do": "write", "id": 1, "segments": [["text", true]], "stop": [],
                      "limits": {}} or {"do": "forget", "id": 2}
    from the worker  {"card": {}}, {"text": "...", "chances": []}, {"usage": {}},
                     {"error": "Name", "message": ""}
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from ctypes import c_ulonglong
from dataclasses import asdict, dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assistant.errors import ModelError
from assistant.writing.language import Chunk, GenerationLimits, ModelCard, Prompt, Segment
from assistant.writing.llama import LlamaModel
from assistant.writing.llama_run import Extras
from assistant.writing.llama_watch import most_mb, watch_memory
from assistant.writing.model_file import ModelOptions, check_header, damaged, verified_digest

ENVIRONMENT = {
    "OMP_WAIT_POLICY": "passive",  # waiting threads must not starve the rest of the program
    "GGML_NO_BACKTRACE": "1",  # an abort must not start a debugger
}
_MOST_THREADS = 8
_SHORTEST_PAUSE_S = 0.004  # between messages; waking the reader for each token costs a fast model


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


def serve(pipe: Connection, last: c_ulonglong, path: str, options: ModelOptions) -> None:
    """Entry of the worker process.

    Args:
        pipe: The worker's end of the pipe.
        last: Shared number of the last cancelled request.
        path: The model file.
        options: How to open it.
    """
    os.environ.update(ENVIRONMENT)
    _confine()
    watch_memory(options.memory_limit_mb or most_mb())
    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        model, card = load(Path(path), options)
    except ModelError as error:
        _send(pipe, _spoken(error))
        return
    _send(pipe, {"card": asdict(card)})
    answer_requests(pipe, last, model)
    model.close()


def load(path: Path, options: ModelOptions) -> tuple[LlamaModel, ModelCard]:
    """Check a model file and open it.

    Raises:
        ModelError: It cannot be used; the subclass and the message say why.
    """
    check_header(path)
    before = path.stat()
    if 0 < options.memory_limit_mb << 20 <= before.st_size:
        raise ModelError(f"The model file {path.name} is larger than the memory it may use.")
    digest = verified_digest(path, options.sha256)
    model = LlamaModel(
        path, options.context_length, options.threads or _threads(), _extras(options, digest)
    )
    after = path.stat()
    if (before.st_ino, before.st_size, before.st_mtime_ns) != (
        after.st_ino,
        after.st_size,
        after.st_mtime_ns,
    ):
        raise damaged(path, "it was changed while it was being opened")
    return model, ModelCard(path.stem, digest, model.context_length, model.family, model.device)


def _extras(options: ModelOptions, digest: str) -> Extras:
    return Extras(
        options.gpu_layers,
        options.shared_texts,
        options.prefix_folder,
        options.prefix_limit_mb,
        digest,
    )


def answer_requests(pipe: Connection, last: c_ulonglong, model: LlamaModel) -> None:
    """Answer one request after the other until the pipe closes."""
    while (request := _receive(pipe)) is not None:
        if request["do"] == "forget":
            model.forget()
        elif not _answer(pipe, last, model, request):
            return


def _answer(pipe: Connection, last: c_ulonglong, model: LlamaModel, request: Any) -> bool:  # noqa: ANN401
    """Whether the other end still listens after the answer."""
    prompt = Prompt(
        tuple(Segment(text, special) for text, special in request["segments"]),
        tuple(request["stop"]),
    )
    limits = GenerationLimits(**request["limits"])
    try:
        return _pass_on(pipe, model.chunks(prompt, limits, Withdrawn(last, request["id"])))
    except ModelError as error:
        return _send(pipe, _spoken(error))


def _pass_on(pipe: Connection, chunks: Iterator[Chunk]) -> bool:
    """Send an answer as it is written, in messages that are not too small."""
    text, chances, sent = "", list[object](), 0.0
    for chunk in chunks:
        text += chunk.text
        chances += [(one.text, one.logprob, one.others) for one in chunk.chances]
        now = time.monotonic()
        if (text or chances) and (chunk.usage or now >= sent + _SHORTEST_PAUSE_S):
            if not _send(pipe, {"text": text, "chances": chances}):
                return False
            text, chances, sent = "", [], now
        if chunk.usage:
            return _send(pipe, {"usage": asdict(chunk.usage)})
    return True


def _spoken(error: ModelError) -> dict[str, str]:
    return {"error": type(error).__name__, "message": str(error)}


def _receive(pipe: Connection) -> Any:  # noqa: ANN401
    try:
        return json.loads(pipe.recv_bytes())
    except (EOFError, OSError):
        return None


def _send(pipe: Connection, message: object) -> bool:
    try:
        pipe.send_bytes(json.dumps(message).encode())
    except OSError:
        return False
    return True


def _threads() -> int:
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
