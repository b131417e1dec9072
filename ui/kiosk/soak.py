"""Many patients one after another at a running kiosk, as fast as they go: `aidpost exam kiosk`.

Every patient types a question with a word of their own, gives a weight, makes some sound, and is
forgotten. Looked at: whether a word of one patient ever reaches the next, and how memory grows.
"""

import gc
import json
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import numpy as np

from speech.audio.clip import RATE
from speech.hearing.endpoint import EndSettings
from speech.hearing.recogniser import ScriptedRecogniser
from speech.hearing.session import Tell
from speech.voice.manner import Manner, Sound
from speech.voice.speaker import Spoken
from ui.kiosk.options import Options
from ui.kiosk.parts import Hearing, Parts
from ui.kiosk.pin import PinLock
from ui.kiosk.seat import Seat
from ui.kiosk.settings_door import SettingsDoor
from ui.measuring import resident_mb
from ui.speech_names import SpokenMedicines
from ui.speech_wiring import open_session
from ui.web.server import listen

WARM = 100
"""Patients before memory is first looked at: caches and pools are filled by then."""
_SOUND = bytes(RATE // 10 * 2)
"""A tenth of a second of silence."""
_PORT = 7890
"""Or the next free one."""
_QUESTION = "{word} fever in a child of 3 years"


@dataclass
class Report:
    """What the soak found."""

    resets: int = 0
    seconds: float = 0.0
    leaks: int = 0
    """Answers in which the word of an earlier patient stood."""
    sessions: set[str] = field(default_factory=set)
    memory_mb: list[int] = field(default_factory=list)
    """Resident memory after warming up, and then ten times on the way."""
    kept: int = 0
    """Texts in memory with the word of any patient, at the end."""

    def to_json(self) -> dict[str, Any]:
        """The figures."""
        first, last = (self.memory_mb[0], self.memory_mb[-1]) if self.memory_mb else (0, 0)
        return {
            "resets": self.resets, "seconds": round(self.seconds, 1), "leaks": self.leaks,
            "sessions": len(self.sessions), "texts_kept": self.kept,
            "memory_mb": self.memory_mb,
            "growth_percent": round(100 * (last - first) / first, 2) if first else None,
        }  # fmt: skip


def quick_voice(sentence: str, manner: Manner) -> Spoken:
    """A voice that needs no time, so that patients change as fast as they can."""
    samples = np.full(RATE // 100, manner.volume / 1000, np.float32)
    return Spoken(sentence, sentence, Sound(samples, RATE))


def soak(parts: Parts, resets: int) -> dict[str, Any]:
    """Let so many patients pass through a kiosk made of these parts; gives the figures."""
    report = Report()
    mark = secrets.token_hex(4)
    with tempfile.TemporaryDirectory() as home, _served(parts, Path(home)) as port:
        guest = _Guest(port, mark)
        begin = time.monotonic()
        for number in range(WARM + resets):
            guest.stay(number, report)
            if number >= WARM and (number - WARM) % max(1, resets // 10) == 0:
                _weigh(report)
        report.resets = WARM + resets
        report.seconds = time.monotonic() - begin
        guest.leave()
        report.kept = len(texts_in_memory(mark))
        _weigh(report)
    return report.to_json()


def soaked(parts: Parts) -> Parts:
    """The same kiosk with a voice that needs no time, and ears that hear and find nothing."""

    def hearing(tell: Tell, silence_s: float) -> Hearing:
        ends = EndSettings(silence_s=silence_s)
        return open_session(ScriptedRecogniser([]), SpokenMedicines().book, tell, ends)

    return replace(parts, speak=quick_voice, open_hearing=hearing)


def _weigh(report: Report) -> None:
    gc.collect()
    memory = resident_mb()
    if memory is not None:
        report.memory_mb.append(memory)


class _Guest:
    """The page of one browser that sees patient after patient."""

    def __init__(self, port: int, mark: str) -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=20)
        self._mark = mark
        self._session = str(self._call("/api/open", {})["session"])
        self._stream, self._events = self._listen(port)

    def stay(self, number: int, report: Report) -> None:
        """One patient comes, asks, is answered, and is forgotten."""
        word = f"{self._mark}x{number}x"
        report.sessions.add(self._session)
        self._call("/api/do", {"do": "patient", "values": {"weight": "12"}})
        self._call("/api/audio", None, _SOUND)
        self._call("/api/do", {"do": "ask", "text": _QUESTION.format(word=word)})
        self._until(lambda told: told.get("view", {}).get("complete") is True, word, report)
        session = self._session
        self._call("/api/reset", {})
        self._until(lambda told: told.get("type") == "reset", word, report)
        fresh = self._until(lambda told: told.get("type") == "view", "", report)
        report.leaks += int(session == self._session) + int(not fresh["view"]["fresh"])

    def leave(self) -> None:
        """Close both lines."""
        self._stream.close()
        self._line.close()

    def _until(
        self, found: Callable[[dict[str, Any]], bool], word: str, report: Report
    ) -> dict[str, Any]:
        """Read what is told until something is; any word but that of this patient is a leak."""
        while True:
            line = self._events.readline().decode()
            foreign = line.replace(word, "") if word else line
            report.leaks += int(self._mark in foreign)
            told: dict[str, Any] = json.loads(line)
            if told["type"] == "reset":
                self._session = told["session"]
            if found(told):
                return told

    def _listen(self, port: int) -> tuple[HTTPConnection, HTTPResponse]:
        line = HTTPConnection("127.0.0.1", port, timeout=20)
        line.request("GET", "/api/events", headers={"x-kiosk-session": self._session})
        return line, line.getresponse()

    def _call(self, path: str, body: object, raw: bytes = b"") -> dict[str, Any]:
        kind = "application/octet-stream" if raw else "application/json"
        headers = {"content-type": kind, "x-kiosk-session": getattr(self, "_session", "")}
        self._line.request("POST", path, raw or json.dumps(body), headers)
        text = self._line.getresponse().read()
        found: dict[str, Any] = json.loads(text) if text else {}
        return found


@contextmanager
def _served(parts: Parts, home: Path) -> Iterator[int]:
    """A kiosk on a free port, in a thread of this process."""
    import uvicorn  # noqa: PLC0415 - brings the web framework

    from ui.kiosk.server import guarded  # noqa: PLC0415

    seat = Seat(parts, Options(), home)
    with closing(listen("127.0.0.1", _PORT)) as listener:
        port = listener.getsockname()[1]
        app = guarded(seat, SettingsDoor(seat, PinLock(home)), port)
        config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join()
            seat.close()


def texts_in_memory(mark: str) -> list[str]:
    """Texts that are still held in this process and in which a mark stands, but for itself."""
    gc.collect()
    found: list[str] = []
    for tracked in gc.get_objects():
        waiting = gc.get_referents(tracked)
        while waiting:
            one = waiting.pop()
            if type(one) is str:
                found += [one] if mark in one and one != mark else []
            elif type(one) in (tuple, dict) and not gc.is_tracked(one):
                # What holds nothing but plain values is not in the list of all objects.
                waiting += gc.get_referents(one)
    return found
