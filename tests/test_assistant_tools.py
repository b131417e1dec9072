"""Tools that a model calls: code does the work, and nothing of the model's own gets in."""

import json
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from makers_gguf import Recipe, model_file
from test_assistant_lying_models import QUESTION, line_number

from assistant.messages import Patient
from assistant.pipeline import Assistant
from assistant.tools.calls import OWN_FIGURE, OWN_WORD, Call, read_call, refusal
from assistant.tools.loop import MOST_CALLS, call_tools
from assistant.writing.language import GenerationLimits
from assistant.writing.model_file import ModelOptions
from assistant.writing.model_process import ProcessModel
from assistant.writing.scripted import ScriptedModel
from assistant.writing.strategies.asker import Asker
from assistant.writing.strategies.task import Budget, Task
from ui.wiring import open_rules

NONE = '{"tool": "none", "input": ""}'
WEIGH = "Weigh the child with dehydration"
ASKED = replace(QUESTION, patient=Patient(age_days=3 * 366, weight_kg=Decimal(12)), careful=True)


def call(tool, text):
    return json.dumps({"tool": tool, "input": text})


@pytest.fixture(scope="module")
def rules():
    return open_rules()


def desk(library, rules, says):
    model = ScriptedModel(says)
    return Assistant(library, rules, {}, model), model


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (call("dose", "zinc for diarrhoea"), Call("dose", "zinc for diarrhoea")),
        ('{"tool": "search",\n "input": "ORS\tat  home"}', Call("search", "ORS at home")),
        (NONE, None),
        (call("dose", " "), None),
        (call("shell", "rm"), None),
        (call("dose", "x" * 301), None),
        ('{"tool": "dose", "input": ["zinc"]}', None),
        ('["dose", "zinc"]', None),
        ("The dose is 20 mg.", None),
        ('{"tool": "dose", "input": "zin', None),
        ("", None),
    ],
)
def test_a_call_is_read_or_it_is_none(text, read):
    assert read_call(text) == read


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Call("dose", "amoxicillin for pneumonia, 12 kg"), ""),
        (Call("dose", "amoxicillin for pneumonia, 70 kg"), OWN_FIGURE),
        (Call("calculate", "creatinine clearance"), ""),
        (Call("calculate", "creatinine clearance with creatinine 8 mg/dL"), OWN_FIGURE),
        (Call("dose", "morphine"), OWN_WORD),
        (Call("interactions", "amoxicillin, warfarin"), OWN_WORD),
        (Call("search", "what is given with 500 mg of morphine"), ""),
    ],
)
def test_a_model_brings_no_figure_and_no_medicine_of_its_own(asked, reason):
    assert refusal(asked, "amoxicillin for pneumonia in a child of 12 kg") == reason


def made(says, budget=None, use=lambda _: "done"):
    model = ScriptedModel(says)
    asker = Asker(model, threading.Event(), budget)
    calls = call_tools(asker, Task("zinc and amoxicillin for a child"), use)
    return calls, model


def test_the_loop_ends_when_the_model_wants_no_more():
    calls, model = made([call("dose", "zinc"), NONE])
    assert [(one.call.input, one.used) for one in calls.made] == [("zinc", True)]
    assert calls.stopped == "settled"
    assert "dose(zinc): done" in model.prompts[1].text
    assert {limits.grammar for limits in model.limits} == {"tool"}


def test_the_loop_ends_when_the_model_repeats_itself_or_talks():
    assert len(made([call("dose", "zinc")] * 2)[0].made) == 1
    assert made(["Give 20 mg of zinc."])[0].made == ()


def test_the_loop_ends_after_its_calls_and_with_the_budget():
    says = [call("search", f"question {n}") for n in "abcdefg"]
    calls, model = made(says)
    assert (len(calls.made), calls.stopped) == (MOST_CALLS, "rounds")
    assert len(model.prompts) == MOST_CALLS
    calls, _ = made(says, Budget(calls=2))
    assert (len(calls.made), calls.stopped) == (2, "budget")


def test_a_refused_call_never_reaches_the_tool():
    reached = []
    calls, _ = made(
        [call("dose", "morphine"), call("dose", "zinc 40 mg"), NONE], use=reached.append
    )
    assert reached == []
    assert [one.said for one in calls.made] == [OWN_WORD, OWN_FIGURE]
    assert not any(one.used for one in calls.made)


