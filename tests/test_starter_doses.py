"""Traps of strength, unit, name and salt, on the formulary that ships."""

from decimal import Decimal

import pytest

from assistant.clinical.dosing.engine import DoseEngine
from assistant.clinical.dosing.request import DoseRequest, DoseResult
from assistant.patient import parse_patient
from kb.medicines import Range
from ui.wiring import open_dosing


@pytest.fixture(scope="module")
def engine() -> DoseEngine:
    return open_dosing()


@pytest.fixture
def ask(engine: DoseEngine):
    def asked(drug: str, indication: str, patient: str, **given: str) -> DoseResult:
        who, _ = parse_patient(patient)
        return engine.answer(DoseRequest(drug, indication, patient=who, **given))

    return asked


def once(text: str) -> Range:
    return Range(Decimal(text), Decimal(text))


@pytest.mark.parametrize(
    ("strength", "volume"), [("10 mg/mL", "2"), ("20 mg/mL", "1"), ("40 mg/mL", "0.5")]
)
def test_three_strengths_of_gentamicin_give_three_volumes(ask, strength: str, volume: str) -> None:
    result = ask("gentamicin", "sepsis", "age=3d weight=4", route="IM", strength=strength)
    assert result.dose.amount == once("20")
    assert [item.volume_ml for item in result.measured] == [Decimal(volume)]
    assert "second person" in " ".join(result.warnings)


def test_gentamicin_without_a_label_gives_no_volume(ask) -> None:
    result = ask("gentamicin", "sepsis", "age=3d weight=4", route="IM")
    assert result.dose is not None
    assert result.measured == ()


def test_adrenaline_one_in_a_thousand_and_one_in_ten_thousand(ask) -> None:
    arrest = {"indication": "cardiac arrest", "patient": "age=5y weight=20", "route": "IV"}
    strong = ask("adrenaline", **arrest, strength="1 mg/mL")
    weak = ask("epinephrine", **arrest, strength="0.1 mg/mL")
    assert [strong.measured[0].volume_ml, weak.measured[0].volume_ml] == [
        Decimal("0.2"),
        Decimal(2),
    ]
    ratio = ask("adrenaline", **arrest, strength="1:1000")
    assert ratio.measured == ()
    assert "cannot be used" in " ".join(ratio.warnings)


def test_adrenaline_in_the_muscle_is_not_the_dose_of_an_arrest(ask) -> None:
    muscle = ask("adrenaline", "anaphylaxis", "age=30y weight=70", route="IM")
    vein = ask("adrenaline", "cardiac arrest", "age=30y weight=70", route="IV")
    assert (muscle.dose.amount, vein.dose.amount) == (once("0.5"), once("1"))


def test_two_strengths_of_morphine(ask) -> None:
    child = {"indication": "severe pain", "patient": "age=6y weight=20", "route": "IV"}
    ten = ask("morphine", **child, strength="10 mg/mL")
    one = ask("morphine", **child, strength="1 mg/mL")
    assert [ten.measured[0].volume_ml, one.measured[0].volume_ml] == [Decimal("0.2"), Decimal(2)]


@pytest.mark.parametrize(
    ("strength", "volume"), [("120 mg/5 mL", "5"), ("125 mg/5 mL", "4.8"), ("250 mg/5 mL", "2.4")]
)
def test_three_syrups_of_paracetamol(ask, strength: str, volume: str) -> None:
    result = ask("paracetamol", "fever", "age=1y weight=8", route="oral", strength=strength)
    assert [item.volume_ml for item in result.measured] == [Decimal(volume)]


def test_two_syringes_of_insulin_are_told_apart(ask, engine: DoseEngine) -> None:
    dose = {
        "indication": "diabetic ketoacidosis",
        "patient": "age=30y weight=60",
        "route": "subcutaneous",
    }
    hundred = ask("insulin", **dose, strength="100 units/mL")
    forty = ask("insulin", **dose, strength="40 units/mL")
    assert hundred.decision == forty.decision == "warn"
    assert hundred.measured[0].volume_ml < forty.measured[0].volume_ml
    assert ask("insulin", **dose, ordered="10 U").missing[0] in ("ordered", "potassium")
    assert "40 units/mL" in engine.formulary.medicines["insulin"].record.salt


