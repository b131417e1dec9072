"""Speed against bare llama-cpp-python, and what is not read twice; for `aidpost exam models`."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.writing.conversation import Exchange
from assistant.writing.language import Prompt
from assistant.writing.model_process import ProcessModel
from ui.exam_models_asking import (
    Bench,
    Timed,
    ask,
    plain,
    processor_s,
    ratio,
    talk,
    tokens,
    words,
    worker_ids,
)
from ui.exam_models_peer import Peer

_TURNS = 3
"""Short runs are taken this many times a round."""


def speed(bench: Bench) -> dict[str, Any]:
    """Tokens a second beside bare llama-cpp-python, in turns; medians, and medians of ratios.

    The peer runs as it comes, its threads waiting in their own way. On a machine that has other
    work, the ratio of the bests and of processor time say more: waiting changes neither much.
    """
    text, written = words(tokens()["speed_prompt"]), tokens()["speed_written"]
    own: list[Timed] = []
    peer: list[tuple[float, float]] = []
    worked: list[float] = []
    options = bench.options
    with (
        bench.opened(gpu_layers=0) as model,
        Peer(bench.path, options.context_length, options.threads) as bare,
    ):
        processes = (worker_ids()[-1], bare.process)
        for number in range(_TURNS * bench.rounds + 1):
            before = [processor_s(one) for one in processes]
            # Who goes first changes, for the second may find the machine warmer or busier.
            for one in (0, 1) if number % 2 else (1, 0):
                if one:
                    peer.append(bare.ask(text, written))
                else:
                    model.forget()
                    own.append(ask(model, plain(text), written))
            spent = [processor_s(one) - then for one, then in zip(processes, before, strict=True)]
            worked.append(ratio(spent[0], spent[1]))
    compared = _compared(own[1:], peer[1:])
    return {**compared, "processor_time_ratio": round(statistics.median(worked[1:]), 3)}


def follow_up(bench: Bench) -> dict[str, Any]:
    """First word of a second question, as share of the time that its whole prompt takes."""
    size = tokens()
    passages = words(size["passages"])
    first = words(size["question"], 1) + passages
    answered = Exchange(first, words(size["answer"], 2))
    same = talk(words(size["question"], 3), answered)
    new = talk(words(size["question"], 3) + words(size["passages"], 4), answered)
    with bench.opened(gpu_layers=0) as model:
        return {
            "same_passages": _shares(bench, model, talk(first), same),
            "new_passages": _shares(bench, model, talk(first), new),
        }


def restart(bench: Bench, folder: Path) -> dict[str, Any]:
    """First word after a restart with the saved system text, as share of that without it."""
    size = tokens()
    text = words(size["system"])
    saving = replace(bench, options=replace(bench.options, shared_texts=(text,), gpu_layers=0))
    question = talk(words(size["question"], 1))
    with_passages = talk(words(size["question"], 1) + words(size["passages"], 2))
    with saving.opened(prefix_folder=folder) as model:
        ask(model, question)
    kept = sum(file.stat().st_size for file in folder.iterdir())
    return {
        "system_and_question": _restarted(saving, folder, question),
        "system_question_and_passages": _restarted(saving, folder, with_passages),
        "saved_mb": round(kept / 1e6, 2),
    }


def _restarted(bench: Bench, folder: Path, asked: Prompt) -> dict[str, Any]:
    without: list[Timed] = []
    saved: list[Timed] = []
    for _ in range(bench.rounds):
        for place, found in ((None, without), (folder, saved)):
            with bench.opened(prefix_folder=place) as model:
                found.append(ask(model, asked))
    return _first_words(without, saved)


def _shares(bench: Bench, model: ProcessModel, first: Prompt, second: Prompt) -> dict[str, Any]:
    uncached: list[Timed] = []
    cached: list[Timed] = []
    for _ in range(bench.rounds):
        model.forget()
        uncached.append(ask(model, second))
        model.forget()
        ask(model, first, tokens()["answer"])
        cached.append(ask(model, second))
    return _first_words(uncached, cached)


def _first_words(slow: Sequence[Timed], fast: Sequence[Timed]) -> dict[str, Any]:
    return {
        "prompt_tokens": fast[-1].usage.prompt_tokens,
        "reused_tokens": fast[-1].usage.reused_tokens,
        "uncached_s": _median(slow, lambda one: one.first_s),
        "cached_s": _median(fast, lambda one: one.first_s),
        "ratio": _median_ratio([(a.first_s, b.first_s) for a, b in zip(fast, slow, strict=True)]),
    }


def _compared(own: Sequence[Timed], peer: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {
        "writes_per_s": _median(own, lambda one: one.rate),
        "bare_writes_per_s": round(statistics.median(rate for _, rate in peer), 2),
        "writing_ratio": _median_ratio([(a.rate, b) for a, (_, b) in zip(own, peer, strict=True)]),
        "writing_ratio_of_bests": ratio(
            max(one.rate for one in own), max(rate for _, rate in peer)
        ),
        "reads_per_s": _median(own, lambda one: one.usage.prompt_tokens / one.first_s),
        "reading_time_ratio": _median_ratio(
            [(a.first_s, b) for a, (b, _) in zip(own, peer, strict=True)]
        ),
        "reading_time_ratio_of_bests": ratio(
            min(one.first_s for one in own), min(first for first, _ in peer)
        ),
    }


def _median(found: Sequence[Timed], what: Callable[[Timed], float]) -> float:
    return round(statistics.median(map(what, found)), 3)


def _median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    return round(statistics.median(ratio(a, b) for a, b in pairs), 3)
