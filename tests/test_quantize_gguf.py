"""Smaller GGUF files: importance matrix, rounding, the child process, recipes that repeat."""

import struct
import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from makers_gguf import Recipe, model_file
from makers_quantize import LAYERS, WIDTH, uneven_model

from quantize import gguf_child
from quantize.calibration_text import body, read_texts
from quantize.digests import sha256_of
from quantize.errors import WorkshopError
from quantize.gguf import Places, Source, make
from quantize.gguf_child import ask
from quantize.gguf_kinds import KINDS, WEIGHED
from quantize.gguf_recipe import make_recipe, read_recipe, record, toml
from quantize.gguf_report import Tasks
from quantize.importance import read_importance, write_importance
from ui.cli.main import cli

pytest.importorskip("llama_cpp")
SHIPPED = Path(str(files("quantize").joinpath("recipes/gguf.toml")))
CARDS = Path(str(files("kb").joinpath("starter")))
READING = {"context": 128, "chunks": 6, "threads": 1}


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return uneven_model(tmp_path_factory.mktemp("full") / "full.gguf")


@pytest.fixture(scope="module")
def texts():
    return read_texts(CARDS, "topics/**/*.md", 4)


@pytest.fixture(scope="module")
def weighed(full, texts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weighed")
    (folder / "text.txt").write_text(texts.calibration[:40_000], encoding="utf-8")
    out = folder / "model.imatrix"
    found = ask(
        "weigh", {"model": str(full), "text": str(folder / "text.txt"), "out": str(out), **READING}
    )
    assert found == {"pieces": READING["chunks"]}
    return out


@pytest.fixture(scope="module")
def small(full, weighed, tmp_path_factory):
    """Gives the file of a kind, rounded with the matrix or without, and makes each one once."""
    folder = tmp_path_factory.mktemp("small")

    @cache
    def made(kind, importance=False):
        out = folder / f"{kind}-{importance}.gguf"
        return shrunk(full, out, kind, weighed if importance else "")

    return made


def shrunk(full, out, kind, importance="", threads=1):
    job = {"model": str(full), "out": str(out), "kind": kind, "importance": str(importance)}
    ask("shrink", {**job, "threads": threads})
    return out


def judged(model, text, kept, is_full=False):
    job = {"model": str(model), "text": str(text), "kept": str(kept), "full": is_full, **READING}
    return ask("judge", {**job, "task_context": 1, "choices": "", "calls": "", "grammar": ""})


def test_the_matrix_holds_a_positive_weight_for_every_column_of_every_table(weighed):
    importance = read_importance(weighed)
    parts = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    expected = {f"blk.{layer}.{part}.weight" for layer in range(LAYERS) for part in parts}
    assert set(importance) == expected
    assert len(importance["blk.0.ffn_down.weight"]) == 2 * WIDTH
    assert all((values > 0).all() for values in importance.values())
    # The three tables that read the same input weigh its columns the same.
    assert np.array_equal(importance["blk.1.attn_q.weight"], importance["blk.1.attn_v.weight"])


def test_the_matrix_follows_the_norm_that_scales_the_columns(full, weighed):
    import gguf

    norms = {one.name: one.data for one in gguf.GGUFReader(str(full)).tensors}
    scale = np.log(np.asarray(norms["blk.0.attn_norm.weight"], np.float64) ** 2)
    weights = np.log(read_importance(weighed)["blk.0.attn_q.weight"].astype(np.float64))
    assert np.corrcoef(scale, weights)[0, 1] > 0.95


def test_weighed_rounding_stays_nearer_to_the_full_model_on_text_it_never_saw(
    full, small, texts, tmp_path
):
    text, kept = tmp_path / "held-back.txt", tmp_path / "kept"
    text.write_text(texts.held_back[:40_000], encoding="utf-8")
    first = judged(full, text, kept, is_full=True)
    again = judged(full, text, kept)
    assert again["perplexity"] == first["perplexity"]
    assert again["divergence"] < 1e-5
    for kind in ("Q4_K_M", "Q4_0", "IQ4_XS"):
        plain = judged(small(kind), text, kept)
        fine = judged(small(kind, importance=True), text, kept)
        assert fine["divergence"] < 0.95 * plain["divergence"]
        assert fine["tokens"] == plain["tokens"] == first["tokens"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_matrix_changes_every_kind_that_has_a_use_for_it(full, small, kind):
    plain, fine = small(kind), small(kind, importance=True)
    assert plain.stat().st_size == fine.stat().st_size < full.stat().st_size / 3
    assert (sha256_of(plain) != sha256_of(fine)) == (kind in WEIGHED)


def test_the_number_of_threads_does_not_change_the_file(full, weighed, small, texts, tmp_path):
    text, other = tmp_path / "text.txt", tmp_path / "two.imatrix"
    text.write_text(texts.calibration[:40_000], encoding="utf-8")
    job = {"model": str(full), "text": str(text), "out": str(other), **READING, "threads": 2}
    ask("weigh", job)
    assert other.read_bytes() == weighed.read_bytes()
    two = shrunk(full, tmp_path / "two.gguf", "Q4_K_M", weighed, threads=2)
    assert small("Q4_K_M", importance=True).read_bytes() == two.read_bytes()


def test_a_matrix_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "a.imatrix"
    importance = {"blk.1.x": np.array([1, 2.5], np.float32), "blk.0.y": np.ones(3, np.float32)}
    write_importance(path, importance, 7, "a text")
    assert {name: row.tolist() for name, row in read_importance(path).items()} == {
        "blk.0.y": [1, 1, 1],
        "blk.1.x": [1, 2.5],
    }
    # As llama.cpp's own tools lay it out: tables; name, calls, columns, values; chunks, text.
    data = path.read_bytes()
    assert struct.unpack_from("<ii7sii3f", data) == (2, 7, b"blk.0.y", 1, 3, 1, 1, 1)
    assert data.endswith(struct.pack("<ii", 7, 6) + b"a text")


@pytest.mark.parametrize("cut", [0, 3, 10, 17, 30])
def test_a_cut_matrix_is_refused(tmp_path, cut):
    path = tmp_path / "a.imatrix"
    write_importance(path, {"blk.0.y": np.ones(30, np.float32)}, 1, "t")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(WorkshopError, match="no importance matrix"):
        read_importance(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_a_matrix_of_impossible_weights_is_refused(tmp_path, value):
    path = tmp_path / "a.imatrix"
    write_importance(path, {"blk.0.y": np.array([1, value], np.float32)}, 1, "t")
    with pytest.raises(WorkshopError, match="no importance matrix"):
        read_importance(path)


def test_damaged_files_end_the_child_and_not_the_program(full, texts, tmp_path):
    data = bytearray(full.read_bytes())
    random = np.random.default_rng(5)
    refused = 0
    for number in range(12):
        broken = data.copy()
        for place in random.integers(0, 6000, 40):
            broken[place] ^= int(random.integers(1, 256))
        path = tmp_path / f"{number}.gguf"
        path.write_bytes(broken[: random.integers(100, len(data))])
        with pytest.raises(WorkshopError):
            shrunk(path, tmp_path / "out.gguf", "Q4_0")
        refused += 1
    assert refused == 12
    assert shrunk(full, tmp_path / "sound.gguf", "Q4_0").stat().st_size > 100_000


def test_a_child_that_dies_or_hangs_is_told_apart(full, tmp_path, monkeypatch):
    import os
    import signal
    import threading

    pids = []
    start = gguf_child.subprocess.Popen

    def watched(*arguments, **options):
        child = start(*arguments, **options)
        pids.append(child.pid)
        return child

    monkeypatch.setattr(gguf_child.subprocess, "Popen", watched)
    text = tmp_path / "text.txt"
    text.write_text("fever and cough " * 20_000, encoding="utf-8")
    job = {"model": str(full), "text": str(text), "out": str(tmp_path / "o"), "context": 512}
    with pytest.raises(WorkshopError, match=r"code -9.*took too long"):
        ask("weigh", {**job, "chunks": 100_000, "threads": 1}, limit_s=1.5)
    crash = threading.Timer(1.5, lambda: os.kill(pids[-1], signal.SIGSEGV))
    crash.start()
    with pytest.raises(WorkshopError, match=r"code -11.*damaged"):
        ask("weigh", {**job, "chunks": 100_000, "threads": 1})
    crash.join()


def test_what_is_already_small_or_unknown_is_refused(full, tmp_path):
    small = shrunk(full, tmp_path / "small.gguf", "Q4_0")
    with pytest.raises(WorkshopError, match="already small"):
        shrunk(small, tmp_path / "smaller.gguf", "Q4_K_M")
    with pytest.raises(WorkshopError, match="kind Q1_0 is not known"):
        shrunk(full, tmp_path / "x.gguf", "Q1_0")
    with pytest.raises(WorkshopError, match="too short"):
        text = tmp_path / "short.txt"
        text.write_text("fever", encoding="utf-8")
        judged(full, text, tmp_path / "kept", is_full=True)


RECIPE = {
    "name": "small",
    "kinds": ["Q8_0", "Q4_K_M", "IQ4_NL"],
    "calibration": {"files": "topics/**/*.md", "one_in": 4, "context": 128, "chunks": 4},
    "measuring": {"context": 128, "chunks": 2, "task_context": 256},
    "bounds": {
        "divergence": 9.0,
        "perplexity_ratio": 9.0,
        "choices_lost": 1.0,
        "calls_lost": 1.0,
        "gate_lost": 1.0,
    },
}


def places(model, out, tasks=None):
    return Places(model, CARDS, out, Source(Path("none")), tasks or Tasks(), 1)


def test_a_recipe_gives_the_same_files_twice_and_its_record_says_so(full, tmp_path):
    said = []
    card = make(make_recipe(RECIPE), places(full, tmp_path / "a"), said.append)
    made = read_recipe(tmp_path / "a" / "made.toml")
    assert made.input.sha256 == sha256_of(full)
    assert set(made.outputs) == set(RECIPE["kinds"])
    again = make(made, places(full, tmp_path / "b"), said.append)
    assert [one.sha256 for one in again.smaller] == [one.sha256 for one in card.smaller]
    assert list(made.outputs.values()) == [one.sha256 for one in card.smaller]
    first, second = (tmp_path / name / "made.toml" for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert card.picked.name == "small-IQ4_NL"
    assert (card.full.divergence, card.full.agreement) == (0, 1)
    assert sum(line.startswith("Rounding") for line in said) == 6


def test_the_gate_of_the_program_is_a_column(full, tmp_path):
    seen = []

    def gate(path):
        seen.append(path.name)
        return 0.5 if "Q8_0" in path.name else 1.0

    recipe = make_recipe({**RECIPE, "kinds": ["Q8_0", "Q4_0"]})
    recipe = replace(recipe, bounds=replace(recipe.bounds, gate_lost=0.1))
    card = make(recipe, places(full, tmp_path, Tasks(gate=gate)), lambda _: None)
    assert seen == ["full.gguf", "small-Q8_0.gguf", "small-Q4_0.gguf"]
    assert card.broken(card.smaller[0]) == ("gate",)
    assert not card.broken(card.smaller[1])
    assert "| 50.0% | no: gate |" in (tmp_path / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"input": {"sha256": "0" * 64}}, "model is not what the recipe names"),
        ({"calibration": {**RECIPE["calibration"], "sha256": "0" * 64}}, "calibration text is not"),
        ({"outputs": {"Q8_0": "0" * 64}, "engine": "0.0.1"}, r"Q8_0 is not .* llama-cpp-python 0"),
    ],
)
def test_what_differs_from_the_recipe_is_named(full, tmp_path, what, message):
    recipe = make_recipe({**RECIPE, "kinds": ["Q8_0"], **what})
    with pytest.raises(WorkshopError, match=message):
        make(recipe, places(full, tmp_path), lambda _: None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "../up"}, "letters, digits"),
        ({"kinds": []}, "no kinds"),
        ({"kinds": ["Q2_K"]}, "Q2_K is not known"),
        ({"kinds": ["projector"]}, "projector is not known"),
        ({"colour": 1}, "unknown value 'colour'"),
        ({"input": {"precision": "f8"}}, "precision is one of"),
        ({"input": {"size": 1}}, "'size' of input is unknown"),
        ({"measuring": {"context": 0, "chunks": 1, "task_context": 1}}, "context is 0"),
        ({"bounds": {}}, "not complete"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(change, message):
    with pytest.raises(WorkshopError, match=message):
        make_recipe({**RECIPE, **change})


def test_the_shipped_recipe_and_a_record_read_back_as_written():
    recipe = read_recipe(SHIPPED)
    assert recipe.kinds == KINDS
    digests = {"input": "a" * 64, "calibration": "b" * 64, "Q4_0": "c" * 64, "projector": "d" * 64}
    made = record(recipe, digests, "1.2.3")
    assert make_recipe(tomllib.loads(toml(made))) == made
    assert made.outputs == {"Q4_0": "c" * 64, "projector": "d" * 64}


def test_no_text_is_calibrated_and_measured_with(texts):
    assert texts.calibration.count("## Danger signs") > texts.held_back.count("## Danger signs") > 9
    both = {line for line in texts.calibration.splitlines() if len(line) > 200}
    assert not both.intersection(texts.held_back.splitlines())
    assert "sources" not in body("+++\n[[sources]]\n+++\n## Recognise\n- Pain. [s1]")
    assert body("+++\nid = 1\n+++\n- Pain. [s1] [s2]\n") == "- Pain."


def test_too_few_files_are_refused(tmp_path):
    (tmp_path / "one.md").write_text("x", encoding="utf-8")
    with pytest.raises(WorkshopError, match=r"1 files for \*\.md"):
        read_texts(tmp_path, "*.md", 2)


def test_the_command_refuses_a_damaged_file_and_measures_a_sound_one(full, small, tmp_path):
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(full.read_bytes()[:5000])
    out = tmp_path / "out"
    run = CliRunner().invoke(
        cli, ["quantize", "report", "--full", str(full), "--model", str(bad), "--out", str(out)]
    )
    assert run.exit_code == 1
    assert "bad.gguf cannot be used" in f"{run.output}{run.exception}"
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(toml(make_recipe(RECIPE)), encoding="utf-8")
    arguments = ["quantize", "report", "--full", str(full), "--threads", "1"]
    arguments += ["--model", str(small("Q8_0"))]
    run = CliRunner().invoke(cli, [*arguments, "--recipe", str(recipe), "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert "Picked: **Q8_0-False**" in run.stdout
    assert {path.name for path in out.iterdir()} == {"report.md", "report.json", "report.svg"}


def test_a_model_that_reads_no_text_of_cards_is_still_measured(tmp_path):
    """A vocabulary of the other kind, with a token that begins every text."""
    model = model_file(Recipe(spaced=True))
    found = ask("speed", {"model": str(model), "text": __file__, "threads": 1})
    assert found["reads_per_s"] > found["writes_per_s"] > 0
    assert found["memory_mb"] > 20
