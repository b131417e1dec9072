"""What the encoder learns from: licences, passages, the held-out share, readers of the sources."""

import gzip
import json
import random
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from quantize.embedder_recipe import RecipeRefused, Source, make_recipe, read_recipe
from quantize.pair_sources import read_source
from quantize.pairs import LONGEST, Pair, is_held_out, passages, sentences, split, usable

RECIPE = Path(str(files("quantize").joinpath("recipes/embedder.toml")))


def table():
    return tomllib.loads(RECIPE.read_text(encoding="utf-8"))


def source(kind, path, **values):
    return Source(kind, path, "MIT", "Somebody", **values)


def learn(kind, path, folder):
    return read_source(source(kind, path), folder, folder, random.Random(1))


def test_the_shipped_recipe_is_complete_and_open():
    recipe = read_recipe(RECIPE)
    assert {entry.kind for entry in recipe.sources} >= {"medquad", "pubmedqa", "cnxml", "cards"}
    assert recipe.held_out >= 2
    assert len(recipe.base.sha256) == 64


@pytest.mark.parametrize("licence", ["E", "CC-BY-NC-4.0", "CC-BY-SA-4.0", "", "unknown"])
def test_a_source_that_may_not_be_shipped_is_refused(licence):
    recipe = table()
    recipe["sources"][0]["licence"] = licence
    with pytest.raises(RecipeRefused, match="licence"):
        make_recipe(recipe)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t["sources"][0].update(kind="novel"), "unknown kind"),
        (lambda t: t["sources"][0].update(attribution=" "), "attribute"),
        (lambda t: t["sources"][0].update(colour="red"), "unknown value 'colour'"),
        (lambda t: t.pop("seed"), "not complete"),
        (lambda t: t["encoder"].pop("rate"), "not complete"),
        (lambda t: t["held_out"].update(one_in=1), "whole number from 2"),
        (lambda t: t["held_out"].update(one_in=0.05), "whole number from 2"),
    ],
)
def test_a_recipe_with_a_fault_is_refused_by_its_fault(change, says):
    recipe = table()
    change(recipe)
    with pytest.raises(RecipeRefused, match=says):
        make_recipe(recipe)


def test_a_recipe_that_is_no_toml_is_refused(tmp_path):
    file = tmp_path / "recipe.toml"
    file.write_text("version = ", encoding="utf-8")
    with pytest.raises(RecipeRefused, match="cannot be read"):
        read_recipe(file)


def test_passages_end_at_sentences_and_stay_short():
    text = " ".join(f"Sentence number {n} has exactly seven words." for n in range(60))
    cut = passages(text)
    assert len(cut) > 3
    assert all(len(part.split()) <= LONGEST and part.endswith(".") for part in cut)
    assert " ".join(cut).split() == text.split()


def test_one_endless_sentence_is_cut_and_a_short_text_stays():
    assert len(passages("word " * 500)[0].split()) == LONGEST
    assert passages("Wash your hands often.") == ["Wash your hands often."]
    assert passages("") == []


def test_sentences_leave_fragments_out():
    assert sentences("Yes. Give fluids by mouth. No.") == ["Give fluids by mouth."]


def test_held_out_subjects_are_the_same_in_every_run_and_near_the_share():
    subjects = [f"subject {n}" for n in range(4000)]
    held = [s for s in subjects if is_held_out(s, 20)]
    assert held == [s for s in subjects if is_held_out(s.upper(), 20)]
    assert 0.03 < len(held) / len(subjects) < 0.07


def test_nothing_held_back_is_learned():
    pairs = [Pair(f"q{n}", f"the same five words {n // 2}", f"s{n}", "medquad") for n in range(400)]
    parted = split(pairs, 3, ["medquad"])
    learned = {pair.passage for pair in parted.learn}
    assert parted.held_out
    assert learned.isdisjoint(pair.passage for pair in parted.held_out)
    kept = {pair.subject for pair in pairs if not is_held_out(pair.subject, 3)}
    assert {pair.subject for pair in parted.learn} == kept
    assert split(pairs, 3, ["other"]).held_out == ()


