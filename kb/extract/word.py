"""Word (.docx): headings, paragraphs, lists and tables of the text, and footnotes.

Inserted text counts and deleted text does not, as when all changes are accepted. Templates,
pictures and macros that a file points to are never touched.
"""

import io
import re
from collections.abc import Iterator, Mapping
from typing import Protocol
from zipfile import BadZipFile

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from kb.errors import UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.grid import span
from kb.extract.inline import raised
from kb.extract.inner_pictures import InnerPictures
from kb.extract.pdf_mend import CELL
from kb.extract.progress import Tell, silent
from kb.extract.zip_check import check_parts, checked
from kb.messages import Extraction

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_P, _TABLE, _ROW, _CELL = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc"))
_TEXT, _VALUE = qn("w:t"), qn("w:val")
_GAPS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_HIDDEN = {qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), qn("w:pPr"), qn("w:rPr")}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BLIP = qn("a:blip")
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


class Element(Protocol):
    """What is used of an XML element; lxml brings no types."""

    tag: str
    text: str | None

    def __iter__(self) -> Iterator["Element"]: ...
    def __reversed__(self) -> Iterator["Element"]: ...

    def get(self, key: str, default: str) -> str:
        """Value of an attribute."""
        ...

    def find(self, path: str) -> "Element | None":
        """First element at a path below this one."""
        ...

    def iter(self, tag: str) -> Iterator["Element"]:
        """This element and those below it that have a tag."""
        ...

    def iterancestors(self, tag: str | None = None) -> Iterator["Element"]:
        """Elements above this one, the nearest first."""
        ...


def extract(data: bytes, name: str, tell: Tell = silent) -> Extraction:
    """Text of a Word file, with that of its pictures.

    Args:
        data: the file.
        name: its name, for messages.
        tell: called around each picture that is read by OCR, with the pictures done.

    Raises:
        DocumentEncrypted: it asks for a password.
        DocumentTooLarge: it is packed too tightly or is too large.
        NoTextFound: it is empty.
        UnreadableDocument: it is damaged, or declares XML entities.
    """
    with checked(data, name) as container:
        check_parts(container, name)
    document, body, levels = _opened(data, name)
    builder = TextBuilder()
    pictures = InnerPictures(sum(1 for _ in body.iter(_BLIP)), tell)
    for element in _body(body):
        _add(builder, element, levels)
        for picture in _pictures(element, document):
            pictures.add(builder, picture)
    _footnotes(builder, document)
    title = document.core_properties.title or ""
    return builder.extraction(name, MEDIA_TYPE, title=title, notes=pictures.notes())


def _opened(data: bytes, name: str) -> tuple[Document, Element, dict[str, int]]:
    """A Word file, its body, and the levels of its headings' styles."""
    try:
        document = docx.Document(io.BytesIO(data))
        body = document.element.find(qn("w:body"))
        levels = _levels(document)
    except (OpcError, BadZipFile, etree.LxmlError, KeyError, ValueError, AttributeError) as error:
        raise UnreadableDocument(f"{name} is damaged or is no Word file (.docx).") from error
    if body is None:
        raise UnreadableDocument(f"{name} is damaged: it has no text part.")
    return document, body, levels


