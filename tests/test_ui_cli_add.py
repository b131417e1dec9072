"""`aidpost kb add`: folders, refusals, stopping and going on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.makers_files import drawn, paper, pdf

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


# A shell that starts a job in the background has it ignore Ctrl-C, and its children too.
LISTENING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from ui.cli.main import main; main()"
)


def start(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    (home / "aidpost.toml").write_text("meaning = false\n", encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-c", LISTENING, "kb", *arguments],
        cwd=ROOT,
        env={**os.environ, "AIDPOST_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(home, *arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_a_folder_is_added_and_added_again(home: Path, tmp_path: Path) -> None:
    deep = tmp_path / "ward" / "notes"
    deep.mkdir(parents=True)
    (deep / "a.txt").write_text("Tarvex swelling needs ice.", encoding="utf-8")
    (tmp_path / "b.csv").write_text("Medicine,Dose\nTarvexin,5 mg\n", encoding="utf-8")
    (tmp_path / "c.bin").write_bytes(b"\x7fELF")
    code, out, err = run(home, "add", str(tmp_path))
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["added", "added"]
    assert "not added c.bin: c.bin is a program" in err
    code, out, _ = run(home, "add", str(tmp_path))
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [["already", "there"]] * 2


def test_nothing_that_can_be_added_fails(home: Path, tmp_path: Path) -> None:
    (tmp_path / "c.bin").write_bytes(b"\x7fELF")
    code, out, _ = run(home, "add", "--json", str(tmp_path))
    assert code == 1
    assert json.loads(out)["added"] == []
    assert json.loads(out)["stopped"] is False


@pytest.mark.skipif(sys.platform == "win32", reason="sends the signal of Ctrl-C")
def test_ctrl_c_leaves_what_is_done_and_the_next_run_goes_on(home: Path, tmp_path: Path) -> None:
    for number in range(3):
        text = f"Morvane rash of kind {number} needs cream."
        (tmp_path / f"a{number}.txt").write_text(text, encoding="utf-8")
    page = drawn(pdf([["Morvane rash needs cream, said the scan."]]))
    (tmp_path / "b.pdf").write_bytes(paper([page] * 80))
    process = start(home, "add", "--json", str(tmp_path))
    # The scan takes many seconds; what stands before it is in the library by then.
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and b"a2.txt" not in listed(home):
        time.sleep(0.3)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "Run the same command to go on" in err
    first = json.loads(out)
    assert first["stopped"] is True
    names = [document["file_name"] for document in first["added"]]
    assert names == ["a0.txt", "a1.txt", "a2.txt"]
    (tmp_path / "b.pdf").write_bytes(paper([page]))
    code, out, _ = run(home, "add", "--json", str(tmp_path))
    assert code == 0
    names = [document["file_name"] for document in json.loads(out)["added"]]
    assert names == ["a0.txt", "a1.txt", "a2.txt", "b.pdf"]
    assert run(home, "verify")[0] == 0


def listed(home: Path) -> bytes:
    _, out, _ = run(home, "list", "--json")
    return out.encode()
