"""Uses a built program as a clinic does: asks, adds a document, opens the app; tells the times.

    python packaging/smoke.py FOLDER-OR-PROGRAM

Runs with an empty environment and a data folder of its own, so that nothing of the machine that
built the program can help it.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dist_common import say, stop

QUESTION = "How much ORS for plan B in a child of 10 kg?"
NEW = "Clinic rule: the zorvane cupboard key hangs behind the door of the nurse in charge."
FIRST_ANSWER_S = 60.0
"""A slow machine under load still answers in this time; the figure itself is printed."""
_READY_S = 120.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


def smoke(program: Path) -> dict[str, float]:
    """Seconds of every step; the build stops where one fails."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        took = {"first_answer_s": _timed(lambda: _answers(program, home, QUESTION))}
        took["next_answer_s"] = _timed(lambda: _answers(program, home, QUESTION))
        for name, data in _documents().items():
            (home / name).write_bytes(data)
            took[f"add_{name}_s"] = _timed(partial(_adds, program, home, home / name))
        _answers(program, home, "where does the zorvane cupboard key hang")
        took["doctor_s"] = _timed(lambda: _doctor(program, home))
        took["app_ready_s"] = _app(program, home)
    if took["first_answer_s"] > FIRST_ANSWER_S:
        stop(f"The first answer took {took['first_answer_s']:.0f} s.")
    return took


def _timed(step: Callable[[], None]) -> float:
    begun = time.monotonic()
    step()
    return round(time.monotonic() - begun, 2)


def environment(home: Path) -> dict[str, str]:
    """Nothing but a data folder."""
    kept = {key: os.environ[key] for key in ("SYSTEMROOT",) if key in os.environ}
    return {**kept, "AIDPOST_HOME": str(home / "data"), "PATH": "/usr/bin:/bin", "HOME": str(home)}


def _run(program: Path, home: Path, *words: str) -> str:
    done = subprocess.run(
        [str(program), *words],
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode != 0:
        stop(f"`aidpost {' '.join(words)}` gave status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def _answers(program: Path, home: Path, question: str) -> None:
    answer = json.loads(_run(program, home, "ask", "--json", question))
    cited = [one for one in answer["sentences"] if one["citations"]]
    if answer["abstained"] or not cited:
        stop(f"The built program has no answer to: {question}")


def _adds(program: Path, home: Path, file: Path) -> None:
    _run(program, home, "kb", "add", str(file))


def _doctor(program: Path, home: Path) -> None:
    found = json.loads(_run(program, home, "doctor", "--json"))
    missing = [one["name"] for one in found["findings"] if not one["ok"] and one["needed"]]
    if not found["healthy"] or missing:
        stop(f"`aidpost doctor` is not content: {missing}")
    absent = [one["name"] for one in found["findings"] if not one["ok"]]
    say(f"doctor: sound; absent: {', '.join(absent) or 'nothing'}")


def _app(program: Path, home: Path) -> float:
    begun = time.monotonic()
    process = subprocess.Popen(
        [str(program), "--no-browser"],
        env=environment(home),
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        port = _port(process, begun + _READY_S)
        page = _page(port, begun + _READY_S)
        if "gradio" not in page.casefold():
            stop("The app does not serve its page.")
        return round(time.monotonic() - begun, 2)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _port(process: "subprocess.Popen[str]", end: float) -> int:
    while process.stdout is not None and time.monotonic() < end:
        row = process.stdout.readline()
        found = _ADDRESS.search(row)
        if found:
            return int(found[1])
        if not row:
            break
    return stop("The app did not say where it listens.")


def _page(port: int, end: float) -> str:
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    return stop("The app does not answer.")


def _documents() -> dict[str, bytes]:
    return {"rules.txt": NEW.encode(), "rules.pdf": _pdf(NEW)}


def _pdf(text: str) -> bytes:
    """A page with one line of text, by the rules of PDF 1.4."""
    stream = f"BT /F1 12 Tf 60 700 Td ({text}) Tj ET".encode()
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page + b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 6\n0000000000 65535 f \n" + rows
    return out + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)


if __name__ == "__main__":
    given = Path(sys.argv[1]).resolve()
    for name, seconds in smoke(given / "aidpost" if given.is_dir() else given).items():
        print(f"{name} {seconds}")
