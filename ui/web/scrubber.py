"""Takes foreign hosts out of everything the toolkit serves as text."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from ui.web.guard import App, Message, Receive, Send
from ui.web.offline import scrub

TEXT = (b"text/html", b"text/css", b"javascript", b"application/json", b"image/svg")
MOST_KEPT = 400


class Scrubber:
    """Rewrites whole text responses; event streams and binary bodies pass as they are."""

    def __init__(self, app: App) -> None:
        """Take the app."""
        self._app = app
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Unpacked bodies can be read; on one machine packing gains nothing.
        scope["headers"] = [(k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"]
        await self._app(scope, receive, _Rewriting(send, self._clean).send)

    def _clean(self, body: bytes) -> bytes:
        key = hashlib.blake2b(body, digest_size=16).digest()
        known = self._kept.get(key)
        if known is None:
            known = scrub(body)
            self._kept[key] = known
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return known


class _Rewriting:
    """One response on its way out."""

    def __init__(self, send: Send, clean: Callable[[bytes], bytes]) -> None:
        self._send = send
        self._clean = clean
        self._start: Message | None = None
        self._parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        """Hold a text response until it is whole, then send it clean."""
        if message["type"] == "http.response.start" and _is_text(message):
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body"):
                await self._finish(self._start)
        else:
            await self._send(message)

    async def _finish(self, start: Message) -> None:
        body = self._clean(b"".join(self._parts))
        kept = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
        headers = [*kept, (b"content-length", str(len(body)).encode())]
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _is_text(message: Message) -> bool:
    headers = {k.lower(): v for k, v in message.get("headers", [])}
    kind = headers.get(b"content-type", b"")
    return any(name in kind for name in TEXT) and b"content-encoding" not in headers
