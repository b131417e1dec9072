"""Stands in front of the clinic server: judges each request before anything reads what it says.

Pure ASGI. In this order: Host, Origin, ranges, how often an address asks, token, how often a desk
asks, size and speed of the body. Nothing of a body, a path or a token is ever written down.
"""

import asyncio
import json
import time
from dataclasses import dataclass, replace

from ui.serve.errors import TokenError
from ui.serve.journal import Entry, Journal
from ui.serve.limits import Buckets
from ui.serve.rules import OPEN, PAGE, ROUTES, UPLOADS, Rules, source_of
from ui.serve.tokens import TokenBook
from ui.web.guard import CSP_HEADER, HEADERS, App, Message, Receive, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
ONCE = ("host", "content-length", "origin", "authorization", "content-type", "transfer-encoding")
"""Headers of which a request has one at most."""


@dataclass(frozen=True, slots=True)
class Denied(Exception):
    """A request that is not let in; the message is shown."""

    status: int
    says: str
    wait_s: float = 0.0


class Guard:
    """Lets good requests through to the app and answers the others itself."""

    def __init__(self, app: App, rules: Rules, tokens: TokenBook, journal: Journal) -> None:
        """Take the app, the rules, who may ask, and where it is written down that they did."""
        self._app = app
        self._rules = rules
        self._tokens = tokens
        self._journal = journal
        self._by_token = Buckets(rules.per_token)
        self._by_address = Buckets(rules.per_address)
        self._wrong = Buckets(rules.wrong_tokens)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        path = scope["path"]
        source = source_of(scope.get("client"))
        entry = Entry({**ROUTES, **PAGE}.get(path, "other"), source)
        told = _Told(send, self._journal, entry)
        try:
            headers = _headers(scope)
            self._check(headers)
            self._count(source)
            if path not in OPEN:
                told.entry = replace(entry, desk=self._desk(headers, source))
            body = await self._body(scope, headers, receive)
        except Denied as denied:
            await told.refuse(denied)
            return
        scope.setdefault("state", {})["desk"] = told.entry.desk
        await self._app(scope, body, told.send)

    def _check(self, headers: dict[str, str]) -> None:
        host = headers.get("host", "").lower()
        if host not in self._rules.hosts:
            raise Denied(421, "This server is not known by this address.")
        origin = headers.get("origin")
        if origin is not None and origin.lower().partition("://")[2] != host:
            raise Denied(403, "Requests from other pages are not answered.")
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and (
            headers.get("sec-fetch-mode") != "navigate"
        ):
            raise Denied(403, "Requests from other pages are not answered.")
        if headers.get("range", "").count(",") >= self._rules.most_ranges:
            raise Denied(416, "Too many ranges.")

    def _count(self, source: str) -> None:
        wait = self._by_address.take(source)
        if wait:
            raise Denied(429, "Too many requests from this address. Wait a moment.", wait)

    def _desk(self, headers: dict[str, str], source: str) -> str:
        """Name of the desk that asks.

        Raises:
            Denied: it has no token, a wrong one, or asks too often.
        """
        if wait := self._wrong.wait_s(source):
            raise Denied(429, "Too many wrong tokens from this address. Wait a moment.", wait)
        kind, _, secret = headers.get("authorization", "").partition(" ")
        try:
            desk = self._tokens.who(secret.strip()) if kind.lower() == "bearer" else None
        except TokenError as error:
            raise Denied(503, str(error)) from error
        if desk is None:
            self._wrong.take(source)
            raise Denied(401, "A token of this clinic is needed: Authorization: Bearer aidpost_...")
        if wait := self._by_token.take(desk):
            raise Denied(429, "This desk asks too often. Wait a moment.", wait)
        return desk

    async def _body(self, scope: Message, headers: dict[str, str], receive: Receive) -> Receive:
        """Where the app gets the body from: whole, of a fit size, come in time."""
        if scope["method"] in ("GET", "HEAD"):
            return receive
        rules = self._rules
        most = rules.most_upload if scope["path"] in UPLOADS else rules.most_body
        length = headers.get("content-length", "")
        if length and not (length.isascii() and length.isdigit() and len(length) < 16):
            raise Denied(400, "The length of the request cannot be read.")
        if length and int(length) > most:
            raise _too_large(most)
        try:
            body = await asyncio.wait_for(_read(receive, most), rules.body_within_s)
        except TimeoutError:
            raise Denied(408, "The request came too slowly.") from None
        return _replay(body, receive)


class _Told:
    """Answers one request: security headers on the way out, one line in the journal at its end."""

    def __init__(self, send: Send, journal: Journal, entry: Entry) -> None:
        self._send = send
        self._journal = journal
        self._begin = time.monotonic()
        self.entry = entry

    async def send(self, message: Message) -> None:
        """Pass on a message."""
        if message["type"] == "http.response.start":
            self.entry = replace(self.entry, status=message["status"])
            message = {**message, "headers": _secured(message.get("headers", []))}
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            took = round((time.monotonic() - self._begin) * 1000)
            self._journal.write(replace(self.entry, ms=took))

    async def refuse(self, denied: Denied) -> None:
        """Say why a request is not let in."""
        body = error_body(denied.status, denied.says)
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        headers.append((b"content-length", str(len(body)).encode()))
        if denied.wait_s:
            headers.append((b"retry-after", str(max(1, round(denied.wait_s))).encode()))
        if denied.status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="aidpost"'))
        start = {"type": "http.response.start", "status": denied.status, "headers": headers}
        await self.send(start)
        await self.send({"type": "http.response.body", "body": body})


def error_body(status: int, says: str) -> bytes:
    """An error in the form that clients of chat interfaces know."""
    error = {"message": says, "type": "aidpost_error", "code": status}
    return json.dumps({"error": error}, ensure_ascii=False).encode("utf-8", "replace")


def _secured(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept = [(k, v) for k, v in headers if k.lower() not in (*HEADERS, CSP_HEADER)]
    names = {name.lower() for name, _ in kept}
    if b"cache-control" not in names:
        kept.append((b"cache-control", b"no-store"))
    return [*kept, (CSP_HEADER, POLICY.encode()), *HEADERS.items()]


def _headers(scope: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in found and name in ONCE:
            raise Denied(400, "A header stands twice.")
        found[name] = raw_value.decode("latin-1")
    return found


async def _read(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Denied(400, "The request broke off.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large(most)
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replay


def _too_large(most: int) -> Denied:
    return Denied(413, f"That is too long: at most {most // 1_000_000} MB can be sent.")
