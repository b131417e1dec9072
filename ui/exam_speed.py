"""Measures how fast the product is for a person: from process start to an answer or a page."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from assistant.messages import Question
from assistant.patient import parse_patient
from ui.settings import HOME, load_settings

QUESTIONS = (
    "ORS amount plan B 10 kg child",
    "BP 170/115 at 36 weeks with headache",
    "adult dose of zelmoraxin for karvath fever",
    "paracetamol dose for a child with fever",
    "when to refer a child with cough",
    "first line treatment of hypertension",
)
READY_WITHIN_S = 60.0


def measure(runs: int, *, with_app: bool) -> dict[str, Any]:
    """Medians of `runs` runs; times in seconds and milliseconds, memory in MB.

    The first start indexes the starter library and is reported apart. The peer of each cold start
    is a bare start of the same Python in the same run.
    """
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, HOME: home}
        ask = [sys.executable, "-m", "ui.cli", "ask", "--json", QUESTIONS[0]]
        first = _seconds(ask, environment)
        cold = statistics.median(_seconds(ask, environment) for _ in range(runs))
        bare = statistics.median(
            _seconds([sys.executable, "-c", "pass"], environment) for _ in range(runs)
        )
        report: dict[str, Any] = {
            "first_run_s": round(first, 3),
            "cold_ask_s": round(cold, 3),
            "cold_ask_over_bare_python": round(cold / bare, 1),
            **_warm(home),
            "installed_mb": _installed_mb(),
        }
        if with_app:
            starts = [_app(environment) for _ in range(min(runs, 3))]
            report["app_ready_s"] = round(statistics.median(s for s, _ in starts), 2)
            report["app_rss_mb"] = round(statistics.median(m for _, m in starts))
    return report


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603
    return time.perf_counter() - start


def _warm(home: str) -> dict[str, float]:
    from dataclasses import replace  # noqa: PLC0415

    from ui.wiring import open_desk  # noqa: PLC0415

    settings, _ = load_settings()
    desk = open_desk(replace(settings, home=Path(home)))
    try:
        times = []
        for _ in range(10):
            for text in QUESTIONS:
                patient, _ = parse_patient({})
                start = time.perf_counter()
                desk.assistant.answer(Question(text, patient))
                times.append((time.perf_counter() - start) * 1000)
    finally:
        desk.close()
    times.sort()
    return {
        "warm_p50_ms": round(statistics.median(times), 1),
        "warm_p95_ms": round(times[int(len(times) * 0.95)], 1),
    }


def _app(environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until the page is served, and resident megabytes after an answer's worth of use."""
    command = [sys.executable, "-m", "ui.cli", "--no-browser"]
    start = time.perf_counter()
    with subprocess.Popen(  # noqa: S603
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            port = _port(process)
            while time.perf_counter() - start < READY_WITHIN_S and not _served(port):
                time.sleep(0.02)
            return time.perf_counter() - start, _resident_mb(process.pid)
        finally:
            process.terminate()


def _port(process: "subprocess.Popen[str]") -> int:
    for line in process.stdout or ():
        match = re.search(r"127\.0\.0\.1:(\d+)", line)
        if match:
            return int(match[1])
    message = "the app did not say where it listens"
    raise OSError(message)


def _served(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status in (200, 307)
    except OSError:
        return False
    finally:
        connection.close()


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    match = re.search(r"VmRSS:\s+(\d+)", status.read_text(encoding="utf-8"))
    return int(match[1]) / 1024 if match else float("nan")


def _installed_mb() -> int:
    site = Path(sys.prefix)
    return round(sum(f.stat().st_size for f in site.rglob("*") if f.is_file()) / 1e6)
