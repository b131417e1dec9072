"""Takes values off a file and never beyond its end, nor beyond a limit that no header reaches."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

MOST_HEADER = 1 << 28
"""Bytes of the longest header that is read; vocabularies of 262,000 words take about 12 million."""


class BadHeader(ValueError):
    """What is wrong with a header, as the end of the sentence “cannot be used: ...”."""


@dataclass(slots=True)
class BoundedReader:
    """Takes values off a file and never beyond its end."""

    file: BinaryIO
    size: int
    at: int = 0

    def take(self, count: int) -> bytes:
        """The next bytes.

        Raises:
            BadHeader: there are fewer.
        """
        self.need(count)
        data = self.file.read(count)
        if len(data) != count:
            raise BadHeader("it is cut off")
        self.at += count
        return data

    def skip(self, count: int) -> None:
        """Pass over bytes that are there."""
        self.need(count)
        self.file.seek(count, 1)
        self.at += count

    def need(self, count: int) -> None:
        """Raise `BadHeader` unless so many bytes are left."""
        if count > self.size - self.at:
            raise BadHeader("it is cut off or its header is wrong")
        if self.at + count > MOST_HEADER:
            raise BadHeader("its header is too long")

    def number(self, form: str) -> int:
        """A whole number in the form of `struct`."""
        return int(struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0])

    def text(self, longest: int) -> str:
        """A short text."""
        length = self.number("Q")
        if length > longest:
            raise BadHeader("a name in its header is too long")
        try:
            return self.take(length).decode()
        except UnicodeDecodeError as error:
            raise BadHeader("a name in its header cannot be read") from error
