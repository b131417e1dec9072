"""The dosing engine: what it gives, warns of, asks and refuses. Figures are invented."""

from decimal import Decimal
from typing import Any

import pytest

from assistant.clinical.dosing.request import DoseRequest, DoseResult
from assistant.patient import parse_patient
from kb.medicines import Range
from tests.makers_formulary import (
    ADULT,
    CHILD,
    GOOD,
    MEDICINE,
    engine_of,
    second_medicine,
    text_of,
)

GENERAL = ADULT.replace('indication = "pneumonia"', 'indication = "general"')
MAN = "age=30y weight=60 sex=m"
WOMAN = "age=30y weight=60 sex=f"


def reason(body: str, action: str = "refuse", why: str = "because") -> str:
    head = f'\n[[medicine.not_if]]\naction = "{action}"\nwhy = "{why}"\nsource = "SRC1"\n'
    return head + body + "\n"


def ask(
    patient: str = MAN, text: str = GOOD, drug: str = "samplicillin", other: str = "", **given: str
) -> DoseResult:
    engine = engine_of(*filter(None, (text, other)))
    who, _ = parse_patient(patient)
    words: dict[str, Any] = {"indication": "pneumonia", **given}
    return engine.answer(DoseRequest(drug, patient=who, **words))


def said(result: DoseResult) -> str:
    return " ".join(result.warnings)


def test_a_child_gets_its_dose_with_formula_and_source() -> None:
    result = ask("age=2y weight=12kg")
    assert result.decision == "dose"
    dose = result.dose
    assert dose is not None
    assert dose.amount == Range(Decimal(120), Decimal(180))
    assert dose.formula == "10-15 mg/kg x 12 kg = 120-180 mg"
    assert dose.source == "SRC1 table 1 (Sample guideline, Sample House, 2020)"
    assert (dose.doses_per_day, dose.duration_days) == (
        Range(Decimal(2), Decimal(2)),
        Range(Decimal(5), Decimal(5)),
    )
    assert result.name == "sampliCILLIN"
    assert result.look_alike == ("samplidine",)


def test_a_result_at_the_maximum_warns_and_says_it() -> None:
    result = ask("age=11y weight=45")
    assert result.decision == "warn"
    assert result.dose is not None
    assert result.dose.max_applied
    assert "At most 500 mg a dose and 1000 mg in 24 hours." in result.warnings


def test_no_weight_for_a_child_is_asked() -> None:
    result = ask("age=3y")
    assert (result.decision, result.missing, result.dose) == ("ask", ("weight",), None)
    nobody = ask("")
    assert (nobody.decision, set(nobody.missing)) == ("ask", {"age", "weight"})


def test_a_weight_that_cannot_be_true_is_asked() -> None:
    result = ask("age=2y weight=26.4")
    assert (result.decision, result.dose) == ("ask", None)
    assert "pounds" in said(result)
    group = ask("age_group=adult weight=9")
    assert group.decision == "ask"


def test_nobody_of_this_age_is_told_for_whom_there_is_a_dose() -> None:
    result = ask("age=10d weight=3.4")
    assert result.decision == "refuse"
    assert "No dose here for age 10 days, 3.4 kg" in said(result)
    assert "children from 2 months" in said(result)


def test_names_are_resolved_or_asked_back() -> None:
    assert ask(drug="Samplox").medicine == "samplicillin"
    mended = ask(drug="samplicilin")
    assert mended.medicine == "samplicillin"
    unknown = ask(drug="xylofoo")
    assert (unknown.decision, unknown.dose) == ("refuse", None)
    assert "not in the formulary" in said(unknown)
    near = second_medicine("samplicillan")
    doubtful = ask(drug="samplicillon", other=near)
    assert doubtful.decision == "ask"
    assert set(doubtful.choices) == {"samplicillin", "samplicillan"}


def test_the_general_row_is_told_as_such() -> None:
    text = text_of(CHILD, ADULT, GENERAL)
    result = ask(text=text, indication="bunions")
    assert result.decision == "warn"
    assert "No row for “bunions”: this is the general dose." in said(result)
    plain = ask(text=text, indication="")
    assert (plain.decision, plain.dose and plain.dose.indication) == ("dose", "general")


def test_without_a_general_row_the_reason_has_to_be_picked() -> None:
    other = ADULT.replace('"pneumonia"', '"otitis"').replace("[500, 500]", "[250, 250]")
    for indication in ("bunions", ""):
        result = ask(text=text_of(ADULT, other), indication=indication)
        assert (result.decision, result.missing) == ("ask", ("indication",))
        assert result.choices == ("pneumonia", "otitis")
    one = ask(text=text_of(ADULT), indication="")
    assert one.decision == "dose"


