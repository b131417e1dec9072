"""From pairs to models: wrong passages, batches, vocabulary, records; the whole way if torch is there."""

import hashlib
import json
import random
import re
import tomllib
from dataclasses import replace
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from kb.model_files import built_in
from quantize import embedder
from quantize.embedder_recipe import RecipeRefused, Source, VocabularyChoice, read_recipe
from quantize.encoder_files import Made, card, manifest, roles_of, write_folder
from quantize.encoder_scores import Scores, score
from quantize.negatives import Example, WordIndex, gather, mine
from quantize.pairs import Pair
from quantize.train_encoder import batches, excused
from quantize.train_reranker import choices, endless
from quantize.vocabulary import choose, trim
from ui.cli.main import cli

RECIPE = read_recipe(Path(str(files("quantize").joinpath("recipes/embedder.toml"))))


def unit(rows):
    vectors = np.array(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def mined(pairs, questions, passages):
    texts = gather(pairs)
    rules = replace(RECIPE.negatives, kept=9)
    found = mine(pairs, texts, (unit(questions), unit(passages)), rules, random.Random(1))
    return texts, [{texts.passages[n] for n in example.wrong} for example in found]


def test_each_text_is_kept_once():
    pairs = [Pair("q1", "p1", "a", "x"), Pair("q2", "p1", "b", "x"), Pair("q1", "p2", "a", "x")]
    texts = gather(pairs)
    assert texts.questions == ("q1", "q2")
    assert texts.passages == ("p1", "p2")
    assert texts.asked == (frozenset({0, 1}), frozenset({0}))
    assert texts.subjects[0] == {"a", "b"}


def test_a_near_passage_on_another_subject_is_wrong_and_one_too_near_is_spared():
    pairs = [
        Pair("q1", "right", "a", "x"),
        Pair("q2", "near", "b", "x"),
        Pair("q3", "twin", "c", "x"),
    ]
    questions = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    _, wrong = mined(pairs, questions, [[0.9, 0.1, 0], [0.6, 0.8, 0], [0.91, 0.09, 0]])
    assert wrong[0] == {"near"}


def test_answers_to_the_same_question_in_other_words_are_spared():
    pairs = [Pair("q1", "right", "a", "x"), Pair("q1 again", "other", "b", "x")]
    _, wrong = mined(pairs, [[1, 0], [0.99, 0.1]], [[1, 0], [0.5, 0.8]])
    assert wrong == [set(), set()]


def test_the_same_subject_must_be_clearly_farther():
    pairs = [
        Pair("q1", "right", "a", "x"),
        Pair("q2", "sister", "a", "x"),
        Pair("q3", "far", "a", "x"),
    ]
    questions = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    _, wrong = mined(pairs, questions, [[1, 0, 0], [0.9, 0.3, 0], [0.3, 0, 0.9]])
    assert wrong[0] == {"far"}


def test_words_find_passages_that_share_rare_words():
    passages = [f"common words everywhere {n}" for n in range(30)] + ["common artesunate"]
    index = WordIndex(passages)
    assert index.nearest("artesunate for everywhere", 3) == [30]
    assert index.nearest("nothing known", 3) == []


def test_batches_hold_every_example_once_and_like_lengths_together():
    passages = [[0] * (n % 40 + 2) for n in range(256)]
    examples = [Example(n, n, (), str(n)) for n in range(256)]
    made = batches(examples, passages, 8, random.Random(3))
    assert sorted(e.passage for batch in made for e in batch) == list(range(256))
    spread = [len(passages[b[-1].passage]) - len(passages[b[0].passage]) for b in made]
    assert max(spread) < 10


def test_kin_and_the_own_passage_do_not_count_as_wrong():
    batch = [Example(0, 5, (), "a"), Example(1, 6, (), "a"), Example(2, 7, (), "b")]
    mask = excused(batch, [5, 6, 7, 5, 9])
    assert mask.tolist() == [
        [False, True, False, True, False],
        [True, False, False, False, False],
        [False, False, False, False, False],
    ]


def test_choices_begin_with_the_right_passage_and_are_filled_up():
    chosen = choices(Example(0, 3, (8, 9), "a"), 6, 50, random.Random(1))
    assert chosen[0] == 3
    assert {8, 9} <= set(chosen)
    assert len(chosen) == 6
    assert 3 not in chosen[1:]


def test_batches_for_the_reranker_only_hold_examples_with_a_wrong_passage():
    examples = [Example(n, n, (n + 1,) if n % 2 else (), "a") for n in range(20)]
    stream = endless(examples, 4, random.Random(1))
    assert all(e.wrong for _ in range(10) for e in next(stream))
    assert list(endless([Example(0, 0, (), "a")], 4, random.Random(1))) == []


VOCABULARY = {
    piece: number
    for number, piece in enumerate(
        ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "the", "fever", "fevers", "a", "##s", "##ing",
         "北", "北京", "β", "kingdom", "2026", "warlord", "été"]
    )
}  # fmt: skip


