"""Recordings: what is read, what is refused, and in which words."""

import io
import struct
import wave

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.audio.clip import RATE, AudioLimits, Clip, mixed
from speech.audio.kinds import kind_of
from speech.audio.reading import clip_of, clip_of_floats, clip_task, read_clip
from speech.audio.resample import to_rate
from speech.audio.wav import read_wav, write_wav
from speech.errors import BadAudio
from speech.messages import NOT_HEARD
from ui.speech_wiring import read_recording

FORMATS = ("flac", "ogg", "mp3", "matroska", "mov")
CODECS = {
    "flac": "flac",
    "ogg": "libopus",
    "mp3": "libmp3lame",
    "matroska": "libopus",
    "mov": "aac",
}
WRITERS = {"mov": "ipod"}


def tone(hertz=440.0, seconds=1.0, rate=RATE):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype("f4")


def header(data=b"", rate=16000, channels=1, bits=16, coding=1, size=None):
    form = struct.pack("<HHIIHH", coding, channels, rate, 0, 0, bits)
    length = len(data) if size is None else size
    return (
        b"RIFF\0\0\0\0WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", length)
        + data
    )


def encoded(samples, kind, rate=48000):
    sink = io.BytesIO()
    with av.open(sink, mode="w", format=WRITERS.get(kind, kind)) as container:
        stream = container.add_stream(CODECS[kind], rate=rate)
        stream.layout = "mono"
        values = (samples * 32767).astype("<i2").reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(values, format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return sink.getvalue()


def loudest_hertz(clip):
    spectrum = np.abs(np.fft.rfft(clip.samples))
    return np.argmax(spectrum) * RATE / len(clip.samples)


@pytest.mark.parametrize(
    ("bits", "coding", "kind"),
    [(8, 1, "u1"), (16, 1, "<i2"), (32, 1, "<i4"), (32, 3, "<f4"), (64, 3, "<f8")],
)
def test_every_coding_of_wav_gives_the_same_tone(bits, coding, kind):
    sound = tone()
    values = {
        "u1": lambda: (sound * 127 + 128).astype("u1"),
        "<i2": lambda: (sound * 32767).astype("<i2"),
        "<i4": lambda: (sound.astype("f8") * 2147483647).astype("<i4"),
        "<f4": lambda: sound.astype("<f4"),
        "<f8": lambda: sound.astype("<f8"),
    }[kind]()
    clip = read_clip(header(values.tobytes(), bits=bits, coding=coding))
    assert np.abs(clip.samples - sound).max() < 0.015


def test_24_bits_and_the_codings_of_telephones():
    whole = (tone() * 8388607).astype("<i4")
    packed = whole.view("u1").reshape(-1, 4)[:, :3].tobytes()
    assert np.abs(read_clip(header(packed, bits=24)).samples - tone()).max() < 1e-4
    for coding in (6, 7):
        ramp, _ = read_wav(header(bytes(range(256)), bits=8, coding=coding, rate=8000))
        assert 0.9 < ramp.max() <= 1
        assert -1 <= ramp.min() < -0.9
        assert len(np.unique(ramp)) >= 255


@pytest.mark.parametrize("kind", FORMATS)
def test_compressed_recordings_keep_tone_and_length(kind):
    data = encoded(tone(440, 1.0, 48000), kind)
    assert kind_of(data) == kind
    clip = read_clip(data)
    assert clip.seconds == pytest.approx(1.0, abs=0.1)
    assert loudest_hertz(clip) == pytest.approx(440, abs=5)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000])
def test_other_rates_keep_the_tone_and_lose_what_cannot_be_heard(rate):
    clip = to_rate(tone(1000, 1.0, rate), rate)
    assert len(clip) == RATE
    assert np.abs(clip[1000:-1000] - tone(1000)[1000:-1000]).max() < 0.02
    if rate > 2 * RATE:
        assert np.abs(to_rate(tone(10000, 1.0, rate), rate)[1000:-1000]).max() < 0.01


def test_stereo_is_mixed_and_channels_that_cancel_each_other_are_not_lost():
    left = tone()
    both = np.stack((left, left), axis=1)
    opposed = np.stack((left, -left), axis=1)
    assert np.abs(mixed(both) - left).max() < 1e-6
    assert np.abs(mixed(opposed) - left).max() < 1e-6