def test_part_of_the_reason_is_told() -> None:
    result = ask(indication="pneumonia with empyema")
    assert result.decision == "warn"
    assert "The nearest to “pneumonia with empyema” in the formulary is: pneumonia" in said(result)


def test_routes_are_held_apart() -> None:
    other = ADULT.replace('"by mouth"', '"intramuscular"').replace("[500, 500]", "[250, 250]")
    text = text_of(ADULT, other)
    by_mouth, into_muscle = ask(text=text, route="oral"), ask(text=text, route="IM")
    assert by_mouth.dose is not None
    assert into_muscle.dose is not None
    assert (by_mouth.dose.amount.low, into_muscle.dose.amount.low) == (500, 250)
    none = ask(text=text, route="rectal")
    assert none.decision == "refuse"
    assert "by mouth or intramuscular" in said(none)
    assert ask(text=text, route="by pigeon").missing == ("route",)


def test_an_allergy_to_the_medicine_or_its_group_refuses() -> None:
    for allergy in ("samplicillin", "Samplox", "penicillin", "amoxicillin"):
        result = ask(f"{MAN} allergies={allergy}")
        assert (result.decision, result.dose) == ("refuse", None)
    assert ask(f"{MAN} allergies=peanut").decision == "dose"
    assert ask(f"{MAN} allergies=none").decision == "dose"
    assert ask(indication="pneumonia, allergic to penicillin").decision == "refuse"


def test_allergies_cross_over_to_another_group() -> None:
    other = second_medicine("cefasample", '"cephalosporin"')
    mild = ask(f"{MAN} allergies=penicillin", drug="cefasample", other=other)
    assert mild.decision == "warn"
    assert mild.dose is not None
    severe = ask(f'{MAN} allergies="penicillin anaphylaxis"', drug="cefasample", other=other)
    assert severe.decision == "refuse"
    assert "WHO Model Formulary 2008" in said(severe)


@pytest.mark.parametrize(
    ("body", "patient", "decision"),
    [
        ('conditions = ["dengue"]', f'{MAN} conditions="dengue fever"', "refuse"),
        ('conditions = ["dengue"]', f"{MAN} conditions=asthma", "dose"),
        ("age_below_years = 16", "age=15y weight=50", "refuse"),
        ("age_below_years = 16", "age=16y weight=50", "dose"),
        ("weight_below_kg = 15", "age=3y weight=14.9", "refuse"),
        ("weight_below_kg = 15", "age=3y weight=15", "dose"),
        ("pregnant = true", f"{WOMAN} pregnant=yes", "refuse"),
        ("pregnant = true", f"{WOMAN} pregnant=no", "dose"),
        ("pregnant = true", WOMAN, "warn"),
        ("pregnant = true", MAN, "dose"),
        ("pregnant = true", "age=30y weight=60", "dose"),
        ("pregnant = true", "age=60y weight=60 sex=f", "dose"),
        ("trimesters = [3]", f"{WOMAN} gest_weeks=30", "refuse"),
        ("trimesters = [3]", f"{WOMAN} gest_weeks=20", "dose"),
        ("trimesters = [3]", f"{WOMAN} pregnant=yes", "warn"),
        ("gest_from_weeks = 36", f"{WOMAN} gest_weeks=36", "refuse"),
        ("gest_from_weeks = 36", f"{WOMAN} gest_weeks=35", "dose"),
        ("gest_from_weeks = 36", f"{WOMAN} trimester=2", "dose"),
        ("breastfeeding = true", f"{WOMAN} breastfeeding=yes", "refuse"),
        ("breastfeeding = true", f"{WOMAN} breastfeeding=no", "dose"),
        ("breastfeeding = true", WOMAN, "dose"),
        ('g6pd = ["deficient"]', f"{MAN} g6pd=deficient", "refuse"),
        ('g6pd = ["deficient"]', f"{MAN} g6pd=normal", "dose"),
        ('g6pd = ["deficient", "unknown"]', MAN, "refuse"),
        ("egfr_below = 30", f"{MAN} egfr=29", "refuse"),
        ("egfr_below = 30", f"{MAN} egfr=30", "dose"),
        ("egfr_below = 30", f"{MAN} egfr=80 creatinine_clearance=20", "refuse"),
        ("egfr_below = 30", MAN, "dose"),
        ("egfr_below = 30", f'{MAN} conditions="kidney disease"', "warn"),
        ("jaundice = true", f"{MAN} jaundice=yes", "refuse"),
        ("jaundice = true", MAN, "dose"),
        ("hiv = true", f"{MAN} hiv=yes", "refuse"),
        ("hiv = true", f"{MAN} conditions=HIV", "refuse"),
        ('sex = "f"', WOMAN, "refuse"),
        ('sex = "f"', MAN, "dose"),
        ("women_who_could_become_pregnant = true", WOMAN, "refuse"),
        ("women_who_could_become_pregnant = true", "age=57y weight=60 sex=f", "dose"),
        ("women_who_could_become_pregnant = true", "age=30y weight=60", "warn"),
        ('drugs = ["zedol"]', f"{MAN} drugs=Zedolox", "refuse"),
        ('drugs = ["class:sedative"]', f"{MAN} drugs=zedol", "refuse"),
        ('drugs = ["class:sedative"]', f"{MAN} drugs=samplicillin", "warn"),
        ('routes = ["intravenous"]', MAN, "dose"),
        ('routes = ["by mouth"]', MAN, "refuse"),
        ('indications = ["otitis"]', MAN, "dose"),
        ('indications = ["pneumonia"]', MAN, "refuse"),
        ('unless_indications = ["chest infection"]', MAN, "dose"),
        ('unless_indications = ["otitis"]', MAN, "refuse"),
        ("age_from_years = 20\npregnant = true", f"{WOMAN} pregnant=yes", "refuse"),
        ("age_from_years = 40\npregnant = true", f"{WOMAN} pregnant=yes", "dose"),
    ],
)
def test_reasons_against_it(body: str, patient: str, decision: str) -> None:
    other = second_medicine("zedol", '"sedative"')
    result = ask(patient, text_of(CHILD, ADULT, extra=reason(body)), other=other)
    assert result.decision == decision, result.warnings
    assert (result.dose is None) == (decision == "refuse")
    warned = ask(patient, text_of(CHILD, ADULT, extra=reason(body, "warn")), other=other)
    assert warned.decision in ("dose", "warn")


