"""Topic cards of the starter library: TOML front matter between `+++` lines, then a Markdown body.

The body stays as it is in the file: spans point into it, so a quote can be held against the card.
A list item and the sub-bullets under it are one block, because the conditions of a line must never
be parted from it. What a good card looks like is checked by `kb.lint`, not here.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from kb.errors import UnreadableDocument
from kb.messages import Block, BlockKind, Document, Extraction, Source

PACK = "starter"
MEDIA_TYPE = "text/markdown"

LineKind = Literal["blank", "heading", "item", "sub", "text"]

_FENCE = "+++"
_HEADING = re.compile(r"#{1,6}[ \t]+(?P<text>.*)")
_ITEM = re.compile(r"(?:[-*]|\d{1,2}\.)[ \t]+(?P<text>.*)")
_SUB = re.compile(r"[ \t]+(?:[-*]|\d{1,2}\.)[ \t]+(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card's body."""

    number: int
    """Line number in the file, from 1."""
    start: int
    end: int
    kind: LineKind
    section: str
    """Heading that the line stands under; empty above the first one."""
    text: str
    """What the line says, without its bullet or number."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card, read."""

    document: Document
    extraction: Extraction
    front: Mapping[str, object]
    """Front matter as TOML gives it."""
    lines: tuple[Line, ...]


def parse_card(data: bytes, name: str) -> Card:
    """Read the bytes of one card.

    Args:
        data: the file, UTF-8.
        name: file name, shown in messages and kept with the document.

    Raises:
        UnreadableDocument: no front matter, broken TOML, or a key of the wrong type.
    """
    front, body, first_line = split_card(data, name)
    document = _document(front, hashlib.sha256(data).hexdigest(), name)
    lines = tuple(body_lines(body, first_line))
    extraction = Extraction(document.title, body, tuple(_blocks(lines)), MEDIA_TYPE)
    return Card(document, extraction, front, lines)


def split_card(data: bytes, name: str) -> tuple[dict[str, object], str, int]:
    """Front matter, body, and the line number in the file at which the body begins."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableDocument(f"{name}: the card is not UTF-8 text.") from error
    lines = text.splitlines(keepends=True)
    marks = [number for number, line in enumerate(lines) if line.strip() == _FENCE][:2]
    if len(marks) < 2 or marks[0] != 0:
        raise UnreadableDocument(f"{name}: the card has no front matter between +++ lines.")
    try:
        front = tomllib.loads("".join(lines[1 : marks[1]]).replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        raise UnreadableDocument(f"{name}: the front matter is not valid TOML: {error}.") from error
    return front, "".join(lines[marks[1] + 1 :]), marks[1] + 2


def body_lines(body: str, first_line: int) -> Iterator[Line]:
    """Lines of a body; `first_line` is the number of its first line in the file."""
    start, section = 0, ""
    for number, raw in enumerate(body.split("\n"), first_line):
        shown = raw.rstrip()
        kind, text = _read_line(shown)
        if kind == "heading":
            section = text
        yield Line(number, start, start + len(shown), kind, section, text)
        start += len(raw) + 1


def _read_line(line: str) -> tuple[LineKind, str]:
    if not line.strip():
        return "blank", ""
    forms: tuple[tuple[LineKind, re.Pattern[str]], ...] = (
        ("heading", _HEADING),
        ("item", _ITEM),
        ("sub", _SUB),
    )
    for kind, pattern in forms:
        found = pattern.fullmatch(line)
        if found:
            return kind, found["text"].strip()
    return "text", line.strip()


def _blocks(lines: tuple[Line, ...]) -> Iterator[Block]:
    """One block for each heading, and for each item together with what is indented under it."""
    kinds: dict[LineKind, BlockKind] = {"item": "list", "sub": "list", "text": "paragraph"}
    begun: Block | None = None
    before: LineKind = "blank"
    for line in lines:
        if begun and _goes_on(line.kind, before):
            begun = begun if line.kind == "blank" else replace(begun, end=line.end)
        else:
            if begun:
                yield begun
            begun = None
            if line.kind == "heading":
                yield Block(line.start, line.end, "heading")
            elif line.kind in kinds:
                section = (line.section,) if line.section else ()
                begun = Block(line.start, line.end, kinds[line.kind], section)
        before = line.kind
    if begun:
        yield begun


def _goes_on(kind: LineKind, before: LineKind) -> bool:
    """Whether a line belongs to the block begun above it; a blank line parts no condition."""
    return kind in {"sub", "blank"} or (kind == "text" and before != "blank")


def _document(front: Mapping[str, object], digest: str, name: str) -> Document:
    return Document(
        id=f"{PACK}/{_text(front, 'id', name)}",
        pack=PACK,
        title=_text(front, "title", name),
        digest=digest,
        media_type=MEDIA_TYPE,
        status=_text(front, "status", name),
        aliases=_texts(front, "aliases", name),
        population=_texts(front, "population", name),
        setting=_texts(front, "level", name),
        kind=_text(front, "kind", name),
        language=_text(front, "lang", name),
        reviewed=_text(front, "reviewed", name),
        sources=tuple(_sources(front, name)),
        red_flags=_texts(front, "red_flags", name),
        medicines=_texts(front, "medicines", name),
        see_also=_texts(front, "see_also", name),
        file_name=name,
    )


def _sources(front: Mapping[str, object], name: str) -> Iterator[Source]:
    entries = front.get("sources", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UnreadableDocument(f"{name}: each source must be a [[sources]] table.")
    for entry in cast("list[dict[str, object]]", entries):
        year = entry.get("year")
        if not isinstance(year, int):
            raise UnreadableDocument(f"{name}: a source has no year, or one that is no number.")
        yield Source(
            id=_text(entry, "id", name),
            title=_text(entry, "title", name),
            publisher=_text(entry, "publisher", name),
            year=year,
            section=_text(entry, "section", name),
            url=_text(entry, "url", name, default=""),
            edition=_text(entry, "edition", name, default=""),
            licence=_text(entry, "licence", name, default=""),
        )


def _text(table: Mapping[str, object], key: str, name: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise UnreadableDocument(f"{name}: `{key}` is missing or is not text.")
    return value


def _texts(table: Mapping[str, object], key: str, name: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise UnreadableDocument(f"{name}: `{key}` must be a list of texts.")
    return tuple(value)
