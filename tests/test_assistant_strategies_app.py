"""Careful mode in the app: several drafts before the gate, then mended, cancelled, or given up."""

import threading
from dataclasses import replace

import pytest
from makers_gguf import Recipe, model_file, words
from test_assistant_lying_models import QUESTION, assistant, line_number, traced

from assistant.errors import ModelStopped
from assistant.writing.model_file import ModelOptions
from assistant.writing.model_process import ProcessModel
from assistant.writing.model_writer import NOTHING_PASSED
from assistant.writing.scripted import CARD, Pace, ScriptedModel

CAREFUL = replace(QUESTION, careful=True)
LARGE = replace(CARD, name="medgemma-4b-it-q4_k_m")


@pytest.fixture
def weigh(library):
    return f"Weigh the child with dehydration [{line_number(library, 'Weigh')}]."


def test_the_draft_of_which_most_passes_is_shown(library, weigh):
    model = ScriptedModel(["Give opium [1].", weigh, "Give gold [1]."])
    answer = assistant(library, model).answer(CAREFUL)
    assert [s.text for s in answer.sentences] == ["Weigh the child with dehydration."]
    assert answer.mode == "model"
    assert set(answer.citations) == set(answer.sentences[0].citations)
    cost = answer.versions["strategy"]
    assert (cost["name"], cost["stopped"], cost["calls"]) == ("best-of", "settled", 2)
    assert cost["prompt_tokens"] > cost["written_tokens"] > 0


def test_a_large_model_mends_its_best_draft(library, weigh):
    mixed = f"{weigh} Give opium to all [1]."
    model = ScriptedModel([mixed, mixed, mixed, "NONE", weigh], card=LARGE)
    answer = assistant(library, model).answer(CAREFUL)
    assert answer.versions["strategy"]["name"] == "careful"
    assert answer.versions["strategy"]["calls"] == 5
    assert [s.text for s in answer.sentences] == ["Weigh the child with dehydration."]
    assert "Give opium to all" in model.prompts[4].text


def test_every_step_is_traced_and_the_last_is_done(library, weigh):
    model = ScriptedModel([f"{weigh} Give opium [1].", "Give gold [1].", weigh])
    steps = list(assistant(library, model).stream(CAREFUL, threading.Event()))
    assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]
    assert len(steps) >= 4
    assert all(traced(library, step) for step in steps[1:])


def test_without_a_flag_a_model_writes_once(library, weigh):
    model = ScriptedModel([weigh, "Give opium [1]."])
    answer = assistant(library, model).answer(QUESTION)
    assert len(model.prompts) == 1
    assert "strategy" not in answer.versions


def test_when_no_draft_passes_the_quotes_stand(library):
    quoted = assistant(library, None).answer(CAREFUL)
    model = ScriptedModel(["Give opium [1].", "Give gold [1].", "NO ANSWER [0]."])
    answer = assistant(library, model).answer(CAREFUL)
    assert answer.mode == "reference"
    assert [s.text for s in answer.sentences] == [s.text for s in quoted.sentences]
    assert NOTHING_PASSED in answer.warnings
    assert answer.versions["strategy"]["stopped"] == "abstained"


def test_a_model_that_dies_between_drafts_leaves_the_quotes(library):
    model = ScriptedModel(["Give opium [1].", ModelStopped("The language model stopped.")])
    answer = assistant(library, model).answer(CAREFUL)
    assert answer.mode == "reference"
    assert answer.sentences
    assert "The language model stopped." in answer.warnings


def test_cancelling_keeps_what_has_passed(library, weigh):
    cancelled = threading.Event()
    model = ScriptedModel([f"{weigh} Give opium [1].", weigh, weigh])
    steps = assistant(library, model).stream(CAREFUL, cancelled)
    for step in steps:
        if step.sentences and step.mode == "model" and "strategy" in step.versions:
            cancelled.set()
            last = step
    assert step.done
    assert step.versions["strategy"]["stopped"] == "cancelled"
    assert step.versions["strategy"]["calls"] == 1
    assert [s.text for s in step.sentences] == [s.text for s in last.sentences]


def test_an_endless_model_ends(library):
    model = ScriptedModel(["Give gold to all. "] * 3, Pace(endless=True))
    cancelled = threading.Event()
    steps = assistant(library, model).stream(CAREFUL, cancelled)
    threading.Timer(0.5, cancelled.set).start()
    *_, last = steps
    assert last.done
    assert last.mode == "reference"


@pytest.mark.parametrize("careful", [False, True])
def test_a_real_tiny_model_answers_with_citations(library, weigh, careful):
    """llama.cpp, in its own process, over a generated file whose weights say one true sentence."""
    pytest.importorskip("llama_cpp", reason="llama.cpp is not installed; `make llm` adds it")
    recipe = Recipe(says=words(weigh), context_length=8192)
    options = ModelOptions(threads=1, context_length=8192)
    model = ProcessModel(model_file(recipe), options)
    try:
        question = replace(QUESTION, careful=careful)
        steps = list(assistant(library, model).stream(question, threading.Event()))
    finally:
        model.close()
    last = steps[-1]
    assert [(s.kind, s.text) for s in last.sentences] == [
        ("written", "Weigh the child with dehydration.")
    ]
    assert set(last.citations) == set(last.sentences[0].citations)
    assert any(not step.done and step.sentences == last.sentences for step in steps)
    if careful:
        cost = last.versions["strategy"]
        assert (cost["calls"], cost["stopped"]) == (1, "settled")
        assert cost["prompt_tokens"] > 500
