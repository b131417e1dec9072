"""Patients as people type them, and the bad input of the safety list."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import BadPatient
from assistant.messages import Patient
from assistant.patient import parse_patient


def patient(given):
    return parse_patient(given)[0]


def test_the_line_of_the_manual():
    found = patient("age=2y weight=12kg sex=f pregnant=no allergies=penicillin")
    assert found == Patient(
        age_days=730, weight_kg=Decimal(12), sex="f", pregnant=False, allergies=("penicillin",)
    )


@pytest.mark.parametrize(
    ("given", "days"),
    [("age=3d", 3), ("age=6w", 42), ("age=8m", 244), ("age=2", 730), ("age=30years", 10958)],
)
def test_ages(given, days):
    assert patient(given).age_days == days


def test_json_object_of_the_contract():
    found = patient(
        {"age_months": 10, "weight_kg": 8.5, "allergies": ["penicillin", "sulfa"], "hiv": True}
    )
    assert found.age_days == 304
    assert found.weight_kg == Decimal("8.5")
    assert found.allergies == ("penicillin", "sulfa")
    assert found.hiv is True


def test_unknown_keys_are_named_and_left_out():
    found, warnings = parse_patient({"tbsa": 20, "weight_kg": 60})
    assert found.weight_kg == 60
    assert warnings == ("The patient field “tbsa” is not known and was left out.",)


def test_pregnant_as_age_group_is_a_pregnancy():
    assert patient({"age_group": "pregnant"}).pregnant is True
    assert patient({"gest_weeks": 36}).pregnant is True


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("weight=0", "cannot be right"),
        ("weight=-3", "not a number"),
        ("weight=700kg", "cannot be right"),
        ("weight=70lb", "not converted"),
        ("weight=NaN", "not a number"),
        ("weight=1e400", "not a number|converted"),
        ("weight=inf", "not a number"),
        ("weight=\u0661\u0662", "not a number"),
        ("weight=1_000", "not a number|converted"),
        ("age=200y", "cannot be right"),
        ("age=-2y", "not a number"),
        ("age=5q", "unit I do not know"),
        ("sex=x", "write m or f"),
        ("pregnant=maybe", "yes or no"),
        ("pregnant=yes sex=m", "cannot be right"),
        ("trimester=4", "cannot be right"),
        ("g6pd=low", "normal, deficient or unknown"),
        ("height=3", "cannot be right"),
        ("two years old", "name=value"),
        ("age_group=ancient", "not one of"),
    ],
)
def test_what_cannot_be_true_is_refused(given, words):
    with pytest.raises(BadPatient, match=words):
        patient(given)


def test_full_width_digits_are_read_as_digits():
    assert patient("weight=\uff15kg").weight_kg == 5


def test_nothing_known():
    assert patient(None) == patient("") == patient({}) == patient({"age_years": None}) == Patient()


@given(st.decimals(Decimal("0.3"), Decimal(400), places=2))
def test_every_possible_weight_comes_back_exactly(weight):
    assert patient(f"weight={weight}kg").weight_kg == weight


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_plainly(text):
    try:
        parse_patient(text)
    except BadPatient as error:
        assert str(error)


@given(
    st.dictionaries(
        st.text(max_size=12), st.one_of(st.text(), st.integers(), st.floats()), max_size=4
    )
)
def test_any_object_is_read_or_refused_plainly(given_object):
    try:
        parse_patient(given_object)
    except BadPatient as error:
        assert str(error)