@pytest.mark.parametrize(
    ("body", "indication"),
    [
        ('conditions = ["dengue"]', "pneumonia in suspected dengue"),
        ('drugs = ["calcium-sample"]', "pneumonia, on IV calcium sample"),
        ("jaundice = true", "pneumonia in a jaundiced man"),
        ('g6pd = ["deficient"]', "pneumonia, G6PD deficient"),
    ],
)
def test_conditions_and_medicines_are_read_from_the_reason(body: str, indication: str) -> None:
    text = text_of(CHILD, ADULT, extra=reason(body))
    other = second_medicine("calcium-sample", '"mineral"')
    assert ask(text=text, indication=indication, other=other).decision == "refuse"
    denied = (
        indication.replace("suspected", "no")
        .replace("on IV", "not on")
        .replace("jaundiced", "well")
    )
    if denied != indication and "calcium" not in denied:
        assert ask(text=text, indication=denied, other=other).decision != "refuse"


def test_pregnancy_told_in_the_reason_counts() -> None:
    text = text_of(CHILD, ADULT, extra=reason("pregnant = true"))
    assert ask("age=30y weight=60", text, indication="pneumonia in pregnancy").decision == "refuse"
    assert ask(MAN, text, indication="pneumonia in pregnancy").decision == "dose"


def table(first: str, feeding: str = "yes") -> str:
    changed = MEDICINE.replace('first = "yes"', f'first = "{first}"')
    return changed.replace('advice = "yes"', f'advice = "{feeding}"')


@pytest.mark.parametrize(
    ("verdict", "patient", "decision"),
    [
        ("no", f"{WOMAN} gest_weeks=8", "refuse"),
        ("no", f"{WOMAN} gest_weeks=20", "dose"),
        ("no", f"{WOMAN} pregnant=yes", "refuse"),
        ("no", WOMAN, "warn"),
        ("no", MAN, "dose"),
        ("caution", f"{WOMAN} gest_weeks=8", "warn"),
        ("unknown", f"{WOMAN} gest_weeks=8", "warn"),
        ("yes", f"{WOMAN} pregnant=yes", "dose"),
    ],
)
def test_the_table_of_pregnancy(verdict: str, patient: str, decision: str) -> None:
    result = ask(patient, text_of(CHILD, ADULT, medicine=table(verdict)))
    assert result.decision == decision, result.warnings


def test_a_row_for_pregnant_women_outranks_the_table() -> None:
    row = ADULT.replace('population = "adult"', 'population = "pregnant"')
    text = text_of(row, medicine=table("no"))
    assert ask(f"{WOMAN} gest_weeks=8", text).decision == "dose"


