"""Serves the documents of the library with a quote marked; pages of a PDF as they look."""

from collections.abc import Callable
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from kb.errors import LibraryError
from kb.library import Library
from kb.messages import Document, Passage
from ui.render import error_html
from ui.web.views import PagePicture, Span, View, page_html, source_html
from ui.wiring import Desk, render_page

PDF = "application/pdf"
ASSETS = {"style.css": "text/css", "app.js": "text/javascript"}
PATHS = ("/source/", *(f"/{name}" for name in ASSETS))
"""Beginnings of the addresses that are served here."""
PIECE = "x-aidpost-piece"
"""Header of a request that wants the document without a page around it."""


def add_sources(web: FastAPI, desk: Desk) -> None:
    """Add the routes for documents, style and script."""

    @web.get("/source/{identity:path}", response_class=HTMLResponse)
    def source(
        request: Request, identity: str, start: int = -1, end: int = -1, page: int = 0,
        whole: bool = False,  # noqa: FBT001, FBT002 - a word of the address
    ) -> HTMLResponse:  # fmt: skip
        status, title, body = 200, "Aidpost", ""
        try:
            view = _view(desk.library, identity, (start, end), page, is_whole=whole)
            title, body = view.document.title, source_html(view)
        except LibraryError as error:
            status, body = 404, error_html(str(error))
        is_piece = PIECE in request.headers
        return HTMLResponse(body if is_piece else page_html(title, body), status_code=status)

    for name, kind in ASSETS.items():
        web.add_api_route(f"/{name}", _asset(name, kind), methods=["GET"])


def _asset(name: str, kind: str) -> Callable[[], Response]:
    def give() -> Response:
        body = files("ui.web").joinpath(name).read_bytes()
        return Response(body, media_type=f"{kind}; charset=utf-8")

    return give


def _view(library: Library, identity: str, wanted: Span, page: int, *, is_whole: bool) -> View:
    document = library.document(identity)
    passages = library.passages(identity)
    text = library.text(identity)
    span = wanted if 0 <= wanted[0] < wanted[1] <= len(text) else None
    if document.media_type != PDF:
        return View(document, passages, span, is_whole=is_whole)
    words = text[span[0] : span[1]] if span else ""
    number = page or _page_of(passages, span)
    try:
        picture = _picture(library, document, number, words)
    except LibraryError as error:
        return View(document, passages, span, is_whole=is_whole, notice=str(error))
    return View(document, passages, span, picture, is_whole)


def _picture(library: Library, document: Document, page: int, words: str) -> PagePicture:
    png, boxes = render_page(library.original(document.id), page, words)
    return PagePicture(page, png, boxes)


def _page_of(passages: list[Passage], span: Span | None) -> int:
    """Page on which a span begins; the first one where that is not known."""
    start = span[0] if span else 0
    return next((p.page for p in passages if start < p.end and p.page), 1)
