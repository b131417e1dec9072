"""What this machine has: memory, processor cores and instruction sets.

Reads what the system tells and runs nothing. Limits of a container count as the machine's own.
"""

import ctypes
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_WANTED = {
    "ssse3": "SSSE3",
    "sse4_2": "SSE4.2",
    "avx": "AVX",
    "avx2": "AVX2",
    "fma": "FMA",
    "f16c": "F16C",
    "bmi2": "BMI2",
    "avx_vnni": "AVX-VNNI",
    "avx512f": "AVX-512",
    "avx512_vnni": "AVX-512 VNNI",
    "avx512_bf16": "AVX-512 BF16",
    "amx_int8": "AMX",
    "asimd": "NEON",
    "asimddp": "dot product",
    "i8mm": "I8MM",
    "sve": "SVE",
}
"""Words of the system -> names; those that the engine of language models makes use of."""
REQUIRED_X86 = ("AVX2", "FMA", "F16C", "BMI2")
"""Without these the engine, as it is built for this program, does not start."""
_MAC = {"optional.avx2_0": "avx2", "optional.avx512f": "avx512f", "optional.neon": "asimd"}
_WINDOWS = {40: "avx2", 41: "avx512f", 38: "sse4_2", 39: "avx"}
_UNLIMITED = 1 << 60


@dataclass(frozen=True, slots=True)
class Machine:
    """A computer, as far as it matters for a language model."""

    processor: str
    architecture: str
    """`x86_64`, `arm64` or as the system says."""
    cores: int
    """Cores that this program may use."""
    memory: int
    """Bytes in all."""
    free: int
    """Bytes that are free or can be freed at once."""
    instructions: tuple[str, ...]
    load: float = 0.0
    """Programs at work for each core, on average over the last minute; 0 where it is not known."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Instruction sets that the engine needs and this processor lacks, where that is known."""
        if self.architecture != "x86_64" or not self.instructions:
            return ()
        known = REQUIRED_X86 if sys.platform == "linux" else ("AVX2",)
        return tuple(name for name in known if name not in self.instructions)


def this_machine() -> Machine:
    """The machine that the program runs on."""
    readers = {"linux": _linux, "darwin": _mac, "win32": _windows}
    processor, memory, free, words = readers.get(sys.platform, _unknown)()
    architecture = {"amd64": "x86_64", "aarch64": "arm64"}.get(
        platform.machine().casefold(), platform.machine().casefold()
    )
    cores = _cores()
    return Machine(processor, architecture, cores, memory, free, named(words), _load() / cores)


def named(words: Iterable[str]) -> tuple[str, ...]:
    """Instruction sets by name, in the order of their age."""
    there = set(words)
    return tuple(name for word, name in _WANTED.items() if word in there)


def memory_in(text: str) -> tuple[int, int]:
    """Bytes in all and bytes free, from the text of `/proc/meminfo`."""
    found = {
        name: int(number) * 1024
        for name, number in re.findall(r"^(MemTotal|MemAvailable):\s+(\d+) kB$", text, re.M)
    }
    total = found.get("MemTotal", 0)
    return total, found.get("MemAvailable", total)


def processor_in(text: str) -> tuple[str, tuple[str, ...]]:
    """Name and instruction words, from the text of `/proc/cpuinfo`."""
    name = re.search(r"^model name\s*:\s*(.+)$", text, re.M)
    words = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.M)
    return (name[1].strip() if name else ""), tuple(words[1].split()) if words else ()


def _linux() -> tuple[str, int, int, tuple[str, ...]]:
    name, words = processor_in(_text("/proc/cpuinfo"))
    total, free = memory_in(_text("/proc/meminfo"))
    limit, used = _number("/sys/fs/cgroup/memory.max"), _number("/sys/fs/cgroup/memory.current")
    if 0 < limit < _UNLIMITED:
        total, free = min(total, limit), min(free, max(0, limit - used))
    return name or platform.processor(), total, free, words


def _mac() -> tuple[str, int, int, tuple[str, ...]]:
    words = tuple(word for key, word in _MAC.items() if _sysctl(f"hw.{key}") == "1")
    if platform.machine() == "arm64":
        words = ("asimd", "asimddp")
    total = int(_sysctl("hw.memsize") or 0)
    # The system keeps files in free memory and gives it back; two thirds can usually be had.
    return _sysctl("machdep.cpu.brand_string"), total, total * 2 // 3, words


def _windows() -> tuple[str, int, int, tuple[str, ...]]:
    kernel = getattr(getattr(ctypes, "windll", None), "kernel32", None)
    if kernel is None:
        return _unknown()
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    kernel.GlobalMemoryStatusEx(ctypes.byref(status))
    has = kernel.IsProcessorFeaturePresent
    words = tuple(word for number, word in _WINDOWS.items() if has(number))
    return platform.processor(), int(status.total), int(status.free), words


def _unknown() -> tuple[str, int, int, tuple[str, ...]]:
    return platform.processor(), 0, 0, ()


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("total", ctypes.c_uint64),
        ("free", ctypes.c_uint64),
        ("others", ctypes.c_uint64 * 5),
    )


def _cores() -> int:
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota = _text("/sys/fs/cgroup/cpu.max").split()
    if len(quota) == 2 and quota[0].isdecimal() and int(quota[1]) > 0:
        usable = min(usable, max(1, int(quota[0]) // int(quota[1])))
    return usable


def _load() -> float:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _number(path: str) -> int:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else 0


def _sysctl(name: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command of the system
            ["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
