"""Readers in child processes: whatever a file does to one, the person gets a plain message."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
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
    drawn,
    flate_bomb,
    paper,
    pdf,
    raw_pdf,
    saved,
    scan,
    with_part,
    word,
)
from ui.worker_child import Child, ReadingStopped
from ui.worker_task import Task
from ui.workers import MAX_BYTES, Limits, Reader, call, extract_in_child, render_in_child

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
    """In a process of its own: what else this one does must not change the count."""
    found, _ = run("swell")
    before, held, after = (int(str(found[name])) for name in ("before", "held", "after"))
    assert held > before + 90_000_000
    assert after < before + 50_000_000


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
    assert found["memory"] == 2 * SHORT.memory
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


def ask(child: Child, task: str, limits: Limits = SHORT, **more: bool) -> dict[str, object]:
    return child.do(Task(f"{TASKS}:{task}", b"data", {"name": "odd.pdf"}, **more), limits)[0]


@pytest.fixture
def child() -> Iterator[Child]:
    """A child that is ended after the test."""
    one = Child()
    yield one
    one.close()


def test_a_file_leaves_nothing_behind_for_the_next_one(child: Child) -> None:
    first, second = ask(child, "spoil"), ask(child, "spoil")
    assert first["found"] == second["found"] == ""
    if hasattr(os, "fork"):
        assert first["parent"] == second["parent"]


@pytest.mark.parametrize("task", ["crash", "give_up", "fail", "fill_memory", "hang", "nonsense"])
def test_a_child_goes_on_after_a_file_that_ended_badly(child: Child, task: str) -> None:
    assert ask(child, "spoil")["found"] == ""
    with pytest.raises(UnreadableDocument):
        ask(child, task, Limits(seconds=1.5, memory=200_000_000))
    assert ask(child, "spoil")["found"] == ""


def test_a_file_that_is_told_to_go_on_has_more_time(child: Child) -> None:
    steps: list[tuple[int, int]] = []
    limits = Limits(seconds=1.0, page=1.0)
    task = Task(f"{TASKS}:step", b"", {"name": "long.pdf"}, tells=True)
    found, _ = child.do(task, limits, lambda done, whole: steps.append((done, whole)))
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert found["parent"]
    with pytest.raises(DocumentTooLarge, match="within"):
        child.do(task, Limits(seconds=1.0, page=1.0, longest=0.5))
    with pytest.raises(DocumentTooLarge, match="within"):
        child.do(task, Limits(seconds=1.0, page=0.1))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of this kind are Linux's")
def test_a_task_that_takes_too_much_processor_time(child: Child) -> None:
    """The time by the clock would last a minute."""
    task = Task(f"{TASKS}:burn", b"", {"name": "odd.pdf"}, tells=True)
    begun = time.monotonic()
    with pytest.raises(DocumentTooLarge, match="within 1 seconds"):
        child.do(task, Limits(seconds=1.0, page=60.0))
    assert time.monotonic() - begun < 40


def test_a_reader_reads_one_file_after_the_other_and_a_scan_page_by_page() -> None:
    steps: list[tuple[int, int]] = []
    page = drawn(pdf([["Weigh the child again."]]))
    with Reader(lambda done, whole: steps.append((done, whole))) as reader:
        assert reader(sample(), "a.pdf") == extract(sample(), "a.pdf")
        with pytest.raises(DocumentEncrypted):
            reader(pdf([["x"]], password="1234"), "b.pdf")
        assert reader(b"Words.", "c.txt").text == "Words."
        assert steps == []
        assert reader(paper([page, page]), "d.pdf").text.count("Weigh the child again.") == 2
    assert steps == [(0, 2), (1, 2), (1, 2), (2, 2)]


def test_a_reader_ends_its_child() -> None:
    with Reader() as reader:
        reader(b"Words.", "a.txt")
        process = reader._child._process
        assert process is not None
        assert process.poll() is None
    assert process.poll() is not None


def test_a_reader_that_is_stopped_ends_at_once_and_reads_nothing_more() -> None:
    page = drawn(pdf([["Weigh the child again."]]))
    begun: list[float] = []
    with Reader(lambda done, whole: begun.append(time.monotonic())) as reader:
        threading.Thread(target=_stop_when, args=(reader, begun)).start()
        with pytest.raises(ReadingStopped):
            reader(paper([page] * 30), "a.pdf")
        assert time.monotonic() - begun[0] < 5
        with pytest.raises(ReadingStopped):
            reader(b"Words.", "b.txt")


def _stop_when(reader: Reader, begun: list[float]) -> None:
    while not begun:
        time.sleep(0.05)
    reader.stop()


def test_a_stopped_reader_starts_no_process() -> None:
    with Reader() as reader:
        reader.stop()
        with pytest.raises(ReadingStopped):
            reader(b"Words.", "a.txt")
        assert reader._child._process is None
