"""One patient after another at the kiosk: what is asked, heard, confirmed, spoken, and forgotten."""

import time

import pytest
from fakes_kiosk import EchoAnswers, Table, Voice

from ui.kiosk.actions import BadAction
from ui.kiosk.options import Options
from ui.kiosk.soak import texts_in_memory


@pytest.fixture
def sit(home):
    tables = []

    def made(**how):
        tables.append(Table(home, **how))
        return tables[-1]

    yield made
    for table in tables:
        table.close()


def test_a_touched_question_is_answered_sentence_by_sentence_with_its_source(sit):
    table = sit()
    table.do("ask", text="ors")
    view = table.until(lambda: table.view["complete"] and table.view)
    assert [page["text"] for page in view["pages"]] == [f"Line {n} on ors." for n in range(3)]
    assert all(
        page["source"].startswith("Card; Guide; 2nd; Chart 1; page 3") for page in view["pages"]
    )
    assert (view["state"], view["screen"], view["place"]) == ("speaking", "answer", 0)
    for place in range(3):
        assert table.view["place"] == place
        table.do("spoken", id=table.sound())
    assert table.until(lambda: table.view["state"] == "idle")


def test_danger_is_on_the_screen_before_anything_else_and_is_spoken_first(sit):
    voice = Voice()
    table = sit(answers=EchoAnswers(0.2), voice=voice)
    table.do("ask", text="child has fits")
    shown = [one["view"] for one in table.told if one["type"] == "view"]
    first = next(view for view in shown if view["danger"]["flags"])
    assert first["pages"] == [] and first["danger"]["level"] == "emergency"
    assert first["danger"]["flags"][0]["action"] == "Lay on the side."
    assert first["danger"]["flags"][0]["source"] == "Made-up source"
    table.sound()
    assert "Lay on the side." in voice.said[0][0]
    table.until(lambda: table.view["complete"])
    assert table.view["pages"][0]["kind"] == "danger"


def test_steering_by_touch(sit):
    voice = Voice()
    table = sit(voice=voice)
    table.do("ask", text="ors")
    table.until(lambda: table.view["complete"])
    table.do("command", command="next")
    table.until(lambda: table.view["place"] == 1)
    table.do("command", command="slower")
    table.until(lambda: table.view["speed"] == 0.8)
    table.sound()
    assert voice.said[-1][0] == "Line 1 on ors." and voice.said[-1][1].speed == 0.8
    table.do("go", place=2)
    assert table.view["place"] == 2
    table.do("command", command="stop")
    assert table.view["state"] == "idle" and table.current_sound() is None
    table.do("command", command="back")
    assert table.view["place"] == 1


def test_a_stopped_voice_stays_silent_while_further_sentences_come(sit):
    table = sit(answers=EchoAnswers(0.3))
    table.do("ask", text="ors")
    table.sound()
    table.do("command", command="stop")
    told = len(table.told)
    table.until(lambda: len(table.view["pages"]) == 3)
    assert not [one for one in table.told[told:] if one["type"] == "sound"]
    assert table.view["place"] == 0 and table.view["state"] == "idle"


def test_words_with_a_dose_are_read_back_and_used_only_after_yes(sit):
    answers = EchoAnswers()
    table = sit(script=["give 15 mg", "no", "give 15 mg", "yes ~", "yes"], answers=answers)
    table.do("press")
    table.hear()
    view = table.until(lambda: table.view["screen"] == "read_back" and table.view)
    assert view["items"] == (("dose", "15 mg"),) and not answers.asked
    table.hear()  # "no"
    assert table.until(lambda: table.view["screen"] != "read_back") and not answers.asked
    table.do("press")
    table.hear()
    table.until(lambda: table.view["screen"] == "read_back")
    table.hear()  # an unsure yes
    assert table.until(lambda: "not sure" in table.view["notice"]) and not answers.asked
    table.do("press")
    table.hear()
    table.until(lambda: table.view["complete"])
    assert [text for text, _ in answers.asked] == ["give 15 mg"]


