"""Short clinic wording, early warning from a form, and what stops a sum."""

import pytest

from assistant.clinical.calculators.early_warning import early_warning
from assistant.clinical.calculators.errors import BadInput, NotDefined
from assistant.clinical.calculators.registry import calculate, calculators
from assistant.clinical.facts import find_facts, merge
from assistant.clinical.notes.sentences import read_note
from assistant.clinical.solve.choose import choose
from assistant.clinical.solve.solving import open_solver, shared_fields
from assistant.messages import CARD_STATUS, Patient
from ui.wiring import open_rules


@pytest.fixture(scope="module")
def engines():
    return open_rules().engines


def worked(engines, text):
    found = engines.findings(text, merge(Patient(), find_facts(text)))
    return [each for each in found if each.computed.engine == "calculator"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("parkland 70 kg 30%", "8400 mL"),
        ("burn 20% 15 kg child how much fluid, 2 hours ago", "an hour 100 mL/h"),
        ("corrected sodium glucose 30 mmol/L Na 128", "139 mmol/L"),
        ("qtc 440 hr 90", "539 ms"),
        ("anion gap na 140 cl 100 hco3 20", "20 mmol/L"),
        ("EDD from LMP 3 March 2026", "2026-12-08"),
        ("drip rate 500 ml over 4 h 20 drops/ml", "42 drops/min"),
        ("how many drops per minute 1 litre over 8 hours 20 drops/ml", "42 drops/min"),
        ("bmi 70kg 170cm", "24.2 kg/m2"),
        ("mid upper arm 11 cm", "Severe wasting"),
        ("muac 118 mm", "at least Moderate wasting"),
        ("gcs e3 v4 m5", "12 points"),
        ("news2 rr 24 spo2 92 on air bp 100/60 pulse 115 temp 38.5 alert", "9 points"),
        ("qSOFA rr 24 bp 90/60 confused", "3 points"),
        ("shock index hr 120 bp 90/60", "1.33"),
        ("shock index in pph hr 110 bp 100/70", "Over 1"),
        ("map 120/60", "80 mmHg"),
        ("phq-9 score 0 1 2 3 0 0 1 2 0", "9 points (Mild)"),
        ("peak flow 250 best 400", "62 %"),
        ("how long will oxygen cylinder last 100 bar 10 L 5 l/min", "160 min"),
        ("convert glucose 180 mg/dl to mmol/l", "9.9911 mmol/L"),
        ("pack years 20 cigarettes a day for 15 years", "15.0 pack-years"),
        ("rabies category dog bite with bleeding", "Category III"),
        ("newborn temp 35.2", "below 35.5"),
        ("birth weight 1400 g", "Very low"),
        ("mentzer mcv 62 rbc 5.5", "11.3"),
        ("egfr 60 y man creatinine 150 umol/l", "46 mL/min"),
        ("paracetamol level 100 mg/l at 8 hours 150 line", "At or above the line"),
        ("gentamicin for 5 days old 3 kg 40 mg/ml", "Volume 0.4 mL"),
        ("ldl total cholesterol 200 hdl 50 tg 150 mg/dl", "120 mg/dL"),
    ],
)
def test_short_wording_of_a_clinic_is_worked_out(engines, text, told):
    found = worked(engines, text)
    assert told in " ".join(each.text for each in found)
    assert found[0].citation.source
    assert found[0].citation.status == CARD_STATUS


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("f75 5 kg 8 feeds", "severe_oedema"),
        ("egfr child 110 cm creatinine 0.6", "age"),
        ("ett size 4 year old", "tube"),
        ("plan b 10 kg 18 months", "severe_malnutrition"),
        ("drip rate 500 ml over 4 h", "drop_factor"),
    ],
)
def test_what_a_short_wording_lacks_is_named_not_guessed(engines, text, missing):
    found = worked(engines, text)
    assert missing in found[0].missing
    assert not found[0].text


def test_a_unit_that_is_not_told_is_asked(engines):
    found = worked(engines, "osmolality na 140 glucose 10 bun 5")
    assert found[0].text == "Blood urea nitrogen: is 5 in mg/dL or mmol/L? Write the unit."


