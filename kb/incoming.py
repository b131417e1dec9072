"""Files on their way into the library: their bytes, their names, and what became of them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePath

from kb.errors import DocumentTooLarge, UnknownDocument, UnreadableDocument
from kb.extract.registry import MAX_BYTES
from kb.messages import Document
from kb.text import clean


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one file that was to be added."""

    path: Path
    document: Document | None = None
    """None if it was refused."""
    reason: str = ""
    """Why it was refused, for the person."""
    new: bool = False
    """False if the very same file was there already."""


def bytes_of(path: Path) -> bytes:
    """Bytes of a file.

    Raises:
        DocumentTooLarge: it is over `MAX_BYTES`.
        UnknownDocument: it is not there.
        UnreadableDocument: it may not be read.
    """
    try:
        if not path.is_file():
            message = f"There is no file {path.name}."
            raise UnknownDocument(message)
        check_size(path.stat().st_size, path.name)
        return path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be opened: {error.strerror}."
        raise UnreadableDocument(message) from error


def check_size(size: int, name: str) -> None:
    """Refuse a file of too many bytes.

    Raises:
        DocumentTooLarge: it is over `MAX_BYTES`.
    """
    if size > MAX_BYTES:
        message = f"{name} is larger than {MAX_BYTES // 1_000_000} MB. Split it and add the parts."
        raise DocumentTooLarge(message)


def shown_name(name: str) -> str:
    """Name of a file without folders and invisible characters."""
    return clean(PurePath(name.replace("\\", "/")).name) or "document"


def identity(pack: str, file_name: str, data: bytes) -> str:
    """Name of a document in the library, made of its pack, its file name and its bytes."""
    kept = "".join(char if char.isascii() and char.isalnum() else "-" for char in file_name.lower())
    slug = "-".join(part for part in kept.split("-") if part)[:48] or "document"
    return f"{pack}/{slug}-{hashlib.sha256(data).hexdigest()[:8]}"
