"""What a smaller model costs: likelihoods, tasks, bounds, table and plot."""

import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from makers_gguf import Recipe, model_file, words

from assistant.messages import Answer, Dropped, Sentence, Urgency
from quantize.errors import WorkshopError
from quantize.gguf_child import ask
from quantize.gguf_recipe import Measuring
from quantize.gguf_report import Examiner, Tasks, write_report
from quantize.likelihood import Tally, divergences, log_probabilities
from quantize.report_plot import svg
from quantize.report_table import markdown
from quantize.scorecard import Bounds, Card, Rate, Score
from ui.quantize_gate import gate_of, shown

GRAMMAR = Path(str(files("assistant").joinpath("writing/grammars/tool.json")))
BOUNDS = Bounds(0.05, 1.05, 0.02, 0.02, 0.02)


def scored(name, size, divergence=0.01, **more):
    known = {
        "name": name,
        "sha256": "0" * 64,
        "size": size,
        "memory_mb": 100.0,
        "load_s": 0.1,
        "reads_per_s": 50.0,
        "writes_per_s": 20.0,
        "tokens": 1000,
        "perplexity": 10.0,
        "divergence": divergence,
    }
    return Score(**{**known, **more})


FULL = scored("full", 1000, 0.0, choices=Rate(80, 100), calls=Rate(10, 10), gate=0.9)


def test_probabilities_sum_to_one_and_survive_large_scores():
    rows = log_probabilities(np.array([[1e4, 1e4, -1e4], [0, 0, 0]], np.float32))
    assert np.exp(rows[0]).tolist() == pytest.approx([0.5, 0.5, 0])
    assert np.exp(rows[1]).sum() == pytest.approx(1)


def test_divergence_and_perplexity_are_those_of_the_formulas():
    full = np.log(np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]], np.float32))
    near = np.log(np.array([[0.5, 0.3, 0.2], [0.25, 0.25, 0.5]], np.float32))
    by_hand = 0.7 * math.log(0.7 / 0.5) + 0.2 * math.log(0.2 / 0.3) + 0.1 * math.log(0.1 / 0.2)
    assert divergences(full, near).tolist() == pytest.approx([by_hand, 0], abs=1e-6)
    tally = Tally()
    tally.add(near, np.array([0, 2]))
    tally.compare(full, near)
    table = tally.table(compared=True)
    assert table["perplexity"] == pytest.approx(math.exp(-(math.log(0.5) + math.log(0.5)) / 2))
    assert table["divergence"] == pytest.approx(by_hand / 2, abs=1e-6)
    assert table["worst_divergence"] == pytest.approx(by_hand, abs=1e-6)
    assert table["agreement"] == 1


def test_nothing_read_is_no_measurement():
    with pytest.raises(ValueError, match="no token"):
        Tally().table(compared=False)


def test_the_smallest_within_all_bounds_is_picked():
    card = Card(
        FULL,
        (
            scored("large", 600),
            scored("good", 400),
            scored("far", 300, 0.06),
            scored("wavering", 290, perplexity=10.6),
            scored("forgetful", 280, choices=Rate(77, 100)),
            scored("clumsy", 270, calls=Rate(9, 10)),
            scored("lying", 260, gate=0.87),
        ),
        BOUNDS,
    )
    assert card.picked.name == "good"
    assert [card.broken(one) for one in card.smaller] == [
        (),
        (),
        ("divergence",),
        ("perplexity",),
        ("choices",),
        ("calls",),
        ("gate",),
    ]
    assert Card(FULL, card.smaller[2:], BOUNDS).picked is None


def test_a_figure_that_is_no_number_keeps_no_bound():
    assert Card(FULL, (scored("odd", 10, math.nan, gate=0.9),), BOUNDS).picked is None


def test_table_plot_and_json_tell_the_same(tmp_path):
    smaller = (
        scored("a|b", 500, gate=0.9, choices=Rate(80, 100)),
        scored("<c>", 100, 2.0, gate=0.9),
    )
    card = Card(FULL, smaller, BOUNDS, "1.2.3")
    text = markdown(card)
    assert "Picked: **a|b**" in text
    assert "| a\\|b |" in text
    assert "no: divergence" in text
    assert "80/100" in text
    write_report(tmp_path, card)
    table = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert table["picked"] == "a|b"
    assert table["smaller"][1]["broken"] == ["divergence"]
    root = ET.fromstring((tmp_path / "report.svg").read_text(encoding="utf-8"))
    words_in = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a|b", "<c>", "bound 0.05"} <= set(words_in)
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 3  # two points, and a ring around the picked one
    heights = [float(one.get("cy")) for one in circles]
    assert heights[2] < heights[0]  # farther from the full model is higher
    assert all(0 < float(one.get("cx")) < 720 for one in circles)


def test_none_within_bounds_is_said_and_an_exact_model_is_drawn():
    exact = scored("exact", 10, 0.0)
    assert "circle" in svg(Card(FULL, (exact,), BOUNDS))
    text = markdown(Card(FULL, (replace(exact, divergence=1.0),), BOUNDS))
    assert "None keeps every bound" in text


