"""The life of the process in which a speech model runs.

A message is a line of JSON with, after it, the samples of a clip as 32-bit floats. What is heard
goes back as JSON. The process is told nothing else and writes nothing anywhere.
"""

import json
import os
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from speech.audio.reading import clip_of_floats
from speech.errors import SpeechError
from speech.hearing.recogniser import Wanted
from speech.hearing.whisper import Whisper

_OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "OMP_WAIT_POLICY": "passive"}


def serve(pipe: Connection, folder: str, threads: int) -> None:
    """Load the model, say so, and hear clip after clip until the pipe is closed."""
    os.environ.update(_OFFLINE)
    try:
        model = Whisper(Path(folder), threads)
    except SpeechError as error:
        _tell(pipe, _error(error))
        return
    _tell(pipe, {"ready": True})
    while True:
        try:
            message = pipe.recv_bytes()
        except EOFError:
            return
        _tell(pipe, _heard(model, message))


def pack(wanted: Wanted, samples: bytes) -> bytes:
    """A request as bytes."""
    return json.dumps(asdict(wanted)).encode() + b"\n" + samples


def _heard(model: Whisper, message: bytes) -> dict[str, Any]:
    head, _, raw = message.partition(b"\n")
    try:
        return asdict(model.hear(clip_of_floats(raw), Wanted(**json.loads(head))))
    except SpeechError as error:
        return _error(error)


def _error(error: SpeechError) -> dict[str, Any]:
    return {"error": type(error).__name__, "message": str(error)}


def _tell(pipe: Connection, message: dict[str, Any]) -> None:
    pipe.send_bytes(json.dumps(message).encode())
