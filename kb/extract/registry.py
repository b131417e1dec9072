"""Which parser reads which file: by what the bytes are, then by what the name says.

Only the kinds on this list are read. Everything here runs on files that nobody has looked at yet:
the app calls it in a child process with limits.
"""

import re
from importlib import import_module
from pathlib import PurePath
from typing import Protocol, cast

from kb.errors import DocumentTooLarge, NoTextFound, UnreadableDocument
from kb.extract.progress import Tell, silent
from kb.extract.wire import Json, pack_extraction
from kb.messages import Extraction

MAX_BYTES = 50_000_000
"""Largest file that is read."""
KINDS = (
    "PDF, Word (.docx), Excel (.xlsx), EPUB, HTML, XML, Markdown (.md), tables (.csv, .tsv), mails"
    " (.eml), pictures (.png, .jpg) and plain text (.txt)"
)

_MODULES = {
    "pdf": "kb.extract.pdf",
    "docx": "kb.extract.word",
    "html": "kb.extract.html",
    "markdown": "kb.extract.markdown",
    "plain": "kb.extract.plain",
    "sheet": "kb.extract.sheet",
    "epub": "kb.extract.epub",
    "markup": "kb.extract.markup",
    "table": "kb.extract.table",
    "mail": "kb.extract.mail",
    "photo": "kb.extract.photo",
}
_SUFFIXES = {
    ".htm": "html",
    ".html": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "plain",
    ".text": "plain",
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".xml": "markup",
    ".cnxml": "markup",
    ".eml": "mail",
    ".mht": "mail",
    ".mhtml": "mail",
}
_SLOW = frozenset({"pdf", "photo", "docx"})
_CONTAINERS = frozenset({".pdf", ".docx", ".xlsx", ".epub", ".png", ".jpg", ".jpeg"})
SUFFIXES = tuple(sorted({*_SUFFIXES, *_CONTAINERS}))
"""Ends of the names of files that are read, in small letters."""
_PARTS = (
    (b"META-INF/container.xml", "epub"),
    (b"xl/workbook.xml", "sheet"),
    (b"word/", "docx"),
)
_MAIL = re.compile(rb"(?:[A-Za-z-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}")
_DRAWING = re.compile(rb"(?:<\?xml[^>]*>|<!--.*?-->|<!doctype svg[^>]*>|\s)*<svg\b", re.DOTALL)
_REFUSED = (
    (b"%!PS", "is a drawing"),
    (b"\xd0\xcf\x11\xe0", "is an old or a locked Office file: save it as .docx without a password"),
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


class _Extractor(Protocol):
    def __call__(self, data: bytes, name: str) -> Extraction: ...


class _SlowExtractor(Protocol):
    def __call__(self, data: bytes, name: str, tell: Tell) -> Extraction: ...


def extract(data: bytes, name: str, tell: Tell = silent) -> Extraction:
    """Text and blocks of a file.

    Args:
        data: the file.
        name: its name; the suffix decides where the bytes do not.
        tell: called around every page that is read by OCR.

    Raises:
        DocumentEncrypted: it asks for a password.
        DocumentTooLarge: it is over a limit.
        NoTextFound: it holds no words.
        UnreadableDocument: it is damaged, or of a kind that is not read.
    """
    kind = sniff(data, name)
    # Only the parser that is needed is loaded: a child process starts for every file.
    module = import_module(_MODULES[kind])
    if kind in _SLOW:
        return cast("_SlowExtractor", module.extract)(data, name, tell)
    return cast("_Extractor", module.extract)(data, name)


def module_for(data: bytes, name: str) -> tuple[str, ...]:
    """The module that reads a file, if it is worth keeping for the files that follow.

    That of pictures is not: it loads OCR, which starts threads that no fork may inherit.
    """
    try:
        kind = sniff(data, name)
    except UnreadableDocument:
        return ()
    return () if kind == "photo" else (_MODULES[kind],)


def extract_task(data: bytes, arguments: Json, tell: Tell) -> tuple[Json, bytes]:
    """`extract` as a task of a child process; argument `name`."""
    return pack_extraction(extract(data, str(arguments["name"]), tell)), b""


def sniff(data: bytes, name: str) -> str:
    """Kind of a file, such as `pdf` or `plain`.

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
    suffix = PurePath(name).suffix.casefold()
    kind = _by_bytes(data, name) or _SUFFIXES.get(suffix) or _by_first_words(data)
    if kind:
        return kind
    if suffix in _CONTAINERS:
        raise UnreadableDocument(f"{name} is damaged: it does not begin as a {suffix} file does.")
    raise UnreadableDocument(f"{name} is of a kind that cannot be read. What can: {KINDS}.")


def _by_bytes(data: bytes, name: str) -> str | None:
    head = data[:1024]
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _by_parts(data, name)
    if head.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff")):
        return "photo"
    for magic, what in _REFUSED:
        if head.startswith(magic):
            raise UnreadableDocument(f"{name} {what}. What can be read: {KINDS}.")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if _DRAWING.match(start):
        raise UnreadableDocument(f"{name} is a drawing. What can be read: {KINDS}.")
    return "html" if start.startswith((b"<!doctype html", b"<html")) else None


def _by_parts(data: bytes, name: str) -> str:
    """Kind of a ZIP container, by the names of its parts."""
    for part, kind in _PARTS:
        if part in data:
            return kind
    raise UnreadableDocument(f"{name} is an archive of no known kind. What can be read: {KINDS}.")


def _by_first_words(data: bytes) -> str | None:
    """Kind of a file whose name says nothing: XML by its first line, a saved mail by its head."""
    head = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"<?xml"):
        return "html" if b"<html" in head.lower() else "markup"
    return "mail" if _MAIL.match(head) else None
