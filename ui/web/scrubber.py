"""Stands between the guard and the web toolkit: lets only the needed through, cleaned.

The toolkit answers many addresses that this app has no use for (proxies, run histories, code
editing); they do not exist here. Foreign hosts are taken out of every text it serves, and each page
gets a fresh nonce, so that no other script in it can run.
"""

import asyncio
import re
import secrets

from ui.web.guard import CSP_HEADER, App, Message, Receive, Send, policy
from ui.web.offline import scrub

TEXT = (b"text/html", b"text/css", b"javascript", b"application/json", b"image/svg")
NEEDED = re.compile(
    r"/(?:|config|theme\.css|favicon\.ico|manifest\.json|(?:assets|static)/(?:[\w-][\w.-]*/)*[\w-][\w.-]*"
    r"|gradio_api/(?:queue/(?:join|data)|cancel|upload|upload_progress|startup-events|app_id"
    r"|heartbeat/\w+))"
)
"""Addresses of the toolkit that the page asks for."""
JOIN = "/gradio_api/queue/join"
JOINED_AFTER_S = 0.03
"""Pause before a page is told that its event was taken. A page closes its stream of results when
it waits for nothing; if it heard of a new event before a closing that was sent earlier, it would
wait on the closed stream for ever."""
REPLACED = (b"content-length", b"cache-control")
_SCRIPT = re.compile(rb"<script(?=[\s>])")


class Scrubber:
    """Rewrites whole text responses; event streams and binary bodies pass as they are."""

    def __init__(self, app: App) -> None:
        """Take the app."""
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not NEEDED.fullmatch(scope["path"]):
            await _not_here(send)
            return
        # Unpacked bodies can be read; on one machine packing gains nothing.
        kept = [(k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"]
        await self._app({**scope, "headers": kept}, receive, _Rewriting(send, scope["path"]).send)


class _Rewriting:
    """One response on its way out."""

    def __init__(self, send: Send, path: str) -> None:
        self._send = send
        self._path = path
        self._start: Message | None = None
        self._parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        """Hold a text response until it is whole, then send it clean."""
        if message["type"] == "http.response.start" and _is(message, *TEXT):
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body"):
                await self._finish(self._start)
        else:
            await self._send(message)

    async def _finish(self, start: Message) -> None:
        if self._path == JOIN:
            await asyncio.sleep(JOINED_AFTER_S)
        body = scrub(b"".join(self._parts))
        headers = [(k, v) for k, v in start["headers"] if k.lower() not in REPLACED]
        if self._path.startswith("/assets/") and start["status"] == 200:
            headers.append((b"cache-control", b"public, max-age=31536000, immutable"))
        if _is(start, b"text/html"):
            nonce = secrets.token_urlsafe(16)
            body = _SCRIPT.sub(f'<script nonce="{nonce}"'.encode(), body)
            headers.append((CSP_HEADER, policy(nonce).encode()))
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _is(start: Message, *kinds: bytes) -> bool:
    """Whether a response is of one of these media types and not packed."""
    headers = {k.lower(): v for k, v in start.get("headers", [])}
    media = headers.get(b"content-type", b"")
    return b"content-encoding" not in headers and any(kind in media for kind in kinds)


async def _not_here(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b"There is no such page."})
