"""Many files at once: what is done stays, and the next run goes on from there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kb import vector_rows
from kb.embed import HashingEmbedder
from kb.errors import UnreadableDocument
from kb.extract.registry import extract
from kb.library import BATCH, Library
from kb.messages import Extraction
from kb.store import Store

KEY = bytes(range(32))


def shelf(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"note {number:02}.txt" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(f"Karvath fever of kind {number} needs rest.", encoding="utf-8")
    return paths


def library(store: Store) -> Library:
    return Library(store, extract, HashingEmbedder())


def stops_at(count: int) -> Callable[[bytes, str], Extraction]:
    """A parser during whose work the person presses Ctrl-C."""
    seen: list[str] = []

    def read(data: bytes, name: str) -> Extraction:
        seen.append(name)
        if len(seen) > count:
            raise KeyboardInterrupt
        return extract(data, name)

    return read


def vectors(store: Store) -> int:
    return vector_rows.count(store, HashingEmbedder().name)


def test_files_are_told_of_one_by_one(tmp_path: Path) -> None:
    paths = shelf(tmp_path, 2)
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.4 nothing")
    absent = tmp_path / "absent.txt"
    store = Store(None, KEY)
    found = list(library(store).add_many([paths[0], bad, absent, paths[1], paths[0]]))
    assert [one.path for one in found] == [paths[0], bad, absent, paths[1], paths[0]]
    assert [one.document is not None for one in found] == [True, False, False, True, True]
    assert [one.new for one in found] == [True, False, False, True, False]
    assert "bad.pdf" in found[1].reason
    assert "absent.txt" in found[2].reason
    assert vectors(store) == 2


@pytest.mark.parametrize("done", [0, 3, BATCH, BATCH + 2])
def test_stopping_leaves_what_is_done_and_going_on_does_the_rest(tmp_path: Path, done: int) -> None:
    paths = shelf(tmp_path, BATCH + 5)
    store = Store(tmp_path / "library.db", KEY)
    with pytest.raises(KeyboardInterrupt):
        list(library(store).add_many(paths, stops_at(done)))
    assert len(library(store).documents()) == done
    assert vectors(store) == done
    rest = list(library(store).add_many(paths, stops_at(len(paths) - done)))
    assert [one.new for one in rest] == [False] * done + [True] * (len(paths) - done)
    assert len(library(store).documents()) == len(paths)
    assert vectors(store) == len(paths)
    assert library(store).verify() == []


def test_leaving_the_loop_early_completes_what_was_told(tmp_path: Path) -> None:
    store = Store(None, KEY)
    adding = library(store).add_many(shelf(tmp_path, 5))
    next(adding), next(adding)
    adding.close()
    assert len(library(store).documents()) == 2
    assert vectors(store) == 2


def test_a_document_that_was_left_without_vectors_gets_them(tmp_path: Path) -> None:
    """As after a power cut between the text and its vectors."""
    paths = shelf(tmp_path, 3)
    store = Store(None, KEY)
    list(Library(store, extract, None).add_many(paths))
    assert vectors(store) == 0
    found = list(library(store).add_many(paths))
    assert [one.new for one in found] == [False] * 3
    assert vectors(store) == 3


def test_the_parser_that_is_handed_in_is_used(tmp_path: Path) -> None:
    def refuse(data: bytes, name: str) -> Extraction:
        raise UnreadableDocument(f"{name} is not wanted.")

    store = Store(None, KEY)
    found = list(library(store).add_many(shelf(tmp_path, 2), refuse))
    assert [one.reason for one in found] == [
        "note 00.txt is not wanted.",
        "note 01.txt is not wanted.",
    ]
    assert library(store).documents() == []


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    found = list(library(Store(None, KEY)).add_many([tmp_path]))
    assert found[0].document is None
    assert tmp_path.name in found[0].reason
