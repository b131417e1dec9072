"""A language model on another machine of the clinic's network, behind an OpenAI-compatible server.

llama-server, vLLM and Ollama are such servers. What this door promises: it speaks to one address
that a person set, gives up when told to and closes the connection, repeats a request only as long
as no text came of it, and believes nothing of what it hears beyond its being text.
"""

import queue
import random
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import BoundedSemaphore, Event

from assistant.errors import ModelError
from assistant.writing.language import (
    Cancel,
    Chunk,
    Finish,
    GenerationLimits,
    ModelCard,
    Prompt,
    TextOut,
    Usage,
    text_of,
)
from assistant.writing.remote_address import read_address
from assistant.writing.remote_errors import RemoteAway, RemoteUnfit
from assistant.writing.remote_events import Piece, listed_as, read_models
from assistant.writing.remote_http import CUT, SLOW, Exchange
from assistant.writing.remote_messages import SPOKEN, request_of
from assistant.writing.remote_options import RemoteOptions
from assistant.writing.remote_request import Call
from assistant.writing.remote_wishes import milder

CLOSED = "The language model was closed."
BUSY = "The model server is busy with other questions. Please try again in a moment."
_POLL_S = 0.02
_BYTES_PER_TOKEN = 64
"""No token is longer; a server that sends more than this ignores the limit it was given."""


