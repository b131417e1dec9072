"""XML documents: CNXML textbooks, and other XML by what its elements are usually called.

Document types and entities are refused: they can make a small file endless or read other files.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from kb.errors import UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.grid import Cell, span, whole_rows
from kb.extract.inline import raised
from kb.extract.pdf_mend import CELL
from kb.messages import Extraction

MEDIA_TYPE = "application/xml"
MAX_NESTING = 200
_EXERCISES = "The exercises of this textbook are left out: their wrong answers are no statements."
_SKIPPED = frozenset({"metadata", "exercise", "media", "colspec", "link", "script", "style"})
_TITLES = frozenset({"title", "head", "heading"})
_TABLES = frozenset({"table", "informaltable"})
_ROWS = frozenset({"row", "tr"})
_CELLS = frozenset({"entry", "td", "th", "cell"})
_ITEMS = frozenset({"item", "li", "listitem", "list-item"})
_LINES = frozenset({"para", "p", "paragraph", "caption", "ab", "line", "simpara", "label"})
_INLINE = frozenset({"term", "emphasis", "sup", "sub", "link", "math", "cite", "foreign", "code"})
_SPACES = re.compile(r"\s+")


def extract(data: bytes, name: str) -> Extraction:
    """Text of an XML document.

    Raises:
        NoTextFound: it holds no text.
        UnreadableDocument: it is damaged, nested too deeply, or declares entities.
    """
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnreadableDocument(f"{name} declares XML entities and is not opened.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableDocument(f"{name} is damaged: it is not well-formed XML.") from error
    if _too_deep(root):
        raise UnreadableDocument(f"{name} is nested too deeply to be read.")
    builder = TextBuilder()
    _Reader(builder).block(root, 1)
    left_out = any(_name(element) == "exercise" for element in root.iter())
    notes = (_EXERCISES,) if left_out else ()
    title = root.find("{*}title")
    return builder.extraction(
        name, MEDIA_TYPE, title="" if title is None else text_of(title), notes=notes
    )


class _Reader:
    """Adds elements as blocks, in order."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder

    def block(self, element: Element, level: int) -> None:
        """Add an element; `level` is that of the next heading, from 1."""
        name = _name(element)
        if name in _SKIPPED or _only_exercises(element):
            return
        if name == "glossary":
            self._builder.heading(name.capitalize(), 2)
        if name in _TITLES:
            self._builder.heading(text_of(element), level)
        elif name in _TABLES:
            self._table(element)
        elif name == "definition":
            self._builder.add("list", _definition(element))
        elif _has_blocks(element):
            self._parts(element, level)
        else:
            self._builder.add("list" if name in _ITEMS else "paragraph", text_of(element))

    def _parts(self, element: Element, level: int) -> None:
        """Parts of an element: runs of words as paragraphs, and blocks in between."""
        inner = level + 1 if any(_name(child) in _TITLES for child in element) else level
        words = [element.text or ""]
        for child in element:
            if _is_block(child):
                self._builder.add("paragraph", _single("".join(words)))
                words = []
                self.block(child, level if _name(child) in _TITLES else inner)
            else:
                words.append(_inline(child))
            words.append(child.tail or "")
        self._builder.add("paragraph", _single("".join(words)))

    def _table(self, table: Element) -> None:
        rows = [row for row in table.iter() if _name(row) in _ROWS]
        lines = (CELL.join(row) for row in whole_rows(map(_cells, rows)))
        names = (text_of(child) for child in table if _name(child) in {"title", "caption"})
        caption = [text for text in names if text][:1]
        kept = [line for line in lines if any(char.isalnum() for char in line)]
        self._builder.add("table", "\n".join([*caption, *kept]), head=1 + len(caption))


def _cells(row: Element) -> list[Cell]:
    """Cells of a row, as HTML and as CALS (the tables of CNXML and DocBook) say how far they reach.

    CALS counts the rows beyond the first, and names the first and the last column.
    """
    return [
        Cell(
            text_of(cell),
            max(span(cell.get("rowspan")), 1 + _number(cell.get("morerows"))),
            max(span(cell.get("colspan")), _columns(cell)),
        )
        for cell in row
        if _name(cell) in _CELLS
    ]


def _columns(cell: Element) -> int:
    first, last = _number(cell.get("namest")), _number(cell.get("nameend"))
    return last - first + 1 if 0 < first <= last else 1


def _number(name: str | None) -> int:
    """The number that a name ends in, as in `c3`; 0 where there is none."""
    found = re.search(r"[0-9]{1,4}$", name or "")
    return int(found[0]) if found else 0


def _too_deep(root: Element) -> bool:
    """Whether elements lie in each other more than `MAX_NESTING` times."""
    level = [root]
    for _ in range(MAX_NESTING):
        level = [child for element in level for child in element]
        if not level:
            return False
    return True


def text_of(element: Element) -> str:
    """Text of an element and all that is in it, single-spaced."""
    return _single(_inline(element))


def _inline(element: Element) -> str:
    name = _name(element)
    if name in _SKIPPED and name != "link":
        return " "
    inside = (element.text or "") + "".join(
        _inline(child) + (child.tail or "") for child in element
    )
    if name in {"sup", "superscript"}:
        return raised(inside)
    if name == "msup" and len(element) == 2:
        return _inline(element[0]).strip() + raised(_inline(element[1]).strip())
    if name == "mfrac" and len(element) == 2:
        return f"({_single(_inline(element[0]))})/({_single(_inline(element[1]))})"
    apart = name in {"newline", "br", "space", *_CELLS, *_ITEMS, *_LINES, *_TITLES}
    return f" {inside} " if apart else inside


def _only_exercises(element: Element) -> bool:
    """Whether a section has nothing to read but its title."""
    names = {_name(child) for child in element} - {"title"}
    return names == {"exercise"}


def _definition(element: Element) -> str:
    """A term and its meaning, of which the glossary of a textbook is made."""
    term = next((text_of(child) for child in element if _name(child) == "term"), "")
    rest = (text_of(child) for child in element if _name(child) != "term")
    return f"{term}: {' '.join(rest)}" if term else " ".join(rest)


def _has_blocks(element: Element) -> bool:
    return any(_is_block(child) for child in element)


def _is_block(element: Element) -> bool:
    name = _name(element)
    named = _TITLES | _TABLES | _ITEMS | _LINES | {"definition", "exercise", "metadata"}
    return name in named or (name not in _INLINE and _has_blocks(element))


def _name(element: Element) -> str:
    """Name of an element without its namespace."""
    return element.tag.rpartition("}")[2].lower()


def _single(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def elements(root: Element, name: str) -> Iterator[Element]:
    """All elements of a name, whatever their namespace."""
    return (element for element in root.iter() if _name(element) == name)
