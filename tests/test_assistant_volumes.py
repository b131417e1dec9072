"""Volumes for a weight: exact, only for fluids, and never above a stated maximum."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.clinical.volumes import in_words, load_fluids
from assistant.grounding import Gate

FLUIDS = load_fluids()


def worked_out(text, weight):
    found = FLUIDS.compute(text, Decimal(weight), "p#1")
    return in_words(found) if found else None


@pytest.mark.parametrize(
    ("text", "weight", "says"),
    [
        (
            "Plan B: give 75 mL of ORS for each kilogram by mouth over 4 hours.",
            "10",
            "For 10 kg: 75 mL/kg x 10 kg = 750 mL.",
        ),
        (
            "Plan C: Ringer's lactate 30 mL/kg in 30 minutes, then 70 mL/kg in 2.5 hours.",
            "14",
            "For 14 kg: 30 mL/kg x 14 kg = 420 mL; 70 mL/kg x 14 kg = 980 mL.",
        ),
        (
            "Shock: 10-20 mL/kg saline over 30-60 minutes.",
            "8.5",
            "For 8.5 kg: 10-20 mL/kg x 8.5 kg = 85-170 mL.",
        ),
        (
            "Ringer's lactate 20 mL/kg, maximum 500 mL.",
            "40",
            "For 40 kg: 20 mL/kg x 40 kg = 500 mL (maximum).",
        ),
        ("Crystalloid 30 mL per kg in 3 hours.", "60", "For 60 kg: 30 mL/kg x 60 kg = 1,800 mL."),
    ],
)
def test_fluids_are_worked_out(text, weight, says):
    assert worked_out(text, weight) == says


@pytest.mark.parametrize(
    "text",
    [
        "Diazepam rectal 0.1 mL/kg of 10 mg in 2 mL.",
        "Adrenaline 0.1 mL/kg of 0.1 mg/mL.",
        "Ringer's lactate 5 mL/kg an hour for 2 hours.",
        "Saline 4 mL/kg/hour.",
        "Ringer's lactate 2-4 mL/kg for each % of body burned.",
        "Insulin in saline 5 mL/kg.",
        "Glucose 10% with potassium 4 mL/kg.",
        "Amoxicillin 2 mL/kg.",
        "Give ORS after each stool.",
        "ORS by tube 20 mL/kg an hour for 6 hours, maximum 120 mL/kg.",
    ],
)
def test_everything_else_is_left_as_it_stands(text):
    assert worked_out(text, "12") is None


@given(st.integers(1, 100), st.decimals(Decimal("0.5"), Decimal(150), places=1))
def test_the_product_is_exact_and_passes_the_gate(rate, weight):
    found = FLUIDS.compute(f"Saline {rate} mL/kg over 1 hour.", weight, "p#1")
    volume = Decimal(found.result["volume"].removesuffix(" mL").replace(",", ""))
    assert volume == rate * weight
    assert Gate().computed(in_words(found), found).passes
