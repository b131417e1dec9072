"""The addresses of the clinic server, and which line each request waits in.

Judging of requests is the guard's, answering the processes'. Here JSON is looked at once, strictly,
and answers are passed on as they come.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.cli.jsonl import BadRequest, read_object
from ui.serve.chat import MODEL
from ui.serve.frames import Frame
from ui.serve.guard import error_body
from ui.serve.lane import CannotOpen, Full, Lane
from ui.serve.page import files
from ui.serve.rules import API

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

JSON, EVENTS = "application/json", "text/event-stream"
BUSY = "Too many questions are waiting. Please ask again in a moment."
ALIVE_S = 10.0
"""A sign of life goes out this often while an answer is being written."""
_ALIVE = b": an answer is being written\n\n"
_PLAIN = ("triage", "dose", "interactions", "calc", "search")


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lines of the server."""

    quick: Lane
    """Answers without a model."""
    slow: Lane
    """Answers that a model writes, and recordings; its process starts with the first of them."""
    has_model: bool
    """Whether a model is set up, so that it writes where a request does not say."""

    def of(self, route: str, request: dict[str, Any]) -> Lane:
        """The line for a request."""
        wanted = request.get("mode") or ("model" if self.has_model else "reference")
        is_slow = route in ("ask", "chat") and self.has_model and wanted != "reference"
        return self.slow if is_slow or route == "transcribe" else self.quick


def build_app(lanes: Lanes, ca_file: Callable[[], bytes]) -> "FastAPI":
    """The app behind the guard.

    Args:
        lanes: answer the questions; the quick one is started already; both end with the app.
        ca_file: gives the certificate that desks are to trust; empty where there is none.
    """
    from fastapi import FastAPI, Request, Response  # noqa: PLC0415 - only the server needs it

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=_running(lanes))

    def answered(route: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return await _answer(lanes, route, request)

        return answer

    async def health() -> Response:
        return Response(b'{"status": "ok"}', media_type=JSON)

    async def models() -> Response:
        one = b'{"id": "%s", "object": "model", "created": 0, "owned_by": "aidpost"}'
        body = b'{"object": "list", "data": [%s]}' % (one % MODEL.encode())
        return Response(body, media_type=JSON)

    for name in (*_PLAIN, "ask", "transcribe"):
        app.add_api_route(API + name, answered(name), methods=["POST"], response_model=None)
    app.add_api_route("/v1/chat/completions", answered("chat"), methods=["POST"])
    app.add_api_route(f"{API}calc", answered("calc"), methods=["GET"])
    app.add_api_route(f"{API}status", answered("status"), methods=["GET"])
    app.add_api_route(f"{API}health", health, methods=["GET"])
    app.add_api_route("/v1/models", models, methods=["GET"])
    for path, (kind, content) in files(ca_file).items():
        app.add_api_route(path, _shown(kind, content), methods=["GET"], response_model=None)
    return app


def _shown(kind: str, content: Callable[[], bytes]) -> Callable[[], Any]:
    async def show() -> "Response":
        from fastapi import Response  # noqa: PLC0415

        body = content()
        return Response(body, media_type=kind, status_code=200 if body else 404)

    return show


def _running(lanes: Lanes) -> Callable[["FastAPI"], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(app: "FastAPI") -> AsyncIterator[None]:
        del app
        try:
            yield
        finally:
            await asyncio.gather(lanes.quick.close(), lanes.slow.close())

    return running


async def _answer(lanes: Lanes, route: str, request: "Request") -> "Response":
    body = await request.body()
    try:
        asked = {} if route == "transcribe" or not body else _checked(body)
    except BadRequest as error:
        return _refused(422, str(error))
    lane = lanes.of(route, asked)
    try:
        await lane.start()
        first = await anext(frames := lane.ask(route, body))
    except CannotOpen as error:
        return _refused(503, str(error))
    except Full:
        return _refused(503, BUSY)
    streams = route in ("ask", "chat") and bool(asked.get("stream"))
    return await _passed_on(first, frames, streams=streams)


async def _passed_on(first: Frame, frames: AsyncIterator[Frame], *, streams: bool) -> "Response":
    """The answer as a response: whole, or in the parts in which it comes."""
    from fastapi import Response  # noqa: PLC0415
    from fastapi.responses import StreamingResponse  # noqa: PLC0415

    if streams and first.kind == "part":
        return StreamingResponse(_events(first, frames), media_type=EVENTS)
    parts, last = [first.body], first
    async for last in frames:
        parts.append(last.body)
    body = b"".join(parts) if last.status == 200 else last.body
    return Response(body, status_code=last.status, media_type=JSON)


async def _events(first: Frame, frames: AsyncIterator[Frame]) -> AsyncIterator[bytes]:
    """Parts as events, with signs of life between them."""
    yield first.body
    coming = asyncio.ensure_future(anext(frames, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=ALIVE_S)
            if not done:
                yield _ALIVE
                continue
            frame = coming.result()
            if frame is None:
                return
            if frame.body:
                yield frame.body if frame.kind == "part" else b"data: " + frame.body + b"\n\n"
            coming = asyncio.ensure_future(anext(frames, None))
    finally:
        coming.cancel()


def _checked(body: bytes) -> dict[str, Any]:
    """The request of a body; JSON with one meaning only."""
    try:
        return read_object(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadRequest("the request is not UTF-8") from error


def _refused(status: int, says: str) -> "Response":
    from fastapi import Response  # noqa: PLC0415

    headers = {"retry-after": "2"} if status == 503 else {}
    return Response(error_body(status, says), status, headers, JSON)
