"""Stands in front of the app: only this machine's own pages may talk to it, in reasonable amounts.

Pure ASGI. Checks Host and Origin (against rebinding and cross-site requests), sizes, slow senders,
ranges and JSON, and puts security headers on every response. Knows nothing of medicine.
"""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, NoReturn

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

MAX_BODY = 1_000_000
MAX_UPLOAD = 51_000_000
"""A document of 50 MB with the lines around it."""
MAX_RANGES = 5
BODY_WITHIN_S = 30.0
NAMES = ("127.0.0.1", "localhost", "[::1]")
CSP_HEADER = b"content-security-policy"
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"geolocation=(), payment=(), usb=(), camera=(self), microphone=()",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-frame-options": b"DENY",
}


def policy(nonce: str = "") -> str:
    """What a page may load: everything from here, scripts from files or under the nonce.

    Styles may stand in the page because the toolkit sets them on its elements.
    """
    inline = f" 'nonce-{nonce}'" if nonce else ""
    return (
        f"default-src 'none'; script-src 'self'{inline}; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self';"
        " form-action 'self'; base-uri 'self'; frame-ancestors 'none'"
    )


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """A request that is not let in; the message is shown."""

    status: int
    says: str


class Guard:
    """Lets good requests through to the app and answers the others itself."""

    def __init__(self, app: App, port: int, upload_path: str) -> None:
        """Take the app, the port it is served on and the one path that takes large bodies."""
        self._app = app
        self._hosts = {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())
        self._origins = {f"http://{host}" for host in self._hosts}
        self._upload_path = upload_path

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        secured = _with_headers(send)
        try:
            headers = _headers(scope)
            self._check(scope["method"], headers)
            body = await self._body(scope, headers, receive)
        except Refused as refused:
            await _plain(secured, refused)
            return
        await self._app(scope, body, secured)

    def _check(self, method: str, headers: dict[str, str]) -> None:
        if headers.get("host", "").lower() not in self._hosts:
            raise Refused(400, "This address is not served here.")
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self._origins:
            raise Refused(403, "Requests from other pages are not answered.")
        foreign = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if foreign and not (method == "GET" and _is_visit(headers)):
            raise Refused(403, "Requests from other pages are not answered.")
        if headers.get("range", "").count(",") >= MAX_RANGES:
            raise Refused(416, "Too many ranges.")

    async def _body(self, scope: Message, headers: dict[str, str], receive: Receive) -> Receive:
        """Where the app gets the body from: checked and whole, or in pieces for a document."""
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return receive
        is_upload = scope["path"] == self._upload_path
        most = MAX_UPLOAD if is_upload else MAX_BODY
        length = headers.get("content-length", "" if is_upload else "0")
        if not (length.isascii() and length.isdigit()):
            raise Refused(400, "The length of the request cannot be read.")
        if int(length) > most:
            raise Refused(413, _too_large(most))
        if is_upload:
            return _within(receive, BODY_WITHIN_S)
        try:
            parts = await asyncio.wait_for(_read(receive, most), BODY_WITHIN_S)
        except TimeoutError:
            raise Refused(408, "The request came too slowly.") from None
        if "json" in headers.get("content-type", ""):
            _check_json(b"".join(parts))
        return _replay(parts, receive)


class Fork:
    """Sends some addresses one way and all others another."""

    def __init__(self, paths: tuple[str, ...], own: App, others: App) -> None:
        """Take the beginnings of the addresses for the first app, and both apps."""
        self._paths = paths
        self._own = own
        self._others = others

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection; the second app alone is told of start and stop."""
        is_own = scope["type"] == "http" and scope["path"].startswith(self._paths)
        await (self._own if is_own else self._others)(scope, receive, send)


def _is_visit(headers: dict[str, str]) -> bool:
    """Whether a person follows a link to here; a page elsewhere sees nothing of the answer."""
    fetch = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
    return fetch == ("navigate", "document")


def _within(receive: Receive, seconds: float) -> Receive:
    """The body as it comes; a sender that takes longer counts as gone."""
    end = time.monotonic() + seconds

    async def timed() -> Message:
        try:
            return await asyncio.wait_for(receive(), max(end - time.monotonic(), 0.001))
        except TimeoutError:
            return {"type": "http.disconnect"}

    return timed


def _check_json(body: bytes) -> None:
    try:
        json.loads(
            body, object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite
        )
    except (ValueError, RecursionError):
        raise Refused(422, "The request is not sound JSON.") from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


async def _read(receive: Receive, most: int) -> list[bytes]:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "The request broke off.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise Refused(413, _too_large(most))
        if not message.get("more_body"):
            return parts


def _replay(parts: list[bytes], receive: Receive) -> Receive:
    waiting = list(parts)

    async def replay() -> Message:
        if waiting:
            body = waiting.pop(0)
            return {"type": "http.request", "body": body, "more_body": bool(waiting)}
        return await receive()

    return replay


def _with_headers(send: Send) -> Send:
    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(k, v) for k, v in message.get("headers", []) if k.lower() not in HEADERS]
            names = {name.lower() for name, _ in kept}
            if CSP_HEADER not in names:
                kept.append((CSP_HEADER, policy().encode()))
            if b"cache-control" not in names:
                kept.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*kept, *HEADERS.items()]}
        await send(message)

    return secured


def _headers(scope: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in found and name in ("host", "content-length", "origin"):
            raise Refused(400, "A header stands twice.")
        found[name] = raw_value.decode("latin-1")
    return found


async def _plain(send: Send, refused: Refused) -> None:
    body = refused.says.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _too_large(most: int) -> str:
    return f"That is too long: at most {most // 1_000_000} MB can be sent."
