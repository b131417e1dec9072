"""HTML: what a reader of the page reads, without scripts, styles, menus and forms' buttons."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from kb.errors import UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.grid import Cell, span, whole_rows
from kb.extract.inline import raised
from kb.extract.pdf_mend import CELL
from kb.messages import BlockKind, Extraction

MEDIA_TYPE = "text/html"
_DROPPED = (
    "script style noscript template nav footer iframe object embed svg canvas audio video button "
    "select input textarea head"
).split()
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure form header hr html li main ol p pre section summary table tbody td tfoot "
    "th thead tr ul".split()
)
_ITEMS = frozenset({"li", "dd", "dt"})


def extract(data: bytes, name: str) -> Extraction:
    """Text of an HTML page.

    Raises:
        NoTextFound: nothing is left to read.
        UnreadableDocument: it is no HTML.
    """
    try:
        soup = BeautifulSoup(data, "lxml")
    except (AssertionError, ValueError, RecursionError) as error:
        raise UnreadableDocument(f"{name} is damaged or is no HTML page.") from error
    title = soup.title.get_text() if soup.title else ""
    builder = TextBuilder()
    fill(builder, soup)
    return builder.extraction(name, MEDIA_TYPE, title=title)


def fill(builder: TextBuilder, soup: BeautifulSoup) -> None:
    """Add what a reader of a page reads."""
    for tag in soup.find_all(_DROPPED):
        tag.decompose()
    for tag in soup.find_all("sup"):
        tag.replace_with(raised(tag.get_text()))
    for block in _blocks(soup):
        if block.level:
            builder.heading(block.text, block.level)
        else:
            builder.add(block.kind, block.text, head=block.head)


@dataclass(frozen=True, slots=True)
class _Found:
    kind: BlockKind
    text: str
    level: int = 0
    """Level of a heading, from 1."""
    head: int = 1
    """Lines at the top of a table that name its columns, with its caption."""


def _blocks(soup: BeautifulSoup) -> Iterator[_Found]:
    """Blocks in reading order."""
    words: list[str] = []
    kind: BlockKind = "paragraph"
    for event, node in _walk(soup):
        if isinstance(node, NavigableString):
            if not isinstance(node, PreformattedString):
                words.append(str(node))
            continue
        if not isinstance(node, Tag):
            continue
        if node.name == "br":
            words.append(" ")
            continue
        if node.name not in _BLOCKS and not _is_whole(node):
            continue
        yield _Found(kind, _single("".join(words)))
        words = []
        kind = "list" if event == "in" and node.name in _ITEMS else "paragraph"
        if event == "whole":
            yield _whole(node)


def _walk(soup: BeautifulSoup) -> Iterator[tuple[str, PageElement]]:
    """Nodes in order: text, tags as they open (`in`) and close (`out`), and `whole` ones."""
    stack: list[tuple[str, PageElement]] = [("in", soup)]
    while stack:
        event, node = stack.pop()
        if event == "in" and isinstance(node, Tag) and _is_whole(node):
            yield "whole", node
            continue
        yield event, node
        if event == "in" and isinstance(node, Tag):
            stack.append(("out", node))
            stack += [("in", child) for child in reversed(node.contents)]


def _is_whole(tag: Tag) -> bool:
    """Headings, and tables that hold data; one that holds blocks only lays out the page."""
    if tag.name in _HEADINGS:
        return True
    return tag.name == "table" and tag.find(["table", "h1", "h2", "h3", "h4", "ul", "ol"]) is None


def _whole(tag: Tag) -> _Found:
    if tag.name in _HEADINGS:
        return _Found("heading", _single(tag.get_text(" ")), _HEADINGS[tag.name])
    caption = tag.find("caption")
    first = [_single(caption.get_text(" "))] if caption else []
    rows = (CELL.join(row) for row in whole_rows(map(_cells, tag.find_all("tr"))) if any(row))
    return _Found("table", "\n".join([*first, *rows]), head=1 + len(first))


def _cells(row: Tag) -> list[Cell]:
    return [
        Cell(_single(cell.get_text(" ")), span(cell.get("rowspan")), span(cell.get("colspan")))
        for cell in row.find_all(["td", "th"])
    ]


def _single(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
