"""Walks through the bytes of a DICOM file before any library reads it.

A reader that follows sequences inside sequences by calling itself can be made to fail by a file of
a few hundred bytes. This one keeps its own stack, counts, and stops. Structure: DICOM PS3.5,
section 7, and PS3.10, section 7.
"""

import struct
from dataclasses import dataclass, field

from assistant.vision.dicom_rules import DicomRules
from kb.errors import DocumentTooLarge, UnreadableDocument

PREAMBLE = 128
MARK = b"DICM"
IMPLICIT, BIG_ENDIAN, DEFLATED = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)
DIRECTORY = "1.2.840.10008.1.3.10"
"""Class of a DICOMDIR: a list of other files by their paths, which are never followed."""
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR"})
_LONG_TOO = frozenset({b"UT", b"UV"})
_ITEM, _ITEM_END, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
_PIXELS = (0x7FE0, 0x0010)
_UNDEFINED = 0xFFFFFFFF


@dataclass(slots=True)
class _Walk:
    """Where the walk is; `ends` holds the end of each open sequence and item, or None."""

    data: bytes
    at: int
    explicit: bool
    order: str
    ends: list[tuple[int | None, bool]] = field(default_factory=list)
    """End in bytes and whether it is a sequence, outermost first."""
    elements: int = 0

    @property
    def depth(self) -> int:
        return sum(1 for _, sequence in self.ends if sequence)


def check_structure(data: bytes, name: str, rules: DicomRules) -> str:
    """The transfer syntax of a file whose structure is sound.

    Raises:
        DocumentTooLarge: it is over a limit of size or of elements.
        UnreadableDocument: no DICOM file, a program before it, a directory, or nested too deep.
    """
    _check_start(data, name, rules)
    syntax, at = _meta(data, name)
    if syntax == DEFLATED:
        raise UnreadableDocument(f"{name} is packed in a way that is not opened (Deflated).")
    order = ">" if syntax == BIG_ENDIAN else "<"
    walk = _Walk(data, at, syntax != IMPLICIT, order)
    try:
        while walk.at < len(data):
            _step(walk, name, rules)
    except struct.error as error:
        raise _damaged(name) from error
    return syntax


def _check_start(data: bytes, name: str, rules: DicomRules) -> None:
    if len(data) > rules.most_bytes:
        raise DocumentTooLarge(f"{name} is larger than {rules.most_bytes >> 20} MiB.")
    for mark, what in rules.programs.items():
        if data.startswith(mark):
            raise UnreadableDocument(
                f"{name} begins like {what}. Such a file is not opened. Ask for the picture again"
                " from where it was taken."
            )
    if data[PREAMBLE : PREAMBLE + len(MARK)] != MARK:
        raise UnreadableDocument(f"{name} is not a DICOM file.")


def _meta(data: bytes, name: str) -> tuple[str, int]:
    """The transfer syntax and where the data set begins; the head is always explicit."""
    walk = _Walk(data, PREAMBLE + len(MARK), explicit=True, order="<")
    syntax = ""
    try:
        while walk.at + 8 <= len(data) and data[walk.at : walk.at + 2] == b"\x02\x00":
            tag, _, length, value = _header(walk)
            if length == _UNDEFINED or value + length > len(data):
                raise _damaged(name)
            text = data[value : value + length].rstrip(b"\0 ").decode("ascii", "replace")
            if tag == (0x0002, 0x0002) and text == DIRECTORY:
                raise UnreadableDocument(
                    f"{name} is a DICOMDIR, a list of files. Choose the pictures themselves."
                )
            syntax = text if tag == (0x0002, 0x0010) else syntax
            walk.at = value + length
    except struct.error as error:
        raise _damaged(name) from error
    if not syntax:
        raise _damaged(name)
    return syntax, walk.at


def _step(walk: _Walk, name: str, rules: DicomRules) -> None:
    """Take the next element, or leave what ends here."""
    while walk.ends and walk.ends[-1][0] is not None and walk.at >= int(walk.ends[-1][0] or 0):
        walk.ends.pop()
    tag, kind, length, value = _header(walk)
    walk.elements += 1
    if walk.elements > rules.most_elements:
        raise DocumentTooLarge(f"{name} has more than {rules.most_elements:,} entries.")
    end = None if length == _UNDEFINED else value + length
    if end is not None and end > len(walk.data):
        raise _damaged(name)
    walk.at = value
    if tag[0] == 0xFFFE:
        _delimit(walk, tag, end)
    elif kind == b"SQ" or (end is None and kind in {b"UN", b""} and tag != _PIXELS):
        walk.ends.append((end, True))
        _check_depth(walk, name, rules)
    elif end is not None:
        walk.at = end
    elif tag == _PIXELS:
        _skip_fragments(walk, name)
    else:
        raise _damaged(name)


def _check_depth(walk: _Walk, name: str, rules: DicomRules) -> None:
    if walk.depth > rules.deepest:
        raise UnreadableDocument(
            f"{name} is nested more than {rules.deepest} deep, which no camera does."
            " It is not opened."
        )


def _delimit(walk: _Walk, tag: tuple[int, int], end: int | None) -> None:
    """Enter an item, or close an item or a sequence."""
    if tag == _ITEM:
        walk.ends.append((end, False))
    elif tag in {_ITEM_END, _SEQUENCE_END}:
        _leave(walk, sequence=tag == _SEQUENCE_END)


def _leave(walk: _Walk, *, sequence: bool) -> None:
    """Close the innermost sequence, or its item."""
    while walk.ends:
        _, was = walk.ends.pop()
        if was == sequence:
            return


def _skip_fragments(walk: _Walk, name: str) -> None:
    """Go behind packed pixels, which lie in items of known length."""
    while True:
        group, element, length = struct.unpack_from("<HHI", walk.data, walk.at)
        walk.at += 8
        if (group, element) == _SEQUENCE_END:
            return
        if (group, element) != _ITEM or walk.at + length > len(walk.data):
            raise _damaged(name)
        walk.at += length


def _header(walk: _Walk) -> tuple[tuple[int, int], bytes, int, int]:
    """Tag, kind, length and place of the value of the element here."""
    data, at, order = walk.data, walk.at, walk.order
    group, element = struct.unpack_from(f"{order}HH", data, at)
    if group == 0xFFFE or not walk.explicit:
        (length,) = struct.unpack_from(f"{order}I", data, at + 4)
        return (group, element), b"", length, at + 8
    kind = data[at + 4 : at + 6]
    if kind in _LONG or kind in _LONG_TOO:
        (length,) = struct.unpack_from(f"{order}I", data, at + 8)
        return (group, element), kind, length, at + 12
    (length,) = struct.unpack_from(f"{order}H", data, at + 6)
    return (group, element), kind, length, at + 8


def _damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(f"{name} is damaged: its parts do not fit together.")
