"""The door to a model server: the only module that imports `httpx`, and only inside a function.

Each request runs in a thread of its own with its own event loop, so that giving up closes the
connection at any moment: while it is being made, while nothing comes, or in the middle of a text.
Redirections are not followed, the proxy of the system is not used, no cookie is kept, and nothing
that comes is unpacked.
"""

import asyncio
import json
import queue
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from assistant.errors import ModelError
from assistant.writing.remote_address import require_own_network
from assistant.writing.remote_errors import RemoteAway, RemoteRefused
from assistant.writing.remote_events import (
    GARBLED,
    MOST_ERROR,
    MOST_WHOLE,
    EventReader,
    Piece,
    read_piece,
    told_error,
)
from assistant.writing.remote_options import Patience
from assistant.writing.remote_request import Call

if TYPE_CHECKING:
    import httpx  # noqa: TID251

AWAY = "The model server {host} cannot be reached. The library's own words are shown."
SLOW = "The model server takes too long. The library's own words are shown."
CUT = "The connection to the model server broke off. The library's own words are shown."
UNTRUSTED = "The model server {host} cannot prove who it is (its certificate is not trusted)."
_DONE = "[DONE]"
_JOIN_S = 2.0


Heard = Piece | bytes | ModelError | None
"""A piece of a text, a whole answer, what went wrong, or the end."""


class Exchange:
    """A request on its way, in a thread of its own."""

    def __init__(self, call: Call) -> None:
        """Send the request."""
        self._call = call
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="model-server", daemon=True)
        self._thread.start()

    def hear(self, patience_s: float) -> Heard:
        """What came next.

        Raises:
            queue.Empty: nothing came within `patience_s`.
        """
        return self._heard.get(timeout=patience_s)

    def end(self) -> None:
        """Close the connection, whatever it is at."""
        self._ended.set()
        with suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join(_JOIN_S)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _run(self) -> None:
        with (
            asyncio.Runner(loop_factory=lambda: self._loop) as runner,
            suppress(asyncio.CancelledError),
        ):
            runner.run(self._spoken())
        self._heard.put(None)

    async def _spoken(self) -> None:
        self._task = asyncio.current_task()
        if self._ended.is_set():
            return
        try:
            await self._speak()
        except ModelError as error:
            self._heard.put(error)

    async def _speak(self) -> None:
        patience = self._call.options.patience
        async with _answer(self._call) as response:
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if response.status_code != 200:
                body = await _whole(response, MOST_ERROR, patience, cut=True)
                wait = response.headers.get("retry-after", "")
                raise told_error(response.status_code, body, wait)
            if self._call.body is not None and kind == "text/event-stream":
                await self._listen(response, patience)
            elif kind == "application/json":
                body = await _whole(response, MOST_WHOLE, patience)
                piece = read_piece(body.decode("utf-8", "replace")) if self._call.body else body
                self._heard.put(piece)
            else:
                raise RemoteRefused(GARBLED)

    async def _listen(self, response: "httpx.Response", patience: Patience) -> None:
        """Pass on events; a sign of life that is no text does not prolong the patience."""
        reader, now = EventReader(), asyncio.get_running_loop().time
        deadline = now() + patience.first_s
        stream = response.aiter_raw()
        while True:
            data = await _next(stream, deadline)
            for event in reader.feed(data) if data else reader.flush():
                if event.strip() == _DONE:
                    return
                self._heard.put(piece := read_piece(event))
                deadline = now() + patience.between_s if piece.text else deadline
            if not data:
                return


@asynccontextmanager
async def _answer(call: Call) -> AsyncIterator["httpx.Response"]:
    """The beginning of the server's answer, in the words of this program when there is none."""
    import httpx  # noqa: PLC0415, TID251 - this is the door

    patience = call.options.patience
    patient = httpx.Timeout(None, connect=patience.connect_s, write=patience.between_s)
    addresses = await _found(call)
    try:
        async with httpx.AsyncClient(
            verify=call.certificates(), timeout=patient, trust_env=False, follow_redirects=False
        ) as client:
            response = await _sent(client, call, addresses)
            try:
                yield response
            finally:
                await response.aclose()
    except httpx.ConnectError as error:
        raise _not_reached(call, error) from error
    except httpx.ConnectTimeout as error:
        raise RemoteAway(AWAY.format(host=call.address.host)) from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise RemoteAway(SLOW, again=False) from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise RemoteAway(CUT) from error


async def _sent(client: "httpx.AsyncClient", call: Call, addresses: list[str]) -> "httpx.Response":
    """The answer of the first address that takes the connection."""
    import httpx  # noqa: PLC0415, TID251

    for place, ip in enumerate(addresses, 1):
        request = client.build_request(
            "GET" if call.body is None else "POST",
            call.address.url(ip, call.ending),
            headers=call.headers(),
            content=None if call.body is None else json.dumps(call.body).encode(),
            extensions={"sni_hostname": call.address.host},
        )
        try:
            async with asyncio.timeout(call.options.patience.first_s):
                return await client.send(request, stream=True)
        except httpx.ConnectError:
            if place == len(addresses):
                raise
    raise RemoteAway(AWAY.format(host=call.address.host))


async def _found(call: Call) -> list[str]:
    """The IP addresses of the server, if they may be spoken to."""
    host = call.address.host
    try:
        async with asyncio.timeout(call.options.patience.connect_s):
            rows = await asyncio.get_running_loop().getaddrinfo(
                host, call.address.port, type=socket.SOCK_STREAM
            )
    except (OSError, UnicodeError, TimeoutError) as error:
        raise RemoteAway(AWAY.format(host=host)) from error
    found = [str(row[4][0]) for row in rows]
    return require_own_network(call.address, found, public=call.options.public)


async def _whole(
    response: "httpx.Response", most: int, patience: Patience, *, cut: bool = False
) -> bytes:
    """All of an answer, or its beginning; one that is too long is cut or refused."""
    deadline = asyncio.get_running_loop().time() + patience.first_s
    stream, body = response.aiter_raw(), b""
    while data := await _next(stream, deadline):
        body += data
        if len(body) > most:
            if cut:
                break
            raise RemoteRefused("The model server sends more than an answer can be.")
    return body[:most]


async def _next(stream: AsyncIterator[bytes], deadline: float) -> bytes:
    """The next bytes; none at the end."""
    async with asyncio.timeout_at(deadline):
        return await anext(stream, b"")


def _not_reached(call: Call, error: Exception) -> ModelError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return RemoteRefused(UNTRUSTED.format(host=call.address.host))
        cause = cause.__cause__ or cause.__context__
    return RemoteAway(AWAY.format(host=call.address.host))
