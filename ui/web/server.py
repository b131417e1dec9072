"""Serves the page on this machine: starts, finds a free port, opens the browser.

The library opens while the web toolkit is being loaded, which takes most of the start.
"""

import logging
import os
import socket
import sys
import tempfile
import threading
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import click

from ui.settings import Settings
from ui.web.guard import App, Fork, Guard
from ui.web.offline import go_offline
from ui.web.scrubber import Scrubber
from ui.wiring import Desk, open_desk

PORTS_TRIED = 20
UPLOAD_PATH = "/gradio_api/upload"


def serve(settings: Settings, banners: tuple[str, ...], *, open_browser: bool) -> None:
    """Serve until stopped; prints the address.

    Raises:
        click.ClickException: no port is free.
        LibraryError: the library cannot be opened.
    """
    go_offline()
    with ThreadPoolExecutor(1) as pool, tempfile.TemporaryDirectory() as uploads:
        loading = pool.submit(import_module, "ui.web.page")  # the toolkit takes longest
        desk = open_desk(settings, banners)
        try:
            listener = listen(settings.host, settings.port)
            port = listener.getsockname()[1]
            address = f"http://{settings.host}:{port}"
            if open_browser:
                # Its first request waits at the port while the rest of the start goes on.
                threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
            loading.result()
            app = build_app(desk, port, Path(uploads))
            sys.stdout.write(f"Aidpost is at {address} (Ctrl+C stops it)\n")
            sys.stdout.flush()
            run(app, listener)
        finally:
            desk.close()


def build_app(desk: Desk, port: int, uploads: Path) -> App:
    """The guarded app: the page at /, sources at /source/...

    Args:
        desk: answers and holds the library.
        port: where it will be served; other addresses are refused.
        uploads: a private folder for files on their way into the library.
    """
    go_offline()
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    import gradio as gr  # noqa: PLC0415
    from fastapi import FastAPI  # noqa: PLC0415

    from ui.web.page import HEAD, build_page  # noqa: PLC0415
    from ui.web.sources import PATHS, add_sources  # noqa: PLC0415

    own = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_sources(own, desk)
    page = build_page(desk)
    page.queue(default_concurrency_limit=8, max_size=32, api_open=False)
    toolkit = gr.mount_gradio_app(
        FastAPI(openapi_url=None), page, path="/", head=HEAD, show_error=False,
        max_file_size="50mb", theme=_theme(), footer_links=[], ssr_mode=False, run_history=False,
    )  # fmt: skip
    return Guard(Fork(PATHS, own, Scrubber(toolkit)), port, UPLOAD_PATH)


def listen(host: str, wanted: int) -> socket.socket:
    """A listening socket on the wanted port or the next free one.

    Raises:
        click.ClickException: twenty ports in a row are taken.
    """
    for port in range(wanted, wanted + PORTS_TRIED):
        # Named in full, or answers in two parts wait 40 ms for the second (no TCP_NODELAY).
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)  # from now on no other program can take the port
        except OSError:
            listener.close()
            continue
        return listener
    message = f"The ports {wanted} to {wanted + PORTS_TRIED - 1} are all in use."
    raise click.ClickException(message)


def _theme() -> object:
    import gradio as gr  # noqa: PLC0415

    system = ["system-ui", "sans-serif"]
    return gr.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        font=system,
        font_mono=["ui-monospace", "monospace"],
    )


def run(app: App, listener: socket.socket) -> None:
    """Serve an app on a socket until the process is told to end."""
    import uvicorn  # noqa: PLC0415

    # Addresses of pages can hold words of a question; they are not written anywhere.
    logging.getLogger("uvicorn.access").disabled = True
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, date_header=False,
        timeout_keep_alive=30, timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=65_536, limit_concurrency=64,
        proxy_headers=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # Pages that are open when the app ends are cut off; that is no fault to tell of.
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
    with suppress(KeyboardInterrupt):  # Ctrl+C is how a person ends it
        server.run(sockets=[listener])
