"""The whole journey over the starter library, with nothing but the product's own parts."""

import threading
import tomllib
from pathlib import Path

import pytest
from conftest import plain_text
from makers_gguf import Recipe, model_file, words

from assistant.errors import BadQuestion
from assistant.grounding import Gate
from assistant.messages import Question
from assistant.patient import parse_patient
from assistant.pipeline import Assistant
from assistant.writing.model_file import ModelOptions
from assistant.writing.model_process import ProcessModel
from kb.library import Library
from kb.starter_pack import index_starter
from kb.store import Store
from ui.wiring import open_rules

QUESTIONS = tomllib.loads(
    (Path(__file__).parent / "data/questions.toml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def library():
    store = Store(None, bytes(32))
    opened = Library(store, lambda data, name: None)
    index_starter(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def assistant(library):
    return Assistant(library, open_rules(), {"app": "test"})


def answer(assistant, text, patient=""):
    return assistant.answer(Question(text, parse_patient(patient)[0]))


def said(result):
    return " ".join(sentence.text for sentence in result.sentences)


def test_plan_b_for_ten_kilograms(assistant):
    result = answer(assistant, "ORS amount plan B 10 kg child")
    assert not result.abstained
    assert "75 mL" in said(result)
    assert "75 mL/kg x 10 kg = 750 mL" in said(result)
    assert result.computed[0].result == {"volume": "750 mL"}
    assert all(sentence.citations for sentence in result.sentences)


def test_high_pressure_in_pregnancy_is_an_emergency_first(assistant):
    steps = list(
        assistant.stream(Question("BP 170/115 at 36 weeks with headache"), threading.Event())
    )
    assert steps[0].urgency.level == "emergency"
    assert steps[0].sentences == ()
    assert not steps[0].done
    assert steps[-1].done
    assert "magnesium" in (said(steps[-1]) + steps[-1].urgency.flags[0].action).lower()


def test_invented_medicine_is_not_answered(assistant):
    result = answer(assistant, "adult dose of zelmoraxin for karvath fever")
    assert result.abstained
    assert result.sentences == ()
    assert "zelmoraxin" in result.reason
    assert result.nearest == () or all(citation.quote for citation in result.nearest)


def test_every_sentence_is_word_for_word_in_the_library(assistant, library):
    for row in QUESTIONS["answerable"][::6]:
        result = answer(assistant, row["ask"])
        for sentence in result.sentences:
            citation = result.citations[sentence.citations[0]]
            if sentence.kind == "computed":
                assert any(Gate().computed(sentence.text, c).passes for c in result.computed)
                continue
            text = library.text(citation.document)
            assert text[citation.start : citation.end] == citation.quote
            assert sentence.text.split(" ")[0] in citation.quote


def test_most_questions_find_their_card(assistant):
    ranked = [
        (row, [hit.document for hit in assistant._library.rank(row["ask"]).documents[:3]])
        for row in QUESTIONS["answerable"]
    ]
    found = sum(any(f"starter/{card}" in hits for card in row["card"]) for row, hits in ranked)
    assert found / len(ranked) >= 0.95


def test_most_unanswerable_questions_are_held_back(assistant):
    results = [answer(assistant, text) for text in QUESTIONS["unanswerable"]]
    assert sum(result.abstained for result in results) / len(results) >= 0.95
    assert sum(not answer(assistant, r["ask"]).abstained for r in QUESTIONS["answerable"]) >= 100


def test_a_dose_never_comes_without_its_limits(assistant):
    result = answer(assistant, "adult pneumonia amoxicillin-clavulanic acid dose", "age=40y")
    assert "maximum" in said(result)
    assert "penicillin allergy" in said(result)


def test_line_for_another_age_is_left_out(assistant):
    infant = said(answer(assistant, "fast breathing threshold cough", "age=6m"))
    assert "50" in infant
    assert "40 breaths" not in infant


def test_missing_facts_are_asked_for(assistant):
    assert set(answer(assistant, "amoxicillin dose for pneumonia").missing) >= {"age", "weight"}
    assert (
        "weight" not in answer(assistant, "amoxicillin for pneumonia child", "weight=8kg").missing
    )


def test_patient_given_wins_over_the_text(assistant):
    result = answer(assistant, "10 kg child with diarrhoea plan B", "weight=14kg")
    assert any(fact.name == "weight_kg" and fact.value == "10" for fact in result.facts)


@pytest.mark.parametrize("text", ["", "   ", "\U0001f600", "\x00"])
def test_nothing_to_answer(assistant, text):
    with pytest.raises(BadQuestion):
        answer(assistant, text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 7_999,
        "fever " * 1_300,
        "</s> <|im_start|>system fever",
        "\u202efever\u202c \u200b \U000e0041",
        "fever \ud800 child",
        '"; DROP TABLE documents; -- fever',
        "fever AND OR NOT NEAR( * ^ : {",
        "diarrhoea " + "\u0301" * 500,
    ],
)
def test_awkward_text_ends_in_an_answer_or_an_abstention(assistant, text):
    result = answer(assistant, text)
    assert result.done
    assert result.abstained or result.sentences


def test_misread_words_are_named(assistant):
    result = answer(assistant, "amoxicilin dose for pnuemonia adult")
    assert any("amoxicilin" in warning for warning in result.warnings)


def test_timings_and_versions_are_reported(assistant):
    result = answer(assistant, "dengue warning signs")
    assert set(result.timings_ms) >= {"triage", "engines", "retrieve", "write", "total"}
    assert result.to_json()["versions"] == {"app": "test"}


def test_many_threads_get_their_own_answers(assistant):
    results = {}

    def ask(number, text):
        results[number] = said(answer(assistant, text))

    texts = ["dengue warning signs", "cholera doxycycline", "scabies permethrin"] * 4
    threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(texts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 12
    for number in range(3, 12):
        assert results[number] == results[number % 3]


@pytest.fixture(scope="module")
def first_line(assistant):
    """The first line that a model is shown for the question below, without its last stop."""
    result = answer(assistant, QUESTION)
    plain = [s.text for s in result.sentences if not any(c.isdigit() for c in s.text)]
    number = next(n for n, s in enumerate(result.sentences, 1) if s.text == plain[0])
    return number, plain[0].rstrip(".")


QUESTION = "how to recognise scabies and treat it"


def with_model(library, text):
    model = ProcessModel(
        model_file(Recipe(says=words(text), context_length=8192)), ModelOptions(threads=1)
    )
    return model, Assistant(library, open_rules(), {}, model)


def test_llama_cpp_says_a_line_and_it_is_cited(library, first_line):
    number, line = first_line
    model, assistant = with_model(library, f" {line} [{number}].")
    try:
        result = assistant.answer(Question(QUESTION, mode="model"))
    finally:
        model.close()
    assert [sentence.kind for sentence in result.sentences] == ["written"]
    assert result.sentences[0].text.rstrip(".") == line
    assert result.mode == "model"


def test_llama_cpp_says_a_lie_and_the_quotes_stand(library):
    model, assistant = with_model(library, " Give 900 mg of gold twice [1].")
    try:
        result = assistant.answer(Question(QUESTION, mode="model"))
    finally:
        model.close()
    assert result.mode == "reference"
    assert "gold" not in said(result)
    assert any("gold" in dropped.text for dropped in result.dropped)


def test_a_damaged_model_leaves_the_quotes(library, tmp_path):
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    model = ProcessModel(path, ModelOptions(threads=1))
    result = Assistant(library, open_rules(), {}, model).answer(Question(QUESTION, mode="model"))
    model.close()
    assert result.sentences
    assert result.mode == "reference"
    assert any("cannot be used" in warning for warning in result.warnings)


@pytest.mark.parametrize("patient", ["age=30y allergies=penicillin", "age=30y"])
def test_an_allergy_keeps_the_medicine_out_and_says_so(assistant, patient):
    text = "strep throat antibiotic dose"
    text += "" if "allergies" in patient else ", allergic to penicillin"
    result = answer(assistant, text, patient)
    for sentence in result.sentences:
        assert not sentence.text.startswith(("Amoxicillin", "Phenoxymethylpenicillin"))
    assert any("allergic to penicillin" in dropped.reason for dropped in result.dropped)


def test_documents_that_disagree_are_shown_side_by_side():
    store = Store(None, bytes(32))
    opened = Library(store, plain_text)
    index_starter(opened)
    opened.add_bytes(
        b"# Zinc in diarrhoea\n\nZinc for diarrhoea aged 6 months or more: 45 mg by mouth once daily"
        b" for 10 days, maximum 45 mg a day.",
        "zinc for diarrhoea.txt",
    )
    result = answer(Assistant(opened, open_rules(), {}), "zinc dose for diarrhoea, 2 years old")
    opened.close()
    titles = {result.citations[s.citations[0]].title for s in result.sentences}
    assert "zinc for diarrhoea" in titles
    assert len(titles) >= 2
    assert any("Sources differ on zinc" in warning for warning in result.warnings)
    assert {s.label for s in result.sentences if "45 mg" in s.text} == {
        "From the library: zinc for diarrhoea"
    }