@pytest.mark.parametrize(
    "text",
    [
        "zinc for diarrhoea in a 2 year old, dose and days",
        "primaquine vivax G6PD",
        "how do I treat a child with burns",
        "what is a nexus of infection",
        "gestational diabetes diet",
        "audit of the pharmacy",
        "fever and cough for 3 days",
        "side effects of magnesium sulfate",
    ],
)
def test_ordinary_questions_are_left_alone(engines, text):
    assert not worked(engines, text)


def test_a_word_that_is_also_an_id_chooses_nothing():
    assert choose("zinc") is None
    assert choose("glasgow coma scale of an infant") == "gcs-infant"
    assert choose("fluid deficit from the percentage of dehydration") == "fluid-deficit"


def test_numbers_are_matched_by_their_unit_only_where_one_input_fits():
    solved = open_solver().solve("", "dilution: 500 ml and 200 ml")
    assert "volume" not in solved.mentions
    solved = open_solver().solve("", "oxygen cylinder 150 bar 10 L 4 l/min")
    assert solved.mentions["water_capacity"].value == 10000
    assert solved.mentions["flow"].value == 4


def test_glycated_haemoglobin_is_not_haemoglobin():
    note = "Hemoglobin A1c is 9.8 %. Weight 60 kg."
    assert open_solver().solve(note, "iron deficit (Ganzoni)").missing == ("haemoglobin",)


@pytest.mark.parametrize(
    ("note", "question"),
    [
        (
            "Sodium was 140 mmol/L, chloride 100 mmol/L, bicarbonate 20 mmol/L. Sodium was 128"
            " mmol/L, chloride 90 mmol/L, bicarbonate 12 mmol/L.",
            "anion gap",
        ),
        (
            "Sodium was 140 mmol/L and chloride 100 mmol/L. "
            + "He was well. " * 100
            + "Two weeks later bicarbonate was 12 mmol/L.",
            "anion gap",
        ),
        ("The valve was replaced.", "Wells' criteria for deep vein thrombosis"),
    ],
)
def test_a_note_of_two_samples_or_of_nothing_is_not_worked_out_for_a_benchmark(note, question):
    solved = open_solver(bench_compat=True).solve(note, question)
    assert solved.value is None
    assert solved.reason


def test_one_sample_is_worked_out_for_a_benchmark():
    note = "Sodium was 140 mmol/L, chloride 100 mmol/L, bicarbonate,20 mmol/L."
    assert open_solver(bench_compat=True).solve(note, "anion gap").value == 20


@pytest.mark.parametrize(
    ("note", "name", "value"),
    [
        ("Chemistry: bicarbonate,13 mEq/L", "bicarbonate", 13),
        ("Glucose was74 mg/dL", "glucose", 74),
        ("platelets 453,000 mm−3", "platelets", 453),
        ("chloride 101 mmol·L−1", "chloride", 101),
        ("temperature 97.9°", "temperature", 36.61),
        ("saline, sodium bicarbonate and 10 mEq of potassium", "bicarbonate", None),
        ("24 h urine calcium was low, serum albumin: 4,4 g/dL", "albumin", 4.4),
        ("Height: 5’6.", "height", 167.64),
    ],
)
def test_numbers_that_are_written_carelessly(note, name, value):
    solver = open_solver()
    mention = solver.reader.read(read_note(note), shared_fields()[name])
    found = None if mention is None else mention.value
    assert found == (None if value is None else pytest.approx(value, rel=1e-3))


def by_name(results):
    return {each.calculator: each for each in results}


def test_a_form_of_an_adult_gives_news2_and_the_colour():
    signs = {"age": "40 y", "rr": 26, "hr": 128, "sbp": 88, "spo2": 90, "temperature": "39.2 C"}
    found = by_name(early_warning({**signs, "on_oxygen": "no", "not_alert": "no"}))
    assert found["news2"].value == 3 + 2 + 3 + 3 + 2
    assert found["triage-iitt"].shown == "at least YELLOW with a high-risk vital sign"
    assert "bedside-pews" not in found