def judged(model, tmp_path, choices="", calls="", grammar=GRAMMAR):
    text = tmp_path / "text.txt"
    text.write_text("fever and cough " * 100, encoding="utf-8")
    job = {"model": str(model), "text": str(text), "kept": str(tmp_path / "kept"), "full": True}
    job |= {"context": 64, "chunks": 1, "threads": 1, "task_context": 512}
    given = {"choices": str(choices), "calls": str(calls), "grammar": str(grammar)}
    return ask("judge", job | given)


def lines(path, rows):
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def test_the_likeliest_letter_is_the_answer(tmp_path):
    model = model_file(Recipe(says=(b" ", b"B")))
    options = {"A": "rest", "B": "fluids", "C": "none"}
    rows = [{"question": f"Q{n}?", "options": options, "answer": "ABCB"[n % 4]} for n in range(8)]
    rows.append({"question": "As a list?", "options": ["x", "y"], "answer": "B"})
    rows.append({"question": "long " * 900, "options": options, "answer": "B"})
    found = judged(model, tmp_path, lines(tmp_path / "choices.jsonl", rows))
    assert found["choices"] == {"right": 5, "asked": 9, "left_out": 1}


@pytest.mark.parametrize(("answer", "right"), [("no", 1), ("nay", 0)])
def test_names_that_begin_alike_are_weighed_whole(tmp_path, answer, right):
    model = model_file(Recipe(says=(b" ", b"n", b"o")))
    rows = [{"question": "?", "options": {"nay": "1", "no": "2"}, "answer": answer}]
    found = judged(model, tmp_path, lines(tmp_path / "choices.jsonl", rows))
    assert found["choices"] == {"right": right, "asked": 1, "left_out": 0}


CALL = '{"tool": "dose", "input": "amoxicillin 12 kg"}'


@pytest.mark.parametrize(("tool", "right"), [("dose", 1), ("search", 0), (None, 1)])
def test_a_whole_call_of_the_right_tool_counts(tmp_path, tool, right):
    model = model_file(Recipe(says=words(CALL)))
    row = {"prompt": "What now?"} | ({"tool": tool} if tool else {})
    found = judged(model, tmp_path, calls=lines(tmp_path / "calls.jsonl", [row]))
    assert found["calls"] == {"right": right, "asked": 1, "left_out": 0}


def test_a_call_without_an_end_does_not_count(tmp_path):
    model = model_file(Recipe(says=words(CALL), repeats=True))
    grammar = tmp_path / "endless.gbnf"
    grammar.write_text('root ::= "{" [^\\x00]*', encoding="utf-8")
    calls = lines(tmp_path / "calls.jsonl", [{"prompt": "Go"}])
    assert judged(model, tmp_path, calls=calls, grammar=grammar)["calls"]["right"] == 0


@pytest.mark.parametrize("text", ["root ::= (", "", "no rules here"])
def test_a_grammar_that_is_none_is_refused(tmp_path, text):
    grammar = tmp_path / "bad.gbnf"
    grammar.write_text(text, encoding="utf-8")
    calls = lines(tmp_path / "calls.jsonl", [{"prompt": "Go"}])
    with pytest.raises(WorkshopError, match="grammar"):
        judged(model_file(), tmp_path, calls=calls, grammar=grammar)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no lines"),
        ("{", "line 1: not JSON"),
        ("[1]", "line 1: needs question"),
        ('{"question": "?", "options": {"A": "x"}, "answer": "B"}', "none of its options"),
        ('{"question": "?", "options": 3, "answer": "B"}', "none of its options"),
    ],
)
def test_questions_that_cannot_be_asked_are_named(tmp_path, text, message):
    path = tmp_path / "choices.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorkshopError, match=message):
        judged(model_file(), tmp_path, path)


def test_a_model_with_another_vocabulary_is_not_compared(tmp_path):
    examiner = Examiner(Measuring(64, 1, 64), BOUNDS, Tasks(), 1, lambda _: None)
    other = model_file(Recipe(control=("<|endoftext|>", "<|im_end|>")))
    with pytest.raises(WorkshopError, match="vocabulary"):
        examiner.examine(model_file(Recipe(control=("<|endoftext|>",))), [other], "fever " * 200)


def test_calls_need_a_grammar(tmp_path):
    tasks = Tasks(calls=lines(tmp_path / "calls.jsonl", [{"prompt": "Go"}]))
    examiner = Examiner(Measuring(64, 1, 64), BOUNDS, tasks, 1, lambda _: None)
    with pytest.raises(WorkshopError, match="name one"):
        examiner.examine(model_file(), [], "fever")


def answer(kinds, dropped):
    sentences = tuple(Sentence("Give fluids.", kind) for kind in kinds)
    out = tuple(Dropped("Give more.", "no source") for _ in range(dropped))
    return Answer("q", "model", Urgency("none"), sentences=sentences, dropped=out)


def test_the_gate_counts_what_the_model_wrote_and_nothing_else():
    answers = [answer(["written", "quote", "written"], 1), answer(["computed"], 1)]
    assert shown(answers) == 0.5
    assert shown([answer(["quote", "fixed"], 0)]) is None


def test_a_model_that_cites_nothing_passes_the_gate_with_nothing():
    """The whole program asks a real file: what it says has no source."""
    model = model_file(Recipe(says=words("Give more water now."), context_length=4096))
    assert gate_of(["How do I treat diarrhoea with dehydration?"], 1)(model) == 0