REFUSED = {
    "text named as sound": (b"ffconcat version 1.0\nfile other.wav\n", "not audio"),
    "playlist": (b"#EXTM3U\nhttp://example.org/a.ts\n", "not audio"),
    "session description": (b"v=0\no=- 0 0 IN IP4 127.0.0.1\n", "not audio"),
    "picture": (b"\xff\xd8\xff\xe0" + bytes(100), "not audio"),
    "pdf": (b"%PDF-1.7\n" + bytes(100), "not audio"),
    "one byte": (b"R", "not audio"),
    "riff without sound": (b"RIFF\0\0\0\0WAVE", "damaged"),
    "riff that ends in its header": (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0", "damaged"),
    "one sample a second": (header(bytes(100), rate=1), "samples a second"),
    "rate beyond measure": (header(bytes(100), rate=4_000_000_000), "samples a second"),
    "no channels": (header(bytes(100), channels=0), "damaged"),
    "64 channels": (header(bytes(1280), channels=64), "64 channels"),
    "4 GB promised": (header(bytes(1000), size=0xFFFFFFFE), "far more than the file holds"),
    "half of it": (header(bytes(16000), size=32000), "cut off"),
    "an hour and a half": (
        header(bytes(5400 * 8000), bits=8, rate=8000),
        "longer than 120 seconds",
    ),
    "three hours": (header(bytes(3 * 3600 * 8000), bits=8, rate=8000), "larger than 50 MB"),
    "not a number": (
        header(np.full(16000, np.nan, "<f4").tobytes(), bits=32, coding=3),
        "not numbers",
    ),
    "infinite": (header(np.full(16000, np.inf, "<f4").tobytes(), bits=32, coding=3), "not numbers"),
    "a million times too loud": (
        header(np.full(16000, 1e6, "<f4").tobytes(), bits=32, coding=3),
        "too large",
    ),
    "damaged flac": (b"fLaC" + bytes(range(256)) * 4, "damaged or cut off"),
    "damaged ogg": (b"OggS" + bytes(2000), "damaged or cut off"),
    "damaged webm": (b"\x1a\x45\xdf\xa3" + bytes(2000), "damaged or cut off"),
    "damaged mp4": (b"\0\0\0\x18ftypM4A " + bytes(2000), "damaged or cut off"),
    "unknown coding in wav": (header(bytes(4000), coding=0x1234), "coding is not known"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_recordings_are_refused_in_plain_words(name):
    data, words = REFUSED[name]
    with pytest.raises(BadAudio, match=words):
        read_clip(data)


@pytest.mark.parametrize(
    "data", [b"", header(), header(bytes(320))], ids=["0 bytes", "0 samples", "10 ms"]
)
def test_where_nothing_was_said_the_person_is_told_so(data):
    with pytest.raises(BadAudio) as told:
        read_clip(data)
    assert str(told.value) == NOT_HEARD


@pytest.mark.parametrize("value", [0.0, 0.5, -1.0])
def test_silence_is_noticed_whatever_constant_it_holds(value):
    assert Clip(np.full(RATE, value, np.float32)).silent
    assert not Clip(tone()).silent


@given(
    st.binary(max_size=400), st.sampled_from([b"", b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS", b"ID3"])
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(data, begin):
    try:
        clip = read_clip(begin + data)
    except BadAudio as error:
        assert str(error).endswith((".", "can."))
    else:
        assert np.isfinite(clip.samples).all()


def test_what_is_written_is_a_wav_for_everyone():
    with wave.open(io.BytesIO(write_wav(tone(), 22050))) as read:
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (22050, 1, 2)
    values, rate = read_wav(write_wav(tone(), 22050))
    assert rate == 22050
    assert np.abs(values[:, 0] - tone()).max() < 1e-4


def test_programs_that_do_not_know_the_length_are_understood_and_files_are_not():
    endless = header((tone() * 32767).astype("<i2").tobytes(), size=0x7FFFF000)
    assert len(read_wav(endless, open_end=True)[0]) == RATE
    with pytest.raises(BadAudio, match="far more"):
        read_wav(endless)


def test_a_longer_limit_can_be_given():
    data = write_wav(np.zeros(RATE * 130, np.float32))
    with pytest.raises(BadAudio, match="120 seconds"):
        read_clip(data)
    assert read_clip(data, AudioLimits(longest_s=200)).seconds == 130


def test_the_task_of_the_child_process_gives_samples_or_words():
    found, raw = clip_task(write_wav(tone()), {"name": "a.wav"})
    assert clip_of(found, raw).seconds == 1.0
    found, raw = clip_task(b"nothing", {"name": "a.wav"})
    with pytest.raises(BadAudio, match="not audio"):
        clip_of(found, raw)


def test_samples_of_a_microphone_are_checked_too():
    assert clip_of_floats(tone().tobytes() + b"x").seconds == 1.0
    with pytest.raises(BadAudio, match="not numbers"):
        clip_of_floats(np.array([np.nan], "<f4").tobytes())


def test_files_are_read_in_a_child_process():
    assert read_recording(write_wav(tone()), "a.wav").seconds == 1.0
    assert loudest_hertz(
        read_recording(encoded(tone(440, 1.0, 48000), "ogg"), "a.ogg")
    ) == pytest.approx(440, abs=5)
    with pytest.raises(BadAudio, match="not audio"):
        read_recording(b"ffconcat version 1.0", "u.wav")
