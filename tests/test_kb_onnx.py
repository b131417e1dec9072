"""The built-in encoder and re-ranker: what they know, and what happens when they are damaged."""

import hashlib
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from kb.model_files import ModelUnusable, built_in, open_folder
from kb.onnx_encoder import OnnxEncoder, open_encoder
from kb.onnx_session import CHARACTERS_PER_TOKEN
from kb.reranker import OnnxReranker, open_reranker

SHIPPED = ("encoder", "reranker")
TOGETHER_MIB = 50


@pytest.fixture(scope="module")
def encoder():
    pytest.importorskip("onnxruntime")
    return open_encoder()


@pytest.fixture(scope="module")
def reranker():
    pytest.importorskip("onnxruntime")
    return open_reranker()


def write_folder(folder, model=b"not a model", tokenizer=b"{}", role="reranker", **changes):
    digests = {"model.onnx": model, "tokenizer.json": tokenizer}
    lines = [f"[roles.{role}]", 'name = "made"', 'model = "model.onnx"']
    lines += ['tokenizer = "tokenizer.json"', "max_tokens = 16", "[files]"]
    for name, data in digests.items():
        (folder / name).write_bytes(data)
        lines.append(f'"{name}" = "{changes.get(name, hashlib.sha256(data).hexdigest())}"')
    (folder / "manifest.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_files_are_those_of_manifest_and_card(name):
    folder = built_in(name)
    card = folder.folder.joinpath("CARD.md").read_text(encoding="utf-8")
    for file, digest in folder.digests.items():
        assert folder.read(file)
        assert digest in card
    for notice in ("CC-BY-4.0", "MIT", "Apache-2.0"):
        assert notice in card


def test_cards_attribute_every_source_of_the_recipe():
    recipe = tomllib.loads(files("quantize").joinpath("recipes/embedder.toml").read_text())
    for name in SHIPPED:
        card = built_in(name).folder.joinpath("CARD.md").read_text(encoding="utf-8")
        assert all(source["attribution"] in card for source in recipe["sources"])


def test_shipped_models_are_small():
    sizes = [Path(str(files("kb").joinpath(name, "model.onnx"))).stat().st_size for name in SHIPPED]
    assert sum(sizes) < TOGETHER_MIB * 2**20


def test_vectors_have_length_one_and_do_not_depend_on_company(encoder):
    texts = ["Zinc for a child with diarrhoea.", "Measure the blood pressure twice.", ""]
    together = encoder.embed_batch(texts)
    assert together.shape == (3, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(encoder.embed_batch([text])[0], vector)
    assert encoder.embed_batch([]).shape[0] == 0


MEANINGS = (
    ("my toddler has watery poo", "Oral rehydration solution replaces fluid lost in diarrhoea."),
    ("she cannot get her breath and whistles", "Salbutamol opens the airways in asthma."),
    ("high sugar in the blood", "Insulin lowers glucose in diabetes."),
    ("stung by a scorpion in the garden", "Envenomation: give antivenom and relieve pain."),
    ("broke his leg falling off a ladder", "Fractures of the tibia are splinted and elevated."),
    ("afterbirth will not come out", "Retained placenta is removed by hand."),
    ("feels hopeless and wants to end it all", "Assess the risk of suicide in depression."),
    ("skinny infant who does not grow", "Severe acute malnutrition: therapeutic feeding."),
    ("mosquito illness with shivering", "Artemether-lumefantrine treats malaria."),
    ("red itchy eye with pus", "Conjunctivitis: antibiotic ointment."),
)
"""Questions in everyday words, and the passage that each one means; they share no telling word."""


def test_meaning_is_found_where_no_word_is_shared(encoder):
    passages = encoder.embed_batch([passage for _, passage in MEANINGS])
    found = [int(np.argmax(passages @ encoder.embed_query(question))) for question, _ in MEANINGS]
    assert sum(place == right for right, place in enumerate(found)) >= 8


def test_documents_and_queries_go_by_recorded_names(encoder):
    assert encoder.name.startswith("aidpost-encoder-")
    assert encoder.query_name


def test_a_very_long_text_is_cut_and_not_refused(encoder):
    long = "fever and cough " * 200_000
    (vector,) = encoder.embed_batch([long])
    most = built_in("encoder").role("document").max_tokens * CHARACTERS_PER_TOKEN
    assert np.array_equal(vector, encoder.embed_batch([long[:most]])[0])


def test_many_threads_get_the_same_numbers(encoder):
    texts = [f"dose of medicine number {n}" for n in range(12)]
    expected = encoder.embed_batch(texts)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(encoder.embed_query, texts))
    assert np.allclose(np.stack(found), expected, atol=1e-6)


def test_the_passage_that_answers_scores_higher(reranker):
    passages = [
        "The condition is inherited in an autosomal recessive pattern.",
        "Treatment includes antibiotics and rest until the fever is gone.",
        "Signs are fever, a stiff neck and a headache.",
    ]
    scores = reranker.scores("What are the symptoms of meningitis?", passages)
    assert scores.shape == (3,)
    assert int(np.argmax(scores)) == 2
    assert reranker.scores("anything", []).shape == (0,)
    assert reranker.name.startswith("aidpost-reranker-")


def test_scores_do_not_depend_on_company(reranker):
    passages = ["Give paracetamol for fever.", "Fractures are splinted before moving the person."]
    together = reranker.scores("medicine for fever", passages)
    alone = [float(reranker.scores("medicine for fever", [passage])[0]) for passage in passages]
    assert together.tolist() == alone


def test_nothing_is_loaded_before_the_first_text():
    code = (
        "import sys, kb.onnx_encoder as e, kb.reranker as r; e.open_encoder(); r.open_reranker();"
        "print([m for m in ('onnxruntime', 'tokenizers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_damaged_file_is_refused_by_name(tmp_path):
    folder = write_folder(tmp_path, **{"model.onnx": "0" * 64})
    with pytest.raises(ModelUnusable, match=r"model\.onnx is not the file that was shipped"):
        OnnxReranker(open_folder(folder)).load()


def test_a_missing_file_is_named(tmp_path):
    (write_folder(tmp_path) / "tokenizer.json").unlink()
    with pytest.raises(ModelUnusable, match=r"tokenizer\.json is missing"):
        OnnxReranker(open_folder(tmp_path)).scores("a", ["b"])


def test_a_file_that_is_no_model_is_refused(tmp_path):
    pytest.importorskip("onnxruntime")
    with pytest.raises(ModelUnusable, match="cannot be read"):
        OnnxReranker(open_folder(write_folder(tmp_path))).load()


def test_a_model_made_for_something_else_is_refused(tmp_path):
    with pytest.raises(ModelUnusable, match="cannot serve as document"):
        OnnxEncoder(open_folder(write_folder(tmp_path)))


@pytest.mark.parametrize("text", [None, "roles = 3", "[roles.x]\nname = 1", "\x00", "[files]"])
def test_a_manifest_that_says_nothing_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "manifest.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelUnusable, match="manifest"):
        open_folder(tmp_path)
