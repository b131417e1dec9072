"""Measures how fast this machine reads and writes: the real engine, a model of known size."""

import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from assistant.writing.language import GenerationLimits, LanguageModel, Prompt, Segment, Usage
from ui.models.advice import Speed
from ui.models.disk import plain_errors, require_room
from ui.models.errors import ModelFilesError
from ui.models.trial_file import TRIAL, bytes_for_a_word, write_trial

LIMIT_S = 60.0
"""Longest time for the whole measurement."""
_SHORT, _LONG = 32, 384
"""Tokens of the prompts: one for a slow machine, one whose time says more."""
_WRITTEN = 32
_LONG_S = 12.0
"""The long prompt is read only where that takes no longer."""
_NEARLY = 0.9
"""Fewer threads are chosen where they reach this share of the best: the app needs a core too."""

Open = Callable[[Path, int], LanguageModel]
"""Opens a model file with a number of threads."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one number of threads does."""

    reads_per_s: float
    """Tokens of a prompt."""
    writes_per_s: float
    threads: int


def measure(open_model: Open, folder: Path, cores: int, limit_s: float = LIMIT_S) -> Speed:
    """How fast this machine is; takes at most about `limit_s` seconds.

    Args:
        open_model: Opens a model file.
        folder: Where a file of 150 MB can lie meanwhile.
        cores: Cores that may be used.
        limit_s: Longest time, in seconds.

    Raises:
        ModelError: the engine is not installed, does not start, or is too slow to be measured.
        NoRoom: there is no room for the file.
    """
    end = time.monotonic() + limit_s
    require_room(folder, 0)
    with plain_errors("The file for the measurement"):
        folder.mkdir(parents=True, exist_ok=True)
        holder = tempfile.TemporaryDirectory(
            dir=folder, prefix=".trial-", ignore_cleanup_errors=True
        )
    with holder as place:
        path = Path(place) / "trial.gguf"
        with plain_errors("The file for the measurement"):
            write_trial(path)
        measured: list[Measured] = []
        for threads in candidates(cores):
            left = end - time.monotonic()
            if measured and left < limit_s / 2:
                break
            with closing(open_model(path, threads)) as model:
                measured.append(_measured(model, threads, left))
    chosen = choose(measured)
    weights = chosen.reads_per_s * TRIAL.working_weights
    return Speed(weights, chosen.writes_per_s * bytes_for_a_word(), chosen.threads)


def candidates(cores: int) -> tuple[int, ...]:
    """Numbers of threads worth trying: all cores, all but one, and half of them."""
    return tuple(dict.fromkeys((cores, max(1, cores - 1), max(1, cores // 2))))


def choose(measured: list[Measured]) -> Measured:
    """The fewest threads that read and write nearly as fast as the fastest."""
    reads = max(one.reads_per_s for one in measured)
    writes = max(one.writes_per_s for one in measured)
    near = [
        one
        for one in measured
        if one.reads_per_s >= _NEARLY * reads and one.writes_per_s >= _NEARLY * writes
    ]
    if near:
        return min(near, key=lambda one: one.threads)
    return max(measured, key=lambda one: one.reads_per_s)


def _measured(model: LanguageModel, threads: int, left_s: float) -> Measured:
    """The better of two tries: other work on the machine only ever makes it slower."""
    end = time.monotonic() + left_s
    model.describe()
    used = [_asked(model, _SHORT, end)]
    # What was read just now says how long more would take.
    each = used[0].prompt_s * _LONG / _SHORT
    used += [
        _asked(model, tokens, end)
        for tokens in (_LONG, _LONG - 1)
        if each <= min(_LONG_S, (end - time.monotonic()) / 2)
    ]
    timed = used[1:] or used
    reads = max((one.prompt_tokens - one.reused_tokens) / one.prompt_s for one in timed)
    writes = max(one.written_tokens / one.writing_s for one in timed)
    return Measured(reads, writes, threads)


def _asked(model: LanguageModel, tokens: int, end: float) -> Usage:
    """What one prompt of so many bytes costs; every byte is a token of the trial model."""
    left = max(1.0, end - time.monotonic())
    # A first letter of its own keeps the model from going on with an earlier prompt.
    text = chr(ord("a") + tokens % 26) + "tick " * (tokens // 5)
    limits = GenerationLimits(max_tokens=_WRITTEN, time_limit_s=left)
    prompt = Prompt((Segment(text, special=False),))
    usage = None
    for chunk in model.chunks(prompt, limits, threading.Event()):
        usage = chunk.usage or usage
    if usage is None or usage.written_tokens < 2 or usage.writing_s <= 0:
        raise ModelFilesError(
            "This machine is too slow for a language model: it could not be measured in time."
        )
    return usage
