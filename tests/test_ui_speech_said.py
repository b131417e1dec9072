"""What has to be read back of an utterance, and the check of an order with the dosing engine."""

import pytest

from speech.messages import HeardWord, Segment
from speech.talk.order_words import load_order_words
from speech.words.normalise import open_normaliser
from speech.words.transcribed import written_down
from ui.speech_names import SpokenMedicines
from ui.speech_orders import OrderCheck
from ui.speech_wiring import open_understanding
from ui.wiring import open_dosing


@pytest.fixture(scope="module")
def understanding():
    return open_understanding(SpokenMedicines())


def said(understanding, text, sure=0.9):
    words = tuple(
        HeardWord(f" {word}", n * 0.3, n * 0.3 + 0.3, sure) for n, word in enumerate(text.split())
    )
    segment = Segment(text, 0.0, 3.0, words)
    transcript = written_down([segment], "en", open_normaliser(), understanding.book)
    return understanding.said(transcript)


def items(understanding, text):
    return {(item.kind, item.shown) for item in said(understanding, text).items}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("give paracetamol five hundred milligrams by mouth every six hours",
         {("drug", "paracetamol"), ("dose", "500 mg"), ("route", "by mouth"),
          ("frequency", "every 6 hours")}),
        ("she weighs twelve point five kilograms", {("weight", "weighs 12.5 kg")}),
        ("a two year old boy with fever", {("age", "2 year old")}),
        ("he is allergic to penicillin", {("allergy", "penicillin")}),
        ("the child is convulsing now", set()),
        ("what are the signs of shock", set()),
        ("she has had a fever for three days", set()),
        ("give it once daily for a week", set()),
    ],
)  # fmt: skip
def test_everything_that_can_kill_is_read_back_and_nothing_else(understanding, text, wanted):
    found = items(understanding, text)
    assert wanted <= found
    assert bool(wanted) == bool(found)


def test_numbers_are_read_back_twice_and_confusable_names_spelled(understanding):
    spoken = {item.shown: item.spoken for item in said(
        understanding, "give metronidazole fifty milligrams"
    ).items}  # fmt: skip
    assert spoken["50 mg"] == "fifty, five zero milligrams"
    confusable = said(understanding, "give prednisolone five milligrams").items[0]
    assert confusable.spoken == "prednisolone, P R E D N I S O L O N E"


def test_a_command_is_a_command_with_its_least_sure_word(understanding):
    found = said(understanding, "yes", sure=0.3)
    assert (found.command, found.sure, found.critical) == ("yes", 0.3, False)
    assert said(understanding, "no allergies").command is None


def test_a_doubtful_name_makes_it_critical(understanding):
    found = said(understanding, "give amoxy sillin")
    assert found.critical
    assert found.doubts


# --- the engine ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def check():
    return OrderCheck(open_dosing(), load_order_words())


ORDER = {
    "drug": "paracetamol", "dose": "180 mg", "route": "by mouth", "frequency": "every 6 hours",
    "duration": "3 days", "weight": "12 kg", "age": "3 years", "allergy": "none known",
}  # fmt: skip


def test_an_order_within_the_dose_passes_with_its_source(check):
    verdict = check(ORDER)
    assert verdict.decision == "ok"
    assert "World Health Organization" in verdict.source


@pytest.mark.parametrize("dose", ["15 mg/kg", "60 mg/kg/day"])
def test_a_dose_for_each_kilogram_is_worked_out_exactly(check, dose):
    verdict = check({**ORDER, "dose": dose})
    assert any("180 mg" in text for text in verdict.says)
    assert verdict.decision in {"ok", "warn"}


@pytest.mark.parametrize(
    ("change", "decision"),
    [
        ({"dose": "1800 mg"}, "refuse"),
        ({"dose": "18 mg"}, "refuse"),
        ({"weight": "0 kg"}, "refuse"),
        ({"weight": "700 kg"}, "refuse"),
        ({"age": "200 years"}, "refuse"),
        ({"drug": "ceftriaxone", "allergy": "ceftriaxone", "dose": "1 g", "route": "intravenous"},
         "refuse"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(check, change, decision):
    verdict = check({**ORDER, **change})
    assert verdict.decision == decision
    assert verdict.says


def test_how_often_is_compared_with_the_formulary(check):
    verdict = check({**ORDER, "frequency": "every 2 hours"})
    assert verdict.decision == "warn"
    assert any("times a day" in text for text in verdict.says)