@pytest.mark.parametrize(
    ("advice", "decision"), [("no", "refuse"), ("caution", "warn"), ("yes", "dose")]
)
def test_the_table_of_breastfeeding(advice: str, decision: str) -> None:
    text = text_of(ADULT, medicine=table("yes", advice))
    assert ask(f"{WOMAN} breastfeeding=yes", text).decision == decision
    assert ask(f"{WOMAN} breastfeeding=no", text).decision == "dose"


@pytest.mark.parametrize(
    ("needs", "patient", "decision"),
    [
        ("g6pd", MAN, "ask"),
        ("g6pd", f"{MAN} g6pd=unknown", "ask"),
        ("g6pd", f"{MAN} g6pd=normal", "dose"),
        ("pregnancy", WOMAN, "ask"),
        ("pregnancy", MAN, "dose"),
        ("pregnancy", "age=30y weight=60", "warn"),
        ("renal", MAN, "warn"),
        ("renal", f'{MAN} conditions="kidney failure"', "ask"),
        ("renal", f"{MAN} egfr=90", "dose"),
        ("weight", "age=30y", "ask"),
        ("glucose", MAN, "warn"),
    ],
)
def test_facts_that_a_row_needs(needs: str, patient: str, decision: str) -> None:
    row = ADULT.replace('confirmed = "ok"', f'confirmed = "ok"\nneeds = ["{needs}"]')
    assert ask(patient, text_of(row)).decision == decision


RENAL = """
[[medicine.renal]]
below = 30
action = "reduce"
advice = "half the dose"
factor = 0.5
every_hours = 24
source = "SRC1"

[[medicine.renal]]
below = 10
action = "avoid"
advice = "do not use"
source = "SRC1"
"""


def test_the_kidneys_change_the_dose() -> None:
    text = text_of(ADULT, extra=RENAL)
    half = ask(f"{MAN} egfr=20", text)
    assert (half.decision, half.dose and half.dose.amount.high) == ("warn", 250)
    assert half.dose is not None
    assert half.dose.doses_per_day == Range(Decimal(1), Decimal(1))
    assert ask(f"{MAN} egfr=9", text).decision == "refuse"
    assert ask(f"{MAN} egfr=30", text).decision == "dose"


def test_high_alert_needs_a_second_person_and_the_weight_read_aloud() -> None:
    text = text_of(CHILD, medicine=MEDICINE.replace("forms =", "high_alert = true\nforms ="))
    result = ask("age=2y weight=12", text)
    assert result.decision == "warn"
    assert "Read aloud: weight 12 kg, 120-180 mg. A second person checks" in said(result)


def test_an_order_is_compared_and_the_right_dose_shown() -> None:
    result = ask("age=2y weight=12", ordered="1500 mg")
    assert (result.decision, result.dose is not None) == ("refuse", True)
    assert "Check decimal or unit" in said(result)
    assert ask("age=2y weight=12", ordered="150 mg").decision == "dose"
    assert ask("age=2y weight=12", ordered=".5 mg").dose is None
    asked = ask("age=2y weight=12", text=GOOD)
    assert asked.decision == "dose"


def test_the_same_medicine_in_two_products_is_summed() -> None:
    told = ask(f"{MAN} drugs=Samplox")
    assert told.decision == "warn"
    assert "At most 1000 mg in 24 hours from all products" in said(told)
    some = ask(f'{MAN} drugs="Samplox 250 mg twice a day"')
    assert "500 mg are left" in said(some)
    full = ask(f'{MAN} drugs="Samplox 500 mg twice a day"')
    assert (full.decision, full.dose) == ("refuse", None)


def test_volumes_need_a_strength_from_the_label() -> None:
    plain = ask("age=2y weight=12")
    assert all(item.volume_ml is None for item in plain.measured)
    measured = ask("age=2y weight=12", strength="250 mg/5 mL").measured
    assert [item.volume_ml for item in measured] == [Decimal("3.6")]
    strong = ask("age=2y weight=12", strength="5000 mg/mL")
    assert strong.measured == ()
    assert "cannot be measured" in said(strong)
    assert "cannot be used" in said(ask("age=2y weight=12", strength="red label"))


def test_reasons_that_nobody_spoke_of_are_listed_to_check() -> None:
    text = text_of(ADULT, extra=reason("egfr_below = 30", why="kidney failure"))
    assert ask(MAN, text).checks == ("kidney failure",)
    assert ask(f"{MAN} egfr=90", text).checks == ()
