"""The life of the process in which a language model runs.

It loads one model, then answers one request at a time until its pipe closes (`worker_life`):

    to the worker    {"do": "write", "id": 1, "segments": [["text", true]], "stop": [],
                      "limits": {}} or {"do": "forget", "id": 2}
    from the worker  {"card": {}}, {"text": "...", "chances": []}, {"usage": {}},
                     {"error": "Name", "message": ""}
"""

import json
import time
from collections.abc import Iterator
from ctypes import c_ulonglong
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assistant.errors import ModelError
from assistant.writing.language import Chunk, ModelCard
from assistant.writing.llama import LlamaModel
from assistant.writing.llama_run import Extras
from assistant.writing.model_file import ModelOptions, check_header, damaged, verified_digest
from assistant.writing.worker_life import Withdrawn, asked, live, send, spoken, usable_threads

_SHORTEST_PAUSE_S = 0.004  # between messages; waking the reader for each token costs a fast model


def serve(pipe: Connection, last: c_ulonglong, path: str, options: ModelOptions) -> None:
    """Entry of the worker process.

    Args:
        pipe: The worker's end of the pipe.
        last: Shared number of the last cancelled request.
        path: The model file.
        options: How to open it.
    """
    live(
        pipe,
        options.memory_limit_mb,
        lambda: load(Path(path), options),
        lambda model: answer_requests(pipe, last, model),
    )


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
        path, options.context_length, options.threads or usable_threads(), _extras(options, digest)
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
    prompt, limits = asked(request)
    try:
        return _pass_on(pipe, model.chunks(prompt, limits, Withdrawn(last, request["id"])))
    except ModelError as error:
        return send(pipe, spoken(error))


def _pass_on(pipe: Connection, chunks: Iterator[Chunk]) -> bool:
    """Send an answer as it is written, in messages that are not too small."""
    text, chances, sent = "", list[object](), 0.0
    for chunk in chunks:
        text += chunk.text
        chances += [(one.text, one.logprob, one.others) for one in chunk.chances]
        now = time.monotonic()
        if (text or chances) and (chunk.usage or now >= sent + _SHORTEST_PAUSE_S):
            if not send(pipe, {"text": text, "chances": chances}):
                return False
            text, chances, sent = "", [], now
        if chunk.usage:
            return send(pipe, {"usage": asdict(chunk.usage)})
    return True


def _receive(pipe: Connection) -> Any:  # noqa: ANN401
    try:
        return json.loads(pipe.recv_bytes())
    except (EOFError, OSError):
        return None
