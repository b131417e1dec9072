"""How long work takes and how much memory it holds; shared by the exams."""

import os
import re
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def timed(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> tuple[T, float]:
    """What work gives, and its milliseconds."""
    start = time.perf_counter()
    result = work(*arguments, **named)
    return result, (time.perf_counter() - start) * 1000


def timed_twice(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> tuple[float, float]:
    """Milliseconds of work by the clock, and those that all threads of it were at work."""
    start = time.process_time()
    _, took = timed(work, *arguments, **named)
    return took, (time.process_time() - start) * 1000


def spread(times: Sequence[float]) -> dict[str, float]:
    """Median and the time that one in twenty passes; in milliseconds."""
    ordered = sorted(times)
    late = round(ordered[int(len(ordered) * 0.95)], 2)
    return {"p50_ms": median(times), "p95_ms": late, "best_ms": round(ordered[0], 2)}


def median(times: Sequence[float]) -> float:
    """Median to a hundredth."""
    return round(statistics.median(times), 2)


def apart(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Do work in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments, **named).result()


def megabytes(*paths: Path) -> int:
    """Size of files."""
    return round(sum(path.stat().st_size for path in paths) / 1e6)


def resident_mb() -> int | None:
    """Resident memory of this process, mapped files included; None where that is not told."""
    status = Path("/proc/self/status")
    match = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
    return round(int(match[1]) / 1024) if match else None


def load() -> float | None:
    """Processes that waited for a core in the last minute; None where that is not told."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
