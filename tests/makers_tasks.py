"""Tasks for child processes that behave badly, or tell what a child may do."""

import ctypes
import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kb.errors import DocumentEncrypted
from ui import worker_main

Json = dict[str, object]


def echo(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    return {"arguments": arguments}, data[::-1]


def hang(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    while True:
        time.sleep(1)


def crash(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    ctypes.string_at(0)
    return {}, b""


def give_up(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    os.abort()


def fail(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    raise ZeroDivisionError("of the parser")


def deepen(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    return deepen(data, arguments)


def locked(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    raise DocumentEncrypted("It asks for a password.")


def fill_memory(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    held = []
    while True:
        held.append(b"x" * 20_000_000)


def watched(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    """Watched as on a system without a limit of addresses, with a limit that is passed at once."""
    worker_main.watch(1_000_000)
    return {}, b""


def swell(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    """Takes memory and gives it back; tells of each."""
    before = worker_main.resident()
    held = b"x" * 100_000_000
    most = worker_main.resident()
    del held
    return {"before": before, "held": most, "after": worker_main.resident()}, b""


def chatter(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    sys.stdout.write("words of a parser\n")
    sys.stderr.write("more words\n")
    os.write(1, b"raw words")
    os.write(2, b"raw words")
    return {"answer": 1}, b"raw"


def lie(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    return {"error": str(arguments["error"]), "message": "A message."}, b""


def nonsense(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    return [1, 2], b""  # type: ignore[return-value]


def tell(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    try:
        Path("written").write_bytes(b"x")
        written = True
    except OSError:
        written = False
    return {
        "core": list(resource.getrlimit(resource.RLIMIT_CORE)),
        "memory": resource.getrlimit(resource.RLIMIT_AS)[0],
        "input": os.read(0, 10).decode(),
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
        "session": os.getsid(0) == os.getppid(),
        "open": sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir()),
        "written": written,
        "sockets": socket.SOCK_STREAM.name,
    }, b""


def step(data: bytes, arguments: Json, tell: Callable[[int, int], None]) -> tuple[Json, bytes]:
    """Takes longer than one step may, but tells of each step."""
    for done in range(4):
        tell(done, 4)
        time.sleep(0.3)
    return {"pid": os.getpid(), "parent": os.getppid()}, b""


def spoil(data: bytes, arguments: Json) -> tuple[Json, bytes]:
    """Leaves something behind for the next file, if it can; tells what it found."""
    found = getattr(sys, "_spoilt", "")
    sys._spoilt = "spoilt"  # type: ignore[attr-defined]
    return {"found": found, "parent": os.getppid()}, b""


def burn(data: bytes, arguments: Json, tell: Callable[[int, int], None]) -> tuple[Json, bytes]:
    tell(0, 1)
    while True:
        pass
