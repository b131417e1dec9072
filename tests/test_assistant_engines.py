"""Engines inside a question: doses and calculators as one computed sentence each."""

import pytest

from assistant.clinical.facts import find_facts, merge
from assistant.engines.finding import Finding, cite
from assistant.engines.merge import FORBIDDEN, with_findings
from assistant.grounding import Gate
from assistant.messages import Answer, Computed, Patient, Sentence, Urgency
from ui.wiring import open_rules


@pytest.fixture(scope="module")
def engines():
    return open_rules().engines


def ask(engines, text):
    return engines.findings(text, merge(Patient(), find_facts(text)))


def said(findings):
    return " ".join(finding.text for finding in findings)


def test_a_dose_is_worked_out_for_the_weight(engines):
    found = ask(engines, "amoxicillin dose for pneumonia, 3 year old 12 kg")
    assert len(found) == 1
    assert "500 mg" in found[0].text
    assert found[0].computed.engine == "dose"
    assert found[0].citation.source


def test_a_medicine_that_is_not_for_this_patient_is_refused_first(engines):
    found = ask(engines, "can I give ibuprofen to a child with dengue, 20 kg")
    assert found[0].text.startswith("ibuprofen: Do not give")
    assert "ibuprofen" in found[0].forbids


def test_clearance_in_the_words_of_a_nurse(engines):
    found = ask(engines, "CrCl 70 y man 60 kg creatinine 1.8 mg/dL")
    assert "32" in said(found)
    assert "mL/min" in said(found)


def test_two_medicines_are_checked_against_each_other(engines):
    found = ask(engines, "can she take ibuprofen with warfarin")
    pair = next(one for one in found if one.computed.engine == "interactions")
    assert "bleeding" in pair.text.lower()
    assert pair.citation.source


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("side effects of nevirapine", "rash"),
        ("metformin in kidney disease", "below 30 mL/min avoid"),
        ("is doxycycline safe in pregnancy", "third no"),
        ("ibuprofen while breastfeeding", "breastfeeding: yes"),
    ],
)
def test_what_the_formulary_knows_of_a_medicine_is_told(engines, text, told):
    assert told in said(ask(engines, text))


@pytest.mark.parametrize(
    "text",
    [
        "what antibiotic for cholera in pregnancy",
        "how do I store insulin",
        "cough for three weeks and weight loss",
        "",
    ],
)
def test_engines_are_silent_where_nothing_is_to_be_worked_out(engines, text):
    assert not said(ask(engines, text))


def test_every_number_of_an_engine_is_its_own(engines):
    gate = Gate()
    for text in (
        "paracetamol dose for 10 kg child with fever aged 1 year",
        "gentamicin dose for a 3 day old 3.2 kg with sepsis",
        "BMI 70 kg 165 cm",
        "diazepam rectal dose 15 kg 4 year old fitting",
    ):
        for finding in ask(engines, text):
            assert gate.computed(finding.text, finding.computed).passes, finding.text


def finding(text, forbids=()):
    computed = Computed("dose", {"reason": text}, {}, "", "source")
    return Finding(computed, text, cite("k", "title", "source", text, "draft"), forbids=forbids)


def quote(text):
    return Sentence(text, "quote", ("c1",))


def test_lines_with_a_forbidden_dose_are_left_out_and_told():
    answer = Answer(
        "q",
        "reference",
        Urgency(),
        sentences=(
            quote("For fever: ibuprofen 10 mg/kg by mouth."),
            quote("Do not give ibuprofen in dengue."),
            quote("For fever: paracetamol 15 mg/kg by mouth."),
        ),
    )
    merged = with_findings(answer, [finding("ibuprofen: Do not give.", ("ibuprofen",))], Gate())
    texts = [one.text for one in merged.sentences]
    assert texts[0] == "ibuprofen: Do not give."
    assert "For fever: ibuprofen 10 mg/kg by mouth." not in texts
    assert len(texts) == 3
    assert merged.dropped[0].reason == FORBIDDEN


def test_an_engine_answers_where_the_library_has_nothing():
    silent = Answer("q", "reference", Urgency(), abstained=True, reason="nothing found")
    merged = with_findings(silent, [finding("Body mass index: high.")], Gate())
    assert not merged.abstained
    assert merged.reason is None
    assert merged.citations["e1"].title == "title"


def test_a_sentence_with_a_number_of_its_own_is_not_shown():
    lying = Finding(Computed("dose", {"dose": "5 mg"}, {}, "", ""), "Give 50 mg.")
    merged = with_findings(Answer("q", "reference", Urgency()), [lying], Gate())
    assert merged.sentences == ()
