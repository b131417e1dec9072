"""Which texts lean on an earlier question, what both together mean, and what is known of the patient."""

import string
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.follow_up.conversation import (
    MOST_TURNS,
    Conversation,
    Turn,
    Typed,
    Understood,
    gone_on,
    shortened,
)
from assistant.follow_up.dangers import EARLIER, dangers, raised, standing
from assistant.follow_up.lexicon import Lexicon
from assistant.follow_up.understanding import FORM_CHANGED, FollowUps
from assistant.messages import Answer, Flag, Patient, Question, Urgency
from ui.wiring import MedicineShelf, open_rules

SHELF = MedicineShelf()
FOLLOW_UPS = FollowUps(lambda: SHELF.mentioned)
RULES = open_rules(SHELF)


def talk(*texts: str, form: dict[str, str] | None = None, patient: Patient | None = None):
    """How each text is understood, one after the other."""
    before, found = Conversation(), []
    for text in texts:
        typed = Typed(text, patient or Patient(), form or {})
        understood = FOLLOW_UPS.understand(before, typed)
        flags = raised(understood, RULES.triage).flags
        before = gone_on(understood, Turn(understood.meant), flags)
        found.append(understood)
    return found


def last(*texts: str) -> Understood:
    return talk(*texts)[-1]


# --- what is joined -------------------------------------------------------------------------------

FEVER = "Paracetamol for fever in a child of 12 kg?"
PNEUMONIA = "What is the dose of amoxicillin for pneumonia in a child of 12 kg?"
CASE = "3 year old boy, 14 kg, with cough and fast breathing"
DENGUE = "dengue warning signs"

