"""What the child process is asked to do with a file, and what it may use for it."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from kb.extract.wire import Json
from ui import worker_main


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading of one file may use."""

    seconds: float = 20.0
    """Time by the wall clock from start to answer."""
    page: float = 30.0
    """The same for each page that is read by OCR. On free cores the limit of processor time, twice
    `seconds`, ends it long before; this one is for a machine with other work to do."""
    memory: int = 1 << 30
    """Bytes of memory."""
    longest: float = 3600.0
    """Time by the wall clock for a file of many pages."""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Task:
    """What the child is to do."""

    target: str
    """`module:function`; it takes bytes and JSON values and gives JSON values and bytes."""
    data: bytes
    arguments: Json
    preload: tuple[str, ...] = ()
    """Modules that the child keeps for the files that follow."""
    tells: bool = False
    """Whether the function takes a third argument, by which it tells how far it is."""

    @property
    def name(self) -> str:
        """Name of the file, for messages."""
        return str(self.arguments.get("name", "The file"))

    def request(self, limits: Limits) -> bytes:
        """The bytes that ask for it."""
        head = {
            "target": self.target,
            "arguments": self.arguments,
            "preload": self.preload,
            "tells": self.tells,
            "memory": limits.memory,
            "seconds": limits.seconds,
            "longest": limits.longest,
            "path": [str(Path(place).absolute()) for place in sys.path if place],
        }
        packed = json.dumps(head).encode()
        return worker_main.FRAME.pack(len(packed), len(self.data)) + packed + self.data