def test_a_form_of_a_child_gives_the_scores_of_children():
    found = by_name(early_warning({"age": "8 mo", "rr": 66, "hr": 185, "spo2": 93}))
    assert found.keys() == {"triage-iitt", "bedside-pews", "paed-vital-bands"}
    assert found["bedside-pews"].low == 1 + 4 + 1
    assert found["paed-vital-bands"].low == 2


def test_pressure_in_pregnancy_is_red_and_news2_is_not_used():
    found = by_name(early_warning({"age": "25 y", "sbp": 160, "dbp": 100}, pregnant=True))
    assert found["triage-iitt"].shown == "RED"
    assert found.keys() == {"triage-iitt"}
    calm = by_name(early_warning({"age": "25 y", "sbp": 159, "dbp": 109}, pregnant=True))
    assert "triage-iitt" not in calm


def test_an_empty_form_and_a_form_without_age_say_no_more_than_they_know():
    assert early_warning({"age": "30 y"}) == ()
    assert [each.calculator for each in early_warning({"hr": 90})] == ["triage-iitt"]
    with pytest.raises(BadInput, match="Heart rate"):
        early_warning({"age": "30 y", "hr": 900})


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("artesunate", {"weight": 18, "age": "6 y"}, "6 years"),
        ("primaquine", {"weight": 60, "pregnant_or_young_baby": "yes"}, "pregnancy"),
        ("act-band", {"weight": 4.9, "medicine": "artemether-lumefantrine"}, "infant form"),
        ("tb-fdc", {"weight": 25, "tablet": "child-hr-50-75"}, "adult tablet"),
        ("tpt-band", {"weight": 12, "age": "1 y", "regimen": "3hp"}, "under 2 years"),
        (
            "wbct20-timer",
            {"dry_new_glass": "no", "minutes_standing": 20, "liquid": "yes", "hours_since_bite": 1},
            "new, clean, dry",
        ),
        (
            "wbct20-timer",
            {"dry_new_glass": "yes", "minutes_standing": 19, "liquid": "no", "hours_since_bite": 1},
            "20 minutes",
        ),
        ("tetanus-plan", {"dirty": "yes", "doses_before": "3-or-more"}, "years since"),
        ("td-due", {"td_doses": "5", "on_date": "2026-01-01"}, "complete"),
        ("td-due", {"td_doses": "2", "on_date": "2026-01-01"}, "last dose"),
        ("anc-next-contact", {"lmp": "2026-01-01", "on_date": "2026-10-09"}, "40 weeks"),
        ("iptp-due", {"lmp": "2026-01-01", "on_cotrimoxazole": "yes"}, "cotrimoxazole"),
        (
            "opioid-switch",
            {
                "daily_dose": 60,
                "from_opioid": "morphine-by-mouth",
                "to_opioid": "morphine-by-mouth",
            },
            "same",
        ),
        (
            "hpv-due",
            {"hpv_doses": "1", "hpv_schedule": "one-dose", "on_date": "2026-01-01"},
            "Complete",
        ),
    ],
)
def test_refusals_are_sentences(name, given, told):
    with pytest.raises(NotDefined, match=told):
        calculate(name, given)


def test_thoughts_of_self_harm_are_told_at_any_score():
    zero = {each.name: "0" for each in calculators()["phq-9"].fields}
    assert calculate("phq-9", zero).warnings == ()
    alarmed = calculate("phq-9", zero | {"self_harm": "1"})
    assert (alarmed.value, alarmed.band) == (1, "Minimal")
    assert "self-harm" in alarmed.warnings[0]


def test_a_stage_that_was_not_wholly_examined_is_at_least_that():
    result = calculate("hiv-stage", {"oral_thrush": "yes"})
    assert (result.value, result.shown) == (None, "at least Stage 3")


def test_green_needs_every_sign():
    assert calculate("triage-iitt", {"age": "30 y", "hr": 80}).shown == ""


def test_lund_browder_shares_make_a_whole_body():
    for shares in calculators()["burn-area-lund-browder"].tables.values():
        assert sum(shares.values()) == pytest.approx(100)
