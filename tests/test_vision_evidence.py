"""What a picture adds to an answer: evidence and status always, silence where the model is unsure."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.messages import Answer, Question, Sentence, Urgency
from assistant.vision.atlas import Entry, Near
from assistant.vision.encoder_zero import Seen, prompts
from assistant.vision.evidence import HeadSays, Looked, answered_with, asked_with, evidence
from assistant.vision.heads import About, Head, Judged
from assistant.vision.heads_fit import space_of

SPACE = space_of(np.random.default_rng(0).normal(size=(50, 4)))
ABOUT = About("pneumonia", "e", "public set, CC BY 4.0", "2026-01-01", {"auc": 0.91})
HEAD = Head(ABOUT, SPACE, np.zeros(4), 0.0, (1.0, 0.0), 0.4, 2.0)
FINDING = prompts().findings["chest-xray"][0]
NEAR = Near(Entry("a" * 64, "consolidation", "teaching set", "published"), 0.83)


def says(probability: float | None = 0.8, *, steady: bool = True) -> HeadSays:
    called = probability is not None and probability >= 0.4
    return HeadSays(HEAD, Judged("pneumonia", probability, called, 0.4, 1.0, 2.0), steady)


def test_a_finding_never_stands_without_its_evidence_and_status():
    found = evidence(Looked("e", (says(0.8),), near=(NEAR,)))
    assert not found.abstained
    first = found.sentences[0]
    for part in ("Possible pneumonia", "80 %", "40 %", "public set", "0.91"):
        assert part in first
    assert "not a diagnosis" in found.status
    assert "teaching set" in found.sentences[1]
    assert found.query == "pneumonia"


def test_what_is_not_called_is_not_looked_up_nor_ruled_out():
    found = evidence(Looked("e", (says(0.1),)))
    assert found.query == ""
    assert "does not rule it out" in found.sentences[0]


@pytest.mark.parametrize("chance", [0.9999, 0.00001])
def test_certainty_is_never_claimed(chance: float):
    sentence = evidence(Looked("e", (says(chance),))).sentences[0]
    assert "100 %" not in sentence
    assert " 0 %" not in sentence


def test_a_picture_unlike_all_others_gets_silence_and_a_hint():
    found = evidence(Looked("e", (says(None),)))
    assert found.abstained
    assert found.sentences == ()
    assert "unlike" in found.reason
    assert found.query == ""


def test_one_head_that_knows_the_picture_may_speak_beside_one_that_does_not():
    other = replace(says(None), judged=Judged("scabies", None, False, 0.4, 9.0, 2.0))
    found = evidence(Looked("e", (says(0.8), other)))
    assert not found.abstained
    assert any("scabies gives no answer" in text for text in found.sentences)


def test_an_answer_that_changes_with_the_light_is_not_given():
    found = evidence(Looked("e", (says(0.8, steady=False),), near=(NEAR,)))
    assert found.abstained
    assert "light" in found.reason
    assert found.sentences == ()


@pytest.mark.parametrize(("said", "probe"), [(0.9, 0.2), (0.3, 0.8)])
def test_a_model_that_contradicts_itself_is_silent(said: float, probe: float):
    looked = Looked(
        "e", (says(0.8),), {"chest-xray": 0.9, "other": 0.1}, (Seen(FINDING, said, probe),)
    )
    found = evidence(looked)
    assert found.abstained
    assert FINDING.title in found.reason
    assert found.query == ""


def test_both_saying_no_is_agreement():
    looked = Looked("e", (), {"chest-xray": 0.9, "other": 0.1}, (Seen(FINDING, 0.2, 0.3),))
    found = evidence(looked)
    assert not found.abstained
    assert found.sentences == ()


def test_a_finding_by_words_selects_the_passages():
    looked = Looked("e", (), {"chest-xray": 0.9, "other": 0.1}, (Seen(FINDING, 0.9, 0.8),))
    found = evidence(looked)
    assert FINDING.query in asked_with(Question("what now"), found).text
    assert "never measured" in found.sentences[0]


@pytest.mark.parametrize("kind", ["other", "paper"])
def test_a_picture_of_something_else_gets_silence(kind: str):
    found = evidence(Looked("e", (says(0.9),), {kind: 0.8, "chest-xray": 0.2}))
    assert found.abstained
    assert "looks like" in found.reason


def test_nothing_installed_is_said_plainly():
    found = evidence(Looked("e"))
    assert found.abstained
    assert "aidpost image train" in found.reason


def test_a_silent_picture_leaves_the_question_as_it_is():
    question = Question("cough for three days")
    assert asked_with(question, evidence(Looked("e"))) is question


def test_image_and_text_stand_apart_in_the_answer():
    text = Sentence("Count the breaths.", "quote", ("c1",))
    answer = Answer("q", "reference", Urgency(), sentences=(text,))
    merged = answered_with(answer, evidence(Looked("e", (says(0.8),))))
    first, last = merged.sentences[0], merged.sentences[-1]
    assert first.label.startswith("From the picture")
    assert first.citations == ()
    assert last == text
    assert merged.computed[0].engine == "image"
    assert merged.to_json()["computed"][0]["result"] == {"pneumonia": "0.8000"}
    assert any("not a diagnosis" in warning for warning in merged.warnings)


def test_a_silent_picture_leaves_its_reason_in_the_warnings():
    answer = Answer("q", "reference", Urgency())
    merged = answered_with(answer, evidence(Looked("e", (says(None),))))
    assert merged.sentences == ()
    assert any("unlike" in warning for warning in merged.warnings)