def test_a_yes_by_touch_and_one_that_comes_too_late(sit):
    answers = EchoAnswers()
    table = sit(script=["give 15 mg", "give 15 mg"], answers=answers)
    table.do("press")
    table.hear()
    table.until(lambda: table.view["screen"] == "read_back")
    table.do("spoken", id=table.sound())
    table.clock.now += 46
    table.seat._post(table.seat.look_at_clock)
    table.until(lambda: table.view["screen"] != "read_back")
    table.do("command", command="yes")
    assert not answers.asked
    table.do("press")
    table.hear()
    table.until(lambda: table.view["screen"] == "read_back")
    table.do("command", command="yes")
    assert table.until(lambda: answers.asked)


def test_a_name_that_sounds_alike_is_chosen_first(sit):
    answers = EchoAnswers()
    table = sit(script=["give cefalexin"], answers=answers)
    table.do("press")
    table.hear()
    view = table.until(lambda: table.view["screen"] == "choose" and table.view)
    assert view["choices"] == ("cefalexin", "cefazolin")
    table.do("command", command="yes")
    assert not answers.asked
    table.do("choose", index=1)
    table.until(lambda: table.view["screen"] == "read_back")
    table.do("command", command="yes")
    table.until(lambda: answers.asked)
    assert answers.asked[0][0] == "give cefazolin"


def test_speech_stops_the_voice(sit):
    table = sit(script=["?"])
    table.do("ask", text="ors")
    table.sound()
    assert table.view["mic"]
    table.hear()
    assert table.until(lambda: table.current_sound() is None)


def test_muted_nothing_is_taken_from_the_microphone_and_typing_works(sit):
    answers = EchoAnswers()
    table = sit(script=["give water"], answers=answers)
    table.do("mute", off=True)
    table.do("press")
    table.hear()
    assert table.ears[0].fed == 0 and table.view["state"] == "muted"
    table.do("ask", text="ors")
    view = table.until(lambda: table.view["complete"] and table.view)
    assert view["state"] == "muted" and view["place"] == 0 and len(view["pages"]) == 3


def test_hands_free_hears_without_a_button_and_push_does_not(sit):
    answers = EchoAnswers()
    table = sit(script=["give water"], answers=answers)
    table.hear()
    assert table.ears[0].fed == 0
    table.do("hands_free", on=True)
    table.hear()
    table.until(lambda: answers.asked)


def test_without_a_speech_model_the_screen_says_so_and_touch_works(sit):
    table = sit()
    table.do("press")
    assert table.view["screen"] == "no_model"
    assert "model" in table.view["notice"]
    table.do("hands_free", on=True)
    assert table.view["mode"] == "push"
    table.do("ask", text="ors")
    assert table.until(lambda: table.view["complete"])


def test_without_a_voice_the_answer_stands_and_the_reason_is_told(sit):
    voice = Voice()
    voice.broken = "This machine has no voice."
    table = sit(voice=voice)
    table.do("ask", text="ors")
    view = table.until(lambda: table.view["complete"] and table.view["notice"] and table.view)
    assert view["notice"] == "This machine has no voice." and view["state"] == "idle"
    table.do("command", command="next")
    assert table.until(lambda: table.view["place"] == 1)


def test_the_pads_correct_the_patient_and_nonsense_is_told(sit):
    answers = EchoAnswers()
    table = sit(answers=answers)
    table.do("patient", values={"weight": "12.5", "age": "3y"})
    table.do("patient", values={"weight": "9999"})
    assert "weight" in table.view["notice"].lower()
    assert table.view["patient"] == {"weight": "12.5", "age": "3y"}
    table.do("ask", text="ors")
    table.until(lambda: answers.asked)
    assert str(answers.asked[0][1]) == "12.5"


def test_a_phrase_is_spoken_in_the_language_of_the_patient(sit):
    voice = Voice()
    table = sit(voice=voice)
    table.do("phrase", id="nurse", language="fr")
    identity = table.sound()
    assert (voice.said[0][0], voice.said[0][1].language) == ("Je suis infirmier.", "fr")
    assert table.view["state"] == "speaking"
    table.do("spoken", id=identity)
    assert table.view["state"] == "idle"