def test_pieces_that_stay():
    kept = choose(VOCABULARY, {"fever", "the"}, VocabularyChoice(common=6, stem=5))
    gone = set(VOCABULARY) - set(kept)
    assert gone == {"[unused0]", "北京", "kingdom", "warlord"}
    assert kept == sorted(kept, key=VOCABULARY.__getitem__)


def test_a_trimmed_tokenizer_spells_what_was_left_out():
    tokenizers = pytest.importorskip("tokenizers")
    pieces = {p: n for n, p in enumerate("[PAD] [UNK] [CLS] [SEP] king ##dom kingdom".split())}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_truncation(8)
    before = json.loads(tokenizer.to_str())
    after = trim(before, [p for p in pieces if p != "kingdom"])
    smaller = tokenizers.Tokenizer.from_str(json.dumps(after))
    assert tokenizer.encode("kingdom").tokens == ["[CLS]", "kingdom", "[SEP]"]
    assert smaller.encode("kingdom").tokens == ["[CLS]", "king", "##dom", "[SEP]"]
    assert after["truncation"] is None
    assert "kingdom" in before["model"]["vocab"]


def test_scores_of_known_rankings():
    asked = (frozenset({0}), frozenset({1}), frozenset())
    found = score([[0, 1], [2, 1]], asked)
    assert found.mrr10 == pytest.approx(0.75)
    assert found.ndcg10 == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_records_name_data_notices_and_digests(tmp_path):
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(name.encode())
    write_folder(tmp_path, "encoder", Made(RECIPE, Scores(10, 20, 0.5, 0.6)))
    table = tomllib.loads((tmp_path / "manifest.toml").read_text(encoding="utf-8"))
    text = (tmp_path / "CARD.md").read_text(encoding="utf-8")
    assert set(table["roles"]) == {"document", "query"}
    assert table["files"]["model.onnx"] == hashlib.sha256(b"model.onnx").hexdigest()
    assert all(source.attribution in text and source.licence in text for source in RECIPE.sources)
    assert all(digest in text for digest in table["files"].values())
    assert set(roles_of("reranker", RECIPE)) == {"reranker"}
    assert "reranker" in card("reranker", Made(RECIPE), {})
    assert tomllib.loads(manifest(roles_of("reranker", RECIPE), {"a": "b"}))["files"] == {"a": "b"}


@pytest.mark.parametrize("kind", ["encoder", "reranker"])
def test_a_card_says_what_was_measured_and_nothing_else(kind):
    without = card(kind, Made(RECIPE), {})
    assert "ndcg10" not in without
    assert "measured" not in without
    told = card(kind, Made(RECIPE, Scores(10, 20, 0.5, 0.0), Scores(10, 20, 0.25, 0.125)), {})
    assert "questions 10, passages 20, ndcg10 0.5, mrr10 0.0." in told
    assert "ndcg10 0.25, mrr10 0.125" in told


