"""Plain text: paragraphs between blank lines, underlined or capital lines as headings."""

import re
from collections.abc import Iterator

from kb.extract.building import TextBuilder
from kb.extract.decode import decode
from kb.messages import Extraction

MEDIA_TYPE = "text/plain"
ITEM = re.compile(r"\s*(?:[-*+\u2022\u2023\u25aa\u25cf]|\(?(?:\d{1,3}|[a-z])[.)])\s+\S")
_RULE = re.compile(r"\s*(?:={3,}|-{3,}|~{3,}|\*{3,})\s*")


def extract(data: bytes, name: str) -> Extraction:
    """Text of a plain text file.

    Raises:
        NoTextFound: it is empty.
        UnreadableDocument: it is no text.
    """
    builder = TextBuilder()
    add_text(builder, decode(data, name))
    return builder.extraction(name, MEDIA_TYPE)


def add_text(builder: TextBuilder, text: str) -> None:
    """Add a text as it was typed."""
    for group in paragraphs(text):
        _add(builder, group)


def paragraphs(text: str) -> Iterator[list[str]]:
    """Runs of lines that are not blank."""
    group: list[str] = []
    for line in re.split(r"[\n\f\v]", text):
        if line.strip():
            group.append(line)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _add(builder: TextBuilder, group: list[str]) -> None:
    lines = [line for line in group if not _RULE.fullmatch(line)]
    if len(group) > 1 and _RULE.fullmatch(group[1]):
        level = 1 if group[1].strip().startswith("=") else 2
        builder.heading(group[0], level)
        lines = lines[1:]
    elif len(lines) == 1 and _is_capital(lines[0]):
        builder.heading(lines[0], 2)
        lines = []
    for item in items(lines):
        kind = "list" if ITEM.match(item[0]) else "paragraph"
        builder.add("list" if kind == "list" else "paragraph", "\n".join(item))


def items(lines: list[str]) -> Iterator[list[str]]:
    """Lines parted where a list item begins."""
    group: list[str] = []
    for line in lines:
        if group and ITEM.match(line):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _is_capital(line: str) -> bool:
    words = line.split()
    letters = [char for char in line if char.isalpha()]
    return len(words) <= 10 and len(letters) > 3 and all(char.isupper() for char in letters)
