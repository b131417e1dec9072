"""The addresses of the kiosk: page, events, sound in both directions, actions, settings, health.

The session id travels in a header, never in an address. Every action belongs to a session; one of a
patient who left is answered with 410, and the page begins anew.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from typing import Any

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from assistant.errors import AssistantError
from kb.errors import LibraryError
from speech.hearing.model_folder import ABSENT
from ui.kiosk.actions import BadAction, act
from ui.kiosk.options import BadOption
from ui.kiosk.pin import BadPin
from ui.kiosk.seat import Seat
from ui.kiosk.settings_door import Locked, SettingsDoor
from ui.kiosk.texts import language_names, load_texts

SESSION = "x-kiosk-session"
MOST_SOUND = 64_000
"""Bytes of sound that are taken at once: two seconds."""
ALIVE_S = 5.0
"""A line is sent at least so often, so that the page knows that the kiosk is there."""
_MEDIA = {
    "css": "text/css", "html": "text/html", "js": "text/javascript", "svg": "image/svg+xml",
}  # fmt: skip
_BOUND = 512
"""Messages that wait for a page; one that takes none of them is cut off and comes again."""


def build(seat: Seat, door: SettingsDoor) -> FastAPI:
    """The application, without the guard that stands before it."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    _add_page(app, seat)
    _add_seat(app, seat)
    _add_ear(app, seat)
    _add_voice(app, seat)
    _add_actions(app, seat)
    _add_settings(app, seat, door)
    return app


def _add_page(app: FastAPI, seat: Seat) -> None:
    shelf = {one.name: one.read_bytes() for one in files("ui.kiosk").joinpath("page").iterdir()}

    @app.get("/")
    def page() -> Response:
        return Response(shelf["kiosk.html"], media_type=_MEDIA["html"])

    @app.get("/page/{name}")
    def part(name: str) -> Response:
        kind = _MEDIA.get(name.rpartition(".")[2])
        if name not in shelf or kind is None:
            return _says(404, "There is no such page.")
        return Response(shelf[name], media_type=kind)

    @app.get("/health")
    def health() -> Response:
        well = seat.is_well()
        return JSONResponse({"status": "ok" if well else "stuck"}, 200 if well else 503)

    @app.get("/api/texts")
    def texts(lang: str = "") -> dict[str, Any]:
        found = load_texts(lang or seat.options.language)
        book = seat.parts.phrasebook
        phrases = [{"id": one.id, "group": one.group, **one.texts} for one in book.phrases]
        return {
            "texts": {name: getattr(found, name) for name in found.__slots__},
            "languages": language_names(),
            "phrases": phrases, "phrase_languages": book.languages, "phrase_status": book.status,
            "hears": seat.parts.open_hearing is not None, "fault": _fault(seat.parts.no_hearing),
        }  # fmt: skip


def _add_seat(app: FastAPI, seat: Seat) -> None:
    @app.post("/api/open")
    async def sit_down(request: Request) -> Response:
        given = await _object(request)
        if seat.in_use and given.get("take_over") is not True:
            return _says(409, "in use")
        session = await run_in_threadpool(seat.sit_down)
        return JSONResponse({"session": session})

    @app.get("/api/events")
    async def events(request: Request) -> Response:
        waiting: asyncio.Queue[dict[str, object]] = asyncio.Queue(_BOUND)
        loop = asyncio.get_running_loop()

        def listener(message: dict[str, object]) -> None:
            loop.call_soon_threadsafe(_put, waiting, message)

        session = request.headers.get(SESSION, "")
        if not await run_in_threadpool(seat.listen, session, listener):
            return _says(410, "gone")
        stream = _lines(waiting, lambda: seat.leave(listener))
        return StreamingResponse(stream, media_type="application/x-ndjson")

    @app.post("/api/reset")
    async def reset(request: Request) -> Response:
        if not seat.is_current(request.headers.get(SESSION, "")):
            return _says(410, "gone")
        return JSONResponse({"session": await run_in_threadpool(seat.reset)})


