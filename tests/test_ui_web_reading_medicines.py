"""Medicines confirmed from papers: the list of the open patient, its check, never a dose taken over."""

import json

import pytest

from ui.web.reading import Line, confirmed, lines_of
from ui.web.reading_medicines import (
    Taken,
    confirmed_medicines,
    listed,
    order_note,
    origin,
    pruned,
    remembered,
    together,
    without,
)
from ui.web.tools import Tools
from ui.wiring import open_dosing, open_interactions, open_rules, open_understanding


@pytest.fixture(scope="module")
def tools():
    return Tools(open_rules(), open_dosing, open_interactions, open_understanding)


def line(feeds, value, printed="", choices=()):
    return Line("medicine", "Medicine", value, "", "", feeds, True, choices, printed)


def taken_from(*lines, ticked=None, values=None):
    ticks = ticked or [True] * len(lines)
    given = values or [(one.value, one.unit) for one in lines]
    return confirmed_medicines(lines, ticks, given)


def written(printed):
    return taken_from(line("patient.drugs", "amoxicillin", printed))[0]


def test_a_label_gives_its_medicine_with_its_strength():
    drug = line("medicine.drug", "warfarin")
    strength = Line("strength", "Strength", "5", "mg", "", "medicine.strength", ticked=True)
    assert taken_from(drug, strength) == (Taken("warfarin", "label", "5 mg"),)
    assert taken_from(drug, strength, ticked=[True, False]) == (Taken("warfarin", "label"),)
    assert taken_from(drug, strength, ticked=[False, True]) == ()


def test_what_the_person_wrote_counts_not_what_was_read():
    drug = line("patient.drugs", "amoxicilin", choices=("amoxicillin", "ampicillin"))
    assert taken_from(drug, values=[("ampicillin", "")])[0].name == "ampicillin"


def test_a_name_with_a_comma_stays_one_name():
    taken = taken_from(line("medicine.drug", "iron, sucrose"))
    assert together("", taken) == "iron sucrose"


@pytest.mark.parametrize(
    ("printed", "ordered"),
    [
        ("Amoxicillin  500 mg every 8 hours for 7 days", "500 mg every 8 hours for 7 days"),
        ("Amoxicillin  1 tablet twice daily", "1 tablet twice daily"),
        ("Amoxicillin .5 g once", ".5 g once"),
        ("Amoxicillin 1,5 g once", "1,5 g once"),
        ("Amoxicillin 10 U daily", "10 U daily"),
        ("Amoxicillin twice daily for 5 days", ""),
        ("Gentamicin 40 mg/mL", ""),
        ("Amoxicillin 250 mg/5 mL 10 mL every 8 hours", ""),
        ("Paracetamol 500 mg, 2 tablets every 6 hours", ""),
    ],
)
def test_only_a_single_amount_is_offered_for_comparing(printed, ordered):
    assert written(printed).ordered == ordered


def test_several_amounts_are_shown_and_none_is_taken():
    one = written("Paracetamol 500 mg, 2 tablets every 6 hours")
    assert one.amounts == ("500 mg", "2 tablets")
    assert "Several amounts" in order_note(one)
    assert "not taken over" in order_note(written("Amoxicillin 500 mg daily"))
    assert order_note(Taken("aspirin")) == ""


def test_the_list_grows_without_doubles_and_shrinks():
    text = together("aspirin, Warfarin", [Taken("warfarin", "label"), Taken("ibuprofen", "letter")])
    assert text == "aspirin, Warfarin, ibuprofen"
    assert without(text, "warfarin") == "aspirin, ibuprofen"


def test_each_name_says_where_it_came_from():
    held = remembered("", [Taken("warfarin", "label", "5 mg"), Taken("ibuprofen", "letter")])
    typed, label, letter = listed("aspirin, warfarin, ibuprofen", held)
    assert origin(typed) == "typed"
    assert origin(label) == "from the picture of a label 5 mg, confirmed by you"
    assert "letter or prescription" in origin(letter)


def test_a_name_confirmed_again_counts_as_it_is_now():
    held = remembered("", [Taken("warfarin", "label", "5 mg")])
    again = remembered(held, [Taken("Warfarin", "label", "1 mg")])
    assert listed("warfarin", again) == (Taken("Warfarin", "label", "1 mg"),)


def test_nothing_of_one_patient_is_left_for_the_next():
    held = remembered("", [Taken("warfarin", "label"), Taken("ibuprofen", "letter")])
    assert [row["name"] for row in json.loads(pruned("ibuprofen", held))] == ["ibuprofen"]
    assert pruned("", held) == ""
    assert origin(listed("warfarin", pruned("", held))[0]) == "typed"


def test_a_field_with_choices_fills_nothing_until_it_is_ticked():
    row = {"name": "drug", "label": "Medicine", "value": "x", "unit": "", "note": "", "feeds": "medicine.drug",
           "ticked": False, "choices": ["a", "b"], "printed": "x"}  # fmt: skip
    lines = lines_of(json.dumps([row]))
    assert confirmed(lines, [False], [("a", "")]) == "{}"
    assert confirmed_medicines(lines, [False], [("a", "")]) == ()
    assert confirmed_medicines(lines, [True], [("a", "")]) == (Taken("a", "label"),)


def test_medicines_are_checked_together(tools):
    shown = tools.together(["warfarin", "ibuprofen"], {"age": "40 y"})
    assert "Serious" in shown.text
    assert "warfarin with ibuprofen" in shown.text


def test_an_allergy_is_seen_and_a_misread_name_is_told(tools):
    shown = tools.together(["amoxicillin", "zelmoraxin"], {"allergies": "penicillin"})
    assert "allergy" in shown.text
    assert "zelmoraxin" in shown.text
    assert "Not checked" in shown.text


def test_no_rule_is_no_promise(tools):
    shown = tools.together(["zelmoraxin"], {})
    assert "No medicine of these names is known" in shown.text
    assert tools.together([" "], {}).html == ""
    assert 'class="problem"' in tools.together(["warfarin"], {"age": "200y"}).html


def test_an_ordered_dose_from_paper_is_compared(tools):
    one = written("Amoxicillin 5000 mg every 8 hours")
    asked = {"drug": one.name, "indication": "pneumonia", "ordered": one.ordered}
    shown = tools.medicine(asked, {"age": "40 y", "weight": "60"})
    assert shown.text.startswith("Do not give")
    assert "The order of 5000 mg" in shown.text