def test_what_a_model_asks_for_comes_from_the_table(library, rules):
    weigh = f"{WEIGH} [{line_number(library, 'Weigh')}]."
    assistant, _ = desk(library, rules, [call("interactions", "loperamide, zinc"), NONE, weigh])
    answer = assistant.answer(ASKED)
    from_rules = {one.text for one in rules.engines.findings(ASKED.text, ASKED.patient) if one.text}
    computed = [one for one in answer.sentences if one.kind == "computed"]
    asked_for = [one for one in computed if one.text not in from_rules]
    assert [one.text.startswith("loperamide with zinc") for one in asked_for] == [True]
    assert any(one.engine == "interactions" for one in answer.computed)
    assert WEIGH in " ".join(one.text for one in answer.sentences)
    assert answer.versions["tools"] == [
        {"tool": "interactions", "input": "loperamide, zinc", "used": True}
    ]


def test_what_a_tool_lacks_is_asked_for(library, rules):
    assistant, model = desk(
        library, rules, [call("calculate", "body surface area"), NONE, "No [1]."]
    )
    answer = assistant.answer(ASKED)
    assert "height" in answer.missing
    assert "missing: height" in model.prompts[1].text


def test_a_result_of_the_rules_is_not_said_twice(library, rules):
    assistant, _ = desk(
        library, rules, [call("dose", "zinc for diarrhoea"), NONE, "NO ANSWER [0]."]
    )
    answer = assistant.answer(ASKED)
    texts = [one.text for one in answer.sentences if one.kind == "computed"]
    assert len(texts) == len(set(texts)) >= 1
    for sentence in answer.sentences:
        assert all(key in answer.citations for key in sentence.citations)


def test_what_a_model_works_out_itself_is_dropped(library, rules):
    lie = "Give zinc 950 mg twice daily [1]."
    assistant, _ = desk(
        library, rules, [call("dose", "zinc for diarrhoea, 950 mg"), NONE, lie, lie, lie]
    )
    answer = assistant.answer(ASKED)
    assert "950" not in " ".join(one.text for one in answer.sentences)
    assert answer.versions["tools"][0]["used"] is False


def test_a_line_that_a_search_adds_can_be_cited(library, rules):
    library.add_bytes(
        b"# Karvath\n\nKarvath fever is treated with bed rest and water every day.", "karvath.txt"
    )
    quoted = Assistant(library, rules, {}, None).answer(replace(ASKED, mode="reference"))
    number = sum(one.kind == "quote" for one in quoted.sentences) + 1
    said = f"Karvath fever is treated with bed rest and water every day [{number}]."
    assistant, model = desk(
        library, rules, [call("search", "how is karvath fever treated"), NONE, said]
    )
    answer = assistant.answer(ASKED)
    assert "Karvath fever is treated" in model.prompts[2].text
    shown = [one for one in answer.sentences if "Karvath" in one.text]
    assert len(shown) == 1
    assert "bed rest" in answer.citations[shown[0].citations[0]].quote


def test_a_searched_line_with_a_medicine_of_an_allergy_stays_out(library, rules):
    library.add_bytes(
        b"# Karvath\n\nKarvath fever is treated with amoxicillin 500 mg every day.", "karvath.txt"
    )
    asked = replace(ASKED, patient=replace(ASKED.patient, allergies=("penicillin",)))
    assistant, model = desk(
        library, rules, [call("search", "how is karvath fever treated"), NONE, "NO ANSWER [0]."] * 2
    )
    answer = assistant.answer(asked)
    assert "Karvath" not in " ".join(one.text for one in answer.sentences)
    assert "Karvath" not in model.prompts[2].text


def test_without_careful_mode_a_model_is_asked_once(library, rules):
    assistant, model = desk(library, rules, ["NO ANSWER [0]."])
    answer = assistant.answer(replace(ASKED, careful=False))
    assert len(model.prompts) == 1
    assert "tools" not in answer.versions


@pytest.mark.parametrize("seed", range(5))
def test_a_real_engine_keeps_to_the_grammar(seed):
    """Random weights babble; held to the grammar, they write a call or are cut off."""
    pytest.importorskip("llama_cpp", reason="llama.cpp is not installed; `make llm` adds it")
    model = ProcessModel(model_file(Recipe(context_length=8192)), ModelOptions(threads=1))
    try:
        asker = Asker(model, threading.Event())
        prompt = asker.prompts.of("tools", _asked())
        limits = GenerationLimits(400, 0.9, seed, grammar="tool")
        chunks = list(model.chunks(prompt, limits, threading.Event()))
    finally:
        model.close()
    text = "".join(chunk.text for chunk in chunks)
    assert text.startswith("{")
    if chunks[-1].usage.finish == "stop":
        assert set(json.loads(text, strict=False)) == {"tool", "input"}


def _asked():
    from assistant.writing.prompts import Asked

    return Asked("zinc for a child?")
