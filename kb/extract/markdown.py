"""Markdown: headings, paragraphs, lists and tables; marks of emphasis and links are dropped."""

import re
from collections.abc import Iterator

from kb.extract.building import TextBuilder
from kb.extract.decode import decode
from kb.extract.plain import items, paragraphs
from kb.messages import BlockKind, Extraction

MEDIA_TYPE = "text/markdown"
_FRONT = re.compile(r"(?P<mark>---|\+\+\+)[ \t]*\n.*?\n(?P=mark)[ \t]*(?:\n|$)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_ATX = re.compile(r"\s{0,3}(?P<marks>#{1,6})(?:\s+(?P<text>.*?))?(?:\s+#+)?\s*")
_SETEXT = re.compile(r"\s{0,3}(?:=+|-{2,})\s*")
_DELIMITER = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?\s*)?")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\S")
_INLINE = (
    (re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"!?\[([^\]]+)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]*>"), " "),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"`+([^`]+)`+"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>])"), r"\1"),
)


def extract(data: bytes, name: str) -> Extraction:
    """Text of a Markdown file, without its front matter.

    Raises:
        NoTextFound: it is empty.
        UnreadableDocument: it is no text.
    """
    text = _COMMENT.sub(" ", _FRONT.sub("", decode(data, name), count=1))
    builder = TextBuilder()
    for lines in _pieces(text):
        _add(builder, lines)
    return builder.extraction(name, MEDIA_TYPE)


def shown(text: str) -> str:
    """A line as a reader sees it, without marks."""
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return re.sub(r"^(?:\s*>)+ ?", "", text)


def _pieces(text: str) -> Iterator[list[str]]:
    """Headings alone, and runs of lines between blank lines and headings."""
    for group in paragraphs(text):
        begun: list[str] = []
        for line in group:
            if _ATX.fullmatch(line):
                yield begun
                yield [line]
                begun = []
            elif _SETEXT.fullmatch(line) and len(begun) == 1 and not _ITEM.match(begun[0]):
                yield [f"{'#' if '=' in line else '##'} {begun[0]}"]
                begun = []
            elif not _FENCE.match(line):
                begun.append(line)
        yield begun


def _add(builder: TextBuilder, lines: list[str]) -> None:
    heading = _ATX.fullmatch(lines[0]) if lines else None
    if heading:
        builder.heading(shown(heading["text"] or ""), len(heading["marks"]))
    elif any(_DELIMITER.fullmatch(line) and "|" in line for line in lines[1:2]):
        rows = [_row(line) for line in lines if not _DELIMITER.fullmatch(line)]
        builder.add("table", "\n".join(rows))
    else:
        for item in items(lines):
            kind: BlockKind = "list" if _ITEM.match(item[0]) else "paragraph"
            builder.add(kind, "\n".join(map(shown, item)))


def _row(line: str) -> str:
    cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    return " | ".join(shown(cell).strip() for cell in cells)
