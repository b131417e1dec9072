"""The medicine page, the calculators and the triage form behind the page, without a browser."""

import pytest

from ui.web.tools import Tools
from ui.wiring import open_dosing, open_interactions, open_rules, open_understanding


@pytest.fixture(scope="module")
def tools():
    return Tools(open_rules(), open_dosing, open_interactions, open_understanding)


CHILD = {"age": "3y", "weight": "12"}


def test_a_medicine_shows_dose_formula_source_and_interactions(tools):
    asked = {"drug": "amoxicillin", "indication": "pneumonia"}
    shown = tools.medicine(asked, {**CHILD, "drugs": "methotrexate, warfarin"})
    assert "500 mg" in shown.text
    assert "Source:" in shown.text
    assert "methotrexate" in shown.text
    assert "warfarin" in shown.text
    assert "not clinician-reviewed" in shown.text
    assert shown.html.count("\n") == 0


def test_a_medicine_that_must_not_be_given_says_so_first(tools):
    shown = tools.medicine({"drug": "ibuprofen", "indication": "fever in dengue"}, CHILD)
    assert shown.text.startswith("Do not give")
    assert 'class="sheet tool refuse"' in shown.html


def test_a_missing_weight_is_asked_for(tools):
    shown = tools.medicine({"drug": "gentamicin", "indication": "sepsis"}, {"age": "4y"})
    assert "weight" in shown.text
    assert "Still needed" in shown.text


def test_an_unknown_medicine_gets_no_dose(tools):
    shown = tools.medicine({"drug": "zelmoraxin"}, CHILD)
    assert "mg" not in shown.text
    assert "zelmoraxin" in shown.text


def test_a_patient_that_cannot_be_is_refused(tools):
    shown = tools.medicine({"drug": "amoxicillin"}, {"age": "200y", "weight": "12"})
    assert 'class="problem"' in shown.html


def test_what_is_typed_is_only_ever_text(tools):
    shown = tools.medicine({"drug": "<script>alert(1)</script>"}, {})
    assert "<script>" not in shown.html


def test_nothing_typed_shows_nothing(tools):
    assert tools.medicine({"drug": "  "}, {}).html == ""
    assert tools.triage("", {}, {}).html == ""


def test_every_calculator_is_listed_and_opens(tools):
    listed = tools.calculators()
    assert len(listed) >= 55
    for title, name in listed:
        calculator, hints = tools.fields(name)
        assert calculator.title == title
        assert len(hints) == len(calculator.fields)
        assert tools.calculate(name, {}).html


def test_a_calculator_works_while_it_is_filled_in(tools):
    given = {"age": "70", "weight": "60 kg", "creatinine": "1.8 mg/dL"}
    half = tools.calculate("cockcroft-gault", given)
    assert "Sex" in half.text
    full = tools.calculate("cockcroft-gault", {**given, "sex": "male"})
    assert "32" in full.text.splitlines()[0]
    assert "Cockcroft" in full.text


@pytest.mark.parametrize("wrong", ["NaN", "1e400", "-3", "abc", "700 kg"])
def test_values_that_cannot_be_are_refused_in_words(tools, wrong):
    shown = tools.calculate("bmi", {"weight": wrong, "height": "165 cm"})
    assert 'class="problem"' in shown.html
    assert "Traceback" not in shown.text


def test_the_triage_form_reads_words_and_vital_signs(tools):
    danger = tools.triage("cough, will not drink", {"age": "8 m"}, {"rr": "66"})
    assert danger.text.startswith("EMERGENCY")
    alone = tools.triage("", {"age": "30y"}, {"spo2": "78"})
    assert alone.text.startswith("EMERGENCY")
    calm = tools.triage("runny nose, drinks well", {"age": "4y"}, {"rr": "24", "alert": "Awake"})
    assert "no danger sign" in calm.text.lower()


def test_a_vital_sign_that_cannot_be_does_not_reassure_or_alarm(tools):
    shown = tools.triage("", {"age": "30y"}, {"spo2": "150"})
    assert not shown.text.startswith("EMERGENCY")
