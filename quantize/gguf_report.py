"""`aidpost quantize report`: measures a full model and smaller ones of it, side by side."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from quantize.digests import sha256_of
from quantize.errors import WorkshopError
from quantize.gguf_child import Found, ask
from quantize.gguf_recipe import Measuring
from quantize.llama_door import engine_version
from quantize.report_plot import svg
from quantize.report_table import markdown
from quantize.scorecard import Bounds, Card, Score, rate_of

Gate = Callable[[Path], float | None]
"""Share of a model's sentences that the app's gate lets through, measured by the program."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """What is measured besides the text; each part is left out where it is None."""

    choices: Path | None = None
    """Questions with options, JSON lines."""
    calls: Path | None = None
    """Prompts for tool calls, JSON lines."""
    grammar: Path | None = None
    """Grammar or schema that tool calls keep to."""
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class Examiner:
    """Measures models, each in processes of its own."""

    measuring: Measuring
    bounds: Bounds
    tasks: Tasks
    threads: int
    say: Callable[[str], None]

    def examine(self, full: Path, smaller: Sequence[Path], text: str) -> Card:
        """Measure all.

        Args:
            full: the full model.
            smaller: what was made from it.
            text: a text that was not calibrated with.

        Raises:
            WorkshopError: a file cannot be measured.
        """
        if self.tasks.calls and not self.tasks.grammar:
            raise WorkshopError("Tool calls are measured with a grammar; name one.")
        with tempfile.TemporaryDirectory() as place:
            held_back = Path(place) / "held-back.txt"
            held_back.write_text(text, encoding="utf-8")
            first = self._score(full, held_back, full=True)
            rest = tuple(self._score(path, held_back, full=False) for path in smaller)
        return Card(first, rest, self.bounds, engine_version())

    def _score(self, path: Path, text: Path, *, full: bool) -> Score:
        self.say(f"Measuring {path.name}.")
        common = {"model": str(path), "text": str(text), "threads": self.threads}
        # In a process of its own, so that its memory is that of reading and writing alone.
        fast = ask("speed", common)
        kept = text.with_name("full-model")
        job = {**common, "kept": str(kept), "full": full, **self._asked()}
        found = ask("judge", job)
        gate = self.tasks.gate(path) if self.tasks.gate else None
        return _score(path, {**fast, **found}, gate)

    def _asked(self) -> Found:
        tasks, plan = self.tasks, self.measuring
        return {
            "context": plan.context,
            "chunks": plan.chunks,
            "task_context": plan.task_context if tasks.choices or tasks.calls else 1,
            "choices": str(tasks.choices or ""),
            "calls": str(tasks.calls or ""),
            "grammar": str(tasks.grammar or ""),
        }


def write_report(folder: Path, card: Card) -> None:
    """Write report.md, report.json and report.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    table = json.dumps(card.table(), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "report.json").write_text(table + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(card), encoding="utf-8")
    (folder / "report.svg").write_text(svg(card), encoding="utf-8")


def _score(path: Path, found: Found, gate: float | None) -> Score:
    return Score(
        name=path.stem,
        sha256=sha256_of(path),
        size=path.stat().st_size,
        memory_mb=found["memory_mb"],
        load_s=found["load_s"],
        reads_per_s=found["reads_per_s"],
        writes_per_s=found["writes_per_s"],
        tokens=int(found["tokens"]),
        perplexity=found["perplexity"],
        divergence=found.get("divergence", 0.0),
        worst_divergence=found.get("worst_divergence", 0.0),
        agreement=found.get("agreement", 1.0),
        choices=rate_of(found.get("choices")),
        calls=rate_of(found.get("calls")),
        gate=gate,
    )
