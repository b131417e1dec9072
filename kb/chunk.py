"""Cuts an extracted text into passages: stretches short enough to read, long enough to stand alone.

A passage never crosses a section or a page, never cuts a list item or a table, and is always an
exact slice of the document's text, so that its words can be highlighted in the document.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from kb.messages import Block, Document, Extraction, Passage
from kb.sentences import sentence_spans

TARGET = 900
"""Characters a passage aims at; about 150 words."""


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    section: tuple[str, ...]
    page: int | None


def digest(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def chunk(document: Document, extraction: Extraction) -> tuple[Passage, ...]:
    """Passages of a document in reading order; headings live in `section`, not in the text."""
    pieces = _grow(_split(extraction))
    return tuple(
        _passage(document, number, piece, extraction.text[piece.start : piece.end])
        for number, piece in enumerate(pieces, 1)
    )


def _passage(document: Document, number: int, piece: _Piece, text: str) -> Passage:
    return Passage(
        id=f"{document.id}#{number}",
        document=document.id,
        pack=document.pack,
        title=document.title,
        section=piece.section,
        page=piece.page,
        start=piece.start,
        end=piece.end,
        text=text,
        population=document.population,
        setting=document.setting,
        status=document.status,
        digest=digest(text),
    )


def _split(extraction: Extraction) -> Iterator[_Piece]:
    for block in extraction.blocks:
        if block.kind == "heading" or not extraction.text[block.start : block.end].strip():
            continue
        yield from _cut(block, extraction.text)


def _cut(block: Block, text: str) -> Iterator[_Piece]:
    if block.kind != "paragraph" or block.end - block.start <= 2 * TARGET:
        yield _Piece(block.start, block.end, block.section, block.page)
        return
    start = block.start
    for _, end in sentence_spans(text[block.start : block.end]):
        if block.start + end - start >= TARGET:
            yield _Piece(start, block.start + end, block.section, block.page)
            start = _skip_space(text, block.start + end, block.end)
    if start < block.end:
        yield _Piece(start, block.end, block.section, block.page)


def _skip_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def _grow(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """Join neighbours of one section and page while they stay near the target."""
    current: _Piece | None = None
    for piece in pieces:
        fits = (
            current is not None
            and (current.section, current.page) == (piece.section, piece.page)
            and piece.end - current.start <= TARGET
        )
        if current is not None and fits:
            current = _Piece(current.start, piece.end, piece.section, piece.page)
        else:
            if current is not None:
                yield current
            current = piece
    if current is not None:
        yield current
