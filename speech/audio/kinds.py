"""What kind of recording bytes are, by their first bytes and never by a file's name. Pure.

A name proves nothing: a list of other files may be called `u.wav`, and a decoder that guesses
would open them. Only kinds named here are ever decoded, each by its own name.
"""

from typing import Literal

from speech.errors import BadAudio

Kind = Literal["wav", "flac", "ogg", "mp3", "aac", "mov", "matroska"]
"""Names are those of the container formats of FFmpeg."""
NEEDED = 16
"""Bytes that are looked at."""
_BEGINS: tuple[tuple[bytes, Kind], ...] = (
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
)
_SYNC = 0xFF
UNKNOWN = (
    "This is a bad recording: it is not audio that can be read."
    " WAV, FLAC, OGG, MP3, M4A and WebM can."
)


def kind_of(data: bytes) -> Kind:
    """The kind of a recording.

    Raises:
        BadAudio: it is none that is read.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    for begin, kind in _BEGINS:
        if data.startswith(begin):
            return kind
    if data[4:8] == b"ftyp":
        return "mov"
    if len(data) >= 4 and data[0] == _SYNC and data[1] & 0xE0 == 0xE0:
        return _frames(data)
    raise BadAudio(UNKNOWN)


def _frames(data: bytes) -> Kind:
    """MPEG audio that begins with a frame: layer III is MP3, layer 0 is AAC in ADTS."""
    layer = (data[1] >> 1) & 3
    if layer == 0 and data[1] & 0xF0 == 0xF0:
        return "aac"
    bitrate, rate = data[2] >> 4, (data[2] >> 2) & 3
    if layer in {1, 2} and bitrate != 15 and rate != 3:
        return "mp3"
    raise BadAudio(UNKNOWN)
