"""What a voice is to the rest of the program, and which one of a machine is used. Pure."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from speech.voice.manner import Manner, Sound

Kind = Literal["piper", "espeak", "sapi", "macos"]
NONE = (
    "This machine has no voice. On Debian or Ubuntu: apt install espeak-ng."
    " Everything is shown on the screen meanwhile."
)


class Voice(Protocol):
    """Speaks words; a program of its own stands behind it. Safe to call from any thread."""

    @property
    def name(self) -> str:
        """What it is called, for the person."""
        ...

    def render(self, words: str, manner: Manner) -> Sound:
        """The words as sound.

        Args:
            words: as they are spoken; figures and units are words already.
            manner: language and speed; volume and mute are applied later.

        Raises:
            NoVoice: it does not speak the language.
            VoiceFailed: the program failed, or took too long.
        """
        ...


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known of a machine before a voice is chosen."""

    system: str
    """`linux`, `darwin` or `win32`."""
    programs: dict[str, str]
    """Programs that were found, with their paths."""
    piper_voice: Path | None = None
    """A Piper voice that was added (`.onnx` with its `.onnx.json`)."""


PROGRAMS = ("espeak-ng", "espeak", "piper", "powershell", "pwsh", "say")
"""Programs that are looked for."""


def kinds(machine: Machine) -> tuple[Kind, ...]:
    """The voices that can be used on a machine, best first."""
    found: list[Kind] = []
    if machine.piper_voice is not None and "piper" in machine.programs:
        found.append("piper")
    if machine.system == "win32" and machine.programs.keys() & {"powershell", "pwsh"}:
        found.append("sapi")
    if machine.system == "darwin" and "say" in machine.programs:
        found.append("macos")
    if machine.programs.keys() & {"espeak-ng", "espeak"}:
        found.append("espeak")
    return tuple(found)
