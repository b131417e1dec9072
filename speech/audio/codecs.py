"""The door to FFmpeg through PyAV: compressed recordings to samples. Only for a child process.

The only importer of `av`. The format is always named, so that no file can choose its decoder, and
the bytes come from memory, so that no file can name another.
"""

import io
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from speech.audio.clip import BAD, AudioLimits
from speech.audio.kinds import Kind
from speech.errors import BadAudio

if TYPE_CHECKING:
    from av.container import InputContainer

MISSING = (
    "Only WAV recordings can be read: the speech extra is not installed."
    " Install it with: pip install aidpost[speech]"
)


def can_decode() -> bool:
    """Whether PyAV is installed; it is not loaded by asking."""
    return find_spec("av") is not None


def decode(data: bytes, kind: Kind, limits: AudioLimits) -> tuple[NDArray[np.floating], int]:
    """Samples `(samples, channels)` and samples a second.

    Raises:
        BadAudio: it is damaged, holds no sound, is beyond a limit, or PyAV is not installed.
    """
    try:
        import av  # noqa: PLC0415
    except ImportError as error:
        raise BadAudio(MISSING) from error
    try:
        with av.open(io.BytesIO(data), mode="r", format=kind) as container:
            return _samples(container, limits)
    except (av.FFmpegError, ValueError, IndexError, OverflowError) as error:
        raise BadAudio(f"{BAD}: the file is damaged or cut off.") from error


def _samples(container: "InputContainer", limits: AudioLimits) -> tuple[NDArray[np.floating], int]:
    if not container.streams.audio:
        raise BadAudio(f"{BAD}: there is no sound in it.")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise BadAudio(f"{BAD}: its coding is not known.")
    rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    limits.check_header(rate, channels)
    if container.duration:
        limits.check_length(container.duration / 1_000_000)
    pieces, count = [], 0
    for piece in _pieces(container):
        count += len(piece)
        limits.check_length(count / rate)
        pieces.append(piece)
    if not pieces:
        return np.zeros((0, 1), np.float32), rate
    if len({piece.shape[1] for piece in pieces}) > 1:
        raise BadAudio(f"{BAD}: its channels change on the way.")
    return np.concatenate(pieces), rate


def _pieces(container: "InputContainer") -> Iterator[NDArray[np.floating]]:
    import av  # noqa: PLC0415

    same = av.AudioResampler(format="fltp")
    for frame in container.decode(audio=0):
        for piece in same.resample(frame):
            yield piece.to_ndarray().T.astype(np.float32)
