"""The peer of `aidpost exam models`: bare llama-cpp-python in a process of its own.

Run as a program it loads a model and then, for each line it reads, times one prompt. The first word
it prints is "ready"; then one JSON object a line.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Peer:
    """A running peer. Times in seconds."""

    def __init__(self, path: Path, context: int, threads: int) -> None:
        """Start it and wait until the model is loaded.

        Raises:
            OSError: It does not start.
        """
        command = [sys.executable, "-m", __name__, str(path), str(context), str(threads)]
        self._process = subprocess.Popen(  # noqa: S603 - this very module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if self._line() != "ready":
            self._end()
            message = "bare llama-cpp-python does not start"
            raise OSError(message)

    @property
    def process(self) -> int:
        """Number of the process."""
        return self._process.pid

    def ask(self, text: str, written: int) -> tuple[float, float]:
        """Seconds to the first word, and tokens a second after it."""
        if self._process.stdin is None:
            raise OSError
        self._process.stdin.write(json.dumps([text, written]) + "\n")
        self._process.stdin.flush()
        first, rate = json.loads(self._line())
        return float(first), float(rate)

    def __enter__(self) -> Self:
        """The peer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        return self._process.stdout.readline().strip() if self._process.stdout else ""


def _serve(path: str, context: int, threads: int) -> None:
    from llama_cpp import Llama  # noqa: PLC0415

    model = Llama(
        path, n_ctx=context, n_threads=threads, n_threads_batch=threads, verbose=False, seed=0
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        text, written = json.loads(line)
        sys.stdout.write(json.dumps(_timed(model, text, written)) + "\n")
        sys.stdout.flush()


def _timed(model: Any, text: str, written: int) -> tuple[float, float]:  # noqa: ANN401
    model.reset()
    begin = time.perf_counter()
    times = [
        time.perf_counter()
        for _ in model.create_completion(text, max_tokens=written, temperature=0.0, stream=True)
    ]
    return times[0] - begin, (written - 1) / (times[-1] - times[0])


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
