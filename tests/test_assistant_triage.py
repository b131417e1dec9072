"""Danger signs: recall, false alarms, thresholds, context and the tables themselves."""

import os
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from assistant.messages import Patient
from assistant.triage import Rules, load_rules
from assistant.triage.loader import Book, load_book

DATA = Path(__file__).parent / "data"
FLAGS = """airway breathing choking cardiac_arrest shock bleeding unconscious convulsion dehydration
child_danger_sign young_infant neonatal_resuscitation jaundice meningitis sepsis pneumonia
severe_malaria malnutrition severe_anaemia anaphylaxis poisoning snakebite rabies burn
trauma head_injury spinal_injury fracture limb_ischaemia compartment_syndrome abuse
sexual_violence self_harm psychosis_danger withdrawal stroke acs pulmonary_embolism dvt
hypertensive_emergency hyperglycaemic_crisis hyperglycaemia hypoglycaemia heat_stroke
hypothermia drowning_electric acute_abdomen gi_bleeding testicular_torsion
urinary_retention cauda_equina neuromuscular eye_emergency dental_abscess
deep_neck_infection necrotizing_infection pyelonephritis obstetric imminent_delivery
cord_prolapse preeclampsia eclampsia bleeding_pregnancy ectopic abortion_complication
puerperal_sepsis reduced_fetal_movement postpartum_psychosis vital_signs tb
immunosuppressed_fever tetanus severe_measles severe_drug_rash haemorrhagic_fever hiv_exposure"""


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


def phrasings(level: str) -> list[str]:
    texts = []
    for name in ("triage_phrases.toml", "triage_languages.toml", "triage_more.toml"):
        table = tomllib.loads((DATA / name).read_text(encoding="utf-8"))
        texts += [text for kind in table.values() for text in kind.get(level, [])]
    return texts


def level(rules: Rules, text: str, patient: Patient | None = None) -> str:
    return rules.triage(text, patient or Patient()).level


@pytest.mark.parametrize("text", phrasings("emergency"))
def test_emergency_phrasing_is_recognised(rules: Rules, text: str) -> None:
    assert level(rules, text) == "emergency"


@pytest.mark.parametrize("text", phrasings("urgent"))
def test_urgent_phrasing_is_never_rated_lower(rules: Rules, text: str) -> None:
    assert level(rules, text) in {"urgent", "emergency"}


@pytest.mark.parametrize("text", [*phrasings("routine"), *phrasings("none")])
def test_benign_phrasing_raises_no_alarm(rules: Rules, text: str) -> None:
    assert level(rules, text) != "emergency"


def test_there_are_enough_phrasings() -> None:
    assert sum(len(phrasings(name)) for name in ("emergency", "urgent", "routine", "none")) >= 300


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40 year old man, HR 50, BP 120/80", False),
        ("40 year old man, HR 49, BP 120/80", True),
        ("40 year old man, HR 150", False),
        ("40 year old man, HR 151", True),
        ("adult, SpO2 92%", False),
        ("adult, SpO2 91%", True),
        ("adult, RR 10", False),
        ("adult, RR 9", True),
        ("adult, RR 30", False),
        ("adult, RR 31", True),
        ("adult, BP 90/60", False),
        ("adult, BP 89/60", True),
        ("infant 59 days old, T 38.0", True),
        ("infant 59 days old, T 37.9", False),
        ("infant 60 days old, T 38.0", False),
        ("infant 20 days old, T 35.4", True),
        ("infant 20 days old, T 35.5", False),
        ("6 day old baby, RR 60", True),
        ("6 day old baby, RR 59", False),
        ("20 week pregnant woman BP 160/100", True),
        ("20 week pregnant woman BP 159/109", False),
        ("20 week pregnant woman BP 150/110", True),
        ("adult, glucose 3.4", True),
        ("adult, glucose 3.5", False),
        ("3 year old, BP 75/40", True),
        ("3 year old, BP 76/40", False),
        ("blood loss 499 ml after birth, BP 120/80, HR 80", False),
        ("blood loss 500 ml after birth", True),
        ("blood loss 300 ml after birth, faint", True),
        ("GCS 15", False),
        ("GCS 14", True),
    ],
)
def test_threshold_has_two_sides(rules: Rules, text: str, expected: bool) -> None:
    assert (level(rules, text) == "emergency") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18 months, cough, RR 40", "urgent"),
        ("18 months, RR 39", "routine"),
        ("10 months, RR 50", "urgent"),
        ("10 months, RR 49", "routine"),
        ("6 years, RR 30", "urgent"),
        ("30 weeks pregnant, BP 140/85", "urgent"),
        ("30 weeks pregnant, BP 139/89", "routine"),
        ("RR 22, SpO2 94, BP 100/60, HR 112, T 37, 40 years", "emergency"),
    ],
)
def test_numbers_have_their_level(rules: Rules, text: str, expected: str) -> None:
    assert level(rules, text) == expected


def test_impossible_number_is_asked_again_and_never_counts(rules: Rules) -> None:
    urgency = rules.triage("SpO2 150, temperature 55", Patient())
    assert urgency.level == "routine"
    assert len(urgency.ask) == 2


def test_patient_fields_count_like_words(rules: Rules) -> None:
    assert level(rules, "fever, not feeding well", Patient(age_days=20)) == "emergency"
    assert level(rules, "severe headache", Patient(pregnant=True)) == "emergency"
    assert level(rules, "mild headache", Patient(age_days=10000)) != "emergency"


