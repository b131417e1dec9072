"""The door to the microphone and the speaker of a desk machine: programs that record and play.

In the kiosk the browser does both, and this is not used.
"""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol, cast

import numpy as np

from speech.audio.clip import RATE, Samples
from speech.audio.wav import write_wav
from speech.errors import BadAudio, VoiceFailed
from speech.voice.manner import Manner, Sound
from speech.voice.voices import Voice
from ui.speech_wiring import open_renderer

_BLOCK = RATE // 10 * 2
"""Bytes of a tenth of a second."""
_RECORDERS = (
    ("arecord", ("-q", "-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1")),
    ("parec", ("--raw", "--format=s16le", f"--rate={RATE}", "--channels=1")),
    ("rec", ("-q", "-t", "raw", "-b", "16", "-e", "signed", "-r", str(RATE), "-c", "1", "-")),
)
_PLAYERS = (("paplay", ()), ("aplay", ("-q",)), ("afplay", ()), ("play", ("-q",)))
_NO_MICROPHONE = (
    "There is no microphone, or no program to record with (arecord, parec or rec)."
    " Typing works; the kiosk uses the microphone of the browser."
)
_NO_PLAYER = "There is no program to play sound with (aplay or paplay); give -o FILE.wav instead."
_PAUSE_S = 0.25


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; empty at the end."""
        ...


def speak_all(text: str, voice: Voice, manner: Manner) -> Sound:
    """A whole text as one sound, a short pause between paragraphs.

    Raises:
        VoiceFailed: with the message of the voice.
    """
    speak = open_renderer(voice)
    spoken = [speak(part, manner) for part in text.splitlines() if part.strip()]
    failed = next((one.failed for one in spoken if one.failed), "")
    sounds = [one.sound for one in spoken if one.sound is not None]
    if failed or not sounds:
        raise VoiceFailed(failed or "There is nothing in it that can be spoken.")
    rate = sounds[0].rate
    pause = np.zeros(round(_PAUSE_S * rate), np.float32)
    parts = [sound.samples for one in sounds for sound in (one, Sound(pause, rate))]
    return Sound(np.concatenate(parts[:-1]), rate)


def write_file(sound: Sound, path: Path) -> None:
    """Write a WAV file.

    Raises:
        VoiceFailed: it cannot be written.
    """
    try:
        path.write_bytes(write_wav(sound.samples, sound.rate))
    except OSError as error:
        raise VoiceFailed(f"{path} cannot be written: {error.strerror}.") from error


def play(sound: Sound) -> None:
    """Play a sound to its end.

    Raises:
        VoiceFailed: nothing on this machine can play it.
    """
    with _in_a_file(write_wav(sound.samples, sound.rate)) as path:
        command = [*player_command(), str(path)]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - looked up
    if done.returncode:
        raise VoiceFailed("The sound could not be played; give -o FILE.wav instead.")


def player_command() -> tuple[str, ...]:
    """The program of this machine that plays a WAV file, with its arguments.

    Raises:
        VoiceFailed: there is none.
    """
    for name, more in _PLAYERS:
        if path := shutil.which(name):
            return (path, *more)
    raise VoiceFailed(_NO_PLAYER)


class Player:
    """Plays one sound at a time in a process of its own, which is killed to fall silent."""

    def __init__(self, command: Sequence[str]) -> None:
        """Take the program and its arguments; the file comes last."""
        self._command = command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted: object | None = None

    @property
    def playing(self) -> bool:
        """Whether a sound is heard now."""
        process = self._process
        return process is not None and process.poll() is None

    def play(self, wav: bytes, ended: Callable[[], None]) -> None:
        """Play this in the place of anything else; `ended` is called if it comes to its end."""
        self.stop()
        turn = self._wanted = object()
        work = threading.Thread(target=self._work, args=(wav, turn, ended), daemon=True)
        work.start()

    def stop(self) -> None:
        """Fall silent at once."""
        with self._lock:
            process, self._process, self._wanted = self._process, None, None
        if process is not None:
            process.kill()
            process.wait()

    def _work(self, wav: bytes, turn: object, ended: Callable[[], None]) -> None:
        # What cannot be played is on the screen; the conversation goes on.
        with suppress(VoiceFailed, OSError), _in_a_file(wav) as path:
            process = self._started(path, turn)
            if process is None:
                return
            process.wait()
        if self._wanted is turn:
            ended()

    def _started(self, path: Path, turn: object) -> "subprocess.Popen[bytes] | None":
        """The process that plays; None where silence was wanted meanwhile."""
        nothing = subprocess.DEVNULL
        with self._lock:
            if self._wanted is not turn:
                return None
            self._process = subprocess.Popen(  # noqa: S603 - a program that was looked up
                [*self._command, str(path)], stdin=nothing, stdout=nothing, stderr=nothing
            )
            return self._process


@contextmanager
def _in_a_file(wav: bytes) -> Iterator[Path]:
    """A file that only this user can read, and that is gone afterwards.

    Raises:
        VoiceFailed: it cannot be written, as on a full disk.
    """
    name = ""
    try:
        try:
            handle, name = tempfile.mkstemp(suffix=".wav")
            with os.fdopen(handle, "wb") as file:
                file.write(wav)
        except OSError as error:
            raise VoiceFailed(f"The sound cannot be played: {error.strerror}.") from error
        yield Path(name)
    finally:
        if name:
            Path(name).unlink(missing_ok=True)


@contextmanager
def microphone() -> Iterator[IO[bytes]]:
    """Raw 16-bit samples at 16 kHz of the microphone.

    Raises:
        BadAudio: there is none, or it was unplugged at once.
    """
    found = next(
        ((shutil.which(name), more) for name, more in _RECORDERS if shutil.which(name)), None
    )
    if found is None:
        raise BadAudio(_NO_MICROPHONE)
    process = subprocess.Popen(  # noqa: S603 - a program that was looked up, fixed arguments
        [str(found[0]), *found[1]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield cast("IO[bytes]", process.stdout)
    finally:
        process.terminate()
        process.wait(timeout=5)
        if process.stdout is not None:
            process.stdout.close()
    if process.returncode and process.returncode > 0:
        raise BadAudio(_NO_MICROPHONE)


def samples_of(source: Readable) -> Iterator[Samples]:
    """Samples from raw 16-bit bytes, a tenth of a second at a time."""
    while block := source.read(_BLOCK):
        yield samples_of_bytes(block)


def samples_of_bytes(block: bytes) -> Samples:
    """Samples from 16-bit values, little-endian; half a sample at the end is dropped."""
    values = np.frombuffer(block[: len(block) // 2 * 2], "<i2")
    return (values / 32768).astype(np.float32)