def test_a_remark_of_the_recipe_stands_on_the_card():
    assert "learned on a Monday" in card(
        "encoder", Made(replace(RECIPE, remark="learned on a Monday")), {}
    )
    assert "\n\n\n" not in card("encoder", Made(replace(RECIPE, remark="")), {})


@pytest.mark.parametrize(("questions", "passages"), [(0, 5), (5, 0), (0, 0)])
def test_scores_without_a_measurement_do_not_exist(questions, passages):
    with pytest.raises(ValueError, match="at least one"):
        Scores(questions, passages, 0, 0)
    with pytest.raises(ValueError, match="at least one"):
        score([[0]] * questions, [frozenset()] * passages)


@pytest.mark.parametrize("kind", ["encoder", "reranker"])
def test_the_shipped_cards_hold_true_measurements(kind):
    text = built_in(kind).folder.joinpath("CARD.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "ndcg10" in line]
    assert lines
    for line in lines:
        figures = re.findall(r"(questions|passages|ndcg10|mrr10) ([\d.]+\d)", line)
        assert len(figures) == 4
        assert all(float(value) > 0 for _, value in figures)


def test_other_weights_than_the_recipe_names_are_refused(tmp_path):
    with pytest.raises(RecipeRefused, match="no model"):
        embedder.check_base(RECIPE, tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"other")
    with pytest.raises(RecipeRefused, match="SHA-256 begins"):
        embedder.check_base(RECIPE, tmp_path)


@pytest.mark.skipif(find_spec("torch") is not None, reason="the workshop is installed")
def test_without_the_workshop_the_command_says_how_to_get_it(tmp_path):
    recipe = str(files("quantize").joinpath("recipes/embedder.toml"))
    given = ["--recipe", recipe, "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(cli, ["quantize", "embedder", *given, "--base", str(tmp_path)])
    assert result.exit_code == 1
    assert "aidpost[workshop]" in result.output


def tiny_base(folder):
    """Random weights of the right shape, with a tokenizer of single letters."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{x}" for x in letters)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(pieces), intermediate_size=64, **sizes)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.filterwarnings("ignore")
def test_the_whole_way_with_a_tiny_model(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnxruntime")
    base, data = tmp_path / "base", tmp_path / "data"
    base.mkdir()
    data.mkdir()
    digest = tiny_base(base)
    rows = [
        {"focus": f"illness {n}", "qtype": "treatment", "question": f"What treats illness {n} ?",
         "answer": f"Medicine {n} treats illness {n} well in most people."}
        for n in range(60)
    ]  # fmt: skip
    (data / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    recipe = replace(
        RECIPE,
        base=replace(RECIPE.base, sha256=digest),
        sources=(Source("medquad", "rows.jsonl", "MIT", "Somebody"),),
        held_out=5,
        encoder=replace(RECIPE.encoder, steps=6, batch=8),
        reranker=replace(RECIPE.reranker, steps=6, batch=4, layers=1),
    )
    said = []
    report = embedder.make(
        recipe, embedder.Places(data, base, tmp_path / "out", tmp_path), said.append
    )
    from kb.model_files import open_folder
    from kb.onnx_encoder import OnnxEncoder
    from kb.reranker import OnnxReranker

    encoder = OnnxEncoder(open_folder(tmp_path / "out" / "encoder"))
    reranker = OnnxReranker(open_folder(tmp_path / "out" / "reranker"))
    vectors = encoder.embed_batch(["fever", "cough and cold"])
    assert vectors.shape == (2, 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert reranker.scores("fever", ["a", "b"]).shape == (2,)
    assert report["learned"] > report["held_out"] > 0
    assert (tmp_path / "out" / "reranker" / "CARD.md").exists()
    assert not (tmp_path / "out" / "encoder" / "full.onnx").exists()
