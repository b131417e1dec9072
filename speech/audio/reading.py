"""From the bytes of a recording to a clip.

`read_clip` may crash with a bad file, because decoders are native code: call it in a child process
(`clip_task`). Raw samples of a microphone need none: they are only numbers.
"""

import numpy as np

from speech.audio.clip import LIMITS, RATE, AudioLimits, Clip, mixed
from speech.audio.codecs import decode
from speech.audio.kinds import kind_of
from speech.audio.resample import to_rate
from speech.audio.wav import OtherWav, read_wav
from speech.errors import BadAudio
from speech.messages import NOT_HEARD

SHORTEST_S = 0.1
"""Seconds in which nothing can be said."""
TASK = "speech.audio.reading:clip_task"
"""`module:function` of the work for a child process."""


def read_clip(data: bytes, limits: AudioLimits = LIMITS) -> Clip:
    """The recording as one channel at 16 kHz.

    Raises:
        BadAudio: it is no recording, is damaged, or is beyond a limit.
    """
    if not data:
        raise BadAudio(NOT_HEARD)
    if len(data) > limits.most_bytes:
        raise BadAudio(f"The recording is larger than {limits.most_bytes // 1_000_000} MB.")
    kind = kind_of(data)
    try:
        channels, rate = read_wav(data, limits) if kind == "wav" else decode(data, kind, limits)
    except OtherWav:
        channels, rate = decode(data, kind, limits)
    limits.check_header(rate, channels.shape[1])
    clip = Clip(to_rate(mixed(channels), rate))
    if clip.seconds < SHORTEST_S:
        raise BadAudio(NOT_HEARD)
    return clip


def clip_task(data: bytes, arguments: dict[str, object]) -> tuple[dict[str, object], bytes]:
    """`read_clip` for a child process: what is wrong as `refused`, else the samples as bytes."""
    limits = AudioLimits(longest_s=float(str(arguments.get("longest_s", LIMITS.longest_s))))
    try:
        clip = read_clip(data, limits)
    except BadAudio as error:
        return {"refused": str(error)}, b""
    return {"rate": RATE}, clip.samples.tobytes()


def clip_of(found: dict[str, object], raw: bytes) -> Clip:
    """The clip that a child process read.

    Raises:
        BadAudio: what the child says is wrong with the recording.
    """
    if "refused" in found:
        raise BadAudio(str(found["refused"]))
    return clip_of_floats(raw)


def clip_of_floats(raw: bytes) -> Clip:
    """A clip from 32-bit floats at 16 kHz, as a microphone in the browser sends them.

    Raises:
        BadAudio: values that are no sound.
    """
    samples = np.frombuffer(raw[: len(raw) - len(raw) % 4], dtype="<f4")
    return Clip(mixed(samples))
