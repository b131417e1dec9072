"""Readers in child processes: whatever a file does to one, the person gets a plain message."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.errors import (
    DocumentEncrypted,
    DocumentTooLarge,
    LibraryError,
    NoTextFound,
    UnknownDocument,
    UnreadableDocument,
)
from kb.extract.pdf_view import page_boxes, render_page
from kb.extract.registry import extract
from tests.makers_files import (
    PdfMaker,
    flate_bomb,
    pdf,
    raw_pdf,
    saved,
    scan,
    with_part,
    word,
)
from ui.worker_main import resident
from ui.workers import MAX_BYTES, Limits, call, extract_in_child, render_in_child

TASKS = "tests.makers_tasks"
SHORT = Limits(seconds=5.0, memory=200_000_000)


def run(task: str, **arguments: object) -> tuple[dict[str, object], bytes]:
    return call(f"{TASKS}:{task}", b"data", {"name": "odd.pdf"} | arguments, SHORT)


def test_a_child_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "absent"))
    with pytest.raises(UnreadableDocument, match="no other process can be started"):
        run("echo")


def test_values_and_bytes_go_there_and_back() -> None:
    found, raw = call(
        f"{TASKS}:echo", b"\x00\x01\xff" * 500_000, {"name": "Fi\u00e8vre \u2022", "n": 2}
    )
    assert found == {"arguments": {"name": "Fi\u00e8vre \u2022", "n": 2}}
    assert raw == b"\xff\x01\x00" * 500_000


def test_a_task_that_hangs_ends_in_time() -> None:
    begun = time.monotonic()
    with pytest.raises(DocumentTooLarge, match=r"not be read within 0\.5 seconds"):
        call(f"{TASKS}:hang", b"", {"name": "odd.pdf"}, Limits(seconds=0.5))
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("task", ["crash", "give_up", "fail", "deepen"])
def test_a_crash_is_a_damaged_file(task: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"odd\.pdf could not be read: it is damaged"):
        run(task)


@pytest.mark.parametrize("task", ["fill_memory", "watched"])
def test_a_task_that_takes_too_much_memory(task: str) -> None:
    with pytest.raises(DocumentTooLarge, match=r"odd\.pdf needs more memory"):
        run(task)


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells of a process")
def test_the_watch_sees_memory_come_and_go() -> None:
    before = resident()
    held = b"x" * 100_000_000
    assert resident() > before + 90_000_000
    del held
    assert resident() < before + 50_000_000


def test_a_large_parent_costs_the_child_nothing() -> None:
    held = b"x" * 300_000_000
    assert run("echo")[1] == b"atad"
    assert len(held) == 300_000_000


def test_errors_of_the_library_come_through() -> None:
    with pytest.raises(DocumentEncrypted, match="asks for a password"):
        run("locked")


@pytest.mark.parametrize("error", ["SystemExit", "LibraryError.__init__", "dataclass", "nothing"])
def test_a_child_cannot_raise_what_it_likes(error: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"A message\."):
        run("lie", error=error)


def test_an_answer_that_is_none() -> None:
    with pytest.raises(UnreadableDocument):
        run("nonsense")


def test_what_a_parser_prints_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    assert run("chatter") == ({"answer": 1}, b"raw")
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of this kind are Linux's")
def test_a_child_is_fenced_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIDPOST_SECRET", "word")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    found, _ = run("tell")
    assert found["core"] == [0, 0]
    assert found["memory"] == SHORT.memory
    assert found["input"] == ""
    environment = found["environment"]
    assert isinstance(environment, dict)
    assert not {"AIDPOST_SECRET", "HTTP_PROXY", "HOME", "USER"} & environment.keys()
    assert found["folder"] == "/"
    assert found["session"] is True
    assert found["written"] is False
    opened = found["open"]
    assert isinstance(opened, list)
    assert len(opened) <= 6


def test_children_may_run_at_the_same_time() -> None:
    texts: list[str] = []

    def read(number: int) -> None:
        texts.append(extract_in_child(f"Text {number}.".encode(), "a.txt").text)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts) == [f"Text {number}." for number in range(4)]


def sample() -> bytes:
    return pdf([["Weigh the child."], ["Give zinc for ten days."]], title="Zinc guide")


def test_a_file_is_read_as_without_a_child(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(sample())
    assert extract_in_child(tmp_path / "a.pdf", "a.pdf") == extract(sample(), "a.pdf")


def test_a_page_is_drawn_as_without_a_child() -> None:
    quote = "Give zinc for ten days."
    picture, boxes = render_in_child(sample(), 2, quote, scale=1.0)
    assert picture == render_page(sample(), 2, 1.0)
    assert boxes == page_boxes(sample(), 2, quote)
    assert render_in_child(sample(), 1)[1] == []


def test_a_page_that_is_not_there() -> None:
    with pytest.raises(UnknownDocument, match="no page 3"):
        render_in_child(sample(), 3)
    with pytest.raises(UnreadableDocument):
        render_in_child(b"no PDF", 1)


def test_a_file_that_cannot_be_opened_or_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="cannot be opened"):
        extract_in_child(tmp_path / "absent.pdf", "absent.pdf")
    with (tmp_path / "large.txt").open("wb") as large:
        large.truncate(MAX_BYTES + 1)
    with pytest.raises(DocumentTooLarge, match="larger than 50 MB"):
        extract_in_child(tmp_path / "large.txt", "large.txt")


def xml_bomb() -> bytes:
    document = word()
    document.add_paragraph("Text.")
    lines = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{lines}]><x>&a9;</x>'
    return with_part(saved(document), "word/document.xml", bomb.encode())


def deep_pdf() -> bytes:
    return raw_pdf(b"[" * 2_000_000)


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"", "a.pdf", NoTextFound),
        (scan(), "a.pdf", NoTextFound),
        (sample()[:300], "a.pdf", UnreadableDocument),
        (pdf([["x"]], password="1234"), "a.pdf", DocumentEncrypted),
        (pdf([["x"]] * 201), "a.pdf", DocumentTooLarge),
        (xml_bomb(), "a.docx", UnreadableDocument),
        (b"\x89PNG\r\n\x1a\n", "a.pdf", UnreadableDocument),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a.wav", UnreadableDocument),
    ],
)
def test_bad_files_end_in_a_plain_refusal(data: bytes, name: str, kind: type[LibraryError]) -> None:
    with pytest.raises(kind) as refusal:
        extract_in_child(data, name)
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("make", [flate_bomb, deep_pdf])
def test_bombs_end_within_their_limits(make: Callable[[], bytes]) -> None:
    data = make()
    assert len(data) < 3_000_000
    begun = time.monotonic()
    try:
        extract_in_child(data, "bomb.pdf", Limits(seconds=4.0, memory=600_000_000))
    except UnreadableDocument as error:
        assert "bomb.pdf" in str(error)
    assert time.monotonic() - begun < 8


def test_it_works_from_any_folder_without_the_checkout_on_the_path(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.line("Weigh the child.")
    maker.page()
    (tmp_path / "a.pdf").write_bytes(maker.made())
    code = (
        "import sys; from pathlib import Path; sys.path.append(sys.argv[1]);"
        "from ui.workers import extract_in_child;"
        "heavy = {'pypdfium2', 'bs4', 'docx', 'lxml', 'numpy', 'gradio'} & set(sys.modules);"
        "print(extract_in_child(Path('a.pdf'), 'a.pdf').text, heavy)"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.stdout == "Weigh the child. set()\n"
