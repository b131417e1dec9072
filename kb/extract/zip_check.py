"""Looks at a ZIP container before anything in it is unpacked or parsed."""

import io
import zipfile
import zlib

from kb.errors import DocumentEncrypted, DocumentTooLarge, UnreadableDocument

MAX_RATIO = 100
"""Most bytes that one packed byte may become."""
MAX_TOTAL = 50_000_000
"""Most bytes of all parts, unpacked."""
MAX_PARTS = 5_000
_SMALL = 200_000
"""A part up to this size may be packed as tightly as it likes."""
_ENCRYPTED = 0x1


def checked(data: bytes, name: str) -> zipfile.ZipFile:
    """A ZIP container whose parts are few, plain, and not too large.

    Raises:
        DocumentEncrypted: a part asks for a password.
        DocumentTooLarge: too many parts, too large, or packed too tightly.
        UnreadableDocument: it is damaged, or parts lie over each other or outside of it.
    """
    try:
        container = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableDocument(f"{name} is damaged: its parts cannot be listed.") from error
    parts = container.infolist()
    total = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or total > MAX_TOTAL:
        limit = f"{MAX_TOTAL // 1_000_000} MB"
        raise DocumentTooLarge(f"{name} would be larger than {limit} when unpacked.")
    for part in parts:
        _check_part(part, name)
    _check_places(parts, name)
    return container


def _check_part(part: zipfile.ZipInfo, name: str) -> None:
    if part.flag_bits & _ENCRYPTED:
        raise DocumentEncrypted(f"{name} asks for a password: save a copy without one.")
    tight = part.file_size > MAX_RATIO * max(part.compress_size, 1)
    if tight and part.file_size > _SMALL:
        raise DocumentTooLarge(f"{name} is packed more than {MAX_RATIO} to 1 and is not opened.")
    outside = part.filename.startswith(("/", "\\")) or ".." in part.filename.split("/")
    if outside or ":" in part.filename or part.external_attr >> 28 == 0xA:
        raise UnreadableDocument(f"{name} holds a part that points outside of it.")


def _check_places(parts: list[zipfile.ZipInfo], name: str) -> None:
    """Parts that share bytes make a small file into an endless one."""
    end = 0
    for part in sorted(parts, key=lambda each: each.header_offset):
        if part.header_offset < end:
            raise UnreadableDocument(f"{name} is damaged: its parts lie over each other.")
        end = part.header_offset + 30 + part.compress_size


def check_parts(container: zipfile.ZipFile, name: str) -> None:
    """Unpack every part once, and look whether one declares a document type.

    Raises:
        UnreadableDocument: a part is damaged, or declares entities, which may read other files.
    """
    for part in container.infolist():
        try:
            content = container.read(part)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise UnreadableDocument(f"{name} is damaged: {part.filename}.") from error
        except NotImplementedError as error:
            raise UnreadableDocument(f"{name} is packed in a way that is not read.") from error
        if part.filename.casefold().endswith((".xml", ".rels")):
            plain = content.replace(b"\x00", b"").upper()
            if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
                raise UnreadableDocument(f"{name} declares XML entities and is not opened.")
