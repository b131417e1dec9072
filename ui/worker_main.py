"""The child process in which files that nobody has looked at are read; see `ui.worker_child`.

It takes one request after another on its standard input. Each is worked on in a process of its
own, forked off with the parsers already loaded, so that what a file does to its parser ends with
that file. Before it looks at a file that process limits itself: memory, processor time, no core
dump, no files written. Where there is no fork, one request is answered, and the process ends.
"""

import json
import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from io import BufferedReader
from pathlib import Path

FRAME = struct.Struct(">QQ")
"""Before each message: bytes of its JSON part, bytes of its raw part."""
CHUNK = struct.Struct(">qQ")
"""Before each piece of an answer: exit status, or `GOES_ON`; bytes that follow."""
GOES_ON = -1_000_000
OUT_OF_MEMORY = 86
"""Exit status of a process that went over its memory."""
ADDRESSES = 2
"""Addresses that a process may have for each byte of memory; native code reserves more than it
uses."""
_WATCH = 0.05
"""Seconds between two looks at the memory."""
_PIECE = 1 << 16

Head = dict[str, object]


def main() -> None:
    """Serve requests until there are no more."""
    requests = os.fdopen(os.dup(0), "rb")
    answer = _private_output()
    while request := _request(requests):
        head, data = request
        sys.path[:] = [str(place) for place in list(head["path"])]  # type: ignore[call-overload]
        for name in list(head["preload"]):  # type: ignore[call-overload]
            import_module(str(name))
        if not hasattr(os, "fork"):  # pragma: no cover - Windows
            _work(head, data, answer)
            return
        _relay(head, data, answer)


def _request(source: BufferedReader) -> tuple[Head, bytes] | None:
    frame = source.read(FRAME.size)
    if len(frame) < FRAME.size:
        return None
    head_size, data_size = FRAME.unpack(frame)
    head = json.loads(source.read(head_size))
    return head, source.read(data_size)


def _private_output() -> int:
    """A file descriptor for the answer; whatever a parser prints goes nowhere."""
    answer = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for inherited in (0, 1, 2):
        os.dup2(nothing, inherited)
    os.close(nothing)
    return answer


def _relay(head: Head, data: bytes, answer: int) -> None:
    """Fork off the work and pass on what it says, and then how it ended."""
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        # Whatever happens here must not come back into the loop of the parent.
        try:
            os.close(source)
            os.close(answer)
            _work(head, data, sink)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(sink)
    while piece := os.read(source, _PIECE):
        _write(answer, CHUNK.pack(GOES_ON, len(piece)) + piece)
    os.close(source)
    _, status = os.waitpid(pid, 0)
    _write(answer, CHUNK.pack(os.waitstatus_to_exitcode(status), 0))


def _work(head: Head, data: bytes, answer: int) -> None:
    """Do one task and write its answer."""
    memory, seconds = int(str(head["memory"])), float(str(head["seconds"]))
    _limit(memory, seconds, longest=float(str(head["longest"])))
    found, raw = _done(head, data, lambda done, whole: _tell(answer, seconds, done, whole))
    body = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
    _write(answer, FRAME.pack(len(body), len(raw)) + body + raw)


def _done(head: Head, data: bytes, tell: Callable[[int, int], None]) -> tuple[object, bytes]:
    """What the task of a request gives, or the error of the library that it raises."""
    module, function = str(head["target"]).split(":")
    errors = import_module("kb.errors")
    more = (tell,) if head["tells"] else ()
    try:
        found, raw = getattr(import_module(module), function)(data, head["arguments"], *more)
    except errors.LibraryError as error:
        return {"error": type(error).__name__, "message": str(error)}, b""
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    return found, raw


def _tell(answer: int, seconds: float, done: int, whole: int) -> None:
    """Say that a step is done; the next one has as much processor time as the first."""
    if find_spec("resource") is not None:
        resource = import_module("resource")
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = int(used.ru_utime + used.ru_stime + _processor(seconds))
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, most), most))
    body = json.dumps({"done": done, "whole": whole}).encode()
    _write(answer, FRAME.pack(len(body), 0) + body)


def _write(answer: int, message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[os.write(answer, view) :]


def _processor(seconds: float) -> int:
    """Seconds of processor time for a step: OCR runs on two cores."""
    return 2 * int(seconds) + 2


def _limit(memory: int, seconds: float, longest: float) -> None:
    """Limit this process: bytes of memory, seconds of each step and of all together."""
    threading.Thread(target=watch, args=(memory,), daemon=True).start()
    if find_spec("resource") is None:  # pragma: no cover - Windows has no limits of this kind
        return
    resource = import_module("resource")
    for kind, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_AS, ADDRESSES * memory, ADDRESSES * memory),
        (resource.RLIMIT_CPU, _processor(seconds), _processor(max(seconds, longest))),
        (resource.RLIMIT_FSIZE, 0, 0),
    ):
        try:
            resource.setrlimit(kind, (soft, hard))
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