ASKS = [
    (FEVER, "how often?", "Paracetamol for fever: how often?"),
    (FEVER, "How long?", "Paracetamol for fever: How long?"),
    (FEVER, "and how often", "Paracetamol for fever: how often"),
    (FEVER, "ok, and the maximum dose?", "Paracetamol for fever: the maximum dose?"),
    (FEVER, "side effects?", "Paracetamol for fever: side effects?"),
    (FEVER, "what if he vomits it?", "Paracetamol for fever: what if he vomits it?"),
    (FEVER, "what if she misses a dose", "Paracetamol for fever: what if she misses a dose"),
    (FEVER, "is it safe in pregnancy?", "Paracetamol for fever: is it safe in pregnancy?"),
    (FEVER, "can it be crushed?", "Paracetamol for fever: can it be crushed?"),
    (FEVER, "does it cause drowsiness?", "Paracetamol for fever: does it cause drowsiness?"),
    (FEVER, "is it safe with grapefruit?", "Paracetamol for fever: is it safe with grapefruit?"),
    (FEVER, "can I give it with ibuprofen?", "Paracetamol for fever: can I give it with ibuprofen?"),
    (FEVER, "why?", "Paracetamol for fever: why?"),
    (FEVER, "any alternatives?", "Paracetamol for fever: any alternatives?"),
    (FEVER, "should it be given with food?", "Paracetamol for fever: should it be given with food?"),
    (FEVER, "is the syrup better than tablets?", "Paracetamol for fever: is the syrup better than tablets?"),
    (PNEUMONIA, "by which route?", "amoxicillin for pneumonia: by which route?"),
    (PNEUMONIA, "when should I refer?", "amoxicillin for pneumonia: when should I refer?"),
    (PNEUMONIA, "what should I tell the mother?", "amoxicillin for pneumonia: what should I tell the mother?"),
    (CASE, "which antibiotic?", "cough and fast breathing: which antibiotic?"),
    (CASE, "what should I do now?", "cough and fast breathing: what should I do now?"),
    (CASE, "when should he come back?", "cough and fast breathing: when should he come back?"),
    (DENGUE, "how to prevent it?", "dengue: how to prevent it?"),
    (DENGUE, "is it contagious?", "dengue: is it contagious?"),
    (DENGUE, "What tests?", "dengue: What tests?"),
    ("Severe asthma attack in an adult", "what to give first?", "Severe asthma attack: what to give first?"),
    ("How much ORS for a child of 10 kg with some dehydration?", "how fast?", "ORS, some dehydration: how fast?"),
    ("which antibiotic for pneumonia?", "how often?", "antibiotic for pneumonia: how often?"),
    ("BP 170/115 at 36 weeks with headache", "what to do?", "BP 170/115, headache: what to do?"),
]  # fmt: skip
PERSON = [
    (FEVER, "and in an adult?", "Paracetamol for fever, in an adult?"),
    (FEVER, "for a child of 10 kg", "Paracetamol for fever, for a child of 10 kg"),
    (FEVER, "what about adults?", "Paracetamol for fever, adults?"),
    (FEVER, "and for women?", "Paracetamol for fever, for women?"),
    (FEVER, "in pregnancy?", "Paracetamol for fever, in pregnancy?"),
    (FEVER, "12 kg", "Paracetamol for fever, 12 kg"),
    (FEVER, "and at 30 weeks pregnant?", "Paracetamol for fever, at 30 weeks pregnant?"),
    (PNEUMONIA, "and a newborn?", "What is the dose of amoxicillin for pneumonia, a newborn?"),
    (DENGUE, "in an infant?", "dengue warning signs, in an infant?"),
    ("can a child of 12 kg take ibuprofen?", "and in an adult?", "can take ibuprofen, in an adult?"),
]  # fmt: skip
MEDICINE = [
    (FEVER, "and ibuprofen?", "ibuprofen for fever in a child of 12 kg?"),
    (FEVER, "what about ibuprofen", "ibuprofen for fever in a child of 12 kg?"),
    (FEVER, "or ibuprofen instead?", "ibuprofen for fever in a child of 12 kg?"),
    (FEVER, "can I use ibuprofen instead?", "ibuprofen for fever in a child of 12 kg?"),
    (FEVER, "and ibuprofen in adults?", "ibuprofen for fever, adults?"),
    (PNEUMONIA, "and gentamicin?", "What is the dose of gentamicin for pneumonia in a child of 12 kg?"),
    ("patient takes warfarin, can I give ibuprofen?", "and paracetamol?", "patient takes warfarin, can I give paracetamol?"),
    ("warfarin with ibuprofen?", "and with metronidazole?", "warfarin with metronidazole?"),
]  # fmt: skip
TOPIC = [
    (DENGUE, "and malaria?", "malaria warning signs?"),
    ("danger signs of pneumonia", "what about measles?", "danger signs of measles?"),
    (PNEUMONIA, "and for otitis media?", "amoxicillin for otitis media?"),
    (PNEUMONIA, "for sore throat?", "amoxicillin for sore throat?"),
    ("gentamicin dose for sepsis", "and in renal failure?", None),
]


@pytest.mark.parametrize(("first", "then", "asked"), [*ASKS, *PERSON, *MEDICINE, *TOPIC])
def test_a_text_without_a_subject_is_joined(first, then, asked) -> None:
    found = last(first, then)
    assert found.is_joined
    if asked is not None:
        assert found.meant.asked == asked
    assert found.leans


ALONE = [
    (FEVER, "How to treat malaria?"),
    (FEVER, "ibuprofen dose for a child of 10 kg"),
    (FEVER, "ibuprofen"),
    (FEVER, "and ibuprofen dose for toothache?"),
    (FEVER, "dengue warning signs"),
    (FEVER, "she has a stiff neck"),
    (FEVER, "It burns when he urinates"),
    (FEVER, "A snake bit him, how to treat it?"),
    (FEVER, "is it safe to give ibuprofen in dengue?"),
    (FEVER, "is it ok to breastfeed with hepatitis B?"),
    (FEVER, "is it normal that a newborn has blue hands?"),
    (FEVER, "BP 170/115 at 36 weeks with headache"),
    (FEVER, "thanks"),
    (FEVER, "ok"),
    (FEVER, "hello, how are you?"),
    (FEVER, "what can you do?"),
    (FEVER, "???"),
    (FEVER, "asdf qwer"),
    (FEVER, "Combien de paracetamol pour un enfant?"),
    (FEVER, "نسبة السكر"),
    (FEVER, "how much zinc for diarrhoea?"),
    (FEVER, "what does the rash of measles look like?"),
    (FEVER, "burns of the hand: dressing?"),
    (
        FEVER,
        "child with fever and it is high since 3 days, cough and vomiting everything, what now",
    ),
    ("thanks", "how often?"),
    ("hello", "and in an adult?"),
    ("", "what if he vomits it?"),
    ("how often?", "for a child of 10 kg"),
    (DENGUE, "zinc?"),
    ("warfarin with ibuprofen?", "and metronidazole?"),
]


