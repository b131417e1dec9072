"""Serves the kiosk on this machine: guard in front, watchdog beside, doors opened behind."""

import re
import sys
import threading
import webbrowser
from pathlib import Path

from speech.errors import NoRecogniser, NoVoice, RecogniserDamaged
from speech.hearing.endpoint import EndSettings
from speech.hearing.recogniser import Recogniser
from speech.hearing.session import Tell
from speech.phrasebook.phrases import load_phrasebook
from speech.talk.order_words import load_order_words
from speech.voice.speaker import Spoken
from ui.kiosk.options import load_options
from ui.kiosk.parts import Hearing, Orders, Parts
from ui.kiosk.pin import PinLock
from ui.kiosk.seat import Seat
from ui.kiosk.settings_door import SettingsDoor
from ui.kiosk.voicing import Speak
from ui.kiosk.watchdog import Watch, open_notifier
from ui.settings import Settings
from ui.speech_names import SpokenMedicines
from ui.speech_wiring import (
    open_orders,
    open_recogniser,
    open_renderer,
    open_session,
    open_understanding,
    open_voices,
)
from ui.web.guard import CSP_HEADER, App, Guard, Message, Receive, Send
from ui.web.server import listen, run
from ui.wiring import Desk, open_desk

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " media-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""Nothing but files of this server; no style and no script inside the page."""
PERMISSIONS = b"geolocation=(), payment=(), usb=(), camera=(), microphone=(self)"


class KioskHeaders:
    """Puts the kiosk's own policy on every response, and lets its page use the microphone."""

    def __init__(self, app: App) -> None:
        """Take the guarded app."""
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {CSP_HEADER: POLICY.encode(), b"permissions-policy": PERMISSIONS}
                kept = [(k, v) for k, v in message.get("headers", []) if k.lower() not in own]
                message = {**message, "headers": [*kept, *own.items()]}
            await send(message)

        await self._app(scope, receive, with_policy)


def guarded(seat: Seat, door: SettingsDoor, port: int) -> App:
    """The whole application for one port."""
    from ui.kiosk.app import build  # noqa: PLC0415 - brings the web framework

    return KioskHeaders(Guard(build(seat, door), port, upload_path=""))


def serve(settings: Settings, *, open_browser: bool, language: str = "") -> None:
    """Serve until stopped; prints the address.

    Raises:
        click.ClickException: no port is free.
        LibraryError: the library cannot be opened.
    """
    desk = open_desk(settings)
    try:
        parts, recogniser = open_parts(desk)
        try:
            serve_parts(parts, settings, open_browser=open_browser, language=language)
        finally:
            if recogniser is not None:
                recogniser.close()
    finally:
        desk.close()


def serve_parts(parts: Parts, settings: Settings, *, open_browser: bool, language: str) -> None:
    """Serve a kiosk made of these parts until stopped; prints the address."""
    options = load_options(settings.home)
    options = options.changed({"language": language}) if language else options
    seat = Seat(parts, options, settings.home)
    listener = listen(settings.host, settings.port)
    port = listener.getsockname()[1]
    app = guarded(seat, SettingsDoor(seat, PinLock(settings.home)), port)
    watch = Watch(open_notifier(), seat.is_well)
    address = f"http://{settings.host}:{port}"
    try:
        if open_browser:
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
        sys.stdout.write(f"The kiosk is at {address} (Ctrl+C stops it)\n")
        sys.stdout.flush()
        watch.start()
        run(app, listener)
    finally:
        watch.stop()
        seat.close()


def open_parts(desk: Desk) -> tuple[Parts, Recogniser | None]:
    """The doors of the kiosk on this machine, and what recognises speech where there is one."""
    medicines = SpokenMedicines()
    recogniser, why = _recogniser(desk.settings.home)

    def hearing(tell: Tell, silence_s: float) -> Hearing:
        assert recogniser is not None  # noqa: S101 - only handed out where there is one
        return open_session(recogniser, medicines.book, tell, EndSettings(silence_s=silence_s))

    words = load_order_words()
    parts = Parts(
        answers=desk.assistant,
        triage=desk.rules.triage,
        understanding=lambda: open_understanding(medicines),
        orders=lambda: Orders(
            open_orders(), lambda text, asked: words.read(text, medicines.book, asked)
        ),
        speak=_voice(desk.settings.home),
        phrasebook=load_phrasebook(),
        open_hearing=hearing if recogniser is not None else None,
        hot_words=medicines.hot_words,
        no_hearing=why,
        forget=re.purge,  # patterns of a question's words stay in the cache of the module otherwise
    )
    return parts, recogniser


def _recogniser(home: Path) -> tuple[Recogniser | None, str]:
    try:
        return open_recogniser(home), ""
    except (NoRecogniser, RecogniserDamaged) as error:
        return None, str(error)


def _voice(home: Path) -> Speak:
    try:
        return open_renderer(open_voices(home))
    except NoVoice as error:
        message = str(error)
        return lambda sentence, _: Spoken(sentence, sentence, failed=message)