@pytest.mark.parametrize(
    ("drug", "words"),
    [
        ("quinine", "100 mg dihydrochloride = 82 mg base"),
        ("chloroquine", "155 mg base = 250 mg phosphate"),
        ("primaquine", "base"),
        ("benzylpenicillin", "600 mg = 1 million IU"),
        ("magnesium-sulfate", "1 g magnesium sulfate = 4.06 mmol"),
        ("zinc-sulfate", "elemental zinc"),
    ],
)
def test_salt_and_base_are_told(engine: DoseEngine, drug: str, words: str) -> None:
    assert words in engine.formulary.medicines[drug].record.salt


@pytest.mark.parametrize(
    ("drug", "indication", "patient", "basis"),
    [
        ("quinine", "severe malaria", "age=30y weight=60", "salt"),
        ("chloroquine", "vivax malaria", "age=30y weight=60", "base"),
        ("zinc", "diarrhoea", "age=2y weight=12", "elemental zinc"),
    ],
)
def test_a_dose_says_in_what_it_is_counted(
    ask, drug: str, indication: str, patient: str, basis: str
) -> None:
    assert ask(drug, indication, patient).dose.basis == basis


@pytest.mark.parametrize("drug", ["levothyroxine", "digoxin"])
def test_thyroid_and_heart_tablets_are_in_micrograms(engine: DoseEngine, drug: str) -> None:
    rows = engine.formulary.medicines[drug].record.doses
    assert {row.unit for row in rows} == {"micrograms"}


def test_milligrams_of_a_medicine_in_micrograms_are_stopped(ask) -> None:
    result = ask("levothyroxine", "hypothyroidism", "age=30y weight=60 sex=m", ordered="100 mg")
    assert result.decision == "refuse"
    assert "Check decimal or unit" in " ".join(result.warnings)


def test_zinc_is_halved_for_the_youngest(ask) -> None:
    assert ask("zinc", "diarrhoea", "age=4m weight=6").dose.amount == once("10")
    assert ask("zinc", "diarrhoea", "age=8m weight=8").dose.amount == once("20")


def test_mood_and_epilepsy_have_rows_of_their_own(engine: DoseEngine) -> None:
    for drug in ("carbamazepine", "sodium-valproate"):
        rows = engine.formulary.medicines[drug].record.doses
        starts = {
            row.indication: row.fixed for row in rows if row.population == "adult" and row.fixed
        }
        assert starts["epilepsy"] != starts["bipolar disorder"]


def test_ceftriaxone_and_a_calcium_drip_in_a_newborn_is_refused(ask) -> None:
    result = ask(
        "ceftriaxone", "sepsis, calcium gluconate running", "age=6d weight=3.1", route="IV"
    )
    assert (result.decision, result.dose) == ("refuse", None)


def test_penicillins_are_not_one(ask) -> None:
    found = {
        ask(f"{kind}benzylpenicillin", "", "").medicine for kind in ("", "benzathine ", "procaine ")
    }
    assert len(found) == 3


def test_artesunate_steps_at_twenty_kilograms(ask) -> None:
    light = ask("artesunate", "severe malaria", "age=5y weight=19.9", route="IV")
    heavy = ask("artesunate", "severe malaria", "age=5y weight=20", route="IV")
    assert light.dose.amount == once("59.7")
    assert heavy.dose.amount == once("48")


@pytest.mark.parametrize(
    ("drug", "indication", "patient"),
    [
        ("enalapril", "hypertension", "age=27y weight=70 sex=f pregnant=yes"),
        ("ibuprofen", "fever", "age=7y weight=22 conditions=dengue"),
        ("amoxicillin", "pneumonia", "age=30y weight=60 allergies=penicillin"),
        ("primaquine", "vivax malaria, prevent relapse", "age=30y weight=60 g6pd=deficient"),
        ("metformin", "type 2 diabetes", "age=50y weight=80 egfr=20"),
        ("sodium valproate", "epilepsy", "age=20y weight=55 sex=f pregnant=yes"),
        ("loperamide", "diarrhoea", "age=3y weight=14"),
        ("acetylsalicylic acid", "fever", "age=8y weight=25"),
        ("nitrofurantoin", "cystitis", "age=28y weight=60 sex=f pregnant=yes gest_weeks=38"),
        ("methotrexate", "rheumatoid arthritis, daily", "age=50y weight=70"),
    ],
)
def test_what_must_not_be_given_is_refused(ask, drug: str, indication: str, patient: str) -> None:
    result = ask(drug, indication, patient)
    assert (result.decision, result.dose) == ("refuse", None)


def test_every_row_names_its_source_by_title(engine: DoseEngine) -> None:
    for medicine in engine.formulary.medicines.values():
        assert all(row.source for row in medicine.record.doses), medicine.id
