"""A person described first is a case, whatever is asked behind it."""

import pytest

from assistant.messages import Patient
from assistant.triage import load_rules

RULES = load_rules()


@pytest.mark.parametrize(
    "text",
    [
        "child with fever and stiff neck, which injection first",
        "man with crushing chest pain, what should I give",
        "a pregnant woman fitting, what do I do",
        "baby not breathing, how do I start",
        "man bitten by a snake, eyelids drooping, which drug",
        "girl swallowed pesticide, what to give",
        "patient has slurred speech and a weak arm, can I give aspirin",
    ],
)
def test_emergency_before_a_question(text):
    assert RULES.triage(text, Patient()).level == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "which injection first for a child with meningitis",
        "child pneumonia amoxicillin dose",
        "how do I treat a man with chest pain",
        "adult hypertension first line drug",
        "what are the signs of stroke in an adult",
    ],
)
def test_question_about_a_kind_of_patient_is_none(text):
    assert RULES.triage(text, Patient()).level in ("none", "routine")
