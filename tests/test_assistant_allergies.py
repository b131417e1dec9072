"""No line gives a medicine to which the patient is allergic."""

import pytest

from assistant.clinical.allergies import load_allergies

ALLERGIES = load_allergies()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("pneumonia, allergic to penicillin", ("penicillin",)),
        ("8 kg pneumonia allergic to penicillin", ("penicillin",)),
        ("penicillin allergy, sore throat", ("penicillin",)),
        ("anaphylaxis after amoxicillin last year", ("amoxicillin",)),
        ("not allergic to penicillin", ()),
        ("no known penicillin allergy", ()),
        ("NKDA sore throat", ()),
        ("allergic to cats", ()),
        ("rash with cotrimoxazole", ("cotrimoxazole",)),
    ],
)
def test_allergies_in_the_text(text, named):
    assert ALLERGIES.named_in(text) == named


@pytest.mark.parametrize(
    ("line", "allergies", "verdict"),
    [
        ("Amoxicillin 500 mg by mouth every 8 hours.", ("penicillin",), "penicillin"),
        ("Benzathine benzylpenicillin 2.4 million IU IM once.", ("amoxicillin",), "amoxicillin"),
        ("Give amoxicillin-clavulanic acid by mouth.", ("Penicillin V",), "Penicillin V"),
        ("Azithromycin if allergic to penicillin: 500 mg.", ("penicillin",), None),
        ("Amoxicillin 500 mg, not with penicillin allergy.", ("penicillin",), "penicillin"),
        ("If penicillin allergy: erythromycin instead of amoxicillin.", ("penicillin",), None),
        ("Do not give amoxicillin after anaphylaxis.", ("penicillin",), None),
        ("Doxycycline 100 mg by mouth.", ("penicillin",), None),
        ("Ibuprofen 400 mg by mouth.", ("aspirin",), "aspirin"),
        ("Amoxicillin 500 mg by mouth.", (), None),
        ("Metronidazole 400 mg by mouth.", ("metronidazole",), "metronidazole"),
    ],
)
def test_lines_that_must_not_be_advice(line, allergies, verdict):
    assert ALLERGIES.forbids(line, allergies) == verdict
