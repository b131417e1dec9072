"""Which groups a patient belongs to, and whether a line is for them."""

from decimal import Decimal

import pytest

from assistant.messages import Patient
from assistant.population import age_bands, groups, line_suits, weight_bands

YEAR = 365.25


@pytest.mark.parametrize(
    ("patient", "expected"),
    [
        (Patient(), ()),
        (Patient(age_days=59), ("young_infant",)),
        (Patient(age_days=60), ("child_2_59m",)),
        (Patient(age_days=int(5 * YEAR)), ("child_2_59m",)),
        (Patient(age_days=int(5 * YEAR) + 1), ("child_5_9y",)),
        (Patient(age_days=int(15 * YEAR)), ("adolescent", "adult")),
        (Patient(age_days=int(70 * YEAR)), ("adult", "older")),
        (Patient(age_group="adult"), ("adult", "older")),
        (Patient(weight_kg=Decimal(8)), ("child_2_59m",)),
        (Patient(weight_kg=Decimal(80)), ()),
        (Patient(pregnant=True), ("pregnant", "adult", "adolescent")),
    ],
)
def test_groups(patient, expected):
    assert groups(patient) == expected


def test_weight_bands_are_half_open():
    band = weight_bands("Child 4 to under 10 kg: 250 mg")[0]
    assert [band.has(weight) for weight in (3.9, 4, 9.9, 10)] == [False, True, True, False]
    assert weight_bands("under 5 kg: do not give")[0].has(4.9)
    assert weight_bands("50 kg or more: 1 g")[0].has(80)
    assert weight_bands("20 mg/kg once") == ()


def test_durations_are_not_ages():
    assert age_bands("Children: zinc for 10 to 14 days") == ()
    band = age_bands("Zinc aged 6 months or more: 20 mg for 10 to 14 days")
    assert len(band) == 1
    assert band[0].has(200)


@pytest.mark.parametrize(
    ("line", "patient", "expected"),
    [
        ("4 to under 10 kg: 250 mg", Patient(weight_kg=Decimal(8)), True),
        ("10 to under 15 kg: 500 mg", Patient(weight_kg=Decimal(8)), False),
        ("Aged 2 months up to 12 months: 50 breaths", Patient(age_days=180), True),
        ("Aged 1 year up to 5 years: 40 breaths", Patient(age_days=180), False),
        ("Adult: 500 mg", Patient(age_days=180), False),
        ("Child: 125 mg", Patient(age_days=180), True),
        ("Give oxygen", Patient(age_days=180), None),
        ("Adult: 500 mg", Patient(), None),
        ("Adult 1 g, child 20 mg/kg", Patient(age_days=180), None),
    ],
)
def test_lines_for_others(line, patient, expected):
    assert line_suits(line, patient) is expected
