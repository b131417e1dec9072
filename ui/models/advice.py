"""Which model suits a machine: pure reckoning from memory, measured speed and the catalogue.

Everything here is an estimate. Reading a prompt is limited by arithmetic, so its time grows with
the number of weights; writing is limited by memory, so its time grows with their bytes.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from ui.models.catalogue import Entry, Shape

_MB = 10**6


@dataclass(frozen=True, slots=True)
class Speed:
    """What a machine does, measured with a model of known size."""

    weights_per_s: float
    """Weights that it multiplies in a second while it reads a prompt."""
    bytes_per_s: float
    """Bytes of weights that pass through it in a second while it writes."""
    threads: int
    """Threads with which this was measured."""


@dataclass(frozen=True, slots=True)
class Passages:
    """How much of the library goes into a prompt."""

    tokens: int
    context: int
    """Tokens of prompt and answer together."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a model is chosen; the numbers of `advice.toml`."""

    reserve_mb: int
    overhead_mb: int
    other_tokens: int
    reading_share: float
    longest_first_word_s: float
    least_tokens_per_s: float
    passages: tuple[Passages, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is to be expected of one model in one quantization."""

    name: str
    quant: str
    memory_mb: int
    passages: Passages
    reads_per_s: float
    """Tokens; 0 where the speed was not measured. So are the two that follow."""
    writes_per_s: float
    first_word_s: float
    """Of a first question; one that follows does not read the system prompt again."""
    why_not: str = ""
    """What speaks against it; empty where it suits."""


def load_rules() -> Rules:
    """The numbers of the package."""
    text = files("ui.models").joinpath("advice.toml").read_text(encoding="utf-8")
    values: dict[str, Any] = tomllib.loads(text)
    passages = tuple(Passages(**row) for row in values.pop("passages"))
    return Rules(**values, passages=passages)


def estimates(
    entries: Iterable[Entry], memory: int, speed: Speed | None, rules: Rules
) -> tuple[Estimate, ...]:
    """What is to be expected of every chat model, the most wanted first.

    Args:
        entries: Models of the catalogue.
        memory: Bytes that the machine has in all.
        speed: What was measured; None judges by memory alone.
        rules: How to choose.
    """
    chat = sorted((one for one in entries if one.shape), key=lambda one: -one.rank)
    return tuple(
        _estimate(one, one.shape, quant, memory, speed, rules)
        for one in chat
        for quant in one.quants
        if one.shape is not None
    )


def best(found: Sequence[Estimate]) -> Estimate | None:
    """The most wanted model that suits, with the finest weights that still suit."""
    suited = [one for one in found if not one.why_not]
    if not suited:
        return None
    same = [one for one in suited if one.name == suited[0].name]
    most = max(one.passages.tokens for one in same)
    return max((one for one in same if one.passages.tokens == most), key=lambda one: one.memory_mb)


def _estimate(
    entry: Entry, shape: Shape, quant: str, memory: int, speed: Speed | None, rules: Rules
) -> Estimate:
    tried = [_with(entry, shape, quant, speed, rules, passages) for passages in rules.passages]
    chosen = next((one for one in tried if _in_time(one, speed, rules)), tried[-1])
    room = memory // _MB - rules.reserve_mb
    return _judged(chosen, room, speed, rules)


def _with(
    entry: Entry, shape: Shape, quant: str, speed: Speed | None, rules: Rules, passages: Passages
) -> Estimate:
    kept = shape.context_bytes * passages.context // _MB
    needed = entry.quants[quant] + kept + rules.overhead_mb
    if speed is None:
        return Estimate(entry.name, quant, needed, passages, 0.0, 0.0, 0.0)
    reads = speed.weights_per_s * rules.reading_share / shape.working_weights
    writes = speed.bytes_per_s / shape.writing_bytes(quant)
    first = (rules.other_tokens + passages.tokens) / reads + 1 / writes
    return Estimate(entry.name, quant, needed, passages, reads, writes, first)


def _in_time(one: Estimate, speed: Speed | None, rules: Rules) -> bool:
    return speed is None or one.first_word_s <= rules.longest_first_word_s


def _judged(one: Estimate, room_mb: int, speed: Speed | None, rules: Rules) -> Estimate:
    why = ""
    if one.memory_mb > room_mb:
        why = f"needs {one.memory_mb / 1000:.1f} GB of memory"
    elif not _in_time(one, speed, rules):
        why = "reads too slowly on this machine"
    elif speed is not None and one.writes_per_s < rules.least_tokens_per_s:
        why = "writes too slowly on this machine"
    return replace(one, why_not=why)
