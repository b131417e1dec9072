"""Pages of the library on this machine: a document with a quote highlighted, PDF pages too."""

from collections.abc import Callable
from html import escape
from importlib.resources.abc import Traversable
from urllib.parse import quote as quoted
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from kb.errors import LibraryError
from kb.library import Library
from kb.messages import Document
from ui.render import document_html, error_html
from ui.wiring import Desk, render_page

PDF = "application/pdf"


def add_sources(web: FastAPI, opened: Callable[[], Desk], assets: Traversable) -> None:
    """Add the routes for documents, page pictures, style and script."""

    @web.get("/source/{identity:path}", response_class=HTMLResponse)
    def source(identity: str, start: int = -1, end: int = -1) -> HTMLResponse:
        try:
            return HTMLResponse(_document(opened().library, identity, start, end))
        except LibraryError as error:
            return HTMLResponse(error_html(str(error)), status_code=404)

    @web.get("/page/{page}/{identity:path}")
    def picture(page: int, identity: str) -> Response:
        try:
            data = opened().library.original(identity)
            png, _ = render_page(data, page, "")
        except LibraryError as error:
            return HTMLResponse(error_html(str(error)), status_code=404)
        return Response(png, media_type="image/png", headers={"cache-control": "no-store"})

    for name, kind in (("style.css", "text/css"), ("app.js", "text/javascript")):
        web.add_api_route(f"/{name}", _asset(assets.joinpath(name), kind), methods=["GET"])


def _asset(file: Traversable, kind: str) -> Callable[[], Response]:
    def give() -> Response:
        return Response(file.read_bytes(), media_type=f"{kind}; charset=utf-8")

    return give


def _document(library: Library, identity: str, start: int, end: int) -> str:
    document = library.document(identity)
    text = library.text(identity)
    span = (start, end) if 0 <= start < end <= len(text) else None
    images = _page_picture(library, document, span, text) if document.media_type == PDF else ""
    return document_html(document, text, span, images)


def _page_picture(
    library: Library, document: Document, span: tuple[int, int] | None, text: str
) -> str:
    """The PDF page of a span as a picture with the quote marked on it."""
    page = _page_of(library, document.id, span) if span else 1
    if page is None:
        return ""
    words = text[span[0] : span[1]] if span else ""
    _, boxes = render_page(library.original(document.id), page, words)
    marks = "".join(
        f'<span class="mark" style="left:{100 * b.left:.2f}%;top:{100 * b.top:.2f}%;'
        f'width:{100 * b.width:.2f}%;height:{100 * b.height:.2f}%"></span>'
        for b in boxes
    )
    address = f"/page/{page}/{quoted(document.id)}?{urlencode({'of': document.digest[:8]})}"
    return (
        f'<figure class="pdf-page"><figcaption>Page {page} of {document.pages}</figcaption>'
        f'<div class="paper"><img src="{escape(address)}" alt="Picture of page {page}">{marks}'
        "</div></figure>"
    )


def _page_of(library: Library, document: str, span: tuple[int, int]) -> int | None:
    for passage in library.passages(document):
        if passage.start <= span[0] < passage.end:
            return passage.page
    return None
