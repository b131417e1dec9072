"""EPUB books: their chapters in reading order."""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError
from zipfile import ZipFile

from bs4 import BeautifulSoup
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from kb.errors import DocumentEncrypted, UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.html import fill
from kb.extract.markup import elements, text_of
from kb.extract.zip_check import check_parts, checked
from kb.messages import Extraction

MEDIA_TYPE = "application/epub+zip"
_CONTAINER = "META-INF/container.xml"
_LOCKED = "META-INF/rights.xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


def extract(data: bytes, name: str) -> Extraction:
    """Text of a book.

    Raises:
        DocumentEncrypted: it is locked to one reader.
        DocumentTooLarge: it is packed too tightly or is too large.
        NoTextFound: it has no words.
        UnreadableDocument: it is damaged, or declares XML entities.
    """
    builder = TextBuilder()
    with checked(data, name) as book:
        check_parts(book, name)
        if _LOCKED in book.namelist():
            raise DocumentEncrypted(f"{name} is locked to one reader and cannot be opened.")
        container = _xml(book, _CONTAINER, name)
        path = next((root.get("full-path", "") for root in elements(container, "rootfile")), "")
        package = _xml(book, path, name)
        missing = 0
        for chapter in _spine(package, path):
            if chapter in book.namelist():
                _add(builder, book.read(chapter), name)
            else:
                missing += 1
    notes = [f"Chapters that are missing in the file: {missing}."] if missing else []
    title = next((text_of(each) for each in elements(package, "title")), "")
    return builder.extraction(name, MEDIA_TYPE, title=title, notes=notes)


def _xml(book: ZipFile, path: str, name: str) -> Element:
    try:
        root: Element = fromstring(book.read(path), forbid_dtd=True)
    except KeyError as error:
        raise UnreadableDocument(f"{name} is damaged: its table of parts is missing.") from error
    except DefusedXmlException as error:
        raise UnreadableDocument(f"{name} declares XML entities and is not opened.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableDocument(f"{name} is damaged: {path} is not well-formed.") from error
    return root


def _spine(package: Element, path: str) -> Iterator[str]:
    """Parts of the book that are its chapters, in order."""
    folder = posixpath.dirname(path)
    parts = {
        item.get("id", ""): posixpath.normpath(
            posixpath.join(folder, unquote(item.get("href", "")))
        )
        for item in elements(package, "item")
        if item.get("media-type", "") in _PAGES
    }
    for reference in elements(package, "itemref"):
        part = parts.get(reference.get("idref", ""))
        if part is not None:
            yield part


def _add(builder: TextBuilder, page: bytes, name: str) -> None:
    try:
        fill(builder, BeautifulSoup(page, "lxml"))
    except (AssertionError, ValueError, RecursionError) as error:
        raise UnreadableDocument(f"{name} is damaged: a chapter is no page.") from error
