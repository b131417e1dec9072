"""Questions that ask several things: how they are cut, and how each part is answered."""

import pytest

from assistant.looking_up import LookUp
from assistant.messages import Patient
from assistant.parts import load_parts
from assistant.writing.intent import load_intents

PARTS = load_parts()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ORS for a 10 kg child", ("ORS for a 10 kg child",)),
        ("can she take ibuprofen with enalapril", ("can she take ibuprofen with enalapril",)),
        ("fever and cough in a child", ("fever and cough in a child",)),
        (
            "zinc dose in diarrhoea and when to refer",
            ("zinc dose in diarrhoea", "when to refer"),
        ),
        (
            "What is the dose of zinc, and how is high pressure treated?",
            ("What is the dose of zinc", "how is high pressure treated?"),
        ),
        (
            "Child of 3 years with cough. What to give? When should she come back?",
            (
                "Child of 3 years with cough. What to give?",
                "Child of 3 years with cough. When should she come back?",
            ),
        ),
        (
            "child with fever, what to give and how long",
            ("child with fever what to give", "child with fever how long"),
        ),
    ],
)
def test_cut_where_a_new_thing_is_asked(text, parts):
    assert PARTS.of(text) == parts


def test_too_many_parts_stay_one_question():
    text = "what is a? what is b? what is c? what is d? what is e?"
    assert PARTS.of(text) == (text,)


@pytest.fixture
def look_up(library):
    return LookUp(library, load_intents(), PARTS)


def quoted(found):
    return [sentence.text for sentence in found.sheet.sentences]


def test_each_part_is_answered_from_its_own_document(look_up):
    found = look_up.find(
        "what is the dose of zinc in diarrhoea and how is hypertension treated", Patient()
    )
    said = quoted(found)
    assert any("Zinc" in text for text in said)
    assert any("Amlodipine" in text for text in said)
    assert found.unanswered == ()


def test_a_part_without_a_topic_takes_that_of_the_part_before(look_up):
    found = look_up.find("what is the dose of zinc in diarrhoea and when to refer", Patient())
    said = quoted(found)
    assert any("Zinc" in text for text in said)
    assert any("Refer today" in text for text in said)


def test_a_part_that_nothing_answers_is_named(look_up):
    found = look_up.find(
        "what is the dose of zinc in diarrhoea and what is the dose of zelmoraxin in karvath fever",
        Patient(),
    )
    assert found.unanswered == ("what is the dose of zelmoraxin in karvath fever",)
    assert not any("elmoraxin" in text for text in quoted(found))


def test_nothing_is_quoted_when_no_part_is_answered(look_up):
    found = look_up.find("what is zelmoraxin and how is karvath treated", Patient())
    assert found.sheet is None
