"""Reads the file of SentencePiece that comes with a Marian model: which pieces there are. Pure.

Only what is needed of the format (protocol buffers; sentencepiece_model.proto of Google,
SentencePiece, 2018): pieces with their scores, and the table by which text is normalised.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_UNKNOWN = 2
"""Type of the piece for what is not known."""


class BadPieces(Exception):
    """The bytes are no file of SentencePiece."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the file holds."""

    scored: tuple[tuple[str, float], ...]
    unknown: int
    """Place of the piece for what is not known."""
    normaliser: bytes
    """Table for the text before it is cut; may be empty."""


def read_pieces(data: bytes) -> Pieces:
    """The pieces of a file.

    Raises:
        BadPieces: it is none, or is cut off.
    """
    scored: list[tuple[str, float]] = []
    unknown, normaliser = -1, b""
    for field, value in _fields(data):
        if field == 1 and isinstance(value, bytes):
            text, score, kind = _piece(value)
            unknown = len(scored) if kind == _UNKNOWN else unknown
            scored.append((text, score))
        elif field == 3 and isinstance(value, bytes):
            tables = (part for name, part in _fields(value) if name == 2)
            normaliser = next((part for part in tables if isinstance(part, bytes)), b"")
    if not scored or unknown < 0:
        raise BadPieces
    return Pieces(tuple(scored), unknown, normaliser)


def _piece(data: bytes) -> tuple[str, float, int]:
    text, score, kind = "", 0.0, 1
    for field, value in _fields(data):
        if field == 1 and isinstance(value, bytes):
            text = value.decode("utf-8", "replace")
        elif field == 2 and isinstance(value, bytes):
            score = float(struct.unpack("<f", value)[0])
        elif field == 3 and isinstance(value, int):
            kind = value
    return text, score, kind


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message."""
    place = 0
    while place < len(data):
        head, place = _varint(data, place)
        kind = head & 7
        if kind == _VARINT:
            number, place = _varint(data, place)
            yield head >> 3, number
            continue
        size = {_EIGHT: 8, _FOUR: 4}.get(kind, -1)
        if kind == _BYTES:
            size, place = _varint(data, place)
        if size < 0 or place + size > len(data):
            raise BadPieces
        yield head >> 3, data[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 64:
        byte = data[place]
        value, place, shift = value | (byte & 127) << shift, place + 1, shift + 7
        if byte < 128:
            return value, place
    raise BadPieces
