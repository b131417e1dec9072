"""A bedside session: real sound, library and voice; only the words that are heard are scripted."""

import dataclasses
import gc
import io
import json
import re
import threading
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from makers_speech import noise, spoken
from makers_wake import make_wake_word, word_sound

from assistant.messages import Patient
from speech.audio.clip import RATE
from speech.errors import RecogniserStopped
from speech.hearing.recogniser import ScriptedRecogniser
from speech.messages import Heard, HeardWord, Segment
from speech.talk.commands import COMMANDS
from ui import speech_events as told
from ui.settings import Settings
from ui.speech_bedside import open_wake_word, session_parts
from ui.speech_session import BedsideSession
from ui.speech_session_parts import SessionOptions
from ui.speech_wiring import open_voices
from ui.wiring import open_desk

ORDER = "give paracetamol five hundred milligrams"
PLAIN = "what are the signs of shock"
DANGER = "the child is convulsing now"


def words_of(text, sure=0.95):
    parts = tuple(
        HeardWord(f" {word}", n * 0.1, n * 0.1 + 0.1, sure) for n, word in enumerate(text.split())
    )
    return Heard((Segment(text, 0.0, 2.0, parts, -0.1, 0.01, 1.0),), "en")


class Script(ScriptedRecogniser):
    """Hears its script utterance by utterance; a first impression hears what comes next."""

    def hear(self, clip, wanted):
        with self._turn:
            entry = self._heard[0] if self._heard else Heard((), "en")
        heard = entry if wanted.draft else super().hear(clip, wanted)
        if isinstance(heard, Heard):
            ends = [dataclasses.replace(one, end=clip.seconds) for one in heard.segments]
            return dataclasses.replace(heard, segments=tuple(ends))
        raise heard