def _add_ear(app: FastAPI, seat: Seat) -> None:
    @app.post("/api/audio")
    async def audio(request: Request) -> Response:
        raw = await request.body()
        if not seat.is_current(request.headers.get(SESSION, "")):
            return _says(410, "gone")
        if not raw or len(raw) % 2 or len(raw) > MOST_SOUND:
            return _says(400, "This is not sound as the kiosk takes it.")
        samples = (np.frombuffer(raw, "<i2") / 32768).astype(np.float32)
        await run_in_threadpool(seat.feed, samples)
        return Response(status_code=204)


def _add_voice(app: FastAPI, seat: Seat) -> None:
    @app.get("/api/sound/{identity}")
    def sound(identity: str, request: Request) -> Response:
        if not seat.is_current(request.headers.get(SESSION, "")):
            return _says(410, "gone")
        wav = seat.conversation.voicing.take(identity)
        return _says(404, "gone") if wav is None else Response(wav, media_type="audio/wav")


def _add_actions(app: FastAPI, seat: Seat) -> None:
    @app.post("/api/do")
    async def do(request: Request) -> Response:
        given = await _object(request)
        session = request.headers.get(SESSION, "")

        def work() -> Response:
            # Looked at inside the mailbox: a patient may leave between two actions.
            if not seat.is_current(session):
                return _says(410, "gone")
            act(seat, given)
            return Response(status_code=204)

        return await run_in_threadpool(_told, lambda: seat.do(work))


def _add_settings(app: FastAPI, seat: Seat, door: SettingsDoor) -> None:
    @app.get("/api/settings")
    def settings() -> dict[str, Any]:
        return door.about()

    @app.post("/api/settings/{step}")
    async def change(step: str, request: Request) -> Response:
        given = await _object(request)
        if not seat.is_current(request.headers.get(SESSION, "")):
            return _says(410, "gone")
        steps = {"pin": door.set_pin, "open": door.open, "save": door.save, "close": door.shut}
        if step not in steps:
            return _says(404, "There is no such setting.")
        return await run_in_threadpool(_told, lambda: JSONResponse(steps[step](given)))


def _told(work: Callable[[], Response]) -> Response:
    """What came of it; an error of the product as a plain message."""
    try:
        return work()
    except (BadAction, BadOption, BadPin, AssistantError, LibraryError) as error:
        return _says(400, str(error))
    except Locked as locked:
        return JSONResponse({"says": str(locked), "wait_s": locked.wait_s}, 403)
    except OSError as error:
        return _says(507, f"It cannot be kept: {error.strerror or 'the disk gave an error'}.")


async def _lines(
    waiting: "asyncio.Queue[dict[str, object]]", done: Callable[[], None]
) -> AsyncIterator[bytes]:
    """Messages as lines, until the page is taken over or goes away."""
    try:
        while True:
            try:
                message = await asyncio.wait_for(waiting.get(), ALIVE_S)
            except TimeoutError:
                message = {"type": "alive"}
            yield json.dumps(message, ensure_ascii=False).encode() + b"\n"
            if message["type"] in {"taken", "behind"}:
                return
    finally:
        done()


def _put(waiting: "asyncio.Queue[dict[str, object]]", message: dict[str, object]) -> None:
    if waiting.full():
        while not waiting.empty():
            waiting.get_nowait()
        message = {"type": "behind"}
    waiting.put_nowait(message)


async def _object(request: Request) -> dict[str, Any]:
    """The JSON object of a request; empty where there is none. The guard has checked its form."""
    body = await request.body()
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _fault(no_hearing: str) -> str:
    """Why nothing can be heard; empty where no model is there, which the page says by itself."""
    return "" if no_hearing == ABSENT else no_hearing


def _says(status: int, text: str) -> Response:
    return JSONResponse({"says": text}, status)