@pytest.mark.parametrize(("first", "then"), ALONE)
def test_a_text_with_its_own_subject_or_in_doubt_stands_alone(first, then) -> None:
    found = last(first, then)
    assert not found.is_joined
    assert found.meant.asked == then


def test_a_chain_of_questions_keeps_its_subject_short() -> None:
    found = talk(
        PNEUMONIA, "how often?", "side effects?", "and for otitis media?", "how long?",
        "what about an adult?", "and gentamicin?",
    )  # fmt: skip
    assert [one.meant.asked for one in found][1:] == [
        "amoxicillin for pneumonia: how often?",
        "amoxicillin for pneumonia: side effects?",
        "amoxicillin for otitis media?",
        "amoxicillin for otitis media: how long?",
        "amoxicillin for otitis media: how long, an adult?",
        "gentamicin for otitis media: how long, an adult?",
    ]


def test_an_illness_that_was_described_is_kept_when_something_is_asked_of_him() -> None:
    found = talk(CASE, "does he need oxygen?", "when should he come back?")
    assert found[1].meant.asked == "does he need oxygen?"
    assert found[2].meant.asked == "cough and fast breathing, oxygen: when should he come back?"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("the child does not have convulsions but has cough", "not have convulsions but has cough"),
        ("child 3 y, not breathing well, no fever", "not breathing well, no fever"),
        ("severe dehydration, 10 kg", "severe dehydration"),
        ("baby without fever, vomiting", "without fever, vomiting"),
        ("woman with suspected malaria", "suspected malaria"),
    ],
)
def test_a_subject_keeps_its_denials_and_its_degree(text, subject) -> None:
    assert last(text, "which treatment?").meant.asked == f"{subject}: which treatment?"


def test_a_subject_that_is_too_long_gives_way_to_the_topic_of_its_answer() -> None:
    note = "Cough " + ", ".join(f"finding{n} and more" for n in range(80))
    first = talk(note)[0]
    for topic, asked in (
        ("Pneumonia in children", "Pneumonia in children: how long?"),
        ("", "how long?"),
    ):
        before = gone_on(first, Turn(first.meant, "", topic), ())
        assert FOLLOW_UPS.understand(before, Typed("how long?")).meant.asked == asked


def test_asking_it_alone_takes_the_question_back_but_no_allergy_and_no_danger() -> None:
    text = "Child of 12 kg, allergic to penicillin, takes warfarin, convulsions. Paracetamol?"
    before = Conversation()
    first = FOLLOW_UPS.understand(before, Typed(text))
    before = gone_on(first, Turn(first.meant), raised(first, RULES.triage).flags)
    alone = FOLLOW_UPS.understand(before, Typed("how often?", is_alone=True))
    assert alone.meant.asked == "how often?"
    assert (alone.kept, alone.drugs) == ((), ())
    assert not alone.leans
    assert alone.patient == Patient(allergies=("penicillin",))
    assert alone.after.flags == before.flags != ()
    assert alone.question(Question("")).earlier == ()


# --- who the patient is ---------------------------------------------------------------------------