class Room:
    """A session with everything it told, a page that plays sound, and a person who speaks."""

    def __init__(self, desk, script=None, wake=None, voice=True, **options):
        self.told, self.at, self.changed = [], [], threading.Condition()
        self.recogniser = Script(
            [words_of(one) if isinstance(one, str) else one for one in script or ()]
        )
        self.parts = session_parts(
            desk,
            self.recogniser if script is not None else None,
            open_voices(Path("/nowhere")) if voice else None,
        )
        if wake is not None:
            self.parts = dataclasses.replace(self.parts, wake=wake)
        self.session = BedsideSession(self.parts, SessionOptions(**options), self.tell)

    def tell(self, event):
        with self.changed:
            self.told.append(event)
            self.at.append(time.perf_counter())
            self.changed.notify_all()

    def wait(self, kind, count=1, limit_s=20.0):
        """The so-manieth event of a kind."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.of(kind)) >= count, limit_s), self.told
        return self.of(kind)[count - 1]

    def of(self, kind):
        return [one for one in self.told if isinstance(one, kind)]

    def hears(self, text, quiet_s=1.2):
        """A person says something, hands free; the sound comes in tenths of a second."""
        sound = np.concatenate((spoken(text), noise(1e-4, quiet_s)))
        for begin in range(0, len(sound), RATE // 10):
            self.session.sound(pcm(sound[begin : begin + RATE // 10]))


def pcm(samples):
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    opened = open_desk(Settings(home=tmp_path_factory.mktemp("home")))
    yield opened
    opened.close()


@pytest.fixture
def room(desk):
    rooms = []

    def opened(script=None, **options):
        rooms.append(Room(desk, script, **options))
        return rooms[-1]

    yield opened
    for one in rooms:
        one.session.close()


# --- from the microphone to the voice -----------------------------------------------------------


def test_a_question_is_heard_answered_sentence_by_sentence_and_spoken(room):
    here = room([PLAIN], mode="hands_free")
    here.hears(PLAIN)
    assert here.wait(told.Transcribed).text == PLAIN
    assert here.wait(told.PartialWords).loose or here.of(told.PartialWords)[0].firm
    here.wait(told.AnswerComplete)
    first = here.of(told.AnswerSentence)[0]
    sound = here.wait(told.PlaySound)
    assert first.source or first.kind in {"warning", "abstained"}
    with wave.open(io.BytesIO(sound.wav)) as read:
        samples = np.frombuffer(read.readframes(read.getnframes()), "<i2")
        assert read.getnframes() / read.getframerate() > 0.5
    assert np.abs(samples).max() > 3000
    assert sound.text == first.text
    here.session.played(sound.id)
    assert here.wait(told.PlaySound, 2).text == here.of(told.AnswerSentence)[1].text


def test_push_to_talk_hears_only_while_the_button_is_down(room):
    here = room([PLAIN])
    here.hears(PLAIN)
    here.session.settle()
    assert here.of(told.Transcribed) == []
    here.session.press()
    here.hears(PLAIN, quiet_s=0.1)
    here.session.release()
    assert here.wait(told.Transcribed).text == PLAIN


def test_a_button_that_was_pressed_in_vain_is_told(room):
    here = room([])
    here.session.press()
    here.session.sound(pcm(noise(1e-4, 1)))
    here.session.release()
    assert "did not hear" in here.wait(told.Notice).message
    here.session.settle()
    assert here.of(told.StateChanged)[-1].state == "idle"


def test_the_wake_word_opens_the_ear(room, tmp_path):
    wake = open_wake_word(str(make_wake_word(tmp_path / "wake")))
    here = room([PLAIN], wake=wake, mode="wake_word")
    here.hears(PLAIN)
    assert here.of(told.Transcribed) == []
    here.session.sound(pcm(word_sound(2.0)))
    here.wait(told.StateChanged)
    here.hears(PLAIN)
    assert here.wait(told.Transcribed).text == PLAIN


def test_danger_is_shown_before_anything_is_answered(room):
    here = room([DANGER], mode="hands_free")
    here.hears(DANGER)
    danger = here.wait(told.DangerSeen)
    here.wait(told.AnswerComplete)
    assert danger.level == "emergency"
    assert danger.action
    assert here.told.index(danger) < here.told.index(here.of(told.AnswerSentence)[0])


# --- nothing without a yes ----------------------------------------------------------------------


def test_an_order_is_read_back_aloud_and_answered_after_a_spoken_yes(room):
    here = room([ORDER, "yes"], mode="hands_free")
    here.hears(ORDER)
    back = here.wait(told.ReadBackAsked)
    assert {kind for kind, _ in back.items} >= {"drug", "dose"}
    assert here.wait(told.PlaySound).text.startswith("I heard:")
    here.session.settle()
    assert here.of(told.AnswerSentence) == []
    here.hears("yes")
    here.wait(told.AnswerComplete)
    assert here.of(told.AnswerSentence)


def test_a_doubtful_name_has_to_be_chosen(room):
    here = room(["give amoxy sillin five hundred milligrams"], mode="hands_free")
    here.hears(ORDER)
    asked = here.wait(told.ChoiceAsked)
    assert any("amoxicillin" in choice for choice in asked.choices)
    here.session.touch("yes")
    here.session.settle()
    assert here.of(told.AnswerSentence) == []
    here.session.choose(0)
    here.session.settle()
    later = here.of(told.ChoiceAsked)[1:] or here.of(told.ReadBackAsked)
    assert later


def test_what_waits_too_long_for_a_yes_is_dropped(room):
    here = room([ORDER], mode="hands_free", yes_within_s=0.0)
    here.hears(ORDER)
    sound = here.wait(told.PlaySound)
    here.session.played(sound.id)
    here.session.settle()
    time.sleep(0.01)
    here.session.tick()
    here.session.touch("yes")
    here.session.settle()
    assert any("Nobody said yes" in one.message for one in here.of(told.Notice))
    assert here.of(told.AnswerSentence) == []


# --- interrupting -------------------------------------------------------------------------------


def test_a_voice_silences_the_assistant_within_three_tenths_of_a_second(room):
    here = room([PLAIN, "stop"], mode="hands_free")
    here.hears(PLAIN)
    here.wait(told.PlaySound)
    sound = spoken("Stop, please.", pause_s=0.3)
    onset = np.flatnonzero(np.abs(sound) > 0.1 * np.abs(sound).max())[0] / RATE
    worked = 0.0
    for begin in range(0, len(sound), RATE // 20):
        start = time.perf_counter()
        here.session.sound(pcm(sound[begin : begin + RATE // 20]))
        here.session.settle()
        worked = time.perf_counter() - start
        if here.of(told.StopSound):
            break
    after_onset = (begin + RATE // 20) / RATE - onset + worked
    assert here.of(told.StopSound)
    assert after_onset <= 0.3


def test_stop_louder_slower_and_repeat_by_touch(room):
    here = room(None)
    here.session.typed(PLAIN)
    first = here.wait(told.PlaySound)
    here.session.touch("slower")
    again = here.wait(told.PlaySound, 2)
    assert again.text == first.text
    assert len(again.wav) > 1.1 * len(first.wav)
    assert here.wait(told.MannerChanged).speed < 1
    here.session.touch("stop")
    here.session.touch("next")
    assert here.wait(told.PlaySound, 3).text == here.of(told.AnswerSentence)[1].text


def test_the_microphone_is_closed_while_it_speaks_where_there_is_no_headset(room):
    here = room([PLAIN, "stop"], mode="hands_free", barge_in=False)
    here.hears(PLAIN)
    here.wait(told.PlaySound)
    assert here.of(told.StateChanged)[-1].microphone is False
    here.hears("Stop, please.")
    here.session.settle()
    assert here.of(told.StopSound) == []


# --- without a model, without a voice, when things fail -------------------------------------------


def test_without_a_speech_model_the_button_says_so_and_typing_works(room):
    here = room(None)
    here.session.press()
    notice = here.wait(told.Notice).message
    assert "aidpost models import" in notice
    here.session.release()
    here.session.sound(pcm(noise(0.1, 1)))
    here.session.typed(PLAIN)
    here.wait(told.AnswerComplete)


def test_without_a_voice_everything_is_on_the_screen_and_it_is_told_once(room):
    here = room(None, voice=False)
    here.session.typed(PLAIN)
    here.wait(told.AnswerComplete)
    here.session.settle()
    assert len(here.of(told.AnswerSentence)) > 1
    assert sum("no voice" in one.message for one in here.of(told.Notice)) == 1
    assert here.of(told.PlaySound) == []


def test_a_recogniser_that_dies_is_a_message_and_the_next_question_works(room):
    here = room([RecogniserStopped("It stopped."), PLAIN], mode="hands_free")
    here.hears(PLAIN)
    assert here.wait(told.Notice).message == "It stopped."
    here.hears(PLAIN)
    assert here.wait(told.Transcribed).text == PLAIN


def test_typed_words_are_used_while_the_microphone_is_off_and_it_stays_off(room):
    here = room([PLAIN], mode="hands_free")
    here.session.mute(off=True)
    here.session.typed(PLAIN)
    here.wait(told.AnswerComplete)
    here.hears(PLAIN)
    here.session.settle()
    assert here.of(told.StateChanged)[-1].state == "muted"
    assert here.of(told.Transcribed) == []


# --- the next patient ---------------------------------------------------------------------------


def test_nothing_of_one_patient_reaches_the_next(room):
    here = room([ORDER], mode="hands_free")
    here.session.knows(Patient(drugs=("warfarin",)))
    here.hears(ORDER)
    here.wait(told.ReadBackAsked)
    here.session.reset()
    here.wait(told.PatientForgotten)
    count = len(here.told)
    here.session.touch("yes")
    here.session.settle()
    after = here.told[count:]
    assert not any(isinstance(one, told.AnswerSentence | told.ReadBackAsked) for one in after)
    assert any("nothing to confirm" in one.message for one in here.of(told.Notice))


def test_a_new_patient_is_asked_back_and_then_forgotten(room):
    here = room(None)
    here.session.typed(PLAIN)
    here.wait(told.AnswerComplete)
    here.session.touch("new_patient")
    here.session.touch("yes")
    here.wait(told.PatientForgotten)
    here.session.touch("repeat")
    here.session.settle()
    assert "nothing more" in here.of(told.Notice)[-1].message


def test_a_patient_who_left_is_forgotten_after_a_while(room):
    here = room(None, voice=False, forget_after_s=0.0)
    here.session.tick()
    here.session.settle()
    assert here.of(told.PatientForgotten) == []  # nothing was known yet
    here.session.typed(PLAIN)
    here.wait(told.AnswerComplete)
    here.session.settle()
    time.sleep(0.01)
    here.session.tick()
    here.wait(told.PatientForgotten)


def test_an_answer_that_is_still_on_its_way_never_arrives_at_the_next_patient(desk, room):
    here = room(None, voice=False)
    for _ in range(20):
        here.session.typed(PLAIN)
        here.session.reset()
    here.wait(told.PatientForgotten, 20)
    here.session.settle()
    time.sleep(0.3)
    here.session.settle()
    last = here.told.index(here.of(told.PatientForgotten)[-1])
    assert not any(isinstance(one, told.AnswerSentence) for one in here.told[last:])


def test_forty_patients_leave_no_thread_and_no_object_behind(room):
    here = room([ORDER] * 50, mode="hands_free")
    here.hears(ORDER)
    here.wait(told.ReadBackAsked)
    for number in range(40):
        here.session.typed(f"{PLAIN} number {number} zebra{number}")
        here.wait(told.AnswerComplete, number + 1)
        here.session.reset()
        here.wait(told.PatientForgotten, number + 1)
        if number == 5:
            threads = threading.active_count()
    here.session.settle()
    time.sleep(0.2)
    assert threading.active_count() <= threads + 1
    here.told.clear()
    gc.collect()
    left = [one for one in gc.get_objects() if type(one).__name__ == "PatientTurns"]
    assert len(left) <= 2


def test_every_event_is_an_object_of_json(room):
    here = room([ORDER], mode="hands_free")
    here.hears(ORDER)
    here.wait(told.PlaySound)
    for event in here.told:
        body = json.loads(json.dumps(told.to_json(event)))
        assert body["event"] == type(event).__name__
    assert re.fullmatch(r"[A-Za-z0-9+/]+=*", told.to_json(here.of(told.PlaySound)[0])["wav"])


def test_every_command_can_be_touched_at_any_time(room):
    here = room(None)
    for command in COMMANDS:
        here.session.touch(command)
    here.session.settle()
    assert here.of(told.StateChanged)