def test_pairs_that_teach_nothing_are_left_out():
    assert not usable(Pair("", "five words are here now", "s", "cards"))
    assert not usable(Pair("what is it", "too short", "s", "cards"))
    assert not usable(Pair("Five words are here now", "five words are here now", "s", "cards"))


def test_question_answer_files_become_pairs(tmp_path):
    answer = " ".join(f"Fact {n} about the illness is stated in this sentence." for n in range(30))
    row = {"focus": "Illness", "qtype": "information", "answer": f"Key Points - {answer}"}
    row["question"] = "What is (are) Illness ?"
    data = gzip.compress((json.dumps(row) + "\n").encode())
    (tmp_path / "rows.jsonl.gz").write_bytes(data)
    pairs = learn("medquad", "rows.jsonl.gz", tmp_path)
    assert pairs[0].question == "What is Illness?"
    assert pairs[0].passage.startswith("Fact 0")
    assert {pair.subject for pair in pairs} == {"medquad Illness"}
    assert len(pairs) == 3


def test_abstracts_become_pairs(tmp_path):
    row = {"id": "1", "question": "Does it help?", "contexts": ["We gave it to many people daily."]}
    row["long_answer"] = "It helps people who take it daily."
    (tmp_path / "rows.jsonl").write_text(json.dumps(row), encoding="utf-8")
    asked = [pair.question for pair in learn("pubmedqa", "rows.jsonl", tmp_path)]
    assert asked == ["Does it help?", "Does it help?", "It helps people who take it daily."]


def test_textbook_sections_become_pairs(tmp_path):
    words = "The heart pumps blood through the vessels of the body all day. " * 4
    (tmp_path / "m1").mkdir()
    (tmp_path / "m1" / "index.cnxml").write_text(
        '<document xmlns="http://cnx.rice.edu/cnxml"><title>Heart</title><content>'
        f'<section><title>Pumping</title><para id="p">{words}</para></section></content>'
        "<glossary><definition><term>valve</term><meaning>lets blood flow one way only</meaning>"
        "</definition></glossary></document>",
        encoding="utf-8",
    )
    pairs = read_source(source("cnxml", "."), tmp_path, tmp_path, random.Random(1))
    assert pairs[0].question == "Pumping Heart"
    assert pairs[-1].passage == "lets blood flow one way only"
    assert pairs[-1].subject == "term valve"


def test_dialogues_and_cards_become_pairs(tmp_path):
    (tmp_path / "talk.csv").write_text(
        "ID,section_header,section_text,dialogue\n"
        '7,CC,Cough for three days without fever.,"Doctor: Hello?\nPatient: I cough since Monday."\n',
        encoding="utf-8",
    )
    (pair,) = learn("dialogue", "talk.csv", tmp_path)
    assert "I cough since Monday." in pair.question
    (tmp_path / "cards" / "x").mkdir(parents=True)
    (tmp_path / "cards" / "x" / "a.md").write_text(
        '+++\nid = "a"\ntitle = "Cough"\naliases = ["tussis"]\n+++\n## Refer\n- Refer if it lasts. [s1]\n',
        encoding="utf-8",
    )
    (card,) = learn("cards", "cards", tmp_path)
    assert card.passage == "Refer if it lasts."
    assert card.question.split()[0] in {"Cough", "tussis"}


def test_a_source_is_cut_to_what_the_recipe_takes(tmp_path):
    rows = [
        {"id": str(n), "question": "Q?", "contexts": [f"Context number {n} is here."]}
        for n in range(9)
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    few = read_source(
        source("pubmedqa", "rows.jsonl", most=4), tmp_path, tmp_path, random.Random(1)
    )
    assert len(few) == 4


def test_an_absent_or_broken_source_is_named(tmp_path):
    with pytest.raises(RecipeRefused, match=r"absent\.jsonl"):
        learn("pubmedqa", "absent.jsonl", tmp_path)
    (tmp_path / "bad.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(RecipeRefused, match=r"bad\.jsonl cannot be read"):
        learn("pubmedqa", "bad.jsonl", tmp_path)
