"""The exam of search at scale: right answers, honest clocks, and refusals in plain words."""

import json
import shutil
from collections import namedtuple

import numpy as np
import pytest
from click.testing import CliRunner

from kb import vectors
from kb.store import Store
from ui import exam_scale, scale_peers
from ui.cli.exam import exam
from ui.exam_scale import Making, Plan, UnfitFolder, changed, measured, opened, run_scale, searched
from ui.measuring import apart, spread
from ui.scale_data import blocks, fill, questions
from ui.scale_peers import KEY, PEERS, installed, library_path

SIZE = 1_200


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("scale")
    store = Store(library_path(home, SIZE), KEY)
    fill(store, SIZE)
    store.close()
    return home


@pytest.fixture(scope="module")
def known(folder):
    """Questions and the numbers of the ten nearest."""
    asked = [question.vector for question in questions(SIZE, 6, seed=1)]
    every = np.concatenate([some.vectors for some in blocks(SIZE)])
    return asked, [(np.argsort(-(every @ one))[:10] + 1).tolist() for one in asked]


@pytest.mark.parametrize("name", list(PEERS))
def test_every_way_to_search_finds_most_of_the_nearest(folder, known, name):
    if not installed(name):
        pytest.skip(f"{PEERS[name][0]} is not installed")
    told = measured(name, folder, known, SIZE)
    least = 0.6 if name == "sqlite_vec_bits_then_int8" else 0.9
    assert told["recall10"] >= least
    assert 0 < told["best_ms"] <= told["p50_ms"] <= told["p95_ms"]


def test_what_is_taken_for_exact_is(known):
    asked, nearest = known
    assert exam_scale._exact(SIZE, asked) == nearest


def test_a_question_finds_the_passage_it_was_made_from(folder):
    """Words and vector of a question lead to one passage, through the whole search."""
    told = searched(library_path(folder, SIZE), SIZE, 3)
    assert set(told["stages_p50_ms"]) == {"reading", "words", "encoding", "meaning"}
    assert told["p50_ms"] > 0
    assert told["memory_mb"] is None or told["memory_mb"] > 10


def test_a_document_comes_and_goes(folder):
    path = library_path(folder, SIZE)
    times = changed(path)
    assert set(times) == {"add_ms", "then_open_ms", "remove_ms", "then_open_again_ms"}
    store = Store(path, KEY)
    assert store.query("SELECT count(*) AS n FROM passages") == [{"n": SIZE}]
    store.close()
    assert opened(path) > 0


def test_words_follow_zipf():
    ranks = np.concatenate([row for some in blocks(SIZE) for row in some.ranks])
    often = np.bincount(ranks, minlength=200)
    assert often[0] / often[9] == pytest.approx(10, rel=0.3)
    assert often[:10].sum() / len(ranks) == pytest.approx(0.23, abs=0.05)


def test_the_same_size_gives_the_same_data():
    first, again = (next(blocks(SIZE)) for _ in range(2))
    assert first.ranks == again.ranks
    assert np.array_equal(first.vectors, again.vectors)
    assert [q.text for q in questions(SIZE, 4)] == [q.text for q in questions(SIZE, 4)]


def test_time_that_making_takes_is_not_that_of_the_peer():
    import time

    def slow():
        for number in range(3):
            time.sleep(0.05)
            yield number

    making = Making(slow())
    assert list(making) == [0, 1, 2]
    assert making.elsewhere >= 0.15


def test_spread_of_times():
    assert spread([float(n) for n in range(1, 101)]) == {
        "p50_ms": 50.5,
        "p95_ms": 96.0,
        "best_ms": 1.0,
    }


def test_work_apart_gives_its_result():
    assert apart(spread, [2.0, 1.0, 3.0])["p50_ms"] == 2.0


def test_too_little_disk_is_said_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 5, 5))
    with pytest.raises(UnfitFolder, match=r"6\.0 GB are needed"):
        run_scale(tmp_path / "new", Plan((1_000_000,), 1, peers=False))
    assert list((tmp_path / "new").iterdir()) == []


def test_another_library_is_not_overwritten(folder, tmp_path):
    path = library_path(tmp_path, 50)
    shutil.copy(library_path(folder, SIZE), path)
    before = path.read_bytes()
    with pytest.raises(UnfitFolder, match=f"holds {SIZE} passages instead of 50"):
        run_scale(tmp_path, Plan((50,), 1, peers=False))
    assert path.read_bytes() == before


def test_what_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(PEERS, "gone", ("no_such_module_here", scale_peers.numpy_float32))
    assert not installed("gone")


def test_command(tmp_path):
    asked = ["scale", "--sizes", "300", "--questions", "2", "--no-peers", "--folder", str(tmp_path)]
    result = CliRunner().invoke(exam, asked)
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)["300"]
    assert told["search"]["p50_ms"] > 0
    assert told["search"]["work_p50_ms"] > 0
    refused = CliRunner().invoke(exam, ["scale", "--sizes", "many"])
    assert refused.exit_code == 2
    assert "numbers of passages" in refused.output


def test_large_libraries_take_the_other_path(folder, known, monkeypatch):
    """With every limit at nothing, signs alone decide what is looked at, and it is still found."""
    monkeypatch.setattr(vectors, "EXACT", 0)
    monkeypatch.setattr(vectors, "RESCORED", 400)
    assert measured("aidpost", folder, known, SIZE)["recall10"] >= 0.95
