"""Files that a page gives to the library: told of, stopped, gone on with, and never left behind."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kb.embed import HashingEmbedder
from kb.extract.registry import extract
from kb.library import Library
from kb.messages import Extraction
from kb.model_files import ModelUnusable, unusable
from kb.store import Store
from tests.makers_files import drawn, paper, pdf
from ui.web.adding import Step, Uploads
from ui.web.adding_views import MOST, added_html, progress_html

KEY = bytes(range(32))
PAGE = "a page"


@pytest.fixture
def library() -> Library:
    return Library(Store(None, KEY), extract, HashingEmbedder())


@pytest.fixture
def uploads(library: Library) -> Uploads:
    return Uploads(library)


def notes(folder: Path, count: int, first: int = 0) -> list[Path]:
    paths = [folder / f"note {number:02}.txt" for number in range(first, first + count)]
    for path in paths:
        path.write_text(f"Karvath fever of {path.stem} needs rest.", encoding="utf-8")
    return paths


def slow_scan(folder: Path, pages: int = 30) -> Path:
    """A file that takes a minute to read."""
    path = folder / "slow.pdf"
    path.write_bytes(paper([drawn(pdf([["Karvath fever needs rest, said the scan."]]))] * pages))
    return path


def names(step: Step) -> list[str]:
    return [one.path.name for one in step.done]


def last(steps: Iterator[Step]) -> Step:
    return list(steps)[-1]


def until_page(steps: Iterator[Step], page: int) -> Step:
    return next(step for step in steps if step.page >= page)


def test_files_are_added_in_order_and_their_uploads_are_deleted(
    uploads: Uploads, library: Library, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7 broken")
    paths = [*notes(tmp_path, 2), bad]
    shown = list(uploads.add(PAGE, paths))
    assert [step.running for step in shown] == [True] * (len(shown) - 1) + [False]
    assert names(shown[-1]) == ["note 00.txt", "note 01.txt", "bad.pdf"]
    assert shown[-1].waiting == 0
    assert [one.document is not None for one in shown[-1].done] == [True, True, False]
    assert len(library.documents()) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_scan_is_told_of_page_by_page_stopped_at_once_and_gone_on_with(
    uploads: Uploads, library: Library, tmp_path: Path
) -> None:
    first, after = notes(tmp_path, 1), notes(tmp_path, 1, first=1)
    scan = slow_scan(tmp_path)
    running = uploads.add(PAGE, [*first, scan, *after])
    step = until_page(running, 1)
    assert (step.name, step.pages) == ("slow.pdf", 30)
    uploads.stop(PAGE)
    stopped = last(running)
    assert names(stopped) == ["note 00.txt"]
    assert stopped.waiting == 2
    assert scan.exists()
    assert [document.file_name for document in library.documents()] == ["note 00.txt"]
    scan.write_bytes(pdf([["Karvath fever needs rest, said the file."]]))
    done = last(uploads.add(PAGE))
    assert names(done) == ["slow.pdf", "note 01.txt"]
    assert done.waiting == 0
    assert library.verify() == []
    assert list(tmp_path.iterdir()) == []


def test_files_that_come_while_others_are_read_are_put_behind_them(
    uploads: Uploads, tmp_path: Path
) -> None:
    scan = slow_scan(tmp_path, pages=2)
    running = uploads.add(PAGE, [scan])
    until_page(running, 1)
    assert list(uploads.add(PAGE, notes(tmp_path, 1))) == []
    assert names(last(running)) == ["slow.pdf", "note 00.txt"]


def test_what_waits_of_one_page_is_not_read_by_another(uploads: Uploads, tmp_path: Path) -> None:
    running = uploads.add(PAGE, [slow_scan(tmp_path)])
    until_page(running, 1)
    (tmp_path / "other").mkdir()
    assert names(last(uploads.add("other", notes(tmp_path / "other", 1)))) == ["note 00.txt"]
    uploads.stop(PAGE)
    assert last(running).waiting == 1


def test_a_page_that_is_gone_leaves_no_uploads(uploads: Uploads, tmp_path: Path) -> None:
    running = uploads.add(PAGE, [slow_scan(tmp_path), *notes(tmp_path, 2)])
    until_page(running, 1)
    uploads.forget(PAGE)
    list(running)
    assert list(tmp_path.iterdir()) == []
    assert list(uploads.add(PAGE)) == [Step(), Step(running=False)]


def test_closing_the_iterator_ends_the_work(uploads: Uploads, tmp_path: Path) -> None:
    running = uploads.add(PAGE, [slow_scan(tmp_path)])
    until_page(running, 1)
    before = threading.active_count()
    running.close()
    assert threading.active_count() < before


@pytest.mark.parametrize("act", ["stop", "forget"])
def test_stopping_what_does_not_run_is_harmless(uploads: Uploads, tmp_path: Path, act: str) -> None:
    getattr(uploads, act)(PAGE)
    assert names(last(uploads.add(PAGE, notes(tmp_path, 1)))) == ["note 00.txt"]


class _NoEncoder(HashingEmbedder):
    """An encoder whose files were damaged."""

    def embed_batch(self, texts: Sequence[str]) -> None:  # type: ignore[override]
        raise unusable("encoder", "its files cannot be read")


def test_an_encoder_that_fails_is_told_and_what_was_read_stays(tmp_path: Path) -> None:
    library = Library(Store(None, KEY), extract, _NoEncoder())
    shown: list[Step] = []
    with pytest.raises(ModelUnusable, match="its files cannot be read"):
        shown.extend(Uploads(library).add(PAGE, notes(tmp_path, 2)))
    assert len(library.documents()) == 2


def _added(count: int, waiting: int = 0) -> Step:
    library = Library(Store(None, KEY), _read)
    folder_less = [Path(f"missing {number}.txt") for number in range(count)]
    return Step(tuple(library.add_many(folder_less)), waiting, running=False)


def _read(data: bytes, name: str) -> Extraction:
    raise AssertionError(name)


def test_the_bar_tells_the_file_and_the_page() -> None:
    step = Step(_added(2).done, 3, "a <b>.pdf", page=4, pages=6)
    html = progress_html(step)
    assert "Reading file 3 of 5: a &lt;b&gt;.pdf, page 4 of 6" in html
    assert '<progress max="5" value="2.50">' in html
    assert "2 files of 5 read; making them searchable" in progress_html(Step(step.done, 3))


def test_the_end_tells_what_was_added_refused_and_left(uploads: Uploads, tmp_path: Path) -> None:
    html = added_html(last(uploads.add(PAGE, notes(tmp_path, 1))))
    assert "Added: note 00" in html
    assert "Already there: note 00" in added_html(last(uploads.add(PAGE, notes(tmp_path, 1))))
    assert "Added: 4 files" in added_html(last(uploads.add(PAGE, notes(tmp_path, 4, first=1))))
    many = added_html(_added(MOST + 3, waiting=2))
    assert many.count("There is no file") == MOST
    assert "3 files more could not be added" in many
    assert f"Stopped after {MOST + 3} of {MOST + 5} files" in many
