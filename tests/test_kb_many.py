"""Many files with several workers: the same library as one after the other, whatever happens."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import KEY

from kb.embed import HashingEmbedder
from kb.errors import LibraryError
from kb.extract.registry import extract
from kb.library import Library
from kb.many import Promise, add_with
from kb.many_dask import check_address, farm
from kb.many_reading import Ready, Refused
from kb.store import Store
from ui.district_reading import reading_with

PROGRAM = Path(__file__).parent / "many_run.py"
TABLES = {
    "documents": "id",
    "passages": "rowid",
    "vectors": "passage",
    "name_vectors": "document",
    "words": "term, col",
}


@dataclass(frozen=True)
class Threads:
    """A farm of threads; files are finished in another order than they came."""

    pool: ThreadPoolExecutor
    reading: Callable[[bytes, str], Ready | Refused]
    workers: int = 3

    def start(self, data: bytes, name: str) -> Promise:
        return self.pool.submit(self.reading, data, name)


def shelf(folder: Path, count: int) -> list[Path]:
    """Notes of many lengths, one that cannot be read, and one that comes twice."""
    paths = [folder / f"note {number:02}.md" for number in range(count)]
    for number, path in enumerate(paths):
        text = "".join(
            f"# Part {part}\n\nKarvath fever of kind {number} needs rest for {part} days.\n\n"
            for part in range(1 + number * 7 % 23)
        )
        path.write_text(text, encoding="utf-8")
    bad = folder / "bad.pdf"
    bad.write_bytes(b"%PDF-1.4 nothing")
    return [*paths[:3], bad, *paths[3:], paths[1], folder / "absent.txt"]


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables but the time of adding, which is another each time."""
    return {
        table: [
            tuple(value for column, value in row.items() if column != "added")
            for row in store.query(f"SELECT * FROM {table} ORDER BY {order}")
        ]
        for table, order in TABLES.items()
    }


def serial(paths: list[Path]) -> tuple[list[tuple[str, bool, bool]], dict]:
    store = Store(None, KEY)
    library = Library(store, extract, HashingEmbedder())
    found = [(one.path.name, one.document is not None, one.new) for one in library.add_many(paths)]
    rows = dump(store)
    store.close()
    return found, rows


def run(file: Path, paths: list[Path], scheduler: str = "") -> subprocess.Popen[str]:
    folders = os.pathsep.join(filter(None, sys.path))
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(file), scheduler, *map(str, paths)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": folders},
    )


def test_workers_make_the_same_library(tmp_path: Path) -> None:
    paths = shelf(tmp_path, 20)
    store = Store(None, KEY)
    library = Library(store, extract, HashingEmbedder())
    with ThreadPoolExecutor(3) as pool:
        threads = Threads(pool, reading_with(extract, HashingEmbedder()))
        found = list(add_with(library, paths, threads))
        again = list(add_with(library, paths, threads))
    told, rows = serial(paths)
    assert [(one.path.name, one.document is not None, one.new) for one in found] == told
    assert dump(store) == rows
    assert not any(one.new for one in again)
    assert library.verify() == []
    store.close()


def test_what_lacks_vectors_gets_them(tmp_path: Path) -> None:
    paths = shelf(tmp_path, 6)
    store = Store(None, KEY)
    list(Library(store, extract, None).add_many(paths))
    library = Library(store, extract, HashingEmbedder())
    with ThreadPoolExecutor(3) as pool:
        list(add_with(library, paths, Threads(pool, reading_with(extract, None))))
    assert dump(store) == serial(paths)[1]
    store.close()


@pytest.mark.parametrize("lines", [1, 9])
def test_processes_that_are_killed_go_on_to_the_same_library(tmp_path: Path, lines: int) -> None:
    pytest.importorskip("distributed")
    paths = shelf(tmp_path, 12)
    file = tmp_path / "library.db"
    with run(file, paths) as first:
        told = [first.stdout.readline() for _ in range(lines)]
        first.send_signal(signal.SIGKILL)
    assert all(told)
    assert first.returncode == -signal.SIGKILL
    store = Store(file, KEY)
    assert 0 < len(Library(store, extract).documents()) < 12
    store.close()
    with run(file, paths) as second:
        told = second.stdout.read().splitlines()
    assert second.returncode == 0
    assert told[0].endswith("known")
    store = Store(file, KEY)
    assert dump(store) == serial(paths)[1]
    store.close()


def test_a_file_that_ends_its_worker_is_refused_and_no_other(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    paths = shelf(tmp_path, 6)
    crash = tmp_path / "crash.md"
    crash.write_text("# Karvath", encoding="utf-8")
    file = tmp_path / "library.db"
    with run(file, [paths[0], crash, *paths[1:]]) as program:
        told = program.stdout.read().splitlines()
    assert program.returncode == 0
    assert told[1] == "crash.md crash.md made the program that reads it crash."
    assert len(told) == len(paths) + 1
    store = Store(file, KEY)
    assert dump(store) == serial(paths)[1]
    store.close()


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.7:8786", "10.0.0.7:8786", "tcp://scheduler:8786", "ws://127.0.0.1:1"]
)
def test_a_scheduler_that_anybody_could_command_is_refused(address: str) -> None:
    with pytest.raises(LibraryError, match="not protected"):
        check_address(address)


@pytest.mark.parametrize("address", ["tls://server:8786", "tcp://127.0.0.1:8786"])
def test_a_protected_scheduler_is_taken(address: str) -> None:
    check_address(address)


def test_without_dask_a_plain_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(LibraryError, match=r"needs Dask.*pip install"), farm(list):
        pytest.fail("there are no workers")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A scheduler with one worker on the loopback address, as an administrator starts them."""
    pytest.importorskip("distributed")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    more = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env}
        first = subprocess.Popen([*dask, *more, str(file)], cwd=folder, **quiet)
        while not file.exists() or not file.read_text():
            assert first.poll() is None
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
        second = subprocess.Popen([*worker, "--no-dashboard"], cwd=folder, **quiet)
        yield address
        for one in (second, first):
            one.terminate()
            one.wait()


def test_workers_of_a_scheduler_make_the_same_library(tmp_path: Path, scheduler: str) -> None:
    paths = shelf(tmp_path, 6)
    file = tmp_path / "library.db"
    with run(file, paths, scheduler) as program:
        told = program.stdout.read().splitlines()
    assert program.returncode == 0
    assert len(told) == len(paths)
    store = Store(file, KEY)
    assert dump(store) == serial(paths)[1]
    store.close()
