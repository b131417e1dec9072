"""The life of the process in which a language model looks at pictures.

It loads one model with its projector, then answers one request at a time until its pipe closes.
Messages are JSON objects in bytes, as those of `llama_worker`; after a request come the colours of
its picture, as they are:

    to the worker    {"do": "look", "id": 1, "segments": [["text", true]], "at": 0, "stop": [],
                      "limits": {}, "size": [width, height]}, then the bytes of the picture
    from the worker  {"card": {}}, {"text": "...", "usage": {}}, {"error": "Name", "message": ""}
"""

import json
from ctypes import c_ulonglong
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assistant.errors import ModelError
from assistant.writing.language import ModelCard
from assistant.writing.model_file import ModelOptions, check_header, verified_digest
from assistant.writing.mtmd import SeeingLlama
from assistant.writing.mtmd_picture import LONGEST_SIDE, Picture, Scene, picture_bytes
from assistant.writing.worker_life import Withdrawn, asked, live, send, spoken, usable_threads

TOO_LARGE = (
    "The model file {model} and its projector {projector} are together larger than the memory they"
    " may use."
)
_MOST_BYTES = picture_bytes(LONGEST_SIDE, LONGEST_SIDE)


@dataclass(frozen=True, slots=True)
class SeeingFiles:
    """A model, its projector, and how to open them."""

    model: Path
    projector: Path
    options: ModelOptions
    """Of the model; its limits hold for both."""
    projector_sha256: str = ""
    """Digest that the projector must have, in hex; empty accepts any file."""


def serve(pipe: Connection, last: c_ulonglong, files: SeeingFiles) -> None:
    """Entry of the worker process.

    Args:
        pipe: The worker's end of the pipe.
        last: Shared number of the last cancelled request.
        files: What to open.
    """
    live(
        pipe,
        files.options.memory_limit_mb,
        lambda: load(files),
        lambda model: answer_requests(pipe, last, model),
    )


def load(files: SeeingFiles) -> tuple[SeeingLlama, ModelCard]:
    """Check a model file and its projector, and open them.

    Raises:
        ModelError: They cannot be used; the subclass and the message say why.
    """
    options = files.options
    for path in (files.model, files.projector):
        check_header(path)
    size = sum(path.stat().st_size for path in (files.model, files.projector))
    if 0 < options.memory_limit_mb << 20 <= size:
        raise ModelError(TOO_LARGE.format(model=files.model.name, projector=files.projector.name))
    digest = verified_digest(files.model, options.sha256)
    verified_digest(files.projector, files.projector_sha256)
    threads = options.threads or usable_threads()
    model = SeeingLlama(
        files.model, files.projector, options.context_length, threads, options.gpu_layers
    )
    card = ModelCard(files.model.stem, digest, model.context_length, model.family, model.device)
    return model, card


def answer_requests(pipe: Connection, last: c_ulonglong, model: SeeingLlama) -> None:
    """Answer one request after the other until the pipe closes."""
    listening = True
    while listening and (found := _receive(pipe)) is not None:
        request, colours = found
        try:
            listening = send(pipe, _answer(model, request, colours, last))
        except ModelError as error:
            listening = send(pipe, spoken(error))


def _answer(model: SeeingLlama, request: Any, colours: bytes, last: c_ulonglong) -> object:  # noqa: ANN401
    prompt, limits = asked(request)
    width, height = request["size"]
    scene = Scene(prompt, request["at"], Picture(width, height, colours))
    chunks = list(model.look(scene, limits, Withdrawn(last, request["id"])))
    usage = next(chunk.usage for chunk in reversed(chunks) if chunk.usage)
    return {"text": "".join(chunk.text for chunk in chunks), "usage": asdict(usage)}


def _receive(pipe: Connection) -> tuple[Any, bytes] | None:
    try:
        return json.loads(pipe.recv_bytes()), pipe.recv_bytes(_MOST_BYTES)
    except (EOFError, OSError):
        return None
