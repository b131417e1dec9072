"""Puts the blocks of a document together into one text, with exact spans.

Every block is cleaned before it is added, so that `text[start:end]` is the block, character for
character, and stays so.
"""

import re
from collections.abc import Iterator, Sequence

from kb.errors import DocumentTooLarge, NoTextFound
from kb.messages import Block, BlockKind, Extraction
from kb.text import clean

MAX_CHARACTERS = 5_000_000
"""Most characters of one document; a handbook of 1,000 pages has about 3 million."""
MAX_DEPTH = 4
"""Most headings kept above a block."""
LONG_TABLE = 1_500
"""Characters from which a table becomes several, each with the head of the first."""

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

    def add(self, kind: BlockKind, text: str, page: int | None = None, *, head: int = 1) -> None:
        """Add a block below the headings given so far; an empty one is left out.

        Args:
            kind: what it is.
            text: its text; of a table, a line for each row.
            page: its page, from 1.
            head: of a table, how many lines every part of it must begin with.

        Raises:
            DocumentTooLarge: the text is longer than `MAX_CHARACTERS`.
        """
        shown = tidy(text)
        if kind == "table" and len(shown) > LONG_TABLE:
            for part in _parts(shown.split("\n"), head):
                self._block(kind, part, page)
        elif shown:
            self._block(kind, shown, page)

    def _block(self, kind: BlockKind, shown: str, page: int | None) -> None:
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


def _parts(rows: Sequence[str], head: int) -> Iterator[str]:
    """A long table as several; each begins with the head, so that its rows can be read alone."""
    first = list(rows[:head])
    if sum(map(len, first)) > LONG_TABLE / 2:
        first = []
    part: list[str] = []
    for row in rows[len(first) :]:
        if part and len("\n".join([*first, *part, row])) > LONG_TABLE:
            yield "\n".join([*first, *part])
            part = []
        part.append(row)
    yield "\n".join([*first, *part])


def tidy(text: str) -> str:
    """Text without invisible or control characters, single-spaced; its line breaks stay."""
    lines = clean(text.translate(_LIGATURES)).split("\n")
    kept = (_SPACES.sub(" ", line).strip() for line in lines)
    return "\n".join(line for line in kept if line)


def stem(name: str) -> str:
    """File name without folders and suffix, as a title of last resort."""
    last = tidy(re.split(r"[/\\]", name)[-1]).replace("\n", " ")
    return last.rsplit(".", 1)[0] or last or "document"
