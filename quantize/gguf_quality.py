"""Reads texts with a model file: importance, perplexity, distance from the full model, speed.

Runs in the child process only.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from quantize.errors import WorkshopError
from quantize.importance import write_importance
from quantize.likelihood import Floats, Tally, log_probabilities
from quantize.llama_door import new_collector
from quantize.llama_engine import Engine

RUNS = 3
PROMPT, WRITTEN = 512, 48
"""Tokens read and written to measure speed."""
_SAMPLE = 4096
"""Characters that are read to measure speed."""
NO_TEXT = "The text is too short: it must fill one context of {} tokens."


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is read."""

    context: int
    """Tokens of a piece."""
    chunks: int
    """Most pieces."""
    threads: int


def weigh(model: Path, text: str, reading: Reading, out: Path) -> int:
    """Write the importance matrix of a model on a text; how many pieces of the text were read.

    Raises:
        WorkshopError: the model or the text cannot be used.
    """
    collector = new_collector()
    engine = Engine(model, reading.context, reading.threads, collector)
    read = 0
    for piece in pieces(engine, text, reading):
        engine.forget()
        engine.read(piece)
        read += 1
    engine.close()
    write_importance(out, collector.means(), read, f"{read} pieces of {reading.context} tokens")
    return read


def pieces(engine: Engine, text: str, reading: Reading) -> Iterator[list[int]]:
    """A text in pieces of one context each, from its start; a shorter rest is left out.

    Raises:
        WorkshopError: it does not fill one piece.
    """
    tokens, step = engine.tokens(text), reading.context - len(engine.begin)
    if len(tokens) < step:
        raise WorkshopError(NO_TEXT.format(reading.context))
    for at in range(0, min(len(tokens) // step, reading.chunks) * step, step):
        yield engine.begin + tokens[at : at + step]


class Reference:
    """What the full model said of each token of the text, kept in a file in half precision."""

    def __init__(self, path: Path, words: int) -> None:
        self._path, self._words = path, words
        self._at = 0

    def append(self, found: Floats) -> None:
        """Add rows of log-probabilities."""
        with self._path.open("ab") as file:
            file.write(found.astype("<f2").tobytes())

    def next(self, rows: int) -> Floats:
        """The next rows.

        Raises:
            WorkshopError: they are not there: the models do not cut the text alike.
        """
        size = rows * self._words * 2
        with self._path.open("rb") as file:
            file.seek(self._at)
            data = file.read(size)
        if len(data) != size:
            raise WorkshopError("The smaller model does not have the vocabulary of the full one.")
        self._at += size
        kept = np.frombuffer(data, "<f2").reshape(rows, self._words).astype(np.float32)
        # Half precision moved the sums a little; both sides must be distributions.
        return log_probabilities(kept)


def predict(engine: Engine, text: str, reading: Reading, kept: Path, *, full: bool) -> Tally:
    """Perplexity of a text and, for a smaller model, the distance from the full one.

    As is usual, only the second half of each piece counts, where there is a context to go by.

    Args:
        engine: the loaded model.
        text: a text that was not calibrated with.
        reading: how it is read.
        kept: file of what the full model said.
        full: whether this is the full model, which fills the file.
    """
    tally, reference = Tally(), Reference(kept, engine.words)
    for piece in pieces(engine, text, reading):
        engine.forget()
        half = len(piece) // 2
        engine.read(piece[:half])
        found = log_probabilities(engine.read(piece[half:-1], every=True))
        tally.add(found, np.array(piece[half + 1 :], np.int64))
        if full:
            reference.append(found)
        else:
            tally.compare(reference.next(len(found)), found)
    engine.forget()
    return tally


def speed(model: Path, text: str, threads: int) -> dict[str, float]:
    """Tokens a second read and written, seconds to load, memory in MB.

    Raises:
        WorkshopError: the model cannot be loaded or the text is empty.
    """
    begin = time.perf_counter()
    engine = Engine(model, PROMPT + WRITTEN, threads)
    loaded = time.perf_counter() - begin
    sample = engine.tokens(text[:_SAMPLE])
    if not sample:
        raise WorkshopError(NO_TEXT.format(1))
    prompt = list(islice(cycle(sample), PROMPT + WRITTEN))
    reading, writing = [], []
    for _ in range(RUNS):
        engine.forget()
        reading.append(PROMPT / _seconds(engine, [prompt[:PROMPT]]))
        writing.append(WRITTEN / _seconds(engine, [[token] for token in prompt[PROMPT:]]))
    engine.close()
    return {
        "load_s": loaded,
        "reads_per_s": statistics.median(reading),
        "writes_per_s": statistics.median(writing),
        "memory_mb": _memory_mb(),
    }


def _seconds(engine: Engine, parts: list[list[int]]) -> float:
    begin = time.perf_counter()
    for part in parts:
        engine.read(part)
    return time.perf_counter() - begin


def _memory_mb() -> float:
    """Most memory that this process has held; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0.0
    import resource  # noqa: PLC0415 (not on Windows)

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20) if sys.platform == "darwin" else most / 1024
