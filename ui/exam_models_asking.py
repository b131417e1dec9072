"""Asks a model and times it, for `aidpost exam models`."""

import os
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import cycle, islice
from multiprocessing import active_children
from pathlib import Path
from typing import Any

from assistant.writing.conversation import Exchange, Window, prompt
from assistant.writing.language import GenerationLimits, Prompt, Segment, Usage
from assistant.writing.model_file import ModelOptions
from assistant.writing.model_process import ProcessModel
from assistant.writing.templates import families
from assistant.writing.worker_link import PROCESS
from ui.models.catalogue import Shape

NEVER = threading.Event()
_WORDS = "fever cough breath drink water zinc weigh chest rash stool "
_LIMIT_S = 600.0
_USED = slice(11, 13)
"""Time in the program and in the system, behind the name in `/proc/PID/stat`."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured: a model file and how to open it."""

    path: Path
    options: ModelOptions
    rounds: int

    @contextmanager
    def opened(self, **changed: Any) -> Iterator[ProcessModel]:  # noqa: ANN401
        """A loaded model with other options."""
        model = ProcessModel(self.path, replace(self.options, **changed))
        try:
            model.describe()
            yield model
        finally:
            model.close()


@dataclass(frozen=True, slots=True)
class Timed:
    """One answer; times in seconds."""

    first_s: float
    rate: float
    """Tokens a second after the first."""
    usage: Usage


@cache
def tokens() -> dict[str, int]:
    """Lengths of prompts."""
    return {name: int(number) for name, number in _tables()["tokens"].items()}


def shapes() -> dict[str, Shape]:
    """Networks by size."""
    return {name: Shape(**measures) for name, measures in _tables()["shape"].items()}


def words(count: int, start: int = 0) -> str:
    """A text of so many tokens; another start gives another text."""
    return "".join(islice(cycle(_WORDS), start % len(_WORDS), start % len(_WORDS) + count))


def plain(text: str) -> Prompt:
    """A prompt without marks."""
    return Prompt((Segment(text, special=False),))


def talk(asked: str, *earlier: Exchange) -> Prompt:
    """The prompt of a conversation."""
    known = Window((), earlier)
    return prompt(families()["plain"], words(tokens()["system"]), known, asked)


def ask(
    model: ProcessModel, asked: Prompt, written: int = 1, cancelled: threading.Event = NEVER
) -> Timed:
    """Ask once, as a person does: the first word is timed where it arrives."""
    limits = GenerationLimits(max_tokens=written, time_limit_s=_LIMIT_S, chances=False)
    begin = time.perf_counter()
    first = 0.0
    usage = Usage(0, 0, 0, 0.0, 0.0, "cancelled")
    for chunk in model.chunks(asked, limits, cancelled):
        first = first or time.perf_counter() - begin
        usage = chunk.usage or usage
    spent = time.perf_counter() - begin - first
    return Timed(first, (usage.written_tokens - 1) / spent if spent > 0 else 0.0, usage)


def processor_s(process: int) -> float:
    """Processor time that a process took so far; 0 where the system does not tell.

    Work beside it makes a model wait, but hardly makes it work more: this tells more than a clock.
    """
    path = Path(f"/proc/{process}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text("ascii", "replace").rpartition(")")[2].split()
    return sum(map(int, fields[_USED])) / os.sysconf("SC_CLK_TCK")


def worker_ids() -> list[int]:
    """Worker processes of models that this program runs."""
    return [child.pid for child in active_children() if child.name == PROCESS and child.pid]


def ratio(numerator: float, denominator: float) -> float:
    """A ratio to two decimals; 0 where it makes no sense."""
    return round(numerator / denominator, 3) if denominator > 0 else 0.0


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("ui").joinpath("exam_models.toml").read_text("utf-8"))