def test_the_wish_for_a_new_patient_by_voice_needs_a_yes(sit):
    table = sit(script=["new patient", "yes"])
    table.do("patient", values={"weight": "12"})
    before = table.seat.session
    table.do("press")
    table.hear()
    table.until(lambda: table.view["screen"] == "read_back")
    assert table.seat.session == before
    table.hear()
    assert table.until(lambda: table.seat.session != before)
    assert table.until(lambda: table.view["fresh"])


def test_after_a_while_without_anyone_it_counts_down_and_forgets(sit):
    table = sit(options=Options(reset_s=120))
    table.do("patient", values={"weight": "12"})
    before = table.seat.session

    def at(seconds):
        table.clock.now += seconds
        table.seat._post(table.seat.look_at_clock)
        table.seat._mailbox.submit(lambda: None).result()
        return [one["left"] for one in table.told if one["type"] == "countdown"]

    assert at(80) == []
    assert at(15) == [25]
    table.do("stay")
    assert at(1) == [25, None]
    assert at(110) == [25, None, 9]
    assert table.seat.session == before
    at(10)
    assert table.seat.session != before
    assert table.until(lambda: table.view["fresh"])
    again = table.seat.session
    at(1000)
    assert table.seat.session == again  # where nobody is, nobody is forgotten


def test_nothing_of_a_patient_is_left_in_memory(sit):
    word = "".join(("zwi", "belfisch"))
    table = sit(script=[f"my name is {word} give 15 mg"], answers=EchoAnswers(0.05))
    table.do("patient", values={"allergies": word})
    table.do("ask", text=f"fits {word}")
    table.sound()
    table.do("press")
    table.hear()
    table.until(lambda: table.view["screen"] == "read_back")
    told = table.told
    table.seat.reset()
    assert table.until(lambda: table.view["fresh"])
    assert word not in repr(told[-2:])
    table.told = []
    table.parts.answers.asked.clear()
    table.parts.speak.said.clear()
    del told
    table.until(lambda: not _threads_of_answers())
    for _ in range(40):  # a thread that ends holds its last call for a moment
        if not texts_in_memory(word):
            break
        time.sleep(0.05)
    assert texts_in_memory(word) == []


def _threads_of_answers():
    import threading

    return [one for one in threading.enumerate() if one.name == "kiosk-answer"]


def test_late_words_of_the_last_patient_reach_nobody(sit):
    table = sit(script=["left over"])
    table.do("hands_free", on=True)
    table.hear()
    old = table.seat.ear.owner
    table.seat.reset()
    old.heard(None)
    table.do("hands_free", on=True)
    table.seat.ear.owner = old
    from fakes_kiosk import transcript

    from speech.hearing.session import Understood

    table.ears[0]._tell(Understood(transcript("somebody else")))
    table.seat.do(lambda: None)
    assert "somebody else" not in repr(table.seat.conversation.view)


def test_a_sound_that_was_stopped_cannot_be_fetched(sit):
    table = sit()
    table.do("ask", text="ors")
    identity = table.sound()
    voicing = table.seat.conversation.voicing
    assert voicing.take(identity).startswith(b"RIFF")
    table.do("command", command="stop")
    assert voicing.take(identity) is None
    assert voicing.take("") is None


@pytest.mark.parametrize(
    "given",
    [
        {"do": "nothing"}, {"do": "ask"}, {"do": "ask", "text": "x" * 4001}, {"do": "ask", "text": 5},
        {"do": "go", "place": -1}, {"do": "go", "place": True}, {"do": "command", "command": "fly"},
        {"do": "patient", "values": {"name": "x"}}, {"do": "patient"}, {"do": "language"}, {},
    ],
)  # fmt: skip
def test_what_the_page_must_not_ask_for_is_refused(sit, given):
    table = sit()
    with pytest.raises(BadAction):
        table.do(given.pop("do", None), **given)
    table.do("ask", text="ors")
    assert table.until(lambda: table.view["complete"])
