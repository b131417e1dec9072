"""A conversation of the page: handed over and back, shown, undone, and never kept by the server."""

import json

import pytest
from fakes_desk import slow_desk
from hypothesis import given
from hypothesis import strategies as st

from assistant.follow_up.conversation import Conversation, Turn, Typed, gone_on
from assistant.follow_up.rule import Meant
from assistant.messages import Flag
from ui.understood_words import understood_json, understood_lines
from ui.web.asking import MOST_CHARACTERS, Asked, Turns
from ui.web.talk import FIRST, LOST, Talk, closed, opened, talk_html
from ui.wiring import MedicineShelf

FLAG = Flag("fits", "Fits <b>", "emergency", 'a "fit"', "Act & call.", "Source")
words = st.text(max_size=30)
flags = st.builds(Flag, words, words, st.sampled_from(["emergency", "urgent"]), words, words, words)
metas = st.builds(Meant, words, words, words, words, st.sampled_from(["alone", "asks", "person"]))
conversations = st.builds(
    Conversation,
    st.lists(st.builds(Turn, metas, words, words), max_size=4).map(tuple),
    st.dictionaries(words, words, max_size=3),
    st.lists(words, max_size=3).map(tuple),
    st.lists(words, max_size=3).map(tuple),
    st.lists(flags, max_size=3).map(tuple),
    st.dictionaries(words, words, max_size=3),
)


@pytest.fixture
def turns(library, tmp_path):
    return Turns(slow_desk(library, tmp_path, lines=1))


def ask(turns, text, talk="", **more):
    *_, last = turns.ask("page", Asked(text, talk=talk, **more))
    return last


# --- what the page keeps --------------------------------------------------------------------------


@given(conversations, conversations, words)
def test_a_conversation_comes_back_as_it_was(now, before, typed) -> None:
    talk = Talk(now, before, typed)
    assert opened(closed(talk)) == (talk, "")


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "5", '"x"', "null", "{}", '{"now": {}, "before": {}, "typed": ""}', "[" * 100_000,
     '{"now": 1, "before": 2, "typed": 3}', "x" * 500_000],
)  # fmt: skip
def test_what_is_no_conversation_is_thrown_away_and_said(text) -> None:
    assert opened(text) == (Talk(), LOST)


@given(st.text(max_size=200), conversations)
def test_no_text_breaks_the_reading(text, conversation) -> None:
    opened(text)
    whole = closed(Talk(conversation, conversation, text))
    for end in range(0, len(whole), max(1, len(whole) // 9)):
        opened(whole[:end])


@pytest.mark.parametrize("change", [{"level": "none"}, {"level": 5}, {"more": "x"}])
def test_a_danger_sign_of_another_form_is_not_shown(change) -> None:
    read = json.loads(closed(Talk(Conversation(flags=(FLAG,)))))
    read["now"]["flags"][0] |= change
    assert opened(json.dumps(read)) == (Talk(), LOST)


# --- what is shown --------------------------------------------------------------------------------


def test_a_question_that_leans_shows_what_was_understood(turns) -> None:
    first = ask(turns, "Paracetamol for fever, child of 12 kg, allergic to penicillin")
    assert FIRST in first.understood
    assert "leaning" not in first.understood
    found = ask(turns, "how often?", first.talk)
    assert "Understood as: <strong>Paracetamol for fever: how often?</strong>" in found.understood
    assert "weight 12 kg, child, allergic to penicillin" in found.understood
    assert "leaning" in found.understood
    assert "Asked before in this conversation (1)" in found.understood
    assert "Question: Paracetamol for fever: how often?" in found.answer
    assert "<li>weight 12 kg</li>" in found.answer
    assert "<li>allergy penicillin</li>" in found.answer
    assert found.text.startswith(
        "Question: Paracetamol for fever: how often?\nPatient: weight 12 kg, child, allergic to"
    )


def test_one_click_asks_it_alone_and_the_next_question_goes_on_from_there(turns) -> None:
    first = ask(turns, "Paracetamol for fever in a child of 12 kg")
    joined = ask(turns, "and ibuprofen?", first.talk)
    assert "ibuprofen for fever in a child" in joined.answer
    alone = ask(turns, "whatever stands in the field", joined.talk, is_alone=True)
    assert "Question: and ibuprofen?" in alone.answer
    assert "12 kg" not in alone.answer
    again = ask(turns, "how often?", alone.talk)
    assert "Question: ibuprofen: how often?" in again.answer


def test_a_danger_sign_stands_in_banner_and_copy_until_the_page_begins_anew(turns) -> None:
    first = ask(turns, "fits now")
    assert "earlier" not in first.urgency
    later = ask(turns, "how to treat malaria?", ask(turns, "thanks", first.talk).talk)
    assert "banner emergency" in later.urgency
    assert "fits; earlier in this conversation" in later.urgency
    assert "earlier in this conversation" in later.text
    assert "banner" not in ask(turns, "how to treat malaria?").urgency


@pytest.mark.parametrize(
    ("text", "more"),
    [("", {}), ("a" * (MOST_CHARACTERS + 1), {}), ("cough", {"patient": {"weight": "700"}})],
)
def test_a_question_that_cannot_be_answered_loses_nothing(turns, text, more) -> None:
    first = ask(turns, "fits now")
    found = ask(turns, text, first.talk, **more)
    assert "problem" in found.answer
    assert "banner emergency" in found.urgency
    assert found.talk == first.talk


def test_the_danger_is_in_the_conversation_from_the_first_step_on(turns) -> None:
    steps = turns.ask("page", Asked("fits now"))
    talk, _ = opened(next(steps).talk)
    assert [flag.id for flag in talk.now.flags] == ["fits"]
    steps.close()


def test_a_lost_conversation_is_told(turns) -> None:
    assert LOST in ask(turns, "cough", "{broken").understood


def test_words_of_a_person_stay_text_in_what_is_shown() -> None:
    bad = "<img src=x onerror=alert(1)>"
    follow_ups = slow_follow_ups()
    first = follow_ups.understand(Conversation(), Typed(f"paracetamol {bad}, allergic to {bad}"))
    found = follow_ups.understand(gone_on(first, Turn(first.meant), [FLAG]), Typed("how often?"))
    shown = talk_html(found)
    assert "&lt;img" in shown
    assert "<img" not in shown
    assert "\n" not in shown


def slow_follow_ups():
    from assistant.follow_up.understanding import FollowUps

    shelf = MedicineShelf()
    return FollowUps(lambda: shelf.mentioned)


def test_programs_get_the_same_as_people() -> None:
    follow_ups = slow_follow_ups()
    first = follow_ups.understand(Conversation(), Typed("Paracetamol, woman 3 months pregnant"))
    found = follow_ups.understand(gone_on(first, Turn(first.meant), [FLAG]), Typed("how often?"))
    told = understood_json(found)
    assert told["earlier_dangers"] == ["fits"]
    assert f"Understood as: {told['understood']}" in understood_lines(found)
    assert "pregnant" in told["patient"]


# --- the server keeps nothing ---------------------------------------------------------------------


def test_nothing_of_a_conversation_is_kept_beside_the_running_answers(turns) -> None:
    found = ask(turns, "Paracetamol for canary, child of 12 kg")
    ask(turns, "how often?", found.talk)
    assert turns._running == {}
    assert "canary" not in repr(vars(turns._desk.follow_ups))
    assert "canary" not in repr(vars(turns))
