"""The process in which llama.cpp works, `python -m quantize.gguf_child`, and how it is asked.

A damaged file or a bug in native code ends this process and not the program. One job a process: a
line of JSON comes in, a line of JSON goes out. When the other end of the input closes, the program
is gone and the process ends.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quantize import gguf_quality, gguf_tasks, llama_door
from quantize.errors import WorkshopError
from quantize.gguf_quality import Reading
from quantize.importance import read_importance
from quantize.llama_engine import Engine

Job = Mapping[str, Any]
Found = dict[str, Any]
LIMIT_S = 6 * 3600.0
"""A job that takes longer has hung."""
_ENVIRONMENT = {
    "GOMP_SPINCOUNT": "20000",  # as in the app, so that the measured speed is the app's
    "GGML_NO_BACKTRACE": "1",  # an abort must not start a debugger
}
_KILLED = -9


def ask(do: str, job: Job, limit_s: float = LIMIT_S) -> Found:
    """Have a job done in a process of its own.

    Args:
        do: one of `JOBS`.
        job: what the job needs; plain values only.
        limit_s: the process is ended after so many seconds.

    Raises:
        WorkshopError: it cannot be done, the process died or took too long.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "quantize.gguf_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **_ENVIRONMENT},
    )
    watch = threading.Timer(limit_s, child.kill)
    watch.start()
    try:
        with child:
            answer = _exchange(child, json.dumps({**job, "do": do}))
    finally:
        watch.cancel()
        child.kill()
    return _answered(answer, child.returncode, do)


def _exchange(child: "subprocess.Popen[bytes]", line: str) -> bytes:
    if child.stdin is None or child.stdout is None:
        return b""
    with suppress(BrokenPipeError):
        child.stdin.write(line.encode() + b"\n")
        child.stdin.flush()
    # The input stays open until the answer is there: its end would end the process.
    return child.stdout.readline()


def _answered(answer: bytes, code: int, do: str) -> Found:
    if not answer.endswith(b"\n"):
        cause = "memory ran out or it took too long" if code == _KILLED else "the file is damaged"
        raise WorkshopError(f"llama.cpp stopped during '{do}' (code {code}): most likely {cause}.")
    found: Found = json.loads(answer)
    if "error" in found:
        raise WorkshopError(str(found["error"]))
    return found


def weigh(job: Job) -> Found:
    """Write an importance matrix: model, text, context, chunks, threads, out."""
    text = Path(job["text"]).read_text(encoding="utf-8")
    return {"pieces": gguf_quality.weigh(Path(job["model"]), text, _reading(job), Path(job["out"]))}


def shrink(job: Job) -> Found:
    """Write a smaller file: model, out, kind, threads, importance (a path or empty)."""
    importance = read_importance(Path(job["importance"])) if job["importance"] else None
    llama_door.shrink(
        Path(job["model"]), Path(job["out"]), job["kind"], importance, int(job["threads"])
    )
    return {}


def judge(job: Job) -> Found:
    """Perplexity, distance from the full model, right choices, tool calls of a model."""
    text = Path(job["text"]).read_text(encoding="utf-8")
    reading = _reading(job)
    room = max(reading.context, int(job["task_context"]))
    engine = Engine(Path(job["model"]), room, reading.threads)
    full = bool(job["full"])
    tally = gguf_quality.predict(engine, text, reading, Path(job["kept"]), full=full)
    found: Found = tally.table(compared=not full)
    if job["choices"]:
        found["choices"] = asdict(gguf_tasks.choose(engine, Path(job["choices"]), room))
    if job["calls"]:
        rate = gguf_tasks.call(engine, Path(job["calls"]), Path(job["grammar"]), room)
        found["calls"] = asdict(rate)
    engine.close()
    return found


def speed(job: Job) -> Found:
    """How fast a model is and how much memory it takes: model, text, threads."""
    text = Path(job["text"]).read_text(encoding="utf-8")
    return {**gguf_quality.speed(Path(job["model"]), text, int(job["threads"]))}


JOBS: Mapping[str, Callable[[Job], Found]] = {
    "weigh": weigh,
    "shrink": shrink,
    "judge": judge,
    "speed": speed,
}


def serve() -> None:
    """Do the job that stands on the input and write what was found."""
    out = os.fdopen(os.dup(1), "wb")
    # Native code prints; nothing but the answer may stand in the output.
    os.dup2(2, 1)
    _confine()
    line = sys.stdin.buffer.readline()
    threading.Thread(target=_follow, daemon=True).start()
    try:
        job = json.loads(line)
        found = JOBS[job["do"]](job)
    except (WorkshopError, OSError, ValueError, MemoryError) as error:
        found = {"error": str(error) or "Memory ran out."}
    out.write(json.dumps(found).encode() + b"\n")
    out.flush()
    # Native libraries tear down what other threads still use; there is nothing left to save.
    os._exit(0)


def _confine() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 (not on Windows)

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _follow() -> None:
    """End at once when the program is gone."""
    sys.stdin.buffer.read()
    os._exit(1)


def _reading(job: Job) -> Reading:
    return Reading(int(job["context"]), int(job["chunks"]), int(job["threads"]))


if __name__ == "__main__":
    serve()
