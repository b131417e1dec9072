"""How a started clinic server bears many desks: waiting times, errors and memory.

A server of its own is started on loopback with an empty data folder. Each desk has a token and one
connection, as a browser has. Three ways to ask: `together`, where all desks ask in the same moment
and then rest; `paced`, where each reads its answer for a while, as people do; `without_pause`,
where each asks again as soon as it has its answer, which no clinic does: it shows the most that the
machine answers, and how long the line then is.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from ui.measuring import load, spread
from ui.serve.running import token_book
from ui.settings import HOME

ASKED = (
    ("ORS amount plan B", "age=2y weight=10kg"), ("fast breathing and cough", "age=3y weight=12kg"),
    ("BP 170/115 at 36 weeks with headache", ""), ("when to refer a child with cough", "age=18m"),
    ("first line treatment of hypertension", "age=55y"), ("snake bite first aid", ""),
    ("paracetamol dose for a child with fever", "weight=14kg"), ("bleeding after birth", "sex=f"),
    ("malaria treatment in the first trimester", "pregnant=yes"), ("measles vitamin A", "age=1y"),
    ("warfarin and metronidazole together", ""), ("adult dose of zelmoraxin for karvath fever", ""),
    ("convulsions in a newborn", "age=3d weight=3kg"), ("burn over 15% of the body fluids", ""),
    ("iron deficiency in pregnancy", ""), ("asthma attack not better after salbutamol", "age=30y"),
)  # fmt: skip
"""Questions and patients, all made up."""
_READY_S = 180.0
_START = "from ui.cli.serve import serve; serve()"


@dataclass(frozen=True, slots=True)
class Load:
    """What the desks do."""

    desks: int = 20
    rounds: int = 15
    """Questions of each desk in `together`."""
    seconds: float = 30.0
    """Length of `paced` and of `without_pause`."""
    reading_s: float = 5.0
    """Mean time that a person reads an answer, in `paced`; half to one and a half times this."""
    processes: int = 0
    """Answering processes of the server; 0 = one for each core."""


@dataclass(slots=True)
class _Seen:
    """What the desks saw; lists take additions from any thread."""

    ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def measure(plan: Load) -> dict[str, Any]:
    """Milliseconds, errors, the server's own work and its memory, for each way to ask.

    The desks and the server share the cores, as does whatever else runs: `load` tells how much.
    """
    with tempfile.TemporaryDirectory() as home, _server(Path(home), plan) as (pid, port):
        book = token_book(Path(home))
        tokens = [book.add(f"desk {number}") for number in range(plan.desks)]
        desks = [_Desk(port, token, number) for number, token in enumerate(tokens)]
        before = _resident_mb(pid)
        report: dict[str, Any] = {"desks": plan.desks, "cores": os.cpu_count(), "load": load()}
        ways: dict[str, _Way] = {
            "together": lambda desk, seen: _together(desk, seen, plan.rounds),
            "paced": lambda desk, seen: _paced(desk, seen, plan),
            "without_pause": lambda desk, seen: _until(desk, seen, plan.seconds, lambda: 0.0),
        }
        for name, way in ways.items():
            used = _cpu_s(pid)
            report[name] = found = _asked(desks, way)
            worked = (_cpu_s(pid) - used) * 1000 / max(1, found["answers"])
            report[name]["server_cpu_ms_each"] = round(worked, 1)
        after = _resident_mb(pid)
        return {**report, "rss_mb_at_start": before, "rss_mb_at_end": after}


class _Desk:
    """One desk with one connection."""

    def __init__(self, port: int, token: str, number: int) -> None:
        self._port = port
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._choice = random.Random(number)  # noqa: S311 - the same questions in every run
        self.barrier: threading.Barrier | None = None

    def ask(self, seen: _Seen) -> None:
        """Ask one question and note how long it took, or what went wrong."""
        text, patient = self._choice.choice(ASKED)
        body = json.dumps({"question": text, "patient": patient, "mode": "reference"})
        start = time.perf_counter()
        try:
            self._connection.request("POST", "/api/v1/ask", body, self._headers)
            response = self._connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            seen.errors.append(type(error).__name__)
            self._connection.close()
            return
        if response.status == 200 and answer["question"] == text:
            seen.ms.append((time.perf_counter() - start) * 1000)
        else:
            seen.errors.append(str(response.status))

    def rest(self, mean_s: float) -> None:
        """Read for a while."""
        time.sleep(mean_s * self._choice.uniform(0.5, 1.5))

    def meet(self) -> None:
        """Wait for all other desks."""
        if self.barrier is not None:
            self.barrier.wait(120)


_Way = Callable[[_Desk, _Seen], None]


def _asked(desks: list[_Desk], way: _Way) -> dict[str, Any]:
    """What all desks saw while each did the same."""
    seen, barrier = _Seen(), threading.Barrier(len(desks))
    for desk in desks:
        desk.barrier = barrier
    threads = [threading.Thread(target=way, args=(desk, seen)) for desk in desks]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    figures = spread(seen.ms) if seen.ms else {}
    worst = round(max(seen.ms, default=0.0), 2)
    return {
        "answers": len(seen.ms), "errors": len(seen.errors), "kinds": sorted(set(seen.errors)),
        **figures, "worst_ms": worst, "answers_a_second": round(len(seen.ms) / took, 1),
    }  # fmt: skip


def _together(desk: _Desk, seen: _Seen, rounds: int) -> None:
    for _ in range(rounds):
        desk.meet()
        desk.ask(seen)


def _paced(desk: _Desk, seen: _Seen, plan: Load) -> None:
    time.sleep(plan.reading_s * random.random())  # noqa: S311 - people do not begin in step
    _until(desk, seen, plan.seconds, lambda: plan.reading_s)


def _until(desk: _Desk, seen: _Seen, seconds: float, reading: Callable[[], float]) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        desk.ask(seen)
        desk.rest(reading())


@contextmanager
def _server(home: Path, plan: Load) -> Iterator[tuple[int, int]]:
    """A started server: number of its process, and its port."""
    command = [sys.executable, "-c", _START, "--port", "0", "--no-log"]
    command += ["--processes", str(plan.processes)]
    environment = {**os.environ, HOME: str(home)}
    with subprocess.Popen(  # noqa: S603
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        watch = threading.Timer(_READY_S, process.kill)
        watch.start()
        try:
            yield process.pid, _port(process)
        finally:
            watch.cancel()
            process.terminate()
            process.wait(30)


def _port(process: "subprocess.Popen[str]") -> int:
    for line in process.stdout or ():
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    message = "the server did not start"
    raise OSError(message)


def _resident_mb(pid: int) -> int | None:
    """Memory of a process and its children, shared parts counted once; None where untold."""
    sizes = []
    for number in (pid, *_children(pid)):
        path = Path(f"/proc/{number}/smaps_rollup")
        if not path.exists():
            return None
        found = re.search(r"^Pss:\s+(\d+)", path.read_text(), re.MULTILINE)
        sizes.append(int(found[1]) if found else 0)
    return round(sum(sizes) / 1024)


def _cpu_s(pid: int) -> float:
    """Seconds of work of a process and its children; 0 where untold."""
    ticks = 0
    for number in (pid, *_children(pid)):
        path = Path(f"/proc/{number}/stat")
        if path.exists():  # fields 14 and 15, counted behind the name, which may hold spaces
            ticks += sum(map(int, path.read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0


def _children(pid: int) -> list[int]:
    found = [
        int(number)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for number in path.read_text().split()
    ]
    return [*found, *(below for child in found for below in _children(child))]
