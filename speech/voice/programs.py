"""The door to the programs that speak: espeak-ng, Piper, the voice of macOS, SAPI of Windows.

Each is a program of its own, called with a fixed list of arguments and the words on its standard
input, never through a shell. None of them is part of this program.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speech.audio.clip import mixed
from speech.audio.wav import OtherWav, read_wav
from speech.errors import BadAudio, NoVoice, VoiceFailed
from speech.voice.manner import Manner, Sound
from speech.voice.voices import Kind, Machine, Voice

LIMIT_S = 20.0
"""Seconds that one sentence may take."""
_LONGEST = 2000
"""Characters that are spoken at once."""
_ESPEAK = {"en": "en-gb", "fr": "fr-fr", "es": "es", "pt": "pt", "sw": "sw", "hi": "hi", "ar": "ar"}
_MACOS = {
    "en": "Samantha", "fr": "Thomas", "es": "Mónica", "pt": "Joana", "hi": "Lekha", "ar": "Maged",
}  # fmt: skip
_SAPI = """
Add-Type -AssemblyName System.Speech
[Console]::InputEncoding = [System.Text.Encoding]::UTF8
$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer
$culture = New-Object System.Globalization.CultureInfo $args[0]
$hints = [System.Speech.Synthesis.VoiceGender]::NotSet, [System.Speech.Synthesis.VoiceAge]::NotSet
$voice.SelectVoiceByHints($hints[0], $hints[1], 0, $culture)
$voice.Rate = [int]$args[1]
$voice.SetOutputToWaveFile($args[2])
$voice.Speak([Console]::In.ReadToEnd())
$voice.Dispose()
"""
_CULTURES = {
    "en": "en-GB",
    "fr": "fr-FR",
    "es": "es-ES",
    "pt": "pt-PT",
    "hi": "hi-IN",
    "ar": "ar-SA",
}


@dataclass(frozen=True, slots=True)
class Espeak:
    """espeak-ng; the words go in and a WAV comes out, nothing is played."""

    program: str
    name: str = "espeak-ng"

    def render(self, words: str, manner: Manner) -> Sound:
        """See `Voice.render`."""
        voice = _known(_ESPEAK, manner.language)
        speed = str(manner.words_per_minute)
        command = [self.program, "--stdin", "--stdout", "-b", "1", "-v", voice, "-s", speed]
        return _from_wav(_run(command, words))


@dataclass(frozen=True, slots=True)
class Piper:
    """Piper with a voice that was added; it speaks the one language of that voice."""

    program: str
    voice: Path
    name: str = "Piper"

    def render(self, words: str, manner: Manner) -> Sound:
        """See `Voice.render`."""
        rate, language = self._about()
        if language and language != manner.language:
            raise NoVoice(_no_language(manner.language))
        slowness = f"{1 / manner.speed:.2f}"
        command = [self.program, "--model", str(self.voice), "--output-raw"]
        raw = _run([*command, "--length_scale", slowness], words)
        values = np.frombuffer(raw[: len(raw) // 2 * 2], "<i2")
        return _heard(Sound((values / 32768).astype(np.float32), rate))

    def _about(self) -> tuple[int, str]:
        """Samples a second and the language of the voice."""
        try:
            text = Path(f"{self.voice}.json").read_text(encoding="utf-8")
            table = json.loads(text)
            language = str(table.get("language", {}).get("code", ""))[:2]
            return int(table["audio"]["sample_rate"]), language
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"The voice {self.voice.name} is not complete: its .json file is needed."
            raise VoiceFailed(message) from error


@dataclass(frozen=True, slots=True)
class MacVoice:
    """The voice of macOS."""

    program: str
    name: str = "the voice of macOS"

    def render(self, words: str, manner: Manner) -> Sound:
        """See `Voice.render`."""
        voice = _known(_MACOS, manner.language)
        head = [self.program, "-v", voice, "-r", str(manner.words_per_minute), "-f", "-"]
        form = ["--file-format=WAVE", "--data-format=LEI16@22050", "-o"]
        return _by_file(lambda path: [*head, *form, path], words)


@dataclass(frozen=True, slots=True)
class Sapi:
    """The voice of Windows, through PowerShell."""

    program: str
    name: str = "the voice of Windows"

    def render(self, words: str, manner: Manner) -> Sound:
        """See `Voice.render`."""
        culture = _known(_CULTURES, manner.language)
        rate = str(round(10 * np.log2(manner.speed)))
        head = [self.program, "-NoProfile", "-NonInteractive", "-Command", f"& {{{_SAPI}}}"]
        return _by_file(lambda path: [*head, culture, rate, path], words)


def open_voice(kind: Kind, machine: Machine) -> Voice:
    """The voice of a kind that was found on the machine."""
    found = machine.programs
    match kind:
        case "piper":
            return Piper(found["piper"], machine.piper_voice or Path())
        case "sapi":
            return Sapi(found.get("powershell") or found["pwsh"])
        case "macos":
            return MacVoice(found["say"])
        case "espeak":
            return Espeak(found.get("espeak-ng") or found["espeak"])


def _known(languages: dict[str, str], language: str) -> str:
    if language not in languages:
        raise NoVoice(_no_language(language))
    return languages[language]


def _no_language(language: str) -> str:
    return f"There is no voice for the language “{language}” on this machine; it is shown only."


def _run(command: Sequence[str], words: str) -> bytes:
    """What the program writes to its standard output.

    Raises:
        VoiceFailed: it cannot be started, failed, or took too long.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a program that was looked up, with fixed arguments
            command,
            input=words[:_LONGEST].encode("utf-8", "ignore"),
            capture_output=True,
            timeout=LIMIT_S,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VoiceFailed("The voice took too long; the text is on the screen.") from error
    except OSError as error:
        message = f"The voice cannot be started ({error.strerror}); the text is on the screen."
        raise VoiceFailed(message) from error
    if done.returncode:
        raise VoiceFailed("The voice failed; the text is on the screen.")
    return done.stdout


def _by_file(command: Callable[[str], Sequence[str]], words: str) -> Sound:
    """Sound of a program that only writes files; the file lives in a private folder and is gone."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "speech.wav"
            _run(command(str(path)), words)
            return _from_wav(path.read_bytes())
    except OSError as error:
        raise VoiceFailed("The voice gave no sound; the text is on the screen.") from error


def _from_wav(data: bytes) -> Sound:
    try:
        channels, rate = read_wav(data, open_end=True)
        return _heard(Sound(mixed(channels), rate))
    except (BadAudio, OtherWav) as error:
        raise VoiceFailed("The voice gave no sound; the text is on the screen.") from error


def _heard(sound: Sound) -> Sound:
    if not sound.samples.size or not float(np.abs(sound.samples).max()):
        raise VoiceFailed("The voice gave no sound; the text is on the screen.")
    return sound


def _environment() -> dict[str, str]:
    """Only what a program needs to start and to find its data."""
    kept = ("PATH", "SYSTEMROOT", "HOME", "LD_LIBRARY_PATH", "ESPEAK_DATA_PATH", "TEMP", "TMPDIR")
    return {key: os.environ[key] for key in kept if key in os.environ} | {"LC_ALL": "C.UTF-8"}