FACTS = [
    (("Paracetamol, child of 12 kg", "how often?"), {"weight_kg": "12", "age_group": "child"}),
    (("Paracetamol, child of 12 kg", "how to treat malaria?"), {"weight_kg": "12", "age_group": "child"}),
    (("Paracetamol, child of 12 kg", "and in an adult?", "how often?"), {"age_group": "adult"}),
    (("Paracetamol, child of 12 kg", "for a child of 10 kg", "how often?"), {"weight_kg": "10", "age_group": "child"}),
    (("Paracetamol, child of 12 kg", "he is 3 years old", "how often?"), {"weight_kg": "12", "age_days": "1095"}),
    (("Paracetamol, child of 12 kg", "is it safe in pregnancy?", "how often?"), {"pregnant": "true"}),
    (("Paracetamol, pregnant woman", "is it safe for the baby?", "how often?"), {"pregnant": "true", "age_group": "adult", "sex": "f"}),
    (("Paracetamol, child of 12 kg", "what should I tell the mother?", "how often?"), {"weight_kg": "12", "age_group": "child"}),
    (("Malaria in a woman of 30 years", "what if he vomits it?", "how often?"), {"age_days": "10957", "age_group": "adult", "sex": "f"}),
    (("Malaria, 70 kg", "and in a child?", "how often?"), {"age_group": "child"}),
    (("Malaria, 70 kg", "and in an adult?", "how often?"), {"weight_kg": "70", "age_group": "adult"}),
    (("Malaria in a woman at 30 weeks of pregnancy", "she is not pregnant", "how long?"), {"pregnant": "false", "age_group": "adult", "sex": "f"}),
    (("Malaria in a boy", "and in a girl?", "how long?"), {"age_group": "child", "sex": "f"}),
    (("Malaria, man 30 years", "in pregnancy?", "how long?"), {"pregnant": "true"}),
    (("Malaria, 3 years 14 kg", "what about 10 kg?", "how long?"), {"weight_kg": "10"}),
    (("Malaria in adults", "and in the elderly?", "and a newborn?", "how long?"), {"age_group": "young_infant"}),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "known"), FACTS)
def test_facts_go_on_and_a_contradiction_replaces_them(texts, known) -> None:
    found = last(*texts)
    assert {fact.name: fact.value for fact in found.kept} == known


def test_what_is_carried_is_what_the_assistant_gets() -> None:
    patient = last("Paracetamol, child of 3 years, 12 kg", "how often?").patient
    assert (patient.weight_kg, patient.age_days, patient.age_group) == (Decimal(12), 1095, "child")


def test_the_form_stands_before_what_was_said() -> None:
    form, given = {"weight": "14"}, Patient(weight_kg=Decimal(14))
    found = talk("Paracetamol, child of 12 kg", "how often?", form=form, patient=given)[-1]
    assert found.patient.weight_kg == Decimal(14)
    assert "weight_kg" not in {fact.name for fact in found.kept}


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("child allergic to penicillin", ("penicillin",)),
        ("allergic to penicillin, sulfa and eggs; cough", ("penicillin", "sulfa", "eggs")),
        ("child allergic to penicillin, convulsions now", ("penicillin",)),
        ("allergic to co-trimoxazole or ibuprofen", ("co-trimoxazole", "ibuprofen")),
        ("penicillin allergy, cough", ("penicillin",)),
        ("had a rash after amoxicillin", ("amoxicillin",)),
        ("not allergic to penicillin", ()),
        ("no known allergies", ()),
        ("what is a drug allergy?", ()),
    ],
)
def test_allergies_are_read_as_they_were_stated(stated, names) -> None:
    assert last(stated, "how to treat malaria?").allergies == names


def test_an_allergy_is_never_lost_while_the_conversation_lasts() -> None:
    texts = [
        "Fever, child of 12 kg allergic to penicillin",
        "and in an adult?",
        "malaria in a newborn",
    ]
    texts += ["she is not allergic to penicillin", *(f"question {n} on cough" for n in range(30))]
    found = talk(*texts)
    assert all("penicillin" in one.patient.allergies for one in found)
    assert len(found[-1].after.turns) == MOST_TURNS


def test_medicines_that_are_taken_are_told_unless_they_are_asked_about() -> None:
    found = talk(
        "man who takes warfarin, fever", "ibuprofen dose?", "warfarin dose?", "and in a child?"
    )
    assert found[1].patient.drugs == ("warfarin",)
    assert found[2].patient.drugs == ()
    assert found[3].patient.drugs == (), "a child is somebody else"


