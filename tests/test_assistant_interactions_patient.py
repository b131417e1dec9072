"""Medicines that do not suit the patient: pregnancy, breastfeeding, age, kidney, allergy, illness."""

from decimal import Decimal

import pytest
from makers_medicines import starter_book, starter_interactions

from assistant.messages import Patient
from kb.interactions import Suits

YEAR = 365.25


@pytest.fixture(scope="module")
def rules():
    return starter_interactions()


def found(rules, medicine, **facts):
    """Rules that hold for one medicine, with whether they are sure."""
    return {one.rule: one for one in rules.check((medicine,), Patient(**facts)).findings}


@pytest.mark.parametrize(
    ("medicine", "facts", "rule"),
    [
        ("enalapril", {"pregnant": True}, "P01"),
        ("sodium valproate", {"pregnant": True}, "P02"),
        ("sodium valproate", {"sex": "f", "age_days": round(20 * YEAR)}, "P02B"),
        ("doxycycline", {"pregnant": True, "trimester": 2}, "P04"),
        ("ibuprofen", {"pregnant": True, "gest_weeks": Decimal(30)}, "P08"),
        ("albendazole", {"pregnant": True, "gest_weeks": Decimal(10)}, "P20"),
        ("MMR vaccine", {"pregnant": True}, "P21"),
        ("codeine", {"breastfeeding": True}, "L01"),
        ("aspirin", {"age_days": round(5 * YEAR)}, "A01"),
        ("loperamide", {"age_group": "child"}, "A03"),
        ("glibenclamide", {"age_group": "older"}, "A20"),
        ("ivermectin", {"weight_kg": Decimal(12)}, "A15"),
        ("metformin", {"egfr": Decimal(25)}, "K01"),
        ("metformin", {"egfr": Decimal(40)}, "K01B"),
        ("nitrofurantoin", {"creatinine_clearance": Decimal(30)}, "K04"),
        ("Augmentin", {"allergies": ("penicillin",)}, "G01"),
        ("cefalexin", {"allergies": ("amoxicillin: swollen face",)}, "G01B"),
        ("ceftriaxone", {"allergies": ("penicillin",)}, "G01C"),
        ("Fansidar", {"allergies": ("Septrin",)}, "G03"),
        ("diclofenac", {"allergies": ("aspirin",)}, "G06"),
        ("phenytoin", {"allergies": ("Tegretol",)}, "G12"),
        ("propranolol", {"conditions": ("asthma since childhood",)}, "H01"),
        ("timolol eye drops", {"conditions": ("asthma",)}, "H01"),
        ("primaquine", {"g6pd": "deficient"}, "H03"),
        ("gentamicin", {"conditions": ("myasthenia gravis",)}, "H04"),
        ("ibuprofen", {"conditions": ("suspected dengue",)}, "H07"),
        ("metoclopramide", {"conditions": ("Parkinson's disease",)}, "H10"),
        ("BCG", {"hiv": True}, "H23B"),
    ],
)
def test_a_medicine_that_does_not_suit(rules, medicine, facts, rule):
    assert found(rules, medicine, **facts)[rule].sure


@pytest.mark.parametrize(
    ("medicine", "facts", "rule"),
    [
        ("enalapril", {"pregnant": False}, "P01"),
        ("enalapril", {"sex": "m"}, "P01"),
        ("enalapril", {}, "P01"),
        ("sodium valproate", {"sex": "f", "age_days": round(60 * YEAR)}, "P02B"),
        ("sodium valproate", {"sex": "m", "age_days": round(20 * YEAR)}, "P02B"),
        ("doxycycline", {"pregnant": True, "trimester": 1}, "P04"),
        ("tetracycline eye ointment", {"pregnant": True, "trimester": 3}, "P04"),
        ("ibuprofen", {"pregnant": True, "gest_weeks": Decimal(27)}, "P08"),
        ("albendazole", {"pregnant": True, "gest_weeks": Decimal(14)}, "P20"),
        ("yellow fever vaccine", {"pregnant": True}, "P21"),
        ("aspirin", {"age_days": round(16 * YEAR)}, "A01"),
        ("ivermectin", {"weight_kg": Decimal(15)}, "A15"),
        ("metformin", {"egfr": Decimal(45)}, "K01B"),
        ("metformin", {"egfr": Decimal(30)}, "K01"),
        ("erythromycin", {"allergies": ("penicillin",)}, "G01"),
        ("meropenem", {"allergies": ("sulfa",)}, "G01C"),
        ("propranolol", {"conditions": ("hypertension",)}, "H01"),
        ("primaquine", {"g6pd": "normal"}, "H03"),
        ("primaquine", {"g6pd": "unknown"}, "H03"),
    ],
)
def test_a_rule_whose_ground_is_not_there_is_silent(rules, medicine, facts, rule):
    assert rule not in found(rules, medicine, **facts)


def test_a_pregnancy_of_unknown_length_gives_the_rule_as_unsure(rules):
    assert not found(rules, "doxycycline", pregnant=True)["P04"].sure


@pytest.mark.parametrize(
    ("medicine", "fact"),
    [("metformin", "egfr"), ("primaquine", "g6pd"), ("enalapril", "pregnancy"), ("aspirin", "age")],
)
def test_what_would_decide_is_asked_once(rules, medicine, fact):
    asked = rules.check((medicine,), Patient()).ask
    assert asked.count(fact) == 1


def test_an_allergy_to_the_very_medicine(rules):
    assert found(rules, "Coartem", allergies=("lumefantrine",))["G00"].severity == "contraindicated"
    assert found(rules, "metronidazole", allergies=("Flagyl",))["G00"].severity == "contraindicated"
    assert "G00" not in found(rules, "metronidazole", allergies=("latex",))


def test_kidney_rules_leave_no_gap_between_their_bands(rules):
    for value in ("0", "14.9", "15", "29.9", "30", "44.9"):
        assert any(
            name.startswith("K01") for name in found(rules, "metformin", egfr=Decimal(value))
        )


def test_every_patient_rule_says_what_to_do_and_has_a_ground():
    for rule in starter_book().patients:
        assert rule.advice.action.endswith("."), rule.advice.id
        assert len(f"{rule.advice.mechanism} {rule.advice.action}".split()) <= 40, rule.advice.id
        assert rule.kind in ("pregnancy", "breastfeeding") or rule.suits != Suits(), rule.advice.id
