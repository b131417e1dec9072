"""Measures the door to language models; figures and ratios, never pass or fail.

By default on a network of real measures with random weights, which this program makes itself: the
speed of a model depends on its measures, not on what it learned.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.writing.model_file import ModelOptions
from ui.exam_models_asking import Bench, ask, plain, shapes, tokens, words
from ui.exam_models_faults import cancelling, crashes, waiting_users
from ui.exam_models_memory import app_memory
from ui.exam_models_speed import follow_up, restart, speed
from ui.models.machine import this_machine
from ui.models.trial_file import write_trial

PARTS = ("speed", "follow-up", "restart", "cancel", "users", "crash", "memory", "gpu")
"""What can be measured, in this order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure, and with what."""

    size: str = "medium"
    """One of `shapes()`."""
    rounds: int = 5
    threads: int = 0
    """0 for all cores."""
    parts: tuple[str, ...] = PARTS
    file: Path | None = None
    """A model file to measure with; None makes one."""


def run_models(wanted: Wanted, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure the parts that are wanted.

    Args:
        wanted: Size, rounds and parts.
        say: Told what is being measured.

    Raises:
        ModelError: The engine is not installed or the model cannot be used.
        OSError: There is no room for the file, or the peer does not start.
    """
    with tempfile.TemporaryDirectory(prefix="aidpost-exam-") as passing:
        folder = Path(passing)
        bench = Bench(wanted.file or _made(folder, wanted, say), _options(wanted), wanted.rounds)
        report: dict[str, Any] = {"model": _about(bench, wanted)}
        for part in (one for one in PARTS if one in wanted.parts):
            say(part)
            report[part.replace("-", "_")] = _measured(part, bench, folder / "kept")
    return report


def _measured(part: str, bench: Bench, kept: Path) -> dict[str, Any]:
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "speed": lambda: speed(bench),
        "follow-up": lambda: follow_up(bench),
        "restart": lambda: restart(bench, kept),
        "cancel": lambda: cancelling(bench),
        "users": lambda: waiting_users(bench),
        "crash": lambda: crashes(bench),
        "memory": lambda: app_memory(bench),
        "gpu": lambda: _gpu(bench),
    }
    return parts[part]()


def _gpu(bench: Bench) -> dict[str, Any]:
    """Speed on a graphics card, where the engine was built for one and there is one."""
    text, written = words(tokens()["speed_prompt"]), tokens()["speed_written"]
    with bench.opened() as model:
        if model.describe().device != "gpu":
            return {"device": "cpu"}
        ask(model, plain(text), written)
        model.forget()
        timed = ask(model, plain(text), written)
    weights = bench.path.stat().st_size
    return {
        "device": "gpu",
        "first_word_s": round(timed.first_s, 3),
        "writes_per_s": round(timed.rate, 1),
        "weights_read_gb_per_s": round(timed.rate * weights / 1e9, 1),
    }


def _options(wanted: Wanted) -> ModelOptions:
    threads = wanted.threads or this_machine().cores
    return ModelOptions(context_length=tokens()["context"], threads=threads)


def _made(folder: Path, wanted: Wanted, say: Callable[[str], None]) -> Path:
    say("making a model file")
    path = folder / f"{wanted.size}.gguf"
    write_trial(path, shapes()[wanted.size], tokens()["context"])
    return path


def _about(bench: Bench, wanted: Wanted) -> dict[str, Any]:
    return {
        "size": wanted.file.name if wanted.file else wanted.size,
        "file_mb": round(bench.path.stat().st_size / 1e6),
        "threads": bench.options.threads,
        "rounds": bench.rounds,
    }