# --- another patient ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "new patient: 5 kg baby with cough",
        "another patient, how often?",
        "Next patient. Fever",
        "ok, now another child with fever",
        "I have a new patient with cough",
        "different patient: malaria?",
    ],
)
def test_words_of_another_patient_begin_anew(text) -> None:
    found = last("convulsions, child of 12 kg allergic to penicillin", text)
    assert found.anew
    assert found.after.flags == ()
    assert "penicillin" not in found.patient.allergies
    assert not found.is_joined


@pytest.mark.parametrize(
    "text",
    ["another dose?", "next step?", "is the patient new to ART?", "what about another tablet?"],
)
def test_other_words_do_not(text) -> None:
    assert not last("Paracetamol, child allergic to penicillin", text).anew


@pytest.mark.parametrize(
    ("old", "new", "anew"),
    [
        ({"weight": "12"}, {"weight": "14"}, True),
        ({"weight": "12"}, {}, True),
        ({"weight": "12"}, {"weight": ""}, True),
        ({"weight": "12"}, {"weight": "12", "age": "2y"}, False),
        ({}, {"weight": "12"}, False),
        ({"allergies": "penicillin"}, {"allergies": "penicillin, sulfa"}, False),
        ({"sex": "f"}, {"sex": "m"}, True),
        ({"weight": "12"}, {"weight": "12"}, False),
        ({"weight": "1"}, {"weight": "12"}, True),
        ({"age": "2 y"}, {"age": "12 y"}, True),
    ],
)  # fmt: skip
def test_a_changed_form_begins_anew_and_one_that_is_filled_in_does_not(old, new, anew) -> None:
    first = FOLLOW_UPS.understand(Conversation(), Typed("Paracetamol", form=old))
    before = gone_on(first, Turn(first.meant), ())
    found = FOLLOW_UPS.understand(before, Typed("how often?", form=new))
    assert found.anew == (FORM_CHANGED if anew else "")
    assert found.is_joined == (not anew)


# --- danger ---------------------------------------------------------------------------------------

BENIGN = [
    "How to treat convulsions?", "Paracetamol for fever in a child of 12 kg?", DENGUE,
    "What is the antidote for paracetamol overdose?", "signs of meningitis", "what is sepsis",
    "the child does not have convulsions but has cough", "shock: definition",
]  # fmt: skip
MORE = ["which medicine?", "how often?", "why?", "is it safe?", "and ibuprofen?", "and malaria?",
        "side effects?", "what if it fails?", "how long?"]  # fmt: skip


@pytest.mark.parametrize("first", BENIGN)
def test_no_danger_is_invented_by_going_on(first) -> None:
    before = {flag.id for flag in RULES.triage(first, Patient()).flags}
    for text in MORE:
        alone = {flag.id for flag in RULES.triage(text, Patient()).flags}
        now = {flag.id for flag in raised(talk(first, text)[1], RULES.triage).flags}
        assert now <= before | alone, text


@pytest.mark.parametrize(
    "text",
    ["he is convulsing now", "she cannot drink", "he is not breathing", "BP 170/115 at 36 weeks",
     "what if he is unconscious?", "she drank bleach, what should I do?"],
)  # fmt: skip
@pytest.mark.parametrize("first", [FEVER, PNEUMONIA, CASE, DENGUE])
def test_no_danger_of_the_words_is_lost_by_going_on(first, text) -> None:
    found = talk(first, text)[1]
    alone = {flag.id for flag in RULES.triage(text, found.patient).flags}
    assert alone <= {flag.id for flag in raised(found, RULES.triage).flags}


def test_words_that_are_dangerous_only_together_are_found() -> None:
    found = talk("36 weeks pregnant with headache", "her BP is 170/115")[1]
    assert raised(found, RULES.triage).level == "emergency"


