"""Reads and writes WAV files, with nothing believed that their headers say. Pure."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speech.audio.clip import BAD, LIMITS, RATE, AudioLimits, Samples
from speech.errors import BadAudio

_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_HEAD = 12
Values = NDArray[np.floating]
_OPEN_END = (0, 0x7FFFF000, 0xFFFFFFFF)
"""Sizes that programs write which do not know the length beforehand."""


class OtherWav(Exception):
    """A WAV whose coding is not read here, though another decoder may know it."""


@dataclass(frozen=True, slots=True)
class Format:
    """What the header of a WAV says."""

    coding: int
    channels: int
    rate: int
    bits: int

    @property
    def frame(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.bits // 8


def read_wav(
    data: bytes, limits: AudioLimits = LIMITS, *, open_end: bool = False
) -> tuple[Values, int]:
    """Samples `(samples, channels)` and samples a second.

    Args:
        data: the whole file.
        limits: what is accepted.
        open_end: take what is there where the header does not know the length, as programs write
            that send sound while they make it.

    Raises:
        BadAudio: it is damaged, cut off, or beyond a limit.
        OtherWav: its coding is not known here.
    """
    form, begin, size = _find(data)
    limits.check_header(form.rate, form.channels)
    there = len(data) - begin
    if open_end and (size in _OPEN_END or size > there):
        size = there
    if size > there:
        raise BadAudio(_cut_off(size, there, form))
    limits.check_length(size / form.frame / form.rate)
    used = size - size % form.frame
    values = _DECODERS[form.coding, form.bits](data[begin : begin + used])
    return values.reshape(-1, form.channels), form.rate


def write_wav(samples: Samples, rate: int = RATE) -> bytes:
    """A 16-bit WAV file of one channel."""
    body = (np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes()
    head = struct.pack("<IHHIIHH", 16, _PCM, 1, rate, rate * 2, 2, 16)
    size = struct.pack("<I", 4 + 8 + 16 + 8 + len(body))
    return b"RIFF" + size + b"WAVEfmt " + head + b"data" + struct.pack("<I", len(body)) + body


def _find(data: bytes) -> tuple[Format, int, int]:
    """The format, where the samples begin, and how many bytes of them the header promises."""
    place, form = _HEAD, None
    while place + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        place += 8
        if name == b"fmt ":
            form = _format(data[place : place + size])
        elif name == b"data":
            if form is None:
                break
            return form, place, size
        place += size + size % 2
    raise BadAudio(f"{BAD}: the file is cut off or damaged.")


def _format(head: bytes) -> Format:
    if len(head) < 16:
        raise BadAudio(f"{BAD}: its header is damaged.")
    coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head)
    if coding == _EXTENSIBLE and len(head) >= 26:
        coding = struct.unpack_from("<H", head, 24)[0]
    if not channels or not rate:
        raise BadAudio(f"{BAD}: its header is damaged.")
    if coding in {_A_LAW, _MU_LAW}:
        bits = 8
    if (coding, bits) not in _DECODERS:
        raise OtherWav
    return Format(coding, channels, rate, bits)


def _cut_off(size: int, there: int, form: Format) -> str:
    rate = form.frame * form.rate
    if size > 100 * max(there, 1) or size >= 1 << 31:
        return f"{BAD}: its header promises far more than the file holds."
    return (
        f"The recording is cut off: {size / rate:.1f} seconds were promised,"
        f" {there / rate:.1f} are there. Please record it again."
    )


def _three_bytes(raw: bytes) -> Values:
    parts = np.frombuffer(raw, np.uint8).reshape(-1, 3).astype(np.int32)
    value = parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16
    signed = np.where(value >= 1 << 23, value - (1 << 24), value)
    return (signed / (1 << 23)).astype(np.float32)


def _mu_law(raw: bytes) -> Values:
    """G.711, as telephones of America and Japan record."""
    turned = (~np.frombuffer(raw, np.uint8)).astype(np.int32)
    low, step = turned & 0x0F, (turned >> 4) & 7
    size = (((low << 3) + 0x84) << step) - 0x84
    return (np.where(turned & 0x80, -size, size) / 32768).astype(np.float32)


def _a_law(raw: bytes) -> Values:
    """G.711, as telephones elsewhere record."""
    turned = (np.frombuffer(raw, np.uint8) ^ 0x55).astype(np.int32)
    low, step = turned & 0x0F, (turned >> 4) & 7
    size = np.where(step == 0, (low << 4) + 8, ((low << 4) + 0x108) << np.maximum(step - 1, 0))
    return (np.where(turned & 0x80, size, -size) / 32768).astype(np.float32)


_DECODERS: dict[tuple[int, int], Callable[[bytes], Values]] = {
    (_PCM, 8): lambda raw: (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128,
    (_PCM, 16): lambda raw: np.frombuffer(raw, "<i2").astype(np.float32) / 32768,
    (_PCM, 24): _three_bytes,
    (_PCM, 32): lambda raw: np.frombuffer(raw, "<i4").astype(np.float64) / 2147483648,
    (_FLOAT, 32): lambda raw: np.frombuffer(raw, "<f4"),
    (_FLOAT, 64): lambda raw: np.frombuffer(raw, "<f8"),
    (_A_LAW, 8): _a_law,
    (_MU_LAW, 8): _mu_law,
}
"""Decoders by coding and bits."""
