"""What the page does with a question: step by step, stopped, forgotten, never mixed."""

import threading
from itertools import islice

import pytest
from fakes_desk import slow_desk

from ui.web.asking import MOST_CHARACTERS, STOPPED, Asked, Turns


@pytest.fixture
def desk(library, tmp_path):
    return slow_desk(library, tmp_path, lines=5)


@pytest.fixture
def turns(desk):
    return Turns(desk)


def test_danger_and_progress_first_then_the_whole_answer(turns):
    shown = list(turns.ask("a", Asked("fits")))
    assert 'class="banner emergency"' in shown[0].urgency
    assert "Looking in the library" in shown[0].answer
    assert "Line 4 on fits" in shown[-1].answer
    assert "Line 4 on fits" in shown[-1].text
    assert "Looking" not in shown[-1].answer


def test_stopped_answer_keeps_what_is_there_and_says_so(turns):
    running = turns.ask("a", Asked("fits"))
    first = list(islice(running, 3))
    turns.stop("a")
    last = list(running)[-1]
    assert "Line 1" in first[-1].answer
    assert STOPPED in last.answer
    assert "Line 1" in last.answer
    assert "Line 4" not in last.answer


def test_forgotten_answer_shows_nothing_more(turns, desk):
    running = turns.ask("a", Asked("fits"))
    next(running)
    turns.forget("a")
    assert list(running) == []
    assert desk.assistant.running == 0


def test_a_new_question_of_a_page_ends_the_one_before(turns):
    before = turns.ask("a", Asked("one"))
    next(before)
    after = turns.ask("a", Asked("two"))
    next(after)
    assert STOPPED in list(before)[-1].answer
    assert "Line 4 on two" in list(after)[-1].answer


def test_closing_the_iterator_ends_the_answer(turns, desk):
    running = turns.ask("a", Asked("one"))
    next(running)
    running.close()
    assert desk.assistant.running == 0


@pytest.mark.parametrize("act", ["stop", "forget"])
def test_stopping_what_does_not_run_is_harmless(turns, act):
    getattr(turns, act)("nobody")
    assert list(turns.ask("nobody", Asked("one")))[-1].text


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Asked(""), "type a question"),
        (Asked("fits " + "a" * MOST_CHARACTERS), "at most 4,000 characters"),
        (Asked("fits", {"weight": "700"}), "cannot be right"),
        (Asked("fits", {"sex": "m", "pregnant": "yes"}), "cannot be right"),
    ],
)
def test_what_cannot_be_answered_is_told_and_danger_is_still_shown(turns, asked, says):
    *_, last = turns.ask("a", asked)
    assert says in last.answer
    assert last.text == ""
    assert ("banner emergency" in last.urgency) == ("fits" in asked.text)


def test_the_patient_panel_stands_on_the_sheet_and_in_the_copy(turns):
    last = list(turns.ask("a", Asked("one", {"age": "2y", "weight": "", "sex": "f"})))[-1]
    assert "<li>age 2y</li><li>sex f</li>" in last.answer
    assert last.text.startswith("Question: one\nPatient: age 2y, sex f\n\n")


def test_a_thousand_pages_at_once_never_see_each_other(library, tmp_path):
    turns = Turns(slow_desk(library, tmp_path, lines=1))
    seen: dict[str, str] = {}

    def page(number):
        key = f"page{number}"
        for shown in turns.ask(key, Asked(f"canary{number}x")):
            seen[key] = seen.get(key, "") + shown.answer + shown.text

    for start in range(0, 1000, 50):
        threads = [threading.Thread(target=page, args=(n,)) for n in range(start, start + 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) == 1000
    for key, text in seen.items():
        own = f"canary{key[4:]}x"
        assert own in text
        assert text.replace(own, "").count("canary") == 0


def test_nothing_of_a_question_is_kept_when_its_answer_has_ended(turns):
    list(turns.ask("a", Asked("canary", {"allergies": "canary"})))
    assert turns._running == {}
    running = turns.ask("b", Asked("canary"))
    next(running)
    turn = turns._running["b"]
    assert "canary" not in repr(vars(turn))
    running.close()
    assert turns._running == {}
