"""Keeps a worker process within its memory: what it holds is looked at, not what it asks for.

A limit on address space would count every mapped page twice and stop engines that reserve far more
than they use, as those of graphics cards do.
"""

import os
import threading
import time
from pathlib import Path

TOO_MUCH_MEMORY = 77
"""Exit status of a worker that held more memory than it may."""

_STATUS = Path("/proc/self/statm")
_EVERY_S = 0.2
_SHARE = 0.9


def most_mb() -> int:
    """Nine tenths of the machine's memory in MB, so that the system need not choose whom to end."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * _SHARE) >> 20


def resident_mb() -> int:
    """Memory that this process holds, in MB; 0 where the system does not tell."""
    if not _STATUS.exists():
        return _most_resident_mb()
    pages = int(_STATUS.read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def _most_resident_mb() -> int:
    """The most that this process ever held; macOS counts in bytes."""
    try:
        import resource  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20


def watch_memory(limit_mb: int) -> None:
    """End this process with `TOO_MUCH_MEMORY` once it holds more; 0 sets no limit."""
    if limit_mb > 0:
        threading.Thread(target=_watch, args=(limit_mb,), daemon=True).start()


def _watch(limit_mb: int) -> None:
    while resident_mb() <= limit_mb:
        time.sleep(_EVERY_S)
    os._exit(TOO_MUCH_MEMORY)
