"""`aidpost exam models` on a network so small that the figures mean nothing but their form does."""

import json
import threading
from importlib.util import find_spec
from multiprocessing import active_children
from pathlib import Path

import pytest
from click.testing import CliRunner

from assistant.writing.model_file import ModelOptions
from assistant.writing.worker_link import PROCESS
from ui.cli.exam_models import exam_models
from ui.exam_models import PARTS, Wanted, run_models
from ui.exam_models_asking import Bench, ask, plain, ratio, shapes, talk, tokens, words
from ui.exam_models_peer import Peer
from ui.models.catalogue import Shape
from ui.models.trial_file import write_trial

if find_spec("llama_cpp") is None:
    pytest.skip("llama.cpp is not installed; `make llm` adds it", allow_module_level=True)

TINY = Shape(
    layers=2, width=256, feed_forward=512, heads=4, kv_heads=2, head_size=64, vocabulary=300
)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("exam") / "tiny.gguf"
    write_trial(path, TINY, tokens()["context"])
    return path


@pytest.fixture(scope="module")
def report(file: Path) -> dict:
    told: list[str] = []
    found = run_models(Wanted(rounds=1, threads=1, file=file), told.append)
    assert told == list(PARTS)
    return found


def test_every_part_is_measured_and_the_report_is_json(report) -> None:
    assert list(report) == ["model", *(part.replace("-", "_") for part in PARTS)]
    assert json.loads(json.dumps(report)) == report


def test_speed_is_that_of_both_sides(report) -> None:
    speed = report["speed"]
    assert all(speed[name] > 0 for name in ("writes_per_s", "bare_writes_per_s", "reads_per_s"))
    assert 0.2 < speed["writing_ratio"] < 5


@pytest.mark.parametrize("kind", ["same_passages", "new_passages"])
def test_a_follow_up_reads_only_what_is_new(report, kind) -> None:
    found = report["follow_up"][kind]
    first = tokens()["system"] + tokens()["question"] + tokens()["passages"]
    assert first < found["reused_tokens"] < found["prompt_tokens"]
    assert found["uncached_s"] > 0 < found["cached_s"]


@pytest.mark.parametrize("kind", ["system_and_question", "system_question_and_passages"])
def test_a_restart_goes_on_from_the_saved_system_text(report, kind) -> None:
    found = report["restart"][kind]
    assert tokens()["system"] <= found["reused_tokens"] < found["prompt_tokens"]
    assert report["restart"]["saved_mb"] > 0


def test_a_cancel_ends_an_answer_long_before_its_end(report) -> None:
    """This network writes a thousand tokens a second: some are on their way when one cancels."""
    assert 0 <= report["cancel"]["tokens_after"] < 100
    assert report["cancel"]["written_then"] <= 1


def test_eight_users_are_served_in_order(report) -> None:
    users = report["users"]
    assert (users["users"], users["served_in_order"], users["failed"]) == (8, True, [])


@pytest.mark.parametrize("sent", ["SIGKILL", "SIGSEGV", "SIGABRT"])
def test_a_crash_is_told_and_the_model_answers_again(report, sent) -> None:
    crash = report["crash"][sent]
    assert crash["noticed_s"] <= crash["answers_again_s"] < 15
    assert "library's own words" in crash["message"]


def test_the_app_itself_grows_little_with_a_model_beside_it(report) -> None:
    assert report["memory"]["app_without_model_mb"] > 20
    assert report["memory"]["model_adds_to_app_mb"] < 40


def test_nothing_is_left_running(report) -> None:
    assert [child for child in active_children() if child.name == PROCESS] == []


def test_the_peer_says_so_when_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="bare llama-cpp-python does not start"):
        Peer(tmp_path / "none.gguf", 64, 1)


def test_the_command_prints_one_report(file: Path) -> None:
    done = CliRunner().invoke(
        exam_models, ["--part", "cancel", "--rounds", "1", "--threads", "1", "--file", str(file)]
    )
    assert done.exit_code == 0, done.output
    assert set(json.loads(done.stdout)) == {"model", "cancel"}


def test_an_unknown_part_and_a_file_that_is_no_model_are_told_in_words(tmp_path: Path) -> None:
    done = CliRunner().invoke(exam_models, ["--part", "taste"])
    assert done.exit_code == 2
    assert "taste; there are speed, follow-up" in done.output
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"no model")
    done = CliRunner().invoke(exam_models, ["--part", "gpu", "--file", str(path)])
    assert done.exit_code == 1
    assert "bad.gguf cannot be used" in done.output


@pytest.mark.parametrize("size", list(shapes()))
def test_the_networks_have_half_a_billion_weights_or_more(size) -> None:
    shape = shapes()[size]
    tables = 2 * shape.width * shape.vocabulary
    assert 0.4e9 < shape.working_weights + tables / 2 < 1.5e9
    assert shape.width % 256 == shape.feed_forward % 256 == 0


def test_a_byte_of_text_is_a_token_and_texts_differ_from_their_start(file: Path) -> None:
    assert len(words(200)) == 200
    assert words(40, 1) != words(40, 2)
    with Bench(file, ModelOptions(context_length=2048, threads=1), 1).opened() as model:
        usage = ask(model, plain(words(77))).usage
        cancelled = threading.Event()
        cancelled.set()
        assert ask(model, talk("a"), 5, cancelled).usage.finish == "cancelled"
    assert (usage.prompt_tokens, usage.written_tokens) == (77, 1)


def test_a_ratio_with_nothing_is_no_ratio() -> None:
    assert (ratio(1, 2), ratio(1, 0)) == (0.5, 0.0)
