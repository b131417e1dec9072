"""Puts the blocks of a document together into one text, with exact spans.

Every block is cleaned before it is added, so that `text[start:end]` is the block, character for
character, and stays so.
"""

import re
from collections.abc import Sequence

from kb.errors import DocumentTooLarge, NoTextFound
from kb.messages import Block, BlockKind, Extraction
from kb.text import clean

MAX_CHARACTERS = 5_000_000
"""Most characters of one document; a handbook of 1,000 pages has about 3 million."""
MAX_DEPTH = 4
"""Most headings kept above a block."""

_SPACES = re.compile(r"[^\S\n]+")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}
)


class TextBuilder:
    """Collects blocks in reading order."""

    def __init__(self) -> None:
        """Start with no text."""
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._headings: list[tuple[int, str]] = []

    def heading(self, text: str, level: int, page: int | None = None) -> None:
        """Add a heading; it ends the sections of its own and of deeper levels (1 is the top)."""
        shown = tidy(text).replace("\n", " ")
        if not shown:
            return
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self.add("heading", shown, page)
        self._headings.append((level, shown))

    def add(self, kind: BlockKind, text: str, page: int | None = None) -> None:
        """Add a block below the headings given so far; an empty one is left out.

        Raises:
            DocumentTooLarge: the text is longer than `MAX_CHARACTERS`.
        """
        shown = tidy(text)
        if not shown:
            return
        if self._parts:
            gap = "\n" if kind == "list" == self._blocks[-1].kind else "\n\n"
            self._append(gap)
        start = self._length
        self._append(shown)
        section = tuple(heading for _, heading in self._headings)[-MAX_DEPTH:]
        self._blocks.append(Block(start, self._length, kind, section, page))

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > MAX_CHARACTERS:
            limit = f"{MAX_CHARACTERS:,}"
            raise DocumentTooLarge(f"The document has more than {limit} characters of text.")

    def extraction(
        self,
        name: str,
        media_type: str,
        *,
        title: str = "",
        pages: int | None = None,
        notes: Sequence[str] = (),
    ) -> Extraction:
        """What was collected; without a title, the first heading or the file name is one.

        Raises:
            NoTextFound: no block holds a letter or a figure.
        """
        text = "".join(self._parts)
        if not any(char.isalnum() for char in text):
            raise NoTextFound(f"No text found in {name}.")
        shown = tidy(title).replace("\n", " ") or self._first_heading() or stem(name)
        return Extraction(shown[:200], text, tuple(self._blocks), media_type, pages, tuple(notes))

    def _first_heading(self) -> str:
        text = "".join(self._parts)
        # A heading far down is that of a chapter.
        headings = (block for block in self._blocks[:5] if block.kind == "heading")
        return next((text[block.start : block.end] for block in headings), "")


def tidy(text: str) -> str:
    """Text without invisible or control characters, single-spaced; its line breaks stay."""
    lines = clean(text.translate(_LIGATURES)).split("\n")
    kept = (_SPACES.sub(" ", line).strip() for line in lines)
    return "\n".join(line for line in kept if line)


def stem(name: str) -> str:
    """File name without folders and suffix, as a title of last resort."""
    last = tidy(re.split(r"[/\\]", name)[-1]).replace("\n", " ")
    return last.rsplit(".", 1)[0] or last or "document"
