"""Facts of the patient in free text: values, units, spans, doubt, and merging."""

from decimal import Decimal

import pytest

from assistant.clinical.facts import find_facts, merge, numbers
from assistant.messages import Fact, Patient


def found(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for fact in find_facts(text):
        if not fact.doubt:
            values.setdefault(fact.name, fact.value)
    return values


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("3 yr old 14 kg", "weight_kg", "14"),
        ("62M with pain", "age_days", "22645"),
        ("62M with pain", "sex", "m"),
        ("24F dysuria", "sex", "f"),
        ("18 months, cough", "age_days", "547"),
        ("4/12, bruises", "age_days", "121"),
        ("D5 neonate", "age_days", "5"),
        ("baby 6 weeks old", "age_days", "42"),
        ("infant 6 weeks with fever", "age_days", "42"),
        ("enfant de 2 ans", "age_days", "730"),
        ("mtoto wa siku tano", "age_days", "5"),
        ("34 weeks, BP 172/116", "gest_weeks", "34"),
        ("Hb 6.6 @ 26/40", "gest_weeks", "26"),
        ("Hb 6.6 @ 26/40", "hb", "66"),
        ("Hb 66 g/L", "hb", "66"),
        ("BP 120/80", "sbp", "120"),
        ("BP 120/80", "dbp", "80"),
        ("one seventy over one twelve", "sbp", "170"),
        ("T 39.6", "temp_c", "39.6"),
        ("fever 102F", "temp_c", "38.9"),
        ("sats 84 on air", "spo2", "84"),
        ("oxygen 85 percent", "spo2", "85"),
        ("RR 42", "rr", "42"),
        ("46 breaths a minute", "rr", "46"),
        ("respiration à 48 par minute", "rr", "48"),
        ("HR 132", "hr", "132"),
        ("RBS 24 mmol/L", "glucose", "24"),
        ("glucose 360 mg/dl", "glucose", "20"),
        ("RBS 298", "glucose", "16.6"),
        ("GCS 8/15", "gcs", "8"),
        ("E2V2M4", "gcs", "8"),
        ("CRT 4s", "crt_s", "4"),
        ("MUAC 11.2 cm", "muac", "112"),
        ("MUAC 112 mm", "muac", "112"),
        ("height 160 cm", "height_cm", "160"),
        ("K 7.2", "potassium", "7.2"),
        ("burns 20% of body", "burn_percent", "20"),
        ("gave birth two days ago", "postpartum", "true"),
        ("not pregnant", "pregnant", "false"),
    ],
)
def test_fact_is_read(text: str, name: str, value: str) -> None:
    assert found(text)[name] == value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("39 weeks pregnant", "temp_c"),
        ("TB 5/12 on RH, wt up 4 kg", "weight_kg"),
        ("TB 5/12 on RH", "age_days"),
        ("fever 3/7", "temp_c"),
        ("CP 2/24", "sbp"),
        ("cough for 3 weeks", "age_days"),
        ("SpO2 98 on 10L", "hr"),
    ],
)
def test_look_alike_is_not_read(text: str, name: str) -> None:
    assert name not in found(text)


@pytest.mark.parametrize("text", ["SpO2 150", "temperature 55", "RBS 36", "weight 900 kg"])
def test_impossible_value_is_a_question(text: str) -> None:
    facts = find_facts(text)
    assert any(fact.doubt.endswith(("?", ".")) for fact in facts)
    assert merge(Patient(), facts) == Patient()
    assert numbers(facts) == {}


def test_span_holds_the_words() -> None:
    text = "She weighs 9.6 kg; blood pressure one seventy over one twelve."
    spans = {fact.name: text[fact.start : fact.end] for fact in find_facts(text)}
    assert "9.6 kg" in spans["weight_kg"]
    assert spans["sbp"] == "blood pressure one seventy over one twelve"


def test_explicit_fields_win() -> None:
    facts = find_facts("3 yr old boy, 14 kg")
    patient = merge(Patient(age_days=400, weight_kg=Decimal(9)), facts)
    assert (patient.age_days, patient.weight_kg, patient.sex) == (400, Decimal(9), "m")


def test_weeks_of_pregnancy_mean_pregnant() -> None:
    patient = merge(Patient(), find_facts("34 weeks pregnant"))
    assert patient.pregnant is True
    assert patient.gest_weeks == Decimal(34)
    assert patient.age_group == "pregnant"


@pytest.mark.parametrize(
    ("days", "group"),
    [
        (59, "young_infant"),
        (60, "infant"),
        (365, "child"),
        (4000, "adolescent"),
        (9000, "adult"),
        (30000, "older"),
    ],
)
def test_group_follows_age(days: int, group: str) -> None:
    assert merge(Patient(age_days=days), ()).age_group == group


def test_numbers_take_the_first_reading() -> None:
    facts = (Fact("hr", "120", 0, 1), Fact("hr", "90", 2, 3), Fact("sex", "f", 4, 5))
    assert numbers(facts) == {"hr": Decimal(120)}


def test_empty_text_has_no_facts() -> None:
    assert find_facts("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "child 10-12 kg fever",
        "weight 10 to 12 kg",
        "between 10 and 12 kg",
        "wt 10\u201312 kg",
        "10 or 12 kg",
    ],
)
def test_a_range_of_weights_is_a_question_and_no_weight(text: str) -> None:
    weight = next(fact for fact in find_facts(text) if fact.name == "weight_kg")
    assert weight.doubt == "Which weight: 10 or 12 kg?"


@pytest.mark.parametrize(
    "text",
    [
        "HR 110 and 12 kg",
        "BP 110/70 - 12 kg",
        "child 2 y - 12 kg",
        "5-10 mg/kg for 12 kg",
        "2-12 kg",
    ],
)
def test_two_numbers_of_different_things_are_no_range(text: str) -> None:
    weight = next(fact for fact in find_facts(text) if fact.name == "weight_kg")
    assert (weight.value, weight.doubt) == ("12", "")
