"""Which parser reads which file: by what the bytes are, then by what the name says.

Only the kinds on this list are read. Everything here runs on files that nobody has looked at yet:
the app calls it in a child process with limits.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import cast

from kb.errors import DocumentTooLarge, NoTextFound, UnreadableDocument
from kb.extract.wire import Json, pack_extraction
from kb.messages import Extraction

Extractor = Callable[[bytes, str], Extraction]

MAX_BYTES = 50_000_000
"""Largest file that is read."""
KINDS = "PDF, Word (.docx), HTML, Markdown (.md) and plain text (.txt)"

_MODULES = {
    "pdf": "kb.extract.pdf",
    "docx": "kb.extract.word",
    "html": "kb.extract.html",
    "markdown": "kb.extract.markdown",
    "plain": "kb.extract.plain",
}
_SUFFIXES = {
    ".htm": "html",
    ".html": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "plain",
    ".text": "plain",
}
_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "is an old or a locked Office file: save it as .docx without a password"),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
    (b"GIF8", "is a picture"),
    (b"II*\x00", "is a picture"),
    (b"MM\x00*", "is a picture"),
    (b"RIFF", "is a sound, a film or a picture"),
    (b"{\\rtf", "is an RTF file: save it as .docx"),
    (b"\x7fELF", "is a program"),
    (b"MZ", "is a program"),
    (b"\x1f\x8b", "is an archive: unpack it first"),
    (b"7z\xbc\xaf", "is an archive: unpack it first"),
    (b"SQLite format 3", "is a database"),
)


def extract(data: bytes, name: str) -> Extraction:
    """Text and blocks of a file.

    Args:
        data: the file.
        name: its name; the suffix decides where the bytes do not.

    Raises:
        DocumentEncrypted: it asks for a password.
        DocumentTooLarge: it is over a limit.
        NoTextFound: it is empty or a scan.
        UnreadableDocument: it is damaged, or of a kind that is not read.
    """
    # Only the parser that is needed is loaded: a child process starts for every file.
    module = import_module(_MODULES[sniff(data, name)])
    return cast("Extractor", module.extract)(data, name)


def extract_task(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    """`extract` as a task of a child process; argument `name`."""
    return pack_extraction(extract(data, str(arguments["name"]))), b""


def sniff(data: bytes, name: str) -> str:
    """Kind of a file: `pdf`, `docx`, `html`, `markdown` or `plain`.

    Raises:
        DocumentTooLarge: it is over `MAX_BYTES`.
        NoTextFound: it has no bytes.
        UnreadableDocument: it is of no kind that is read.
    """
    if not data.strip():
        raise NoTextFound(f"{name} is empty.")
    if len(data) > MAX_BYTES:
        limit = f"{MAX_BYTES // 1_000_000} MB"
        raise DocumentTooLarge(f"{name} is larger than {limit}.")
    kind = _by_bytes(data, name) or _SUFFIXES.get(PurePath(name).suffix.casefold())
    if kind:
        return kind
    suffix = PurePath(name).suffix.casefold()
    if suffix in {".pdf", ".docx"}:
        raise UnreadableDocument(f"{name} is damaged: it does not begin as a {suffix} file does.")
    raise UnreadableDocument(f"{name} is of a kind that cannot be read. What can: {KINDS}.")


def _by_bytes(data: bytes, name: str) -> str | None:
    head = data[:1024]
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        if b"word/" in data:
            return "docx"
        raise UnreadableDocument(
            f"{name} is an archive, not a Word file. What can be read: {KINDS}."
        )
    for magic, what in _REFUSED:
        if head.startswith(magic):
            raise UnreadableDocument(f"{name} {what}. What can be read: {KINDS}.")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower()
    return "html" if start.startswith((b"<!doctype html", b"<html")) else None