def test_a_danger_sign_stays_over_any_number_of_questions() -> None:
    found = talk("convulsions in my child now", *["how to treat malaria?"] * (MOST_TURNS + 5))
    flags = {flag.id for flag in found[-1].after.flags}
    assert "convulsion" in flags
    shown = dangers(found[-1], RULES.triage).standing(Answer("q", "reference", Urgency()))
    assert shown.urgency.level == "emergency"
    assert EARLIER in shown.urgency.flags[0].evidence


def test_an_earlier_danger_that_is_raised_again_stands_once_and_as_urgent_as_ever() -> None:
    grave = Flag("fits", "Fits", "emergency", "fits", "Act.", "Source")
    milder = replace(grave, level="urgent", evidence="twitching")
    found = standing(Urgency("urgent", (milder,)), [grave])
    assert [(flag.id, flag.level) for flag in found.flags] == [("fits", "emergency")]
    assert found.level == "emergency"
    assert standing(Urgency("routine"), []) == Urgency("routine")


# --- any text -------------------------------------------------------------------------------------

anything = st.text(alphabet=string.printable + "éñ’°µ½नمरخ\u200b\u202e\U0001f912", max_size=60)
pieces = st.lists(
    st.sampled_from(
        "and what about how often is it safe for a child of 12 kg , ? in an adult ibuprofen she he"
        " allergic to penicillin not no dengue takes warfarin pregnant 30 weeks new patient".split()
    ),
    max_size=12,
).map(" ".join)


@given(st.lists(anything | pieces, min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_a_conversation(texts) -> None:
    for one in talk(*texts):
        assert isinstance(one.meant.asked, str)
        assert one.is_joined or one.meant.asked == one.typed
        assert len(one.after.turns) <= MOST_TURNS


NAMES = st.sampled_from(
    ["ibuprofen", "amoxicillin", "gentamicin", "zinc", "artesunate", "diazepam"]
)
PEOPLE = st.sampled_from(
    ["a child of 10 kg", "an adult", "a newborn", "a pregnant woman", "a 5 year old"]
)
SHAPES = st.sampled_from(
    ["{name} for {who}", "what is the dose of {name} in {who}?", "can {who} take {name}?",
     "and how much {name} for {who}", "is it safe to give {name} to {who}?"]
)  # fmt: skip


@given(pieces, NAMES, PEOPLE, SHAPES)
@settings(max_examples=120, deadline=None)
def test_a_question_with_its_own_medicine_and_patient_is_unchanged(first, name, who, shape) -> None:
    text = shape.format(name=name, who=who)
    found = last(f"Paracetamol for fever. {first}", text)
    assert found.meant.asked == text


@given(st.lists(pieces, min_size=1, max_size=6), st.lists(pieces, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_two_conversations_never_mix(one, other) -> None:
    alone = [found.patient for found in talk(*other)]
    before, mine = Conversation(), Conversation()
    seen = []
    for at in range(max(len(one), len(other))):
        if at < len(one):
            found = FOLLOW_UPS.understand(before, Typed(one[at]))
            before = gone_on(found, Turn(found.meant), raised(found, RULES.triage).flags)
        if at < len(other):
            found = FOLLOW_UPS.understand(mine, Typed(other[at]))
            mine = gone_on(found, Turn(found.meant), raised(found, RULES.triage).flags)
            seen.append(found.patient)
    assert seen == alone


@given(st.lists(st.text(max_size=300), max_size=8))
def test_what_is_kept_of_an_answer_is_whole_sentences(sentences) -> None:
    kept = shortened(sentences)
    fitting = [" ".join(sentences[:n]) for n in range(len(sentences) + 1)]
    assert kept in fitting


def test_the_words_of_the_package_do_not_contradict_each_other() -> None:
    lexicon = Lexicon()
    for inside in ("findings", "kept"):
        assert lexicon.set_of("aspects", inside) <= lexicon.aspects, inside
    assert not lexicon.set_of("aspects", "findings") & lexicon.set_of("aspects", "kept")
    assert set(lexicon.people.values()) <= {
        "young_infant",
        "infant",
        "child",
        "adolescent",
        "adult",
        "older",
    }
