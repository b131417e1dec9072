"""The shipped models measured again: true figures on the cards, and none where none were taken."""

import json
import shutil
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from quantize.embedder_measure import measure, measure_again
from quantize.embedder_recipe import RecipeRefused, Source, read_recipe
from quantize.encoder_scores import score_encoder, score_reranker
from quantize.pairs import Pair

RECIPE = replace(
    read_recipe(Path(str(files("quantize").joinpath("recipes/embedder.toml")))),
    sources=(Source("medquad", "rows.jsonl", "MIT", "Somebody"),),
    held_out=2,
)
KINDS = ("encoder", "reranker")
ILLS = ("Malaria", "Asthma", "Scabies", "Gout", "Measles", "Rickets", "Cholera", "Tetanus")


@pytest.fixture
def models(tmp_path):
    pytest.importorskip("onnxruntime")
    for kind in KINDS:
        with as_file(files("kb").joinpath(kind)) as shipped:
            shutil.copytree(shipped, tmp_path / "models" / kind)
            (tmp_path / "models" / kind / "CARD.md").unlink()
    return tmp_path / "models"


@pytest.fixture
def data(tmp_path):
    rows = [
        {"focus": ill, "qtype": "treatment", "question": f"What treats {ill} ?",
         "answer": f"People who have {ill} are treated with the medicine that helps against {ill}."}
        for ill in ILLS
    ]  # fmt: skip
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def card(models, kind):
    return (models / kind / "CARD.md").read_text(encoding="utf-8")


def test_what_is_shipped_is_measured_and_written_down(models, data):
    manifests = {kind: (models / kind / "manifest.toml").read_bytes() for kind in KINDS}
    found = measure_again(RECIPE, data, data, models)
    assert set(found) == set(KINDS)
    for kind in KINDS:
        scores = found[kind].table()
        assert scores["questions"] > 1
        assert scores["mrr10"] > 0.5  # each passage names the illness it is asked for
        assert f"questions {scores['questions']}, passages {scores['passages']}," in card(
            models, kind
        )
        assert f"ndcg10 {scores['ndcg10']}, mrr10 {scores['mrr10']}." in card(models, kind)
        assert (models / kind / "manifest.toml").read_bytes() == manifests[kind]
    assert "before re-ranking" in card(models, "reranker")


def test_the_re_ranker_only_orders_what_the_encoder_found(models):
    pairs = [Pair(f"What treats {ill}?", f"A medicine against {ill}.", ill, "x") for ill in ILLS]
    before = score_encoder(models / "encoder", pairs)
    after = score_reranker(models / "encoder", models / "reranker", pairs)
    assert (before.questions, before.passages) == (after.questions, after.passages) == (8, 8)
    assert 0 < after.mrr10 <= 1


def test_nothing_held_back_gives_a_card_without_figures(models):
    assert measure(RECIPE, models, []) == {}
    assert all("ndcg10" not in card(models, kind) for kind in KINDS)


def test_an_absent_source_is_named_and_no_card_is_written(models, tmp_path):
    with pytest.raises(RecipeRefused, match=r"rows\.jsonl"):
        measure_again(RECIPE, tmp_path / "models", tmp_path, models)
    assert not (models / "encoder" / "CARD.md").exists()
