"""Reads the pictures inside a document, such as a table that was pasted into a letter, by OCR."""

import hashlib
from functools import cached_property

from kb.errors import UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.ocr import Ocr
from kb.extract.pdf_layout import arrange
from kb.extract.pdf_mend import PageLine
from kb.extract.pdf_scan import reads_as_text, scan_lines
from kb.extract.photo import opened_picture
from kb.extract.progress import Tell
from kb.extract.scan import read_scan
from kb.extract.scan_notes import inner_notes

MOST = 60
"""Most pictures of a document that are read."""
_SMALLEST = 10_000
"""Points of a picture below which it holds no line of print."""


class InnerPictures:
    """The pictures of one document, in order; one that comes twice is read once."""

    def __init__(self, count: int, tell: Tell) -> None:
        """Take how many pictures there are, and what is told of each."""
        self._count = min(count, MOST)
        self._tell = tell
        self._seen: set[bytes] = set()
        self._lines: list[PageLine] = []
        self._read = 0

    @cached_property
    def _ocr(self) -> Ocr:
        return Ocr()

    def add(self, builder: TextBuilder, data: bytes) -> None:
        """Add the text of a picture file; nothing if it is of no kind that is read, or has none."""
        digest = hashlib.sha256(data).digest()
        if digest in self._seen or len(self._seen) >= MOST:
            return
        self._seen.add(digest)
        self._tell(len(self._seen) - 1, self._count)
        lines = self._printed(data)
        self._tell(len(self._seen), self._count)
        if not reads_as_text(lines):
            return
        self._read += 1
        self._lines += lines
        for piece in arrange(lines, [max(line.bottom for line in lines)]):
            # What is large on a picture heads that picture, not the text that follows it.
            builder.add("paragraph" if piece.kind == "heading" else piece.kind, piece.text)

    def notes(self) -> tuple[str, ...]:
        """What the person must know of the pictures."""
        return inner_notes(self._read, self._lines)

    def _printed(self, data: bytes) -> list[PageLine]:
        try:
            picture, _ = opened_picture(data, "The picture")
        except UnreadableDocument:
            return []
        if picture.shape[0] * picture.shape[1] < _SMALLEST:
            return []
        return scan_lines(read_scan(picture, self._ocr), 1, 1.0)