class RemoteModel:
    """A `LanguageModel` over HTTP. Safe to call from any thread; several answers at a time."""

    def __init__(self, options: RemoteOptions) -> None:
        """Take how the server is reached; nothing is sent before the first question.

        Raises:
            RemoteRefused: the address cannot be read.
        """
        self._options = options
        self._address = read_address(options.address)
        self._places = BoundedSemaphore(options.at_once)
        self._closed = Event()
        self._card: ModelCard | None = None

    def chunks(
        self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        """Write; see `LanguageModel.chunks`. Closing the generator closes the connection."""
        run = _Run(limits, cancelled, self._closed)
        with self._place(run) as mine:
            if not mine:
                yield Chunk(usage=run.usage("cancelled"))
                return
            call = self._call("/chat/completions", request_of(prompt, limits, self.describe()))
            text = TextOut(prompt.stop)
            for piece in self._fitting(call, run):
                out = text.feed(piece.text.encode("utf-8", "replace"))
                if out or piece.chances:
                    yield Chunk(out, chances=piece.chances)
                if text.stopped or run.over():
                    break
            yield Chunk(text.flush(), run.usage("stop" if text.stopped else run.finish()))

    def stream(self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel) -> Iterator[str]:
        """The text of `chunks`."""
        return text_of(self.chunks(prompt, limits, cancelled))

    def describe(self) -> ModelCard:
        """The model that is set, or else the first that the server lists; asked for once."""
        if self._card is None:
            self._card = self._asked()
        return self._card

    def forget(self) -> None:
        """There is nothing to forget here; what a server keeps is the server's."""

    def close(self) -> None:
        """End running answers and close their connections."""
        self._closed.set()

    def _call(self, ending: str, body: dict[str, object] | None = None) -> Call:
        return Call(self._address, self._options, ending, body)

    def _asked(self) -> ModelCard:
        patience = self._options.patience
        run = _Run(GenerationLimits(time_limit_s=patience.first_s), self._closed, self._closed)
        found = [one for one in self._heard(self._call("/models"), run) if isinstance(one, bytes)]
        if not found:
            raise ModelError(CLOSED) if self._closed.is_set() else RemoteAway(CUT)
        name, length = listed_as(self._options.model, read_models(found[0]))
        return ModelCard(name, "", length or self._options.context_length, SPOKEN)

    def _fitting(self, call: Call, run: "_Run") -> Iterator[Piece]:
        """The pieces of one answer; a server that refuses a wish is asked for less."""
        while True:
            try:
                yield from self._pieces(call, run)
            except RemoteUnfit:
                if run.pieces or (body := milder(call.body or {})) is None:
                    raise
                call = replace(call, body=body)
            else:
                return

    def _pieces(self, call: Call, run: "_Run") -> Iterator[Piece]:
        """The pieces of one answer; sent again while no text has come and that is safe."""
        attempt = 0
        while True:
            try:
                for piece in self._heard(call, run):
                    if isinstance(piece, Piece):
                        run.note(piece)
                        yield piece
                run.finish()  # raises where the server left in the middle
            except RemoteAway as error:
                if run.pieces or not error.again or attempt >= self._options.retry.times:
                    raise
                if not self._rested(attempt, error, run):
                    raise
                attempt += 1
            else:
                return

    def _rested(self, attempt: int, error: RemoteAway, run: "_Run") -> bool:
        """Wait before the next attempt; False where that would be too long."""
        retry = self._options.retry
        wait = retry.wait_s * 2**attempt * random.uniform(0.8, 1.2)  # noqa: S311 - spreads desks
        wait = wait if error.wait_s is None else max(error.wait_s, wait)
        until = time.monotonic() + wait
        if wait > retry.longest_s or until > run.deadline:
            return False
        while time.monotonic() < until and not run.over():
            time.sleep(_POLL_S)
        return True

    def _heard(self, call: Call, run: "_Run") -> Iterator[Piece | bytes]:
        """What one request brings, until it is over or no longer wanted."""
        if run.over():
            return
        exchange = Exchange(call)
        try:
            while not run.over():
                try:
                    heard = exchange.hear(_POLL_S)
                except queue.Empty:
                    continue
                if heard is None:
                    return
                if isinstance(heard, ModelError):
                    raise heard
                yield heard
        finally:
            exchange.end()

    @contextmanager
    def _place(self, run: "_Run") -> Iterator[bool]:
        """Wait for one of the places; False if cancelled meanwhile."""
        if self._closed.is_set():
            raise ModelError(CLOSED)
        mine = False
        while not mine and not run.over():
            mine = self._places.acquire(timeout=_POLL_S)
        if run.late and not mine:
            raise RemoteAway(BUSY, again=False)
        try:
            yield mine
        finally:
            if mine:
                self._places.release()


class _Run:
    """One answer in the making."""

    def __init__(self, limits: GenerationLimits, cancelled: Cancel, closed: Cancel) -> None:
        self._limits = limits
        self._cancelled = cancelled
        self._closed = closed
        self._begin = time.monotonic()
        self._first: float | None = None
        self._said = ""
        self._prompt_tokens = self._reused = 0
        self._written: int | None = None
        self._bytes = 0
        self.deadline = self._begin + limits.time_limit_s
        self.pieces = 0

    @property
    def late(self) -> bool:
        return time.monotonic() > self.deadline

    def over(self) -> bool:
        """Whether to end now."""
        return self.late or self._is_cancelled() or self._has_too_much()

    def note(self, piece: Piece) -> None:
        if piece.text:
            self.pieces += 1
            self._bytes += len(piece.text.encode("utf-8", "replace"))
            self._first = self._first or time.monotonic()
        self._said = piece.finish or self._said
        self._prompt_tokens = piece.prompt_tokens or self._prompt_tokens
        self._reused = piece.reused_tokens or self._reused
        self._written = piece.written_tokens or self._written

    def finish(self) -> Finish:
        """Why the text ended.

        Raises:
            RemoteAway: it broke off without a reason.
        """
        if self._is_cancelled():
            return "cancelled"
        if self._said in ("stop", "eos"):
            return "stop"
        if self._said or self._has_too_much():
            return "length"
        if self.late:
            if not self.pieces:
                raise RemoteAway(SLOW, again=False)
            return "time"
        raise RemoteAway(CUT)

    def usage(self, finish: Finish) -> Usage:
        now = time.monotonic()
        read = (self._first or now) - self._begin
        written = self._written or self.pieces
        wrote = now - self._begin - read
        return Usage(self._prompt_tokens, self._reused, written, read, wrote, finish)

    def _is_cancelled(self) -> bool:
        return self._cancelled.is_set() or self._closed.is_set()

    def _has_too_much(self) -> bool:
        return self._bytes > (self._limits.max_tokens + 16) * _BYTES_PER_TOKEN