def test_stated_age_of_the_form_wins(rules: Rules) -> None:
    assert level(rules, "3 day old, T 38.5", Patient(age_days=400)) != "emergency"


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("fits at 36 weeks pregnant", "eclampsia"),
        ("cannot breathe after a bee sting, hives", "anaphylaxis"),
        ("drank pesticide", "poisoning"),
        ("face drooping and slurred speech", "stroke"),
        ("snak bite on foot", "snakebite"),
        ("wants to kill himself", "self_harm"),
        ("soaking pads after delivery, blood pouring", "bleeding_pregnancy"),
        ("fever with stiff neck", "meningitis"),
    ],
)
def test_flag_is_named(rules: Rules, text: str, flag: str) -> None:
    assert flag in {found.id for found in rules.triage(text, Patient()).flags}


def test_evidence_stands_in_the_text(rules: Rules) -> None:
    text = "Old man, FACE drooping since noon, BP 84/50"
    for flag in rules.triage(text, Patient()).flags:
        assert all(part in text for part in flag.evidence.split("; "))


def test_most_urgent_flag_comes_first(rules: Rules) -> None:
    flags = rules.triage("dog bite on the leg and now unconscious", Patient()).flags
    order = ["none", "routine", "urgent", "emergency"]
    ranks = [order.index(flag.level) for flag in flags]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize("text", ["", " ", "?", "...", "\n", "🩸", "1", "\u200b", "a" * 5000])
def test_strange_text_is_answered(rules: Rules, text: str) -> None:
    assert level(rules, text) in {"none", "routine"}


def test_same_text_gives_the_same_answer_in_a_fresh_object(rules: Rules) -> None:
    text = "chil with feber and stif neck"
    assert load_rules().triage(text, Patient()) == rules.triage(text, Patient())


def test_flags_are_the_agreed_ones(book: Book) -> None:
    assert set(book.flags) == set(FLAGS.split())
    assert all(flag.title for flag in book.flags.values())


def test_action_texts_are_short_and_sourced(book: Book) -> None:
    for flag in book.flags.values():
        assert 5 < len(flag.action.split()) <= 40
        assert flag.source


def test_every_sign_and_rule_names_known_flags_with_a_source(book: Book) -> None:
    for row in book.signs.values():
        assert row.flag in book.flags
        assert row.source
    for rule in [*book.rules, *(band for band in book.bands if "flag" in band)]:
        assert rule["flag"] in book.flags
        assert rule["source"]


def test_every_rule_names_signs_that_can_occur(book: Book) -> None:
    known = {phrase.sign for phrase in book.phrases} | {band["sign"] for band in book.bands}
    named = {sign for rule in book.rules for key in ("all", "any") for sign in rule.get(key, ())}
    assert named - known == set()


def test_other_languages_name_signs_that_some_rule_knows(book: Book) -> None:
    folder = files("assistant.triage") / "languages"
    named = {
        name
        for rule in book.rules
        for key in ("all", "any", "unless")
        for name in rule.get(key, ())
    }
    known = set(book.signs) | named
    for path in folder.iterdir():
        assert set(tomllib.loads(path.read_text(encoding="utf-8"))) - known == set(), path.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Child vomits everything. What should I do?", "emergency"),
        ("My wife is fitting, what do I do?", "emergency"),
        ("What are the signs of shock? Which fluid first?", "calm"),
        ("I study nursing. What causes stroke?", "calm"),
        ("No, she is not breathing", "emergency"),
        ("C-spine pain after a fall, no feeling in the legs", "emergency"),
        ("no fever\nvomiting blood", "emergency"),
        ("never stopped bleeding", "emergency"),
        ("stopped bleeding after a minute", "calm"),
        ("he says he will kill me", "emergency"),
        ("my feet are killing me", "calm"),
        ("burning urine", "urgent"),
        ("cough 3 weeks, weight loss, adult", "urgent"),
        ("wasted child, not eating", "emergency"),
        ("my periods are heavy", "calm"),
        ("heavy period and fainted", "emergency"),
        ("took 25 tablets of paracetamol", "emergency"),
        ("takes 10 mg tablets daily", "calm"),
        ("needle prick from a patient with HIV", "urgent"),
    ],
)
def test_sentences_are_judged_each(rules: Rules, text: str, expected: str) -> None:
    found = level(rules, text)
    assert ("calm" if found in {"none", "routine"} else found) == expected


def test_burning_urine_is_no_burn(rules: Rules) -> None:
    flags = {flag.id for flag in rules.triage("burning urine", Patient()).flags}
    assert flags == {"pyelonephritis"}


@pytest.mark.parametrize(("weight", "expected"), [("1.9", "emergency"), ("2.0", "routine")])
def test_weight_of_a_newborn(rules: Rules, weight: str, expected: str) -> None:
    assert level(rules, f"newborn weighs {weight} kg") == expected


_ASK_FLAGS = """
import sys
from assistant.messages import Patient
from assistant.triage import load_rules
found = load_rules().triage(sys.argv[1], Patient())
print(*(flag.id for flag in found.flags))
"""


def test_the_order_of_flags_is_the_same_in_each_run():
    text = "complains of burning sensation in right eye, swelling in right eyelid"
    orders = {
        subprocess.run(
            [sys.executable, "-c", _ASK_FLAGS, text],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "5", "6", "11")
    }
    assert len(orders) == 1
    assert len(orders.pop().split()) >= 2
