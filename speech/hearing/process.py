"""A recogniser in a process of its own, so that its death is a message and not the end.

The process is started with the first clip and again after it died. One clip is heard at a time;
others wait for their turn.
"""

import json
import multiprocessing
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from typing import Any

from speech import errors
from speech.audio.clip import Clip
from speech.errors import RecogniserStopped, SpeechError
from speech.hearing.recogniser import Wanted
from speech.hearing.worker import pack, serve
from speech.messages import Heard, HeardWord, Segment

PROCESS = "speech-recogniser"
STOPPED = (
    "The speech recogniser stopped unexpectedly and starts again with the next recording."
    " Please say it again, or type it."
)
SLOW = "The speech recogniser took too long and was ended. Please say it again, or type it."
_LONGEST_MESSAGE = 1 << 24
_GRACE_S = 2.0


class ProcessRecogniser:
    """A `Recogniser` over a model folder. Safe to call from any thread."""

    def __init__(self, folder: Path, threads: int = 1, limit_s: float = 120.0) -> None:
        """Remember the folder; it is opened with the first clip.

        Args:
            folder: of the model.
            threads: cores to use.
            limit_s: seconds after which one clip, or loading, has failed.
        """
        self._folder = folder
        self._threads = threads
        self._limit_s = limit_s
        self._turn = Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def hear(self, clip: Clip, wanted: Wanted) -> Heard:
        """What is said in the clip; see `Recogniser.hear`."""
        with self._turn:
            pipe = self._ready()
            try:
                pipe.send_bytes(pack(wanted, clip.samples.tobytes()))
            except OSError as error:
                self._end()
                raise RecogniserStopped(STOPPED) from error
            return heard_in(self._answer(pipe))

    def load(self) -> None:
        """Load the model now, so that the first clip does not wait for it.

        Raises:
            SpeechError: it cannot be loaded.
        """
        with self._turn:
            self._ready()

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._end()

    def _ready(self) -> Connection:
        if self._pipe is not None and self._process is not None and self._process.is_alive():
            return self._pipe
        self._end()
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        arguments = (theirs, str(self._folder), self._threads)
        self._process = spawn.Process(target=serve, args=arguments, name=PROCESS, daemon=True)
        self._process.start()
        theirs.close()
        try:
            raise_error(self._answer(self._pipe))
        except SpeechError:
            self._end()
            raise
        return self._pipe

    def _answer(self, pipe: Connection) -> dict[str, Any]:
        try:
            if not pipe.poll(self._limit_s):
                self._end()
                raise RecogniserStopped(SLOW)
            message = json.loads(pipe.recv_bytes(_LONGEST_MESSAGE))
        except (EOFError, OSError, ValueError) as error:
            self._end()
            raise RecogniserStopped(STOPPED) from error
        if not isinstance(message, dict):
            self._end()
            raise RecogniserStopped(STOPPED)
        return message

    def _end(self) -> None:
        """Let the process go, and make it go if it does not."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            # It ends by itself when the pipe is closed; one that is stuck is made to.
            self._process.join(_GRACE_S)
            if self._process.is_alive():
                self._process.kill()
                self._process.join(_GRACE_S)
        self._pipe = self._process = None


def heard_in(message: Mapping[str, Any]) -> Heard:
    """What a message says was heard.

    Raises:
        SpeechError: the message is an error, or is none of ours.
    """
    raise_error(message)
    try:
        segments = tuple(_segment(row) for row in message["segments"])
        return Heard(segments, message["language"], message["language_probability"])
    except (KeyError, TypeError) as error:
        raise RecogniserStopped(STOPPED) from error


def raise_error(message: Mapping[str, Any]) -> None:
    """Raise the error that a message carries, if it does."""
    if "error" not in message:
        return
    kind = getattr(errors, str(message["error"]), RecogniserStopped)
    known = isinstance(kind, type) and issubclass(kind, SpeechError)
    raise (kind if known else RecogniserStopped)(str(message.get("message", STOPPED)))


def _segment(row: Mapping[str, Any]) -> Segment:
    words = tuple(HeardWord(**word) for word in row["words"])
    return Segment(**{**row, "words": words})
