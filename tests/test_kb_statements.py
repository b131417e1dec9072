"""What may be quoted on its own, and what travels with it."""

from kb.chunk import digest
from kb.messages import Passage
from kb.sentences import sentence_spans
from kb.statements import statements


def passage(text):
    return Passage(
        "d#1", "d", "p", "T", (), None, 10, 10 + len(text), text, (), (), "s", digest(text)
    )


def texts(text):
    return [statement.text for statement in statements(passage(text))]


def test_a_line_carries_its_conditions():
    found = statements(
        passage(
            "- Amoxicillin: 250 mg. [s1]\n  - Do not give in allergy. [s1][s2]\n- Zinc: 20 mg. [s1]"
        )
    )
    assert [one.text for one in found] == [
        "Amoxicillin: 250 mg. Do not give in allergy.",
        "Zinc: 20 mg.",
    ]
    assert found[0].lines == ("Amoxicillin: 250 mg.", "Do not give in allergy.")
    assert found[0].tags == ("s1", "s2")


def test_span_points_into_the_document():
    text = "1. Weigh the child. [s1]\n2. Give ORS. [s1]"
    for one in statements(passage(text)):
        assert text[one.start - 10 : one.end - 10] == one.quote


def test_dose_in_prose_takes_in_what_limits_it():
    text = (
        "Give 500 mg by mouth. Do not give in pregnancy. The maximum is 2 g a day."
        " Follow up in a week."
    )
    assert texts(text) == [
        "Give 500 mg by mouth. Do not give in pregnancy. The maximum is 2 g a day.",
        "Follow up in a week.",
    ]


def test_prose_without_dose_is_single_sentences():
    assert texts("Keep warm. Do not bathe.") == ["Keep warm.", "Do not bathe."]


def test_sentences_end_where_a_reader_would_say():
    text = "Give 0.5 mg i.v. e.g. twice. See Fig. 2. Is it 1,000 mL? Yes [s1]. Stop."
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "Give 0.5 mg i.v. e.g. twice.",
        "See Fig. 2.",
        "Is it 1,000 mL?",
        "Yes [s1].",
        "Stop.",
    ]
