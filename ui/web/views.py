"""Documents of the library as HTML: the list, and one document with a quote marked. Pure."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from urllib.parse import quote

from assistant.messages import STATUS_WORDS
from kb.extract.places import Rectangle
from kb.messages import Document, Passage, Source
from ui.render import one_line
from ui.render_text import address

AROUND = 8
"""Passages shown before and after a quote; the whole document is one link away."""
MARGIN = 0.004
"""Space around the letters of a marked quote, as a fraction of the page."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page of a PDF as it looks, with the places of the quote."""

    page: int
    png: bytes
    boxes: Sequence[Rectangle] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of a document."""

    document: Document
    passages: Sequence[Passage]
    span: Span | None = None
    """Quote to mark, as a half-open span of the document's text."""
    picture: PagePicture | None = None
    is_whole: bool = False
    notice: str = ""
    """Something the person should know, such as a page that cannot be drawn."""


def good_html(message: str) -> str:
    """A plain message that something was done."""
    return one_line(f'<p class="good" role="status">{escape(message)}</p>')


def hint_html(message: str) -> str:
    """Something that may be of use and is no trouble."""
    return one_line(f'<p class="hint" role="status">{escape(message)}</p>')


def notice_html(message: str) -> str:
    """Something the person should know from the start, such as settings that were left out."""
    return one_line(f'<p class="problem" role="status">{escape(message)}</p>')


def status_html(documents: Sequence[Document]) -> str:
    """The library in a few words, for the top of the page."""
    own = sum(document.pack == "local" for document in documents)
    added = f"{own} document{'' if own == 1 else 's'} of your own"
    return (
        '<p class="badges"><span>Works offline; nothing leaves this machine</span>'
        f"<span>{len(documents) - own} built-in cards: draft, not clinician-reviewed</span>"
        f"<span>{added}</span></p>"
    )


def library_html(documents: Sequence[Document]) -> str:
    """The documents, those added here first, then the built-in cards folded away."""
    own = [document for document in documents if document.pack == "local"]
    cards = [document for document in documents if document.pack != "local"]
    none = "<p>No document has been added on this machine yet.</p>"
    added = f"<ul>{''.join(map(_own_line, own))}</ul>" if own else none
    listed = "".join(f"<li>{_link(document)}</li>" for document in cards)
    return one_line(
        f'<section class="library"><h3>Added on this machine ({len(own)})</h3>{added}'
        f"<details><summary>{len(cards)} built-in cards (draft, not clinician-reviewed)</summary>"
        f"<ul>{listed}</ul></details></section>"
    )


def source_html(view: View) -> str:
    """One document for the drawer: what it is, the page or the text with the quote, its sources."""
    document = view.document
    notice = f'<p class="problem" role="alert">{escape(view.notice)}</p>' if view.notice else ""
    return (
        f'<article class="source"><h2 id="source-title" tabindex="-1">{escape(document.title)}</h2>'
        f'<p class="status">Status: {escape(_status(document))}</p>{notice}'
        f"{_picture(view)}{_text(view)}{_published(document)}</article>"
    )


def page_html(title: str, body: str) -> str:
    """A page of its own around a piece of HTML, for a browser without scripts."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/style.css"></head>'
        f'<body class="source-page"><main>{body}</main></body></html>'
    )


def _own_line(document: Document) -> str:
    pages = f"{document.pages} pages" if document.pages else ""
    added = f"added {document.added[:10]}" if document.added else ""
    facts = (document.file_name, pages, added, *document.notes)
    return f"<li>{_link(document)} <small>{escape('; '.join(filter(None, facts)))}</small></li>"


def _link(document: Document) -> str:
    return f'<a href="/source/{quote(document.id)}">{escape(document.title)}</a>'


def _status(document: Document) -> str:
    return STATUS_WORDS.get(document.status, document.status)


def _picture(view: View) -> str:
    shown = view.picture
    if shown is None:
        return ""
    marks = "".join(
        f'<rect x="{box.left - MARGIN:.4f}" y="{box.top - MARGIN:.4f}"'
        f' width="{box.width + 2 * MARGIN:.4f}" height="{box.height + 2 * MARGIN:.4f}"/>'
        for box in shown.boxes
    )
    where = "; the quote is marked" if marks else ""
    data = base64.b64encode(shown.png).decode("ascii")
    return (
        f'<figure class="pdf-page"><figcaption>Page {shown.page} of {view.document.pages}{where}'
        f'</figcaption><div class="paper"><img src="data:image/png;base64,{data}"'
        f' alt="Picture of page {shown.page}; its text stands below">'
        f'<svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">{marks}</svg></div>'
        f"{_turn(view, shown.page)}</figure>"
    )


def _turn(view: View, page: int) -> str:
    last = view.document.pages or page
    places = ((page - 1, "Previous page"), (page + 1, "Next page"))
    links = " ".join(
        f'<a href="/source/{quote(view.document.id)}?page={number}">{words}</a>'
        for number, words in places
        if 1 <= number <= last
    )
    return f'<nav aria-label="Pages">{links}</nav>' if links else ""


def _text(view: View) -> str:
    """The passages around the quote, under the headings of the document."""
    first, last = _window(view)
    parts = []
    for section, group in groupby(view.passages[first:last], key=lambda p: (p.section, p.page)):
        names, page = section
        on = f" <small>page {page}</small>" if page else ""
        name = escape(" > ".join(names) or "Text")
        body = "".join(f"<p>{''.join(_marked(passage, view.span))}</p>" for passage in group)
        parts.append(f"<section><h3>{name}{on}</h3>{body}</section>")
    is_cut = (first, last) != (0, len(view.passages))
    whole = f'<p><a href="/source/{quote(view.document.id)}?whole=1">Show the whole text</a></p>'
    return f'<div class="text">{"".join(parts)}</div>{whole if is_cut else ""}'


def _window(view: View) -> Span:
    """Which passages are shown, as a half-open range."""
    if view.is_whole:
        return 0, len(view.passages)
    if view.picture is not None:
        on_page = [i for i, p in enumerate(view.passages) if p.page == view.picture.page]
        if on_page:
            return on_page[0], on_page[-1] + 1
    start = view.span[0] if view.span else 0
    at = next((i for i, p in enumerate(view.passages) if start < p.end), 0)
    return max(0, at - AROUND), min(len(view.passages), at + AROUND + 1)


def _marked(passage: Passage, span: Span | None) -> Iterator[str]:
    """The text of a passage with its part of the quote marked."""
    text, size = passage.text, len(passage.text)
    start, end = (span[0] - passage.start, span[1] - passage.start) if span else (size, size)
    start, end = max(0, start), min(size, end)
    if start >= end:
        yield escape(text)
        return
    yield escape(text[:start])
    yield f'<mark id="quote" tabindex="-1">{escape(text[start:end])}</mark>'
    yield escape(text[end:])


def _source_line(source: Source) -> str:
    name = f"[{source.id}] {source.title}, {source.publisher}, {source.year}"
    where = "; ".join(filter(None, (source.edition, source.section, address(source.url))))
    return f"<li>{escape(name)} <small>{escape(where)}</small></li>"


def _published(document: Document) -> str:
    lines = "".join(map(_source_line, document.sources))
    return f'<section class="sources"><h3>Sources</h3><ul>{lines}</ul></section>' if lines else ""
