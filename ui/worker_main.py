"""The child process in which files that nobody has looked at are read. Started by `ui.workers`.

It gets one request on its standard input and gives one answer on its standard output. Before any
other module is loaded it limits itself: memory, processor time, no core dump, no files written.
"""

import json
import os
import struct
import sys
import threading
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

FRAME = struct.Struct(">QQ")
"""Before each message: bytes of its JSON part, bytes of its raw part."""
OUT_OF_MEMORY = 86
"""Exit status of a child that went over its memory."""
_WATCH = 0.05
"""Seconds between two looks at the memory."""


def main() -> None:
    """Do one task and end."""
    head, data = _request()
    answer = _private_output()
    memory, seconds = int(str(head["memory"])), float(str(head["seconds"]))
    _limit(memory, seconds)
    sys.path[:] = [str(place) for place in list(head["path"])]  # type: ignore[call-overload]
    module, function = str(head["target"]).split(":")
    errors = import_module("kb.errors")
    try:
        found, raw = getattr(import_module(module), function)(data, head["arguments"])
    except errors.LibraryError as error:
        found, raw = {"error": type(error).__name__, "message": str(error)}, b""
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    body = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
    with os.fdopen(answer, "wb") as output:
        output.write(FRAME.pack(len(body), len(raw)) + body + raw)


def _request() -> tuple[dict[str, object], bytes]:
    with os.fdopen(0, "rb", closefd=False) as source:
        head_size, data_size = FRAME.unpack(source.read(FRAME.size))
        head = json.loads(source.read(head_size))
        return head, source.read(data_size)


def _private_output() -> int:
    """A file descriptor for the answer; whatever a parser prints goes nowhere."""
    answer = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for inherited in (0, 1, 2):
        os.dup2(nothing, inherited)
    return answer


def _limit(memory: int, seconds: float) -> None:
    """Limit this process; `memory` in bytes, `seconds` of processor time."""
    threading.Thread(target=watch, args=(memory,), daemon=True).start()
    if find_spec("resource") is None:  # pragma: no cover - Windows has no limits of this kind
        return
    resource = import_module("resource")
    for kind, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(seconds) + 2),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(kind, (limit, limit))
        except (OSError, ValueError):  # pragma: no cover - macOS refuses some of them
            continue


def watch(memory: int) -> None:
    """End the process when it holds too much, for systems that do not limit addresses."""
    while resident() <= memory:
        time.sleep(_WATCH)
    os._exit(OUT_OF_MEMORY)


def resident() -> int:
    """Bytes of memory that this process holds; 0 where the system does not say."""
    try:
        # Not `ru_maxrss`: on Linux that begins with the memory of the process that started us.
        with Path("/proc/self/statm").open(encoding="ascii") as pages:
            return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except FileNotFoundError:  # pragma: no cover - macOS, Windows
        if find_spec("resource") is None:
            return 0
        resource = import_module("resource")
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main()
