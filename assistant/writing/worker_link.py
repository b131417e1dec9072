"""The pipe to the worker process of a language model, and what its silence or death means."""

import json
import multiprocessing
import time
from collections.abc import Mapping
from ctypes import c_ulonglong
from pathlib import Path
from typing import Any

from assistant.errors import ModelDamaged, ModelError, ModelStopped, PromptTooLong
from assistant.writing.language import Chance, Chunk, ModelCard, Usage
from assistant.writing.llama_watch import TOO_MUCH_MEMORY, most_mb
from assistant.writing.llama_worker import serve
from assistant.writing.model_file import ModelOptions, damaged

PROCESS = "language-model"
STOPPED = (
    "The language model stopped unexpectedly and starts again with the next question. "
    "The library's own words are still available."
)
NO_MEMORY = " It was ended from outside, most often because memory ran out."
TOO_BIG = (
    "The language model needed more than the {limit} MB of memory that it may use and was ended. "
    "Choose a smaller model (`aidpost models recommend`), or give it more memory."
)
OLD_PROCESSOR = "This computer's processor lacks instructions that language models need (AVX2)."

_POLL_S = 0.02
_GRACE_S = 5.0
_LONGEST_MESSAGE = 1 << 20
_KILLED, _ILLEGAL_INSTRUCTION = -9, -4
_CRASHES = frozenset({-6, -7, -8, -10, -11})  # abort, bus error, arithmetic, segmentation fault
_ERRORS = {kind.__name__: kind for kind in (ModelDamaged, ModelStopped, PromptTooLong)}


class WorkerLink:
    """A running worker process and the pipe to it; used by one thread at a time."""

    def __init__(self, path: Path, options: ModelOptions) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._path = path
        self._options = options
        self._pipe, theirs = spawn.Pipe()
        self._last: c_ulonglong = spawn.RawValue(c_ulonglong, 0)
        arguments = (theirs, self._last, str(path), options)
        self.process = spawn.Process(target=serve, args=arguments, name=PROCESS, daemon=True)
        self.process.start()
        theirs.close()
        self._request = 0
        self._heard = time.monotonic()
        self.card: ModelCard | None = None

    def tell(self, do: str, **details: object) -> None:
        """Send a request.

        Raises:
            ModelStopped: The worker is gone.
        """
        self._request += 1
        self._heard = time.monotonic()
        message = json.dumps({"do": do, "id": self._request, **details})
        try:
            self._pipe.send_bytes(message.encode())
        except OSError as error:
            raise self._died() from error

    def hear(self, patience_s: float) -> dict[str, Any]:
        """The next message, or an empty one if none came within a moment.

        Raises:
            ModelError: The worker is gone, talks nonsense or was silent for `patience_s`.
        """
        try:
            if not self._pipe.poll(_POLL_S):
                if time.monotonic() > self._heard + patience_s:
                    raise ModelStopped(STOPPED)
                return {}
            message = json.loads(self._pipe.recv_bytes(_LONGEST_MESSAGE))
        except (EOFError, OSError, ValueError) as error:
            raise self._died() from error
        self._heard = time.monotonic()
        if not isinstance(message, dict):
            raise ModelStopped(STOPPED)
        return message

    def withdraw(self) -> None:
        """Cancel the request that is being answered; may be called again and again."""
        if self._last.value != self._request:
            self._last.value = self._request
            self._heard = time.monotonic()

    def end(self, grace_s: float) -> None:
        """Let the worker go, and make it go if it does not within `grace_s`."""
        self.withdraw()
        self._pipe.close()
        self.process.join(grace_s)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(_GRACE_S)

    def _died(self) -> ModelError:
        """Why the worker is gone, in words."""
        self.process.join(1.0)
        code = self.process.exitcode
        if code == _ILLEGAL_INSTRUCTION:
            return ModelError(OLD_PROCESSOR)
        if code == TOO_MUCH_MEMORY:
            limit = self._options.memory_limit_mb or most_mb()
            return ModelStopped(TOO_BIG.format(limit=limit))
        if self.card is None and code in _CRASHES:
            return damaged(self._path, "it crashed the program that reads it")
        return ModelStopped(STOPPED + (NO_MEMORY if code == _KILLED else ""))


def usage_in(message: Mapping[str, Any]) -> Usage:
    """The usage a message carries.

    Raises:
        ModelError: The message is an error, or is none of ours.
    """
    _raise_error(message)
    try:
        return Usage(**message["usage"])
    except (KeyError, TypeError) as error:
        raise ModelStopped(STOPPED) from error


def chunk_in(message: Mapping[str, Any]) -> Chunk:
    """The piece of text a message carries, which is known to have one.

    Raises:
        ModelError: The message is none of ours.
    """
    try:
        chances = tuple(
            Chance(str(text), float(logprob), tuple((str(a), float(b)) for a, b in others))
            for text, logprob, others in message.get("chances", ())
        )
    except (TypeError, ValueError) as error:
        raise ModelStopped(STOPPED) from error
    return Chunk(str(message["text"]), chances=chances)


def card_in(message: Mapping[str, Any]) -> ModelCard:
    """The card a message carries.

    Raises:
        ModelError: The message is an error, or is none of ours.
    """
    _raise_error(message)
    try:
        return ModelCard(**message["card"])
    except (KeyError, TypeError) as error:
        raise ModelStopped(STOPPED) from error


def _raise_error(message: Mapping[str, Any]) -> None:
    if "error" in message:
        raise _ERRORS.get(str(message["error"]), ModelError)(str(message.get("message")))