def _body(parent: Element) -> Iterator[Element]:
    """Paragraphs and tables in order, those in content controls and text boxes with them."""
    for child in parent:
        if child.tag == _TABLE:
            yield child
        elif child.tag == _P:
            yield child
            for box in child.iter(qn("w:txbxContent")):
                if not any(above.tag == _FALLBACK for above in box.iterancestors()):
                    yield from _body(box)
        elif child.tag in {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml")}:
            yield from _body(child)


def _add(builder: TextBuilder, element: Element, levels: Mapping[str, int]) -> None:
    if element.tag == _TABLE:
        builder.add("table", "\n".join(_rows(element)))
        return
    style = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    style_id = "" if style is None else style.get(_VALUE, "")
    level = _outline(element) or levels.get(style_id, 0)
    text = _text(element)
    if level and len(text.split()) <= 30:
        builder.heading(text, level)
    elif element.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None or "List" in style_id:
        builder.add("list", text)
    else:
        builder.add("paragraph", text)


def _pictures(element: Element, document: Document) -> Iterator[bytes]:
    """Picture files that lie in the document itself; those elsewhere are never fetched."""
    parts = document.part.related_parts
    for blip in element.iter(_BLIP):
        part = parts.get(blip.get(qn("r:embed"), ""))
        if part is not None:
            yield part.blob


def _text(parent: Element) -> str:
    """Text of a paragraph; what stands in a text box in it is read on its own."""
    parts: list[str] = []
    stack = list(reversed(parent))
    while stack:
        element = stack.pop()
        if element.tag in _HIDDEN or element.tag in {qn("w:txbxContent"), _FALLBACK}:
            continue
        if element.tag == _TEXT:
            text = element.text or ""
            parts.append(raised(text) if _is_raised(element) else text)
        parts.append(_GAPS.get(element.tag, ""))
        stack += reversed(element)
    return "".join(parts)


def _is_raised(text: Element) -> bool:
    run = next(text.iterancestors(qn("w:r")), None)
    place = None if run is None else run.find(f"{qn('w:rPr')}/{qn('w:vertAlign')}")
    return place is not None and place.get(_VALUE, "") == "superscript"


def _rows(table: Element) -> Iterator[str]:
    """Rows of a table; a cell that goes on from the row above has the text of that one."""
    above: dict[int, str] = {}
    for row in table.iter(_ROW):
        if next(row.iterancestors(_TABLE)) is not table:
            continue
        cells: dict[int, str] = {}
        column = 0
        for cell in row.iter(_CELL):
            if next(cell.iterancestors(_ROW)) is not row:
                continue
            text = " ".join(" ".join(_text(each) for each in cell.iter(_P)).split())
            cells[column] = above.get(column, "") if _goes_on(cell) else text
            column += span(_property(cell, "gridSpan"))
        if any(cells.values()):
            yield CELL.join(cells.get(each, "") for each in range(column)).rstrip()
        above = cells


def _goes_on(cell: Element) -> bool:
    """Whether a cell is the lower part of one that begins in a row above."""
    return _property(cell, "vMerge", "continue") == "continue"


def _property(cell: Element, name: str, unsaid: str = "") -> str:
    """A property of a cell; `unsaid` where it is there without a value, empty where it is not."""
    found = cell.find(f"{qn('w:tcPr')}/{qn(f'w:{name}')}")
    return "" if found is None else found.get(_VALUE, unsaid)


def _levels(document: Document) -> dict[str, int]:
    """Level of the headings' styles by style id; the title is the top."""
    levels: dict[str, int] = {}
    for style in document.styles.element.iter(qn("w:style")):
        name = style.find(qn("w:name"))
        shown = "" if name is None else name.get(_VALUE, "")
        found = _HEADING.fullmatch(shown)
        level = int(found[1]) + 1 if found else _outline(style)
        if shown.casefold() == "title":
            level = 1
        if level:
            levels[style.get(qn("w:styleId"), "")] = level
    return levels


def _outline(element: Element) -> int:
    """Level by the outline, which counts from 0; 9 is body text."""
    outline = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    value = "9" if outline is None else outline.get(_VALUE, "9")
    return int(value) + 2 if value.isdecimal() and int(value) < 9 else 0


def _footnotes(builder: TextBuilder, document: Document) -> None:
    for relation in document.part.rels.values():
        if relation.is_external or not relation.reltype.endswith(("/footnotes", "/endnotes")):
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        notes = etree.fromstring(relation.target_part.blob, parser)
        texts = [_text(paragraph) for paragraph in notes.iter(_P)]
        if any(text.strip() for text in texts):
            builder.heading("Notes", 2)
        for text in texts:
            builder.add("paragraph", text)
