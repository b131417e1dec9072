"""An order by voice: only what is missing is asked for, the engine checks, a yes leaves a draft."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.talk.order import OrderDialogue, Verdict
from speech.talk.order_words import load_order_words
from speech.words.names import SpokenName, book_of
from speech.words.normalise import open_normaliser
from ui.speech_names import SpokenMedicines
from ui.speech_wiring import open_orders

WORDS = load_order_words()
NORMALISER = open_normaliser()
WHOLE = (
    "paracetamol fifteen milligrams per kilogram by mouth every six hours for three days"
    " weight twelve kilos aged three years no known allergies"
)


@pytest.fixture(scope="module")
def book():
    return SpokenMedicines().book


@pytest.fixture(scope="module")
def orders():
    return open_orders()


def talk(orders, book, *lines, known=None):
    """A dialogue; lines in capitals are touched, `+NAME` is a choice."""
    now, reply = orders.begin(known or {})
    replies = [reply]
    for line in lines:
        if line in {"YES", "NO", "CANCEL"}:
            turn = {"YES": orders.yes, "NO": orders.no}.get(line)
            now, reply = turn(now) if turn else orders.cancel()
        elif line.startswith("+"):
            now, reply = orders.chosen(now, line[1:])
        else:
            parts = WORDS.read(NORMALISER.normalise(line).text, book, now.asked)
            now, reply = orders.heard(now, parts)
        replies.append(reply)
    return now, replies


def test_a_whole_order_is_checked_read_back_and_left_as_a_draft(orders, book):
    _, (_, back, done) = talk(orders, book, WHOLE, "YES")
    assert "15 mg/kg times 12 kg is 180 mg." in back.say
    assert ("Dose", "15 mg/kg") in back.items
    assert back.draft is None
    assert done.done
    assert done.draft.values["weight"] == "12 kg"
    assert "Route: by mouth" in done.draft.text
    assert "Checked:" in done.draft.text


def test_only_what_is_missing_is_asked_for_and_in_order(orders, book):
    asked = [
        reply.say
        for reply in talk(
            orders, book, "paracetamol", "five hundred milligrams", "by mouth",
            "every six hours", "three days", "fifty kilos", "none",
        )[1]
    ]  # fmt: skip
    assert asked[:7] == [
        "Which medicine?", "How much for one dose?", "By which route?", "How often?",
        "For how long?", "What does the patient weigh?", "Any allergies?",
    ]  # fmt: skip
    known = {"weight": "50 kg", "allergy": "none known"}
    _, replies = talk(orders, book, "paracetamol 500 mg by mouth every six hours", known=known)
    assert replies[-1].say == "For how long?"


def test_a_dose_that_is_far_off_is_refused_and_no_yes_helps(orders, book):
    wrong = WHOLE.replace("fifteen milligrams per kilogram", "five grams")
    _, replies = talk(orders, book, wrong, "YES", "YES")
    assert "not written down" in replies[1].say
    assert all(reply.draft is None for reply in replies)
    _, mended = talk(orders, book, wrong, "one hundred and eighty milligrams", "YES")
    assert mended[-1].draft.values["dose"] == "180 mg"


def test_a_medicine_that_is_easily_confused_has_to_be_chosen(orders, book):
    order = WHOLE.replace("paracetamol", "amoxicillin")
    _, replies = talk(orders, book, order, "YES", "+amoxicillin")
    assert "amoxicillin" in replies[1].choices
    assert len(replies[1].choices) > 1
    assert replies[2].draft is None
    assert replies[3].choices == ()


def test_an_allergy_speaks_against_the_medicine(orders, book):
    order = (
        "ceftriaxone one gram into the vein once a day for seven days weight sixty kilograms"
        " aged thirty years allergic to ceftriaxone"
    )
    _, replies = talk(orders, book, order, "+ceftriaxone", "YES")
    assert all(reply.draft is None for reply in replies)
    assert "allerg" in replies[-1].say.lower()


def test_a_new_value_takes_the_yes_away(orders, book):
    _, replies = talk(orders, book, WHOLE, "weight ten kilos", "YES")
    assert "10 kg is 150 mg" in replies[2].say
    assert replies[3].draft.values["weight"] == "10 kg"


@pytest.mark.parametrize("last", ["NO", "CANCEL"])
def test_no_and_cancel_leave_no_draft(orders, book, last):
    now, replies = talk(orders, book, WHOLE, last)
    assert all(reply.draft is None for reply in replies)
    assert now.verdict is None


def test_what_is_not_understood_is_asked_again(orders, book):
    _, replies = talk(orders, book, "the weather is fine")
    assert replies[-1].say == "I did not understand that. Which medicine?"


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("into the thigh", {"route": "intramuscular"}),
        ("half a tablet at night", {"dose": "half a tablet", "frequency": "at night"}),
        ("two puffs by spacer now", {"dose": "2 puffs", "route": "inhaled"}),
        ("for a week", {"duration": "a week"}),
        ("single dose", {"frequency": "single dose", "duration": "one dose"}),
        ("no known allergies", {"allergy": "none known"}),
        ("allergic to sulfa and eggs", {"allergy": "sulfa and eggs"}),
        ("she is not allergic to anything", {"allergy": "none known"}),
        ("aged six months", {"age": "6 months"}),
        ("a two year old", {"age": "2 years"}),
        ("five milligrams per kilo per day", {"dose": "5 mg/kg/day"}),
        ("nothing that belongs to an order", {}),
    ],
)
def test_what_an_utterance_says_of_an_order(said, values):
    empty = book_of([], lambda _: True, lambda _: ())
    found = WORDS.read(NORMALISER.normalise(said).text, empty).values
    assert {name: found.get(name) for name in values} == values
    if not values:
        assert dict(found) == {}


def test_a_bare_answer_belongs_to_what_was_asked(book):
    for asked, said, value in (
        ("weight", "twelve", "12 kg"), ("duration", "five days", "5 days"),
        ("age", "three", "3 years"), ("allergy", "no", "none known"),
        ("allergy", "penicillin", "penicillin"), ("pregnant", "yes she is", "yes"),
    ):  # fmt: skip
        text = NORMALISER.normalise(said).text
        assert WORDS.read(text, book, asked).values.get(asked, "").lower() == value


NEEDED = [slot.name for slot in WORDS.slots if slot.needed]
PLAIN = {
    "drug": "testamycin", "dose": "5 mg", "route": "by mouth", "frequency": "twice daily",
    "duration": "5 days", "weight": "12 kg", "allergy": "no known allergies",
}  # fmt: skip
BOOK = book_of([("testamycin", SpokenName("testamycin"))], lambda _: False, lambda _: ())


@given(
    st.lists(st.sampled_from([*PLAIN, "YES", "NO", "CANCEL"]), max_size=25),
    st.sampled_from(["ok", "warn", "refuse"]),
)
@settings(max_examples=300, deadline=None)
def test_there_is_never_a_draft_without_a_check_a_read_back_and_a_yes(steps, decision):
    checked = []

    def check(values):
        checked.append(dict(values))
        return Verdict(decision)

    dialogue = OrderDialogue(WORDS, check)
    now, reply = dialogue.begin({})
    for step in steps:
        before = reply
        if step in PLAIN:
            now, reply = dialogue.heard(now, WORDS.read(PLAIN[step], BOOK, now.asked))
        else:
            turn = {"YES": dialogue.yes, "NO": dialogue.no}.get(step)
            now, reply = turn(now) if turn else dialogue.cancel()
        if reply.draft is not None:
            assert step == "YES"
            assert decision != "refuse"
            assert dict(reply.draft.values) == checked[-1]
            assert set(NEEDED) <= set(reply.draft.values)
            assert {heading for heading, _ in before.items} >= {"Medicine", "Dose", "Weight"}


def test_times_a_day_are_exact():
    for frequency, times in (("twice daily", 2), ("every 6 hours", 4), ("3 times daily", 3)):
        assert Decimal(str(WORDS.times_a_day(frequency))) == times
    assert WORDS.times_a_day("as needed") is None
