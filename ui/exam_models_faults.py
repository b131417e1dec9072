"""Cancelling, waiting in line, and death of the worker; for `aidpost exam models`."""

import os
import signal
import statistics
import threading
import time
from contextlib import suppress
from typing import Any

from assistant.errors import ModelError
from assistant.writing.language import GenerationLimits
from assistant.writing.model_process import ProcessModel
from ui.exam_models_asking import NEVER, Bench, ask, plain, tokens, words, worker_ids

USERS = 8
_SIGNALS = ("SIGKILL", "SIGSEGV", "SIGABRT")
_STEP_S = 0.05


def cancelling(bench: Bench) -> dict[str, Any]:
    """Tokens written after a cancel, and how soon a cancel ends the reading of a prompt."""
    with bench.opened() as model:
        after = [_tokens_after_cancel(model) for _ in range(bench.rounds)]
        reading = [_cancel_while_reading(model) for _ in range(bench.rounds)]
    return {
        "tokens_after": max(after),
        "reading_ends_s": round(statistics.median(spent for spent, _ in reading), 3),
        "written_then": max(written for _, written in reading),
    }


def waiting_users(bench: Bench) -> dict[str, Any]:
    """Eight people ask at once: who comes first is served first, and nobody is sent away."""
    size = tokens()
    served: list[int] = []
    waits: list[float] = []
    failed: list[str] = []

    def person(number: int) -> None:
        begin = time.perf_counter()
        try:
            ask(model, plain(words(size["user_prompt"], number)), size["user_written"])
        except ModelError as error:
            failed.append(str(error))
        served.append(number)
        waits.append(time.perf_counter() - begin)

    with bench.opened() as model:
        threads = [threading.Thread(target=person, args=(number,)) for number in range(USERS)]
        for thread in threads:
            thread.start()
            time.sleep(_STEP_S)
        for thread in threads:
            thread.join()
    return {
        "users": USERS,
        "served_in_order": served == sorted(served),
        "failed": failed,
        "first_waited_s": round(min(waits), 2),
        "last_waited_s": round(max(waits), 2),
    }


def crashes(bench: Bench) -> dict[str, Any]:
    """From the death of the worker to the error, and to the first word of the next question."""
    return {name: _crash(bench, signal.Signals[name]) for name in _SIGNALS if hasattr(signal, name)}


def _crash(bench: Bench, sent: signal.Signals) -> dict[str, Any]:
    with bench.opened() as model:
        chunks = model.chunks(plain(words(40)), GenerationLimits(max_tokens=400), NEVER)
        next(chunks)
        begin = time.perf_counter()
        for worker in worker_ids():
            os.kill(worker, sent)
        message = ""
        try:
            with suppress(StopIteration):
                while True:
                    next(chunks)
        except ModelError as error:
            message = str(error)
        noticed = time.perf_counter() - begin
        ask(model, plain(words(40)))
        return {
            "noticed_s": round(noticed, 2),
            "answers_again_s": round(time.perf_counter() - begin, 2),
            "message": message,
        }


def _tokens_after_cancel(model: ProcessModel) -> int:
    cancelled = threading.Event()
    limits = GenerationLimits(max_tokens=200, chances=True)
    model.forget()
    seen = written = 0
    for chunk in model.chunks(plain(words(40)), limits, cancelled):
        seen += len(chunk.chances) if not cancelled.is_set() else 0
        if seen >= tokens()["cancel_after"]:
            cancelled.set()
        written = chunk.usage.written_tokens if chunk.usage else written
    return written - seen


def _cancel_while_reading(model: ProcessModel) -> tuple[float, int]:
    """Seconds from the cancel to the end, and tokens written."""
    cancelled = threading.Event()
    stopped: list[float] = []

    def cancel() -> None:
        cancelled.set()
        stopped.append(time.perf_counter())

    model.forget()
    timer = threading.Timer(0.5, cancel)
    timer.start()
    timed = ask(model, plain(words(1500)), 1, cancelled)
    end = time.perf_counter()
    timer.join()
    return max(0.0, end - stopped[0]), timed.usage.written_tokens
