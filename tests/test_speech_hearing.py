"""Where speech is, what is only noise, and what is shown while somebody still speaks."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers_speech import noise, spoken

from speech.audio.clip import RATE, Clip
from speech.errors import RecogniserStopped
from speech.hearing.detector import FRAME, EnergyDetector
from speech.hearing.ear import Ear, NotSpeech, joined, utterances
from speech.hearing.endpoint import Began, Endpointer, EndSettings, Stretch
from speech.hearing.hot_words import hot_words
from speech.hearing.partials import Agreement, Rhythm
from speech.hearing.recogniser import ScriptedRecogniser, Wanted
from speech.hearing.session import (
    Failed,
    NoVoice,
    SpeechBegan,
    SpeechEnded,
    StreamSession,
    Understood,
    WordsSoFar,
)
from speech.hearing.silero import SileroDetector, model_path
from speech.hearing.tones import held_pitch, repeats, steadiness
from speech.messages import NOT_HEARD, Heard, Segment
from ui.exam_speech_sound import KINDS, pieces
from ui.speech_wiring import open_listener


def detector():
    return SileroDetector(model_path())


# --- beginnings and ends ------------------------------------------------------------------------


def frames(*runs):
    return [value for value, count in runs for _ in range(count)]


def test_speech_begins_after_three_frames_and_ends_after_the_pause():
    ends = Endpointer(EndSettings(silence_s=0.7))
    found = ends.feed(frames((0.0, 10), (0.95, 30), (0.0, 30)))
    assert found == [Began(10), Stretch(10, 40, 0.95, 1.0)]
    assert not ends.speaking


def test_a_short_pause_does_not_end_speech_and_a_click_does_not_begin_it():
    ends = Endpointer()
    assert ends.feed(frames((0.0, 5), (0.9, 2), (0.0, 5))) == []
    assert [type(one) for one in ends.feed(frames((0.9, 20), (0.1, 15), (0.9, 20)))] == [Began]
    assert ends.speaking


@pytest.mark.parametrize("silence_s", [0.25, 0.7, 1.25])
def test_the_pause_that_ends_speech_can_be_set(silence_s):
    ends = Endpointer(EndSettings(silence_s=silence_s))
    ends.feed(frames((0.95, 30)))
    waited = 0
    while ends.speaking:
        ends.feed([0.0])
        waited += 1
    assert waited * FRAME / RATE == pytest.approx(silence_s, abs=0.033)


def test_endless_speech_is_cut_where_a_recogniser_would_lose_it():
    found = Endpointer().feed(frames((0.95, 2000)))
    cut = [one for one in found if isinstance(one, Stretch)]
    assert len(cut) == 2
    assert all(one.cut and one.end_s - one.start_s <= 28.1 for one in cut)


@given(st.lists(st.floats(0, 1), max_size=400), st.integers(1, 40))
@settings(deadline=None)
def test_it_makes_no_difference_in_which_portions_the_frames_come(values, portion):
    whole, parts = Endpointer(), Endpointer()
    at_once = [*whole.feed(values), *whole.finish()]
    by_parts = []
    for begin in range(0, len(values), portion):
        by_parts += parts.feed(values[begin : begin + portion])
    by_parts += parts.finish()
    assert at_once == by_parts
    ends = [one for one in at_once if isinstance(one, Stretch)]
    assert all(earlier.end <= later.first for earlier, later in pairwise(ends))


# --- speech and noise ---------------------------------------------------------------------------

SENTENCES = (
    "yes",
    "no",
    "stop",
    "Give five hundred milligrams twice a day.",
    "My baby is not breathing.",
)


@pytest.mark.parametrize("text", SENTENCES)
def test_speech_is_found_whole(text):
    sound = spoken(text)
    found = utterances(Clip(sound), Ear(detector()))
    assert len(found) == 1
    loud = np.flatnonzero(np.abs(sound) > 0.05)
    assert found[0].start <= loud[0] / RATE
    assert found[0].end >= loud[-1] / RATE - 0.1


@pytest.mark.parametrize("snr_db", [20, 10, 5])
def test_speech_is_found_in_a_noisy_room(snr_db):
    sound = spoken("Give the child five millilitres every six hours.")
    level = np.sqrt((sound**2).mean()) * 10 ** (-snr_db / 20)
    noisy = (sound + noise(level, 60)[: len(sound)]).astype("f4")
    assert utterances(Clip(noisy), Ear(detector()))


@pytest.mark.parametrize("kind", KINDS)
def test_two_minutes_of_each_sound_of_a_ward_reach_no_recogniser(kind):
    ear = Ear(detector())
    heard = [one for piece in pieces(kind, 2, seed=11) for one in utterances(Clip(piece), ear)]
    assert sum(one.end - one.start for one in heard) <= 1.0


def test_a_sound_that_repeats_itself_is_known_and_a_voice_is_not():
    beat = noise(0.1, 0.5) * np.hanning(RATE // 2)
    assert repeats(np.tile(beat, 8).astype("f4")) > 0.9
    assert repeats(spoken("Give the child five millilitres of water every six hours.")) < 0.5
    held = np.sin(2 * np.pi * 300 * np.arange(2 * RATE) / RATE).astype("f4")
    assert steadiness(held) < 1
    assert steadiness(spoken("Give the child water.")) > 4


def test_a_pitch_that_is_held_is_known_and_a_voice_is_not():
    times = np.arange(2 * RATE) / RATE
    notes = np.where(times % 0.5 < 0.25, 440.0, 660.0)
    tune = np.sin(2 * np.pi * np.cumsum(notes) / RATE).astype("f4") + noise(0.1, 2)
    assert held_pitch(tune) > 0.9
    assert held_pitch(spoken("Give the child five millilitres of water every six hours.")) < 0.7
    assert held_pitch(spoken("no", pause_s=0.01)) < 0.9


def test_two_sentences_are_two_utterances_and_are_joined_for_the_recogniser():
    sound = np.concatenate((spoken("Give water."), noise(1e-4, 1), spoken("Stop the bleeding.")))
    clip = Clip(sound.astype("f4"))
    found = utterances(clip, Ear(detector()))
    assert len(found) == 2
    together = joined(found, clip)
    assert len(together) == 1
    assert together[0].start == found[0].start
    assert together[0].end == found[1].end
    assert len(joined(found, clip, longest_s=1.0)) == 2


def test_portions_of_a_stream_give_the_same_utterances_as_the_whole():
    sound = np.concatenate((spoken("Give water."), noise(1e-4, 1), spoken("Stop the bleeding.")))
    ear = Ear(detector())
    whole = utterances(Clip(sound.astype("f4")), ear)
    events = []
    for begin in range(0, len(sound), 1234):
        events += ear.feed(sound[begin : begin + 1234].astype("f4"))
    events += ear.finish()
    parts = [one for one in events if not isinstance(one, Began | NotSpeech)]
    assert [(one.start, len(one.clip.samples)) for one in parts] == [
        (one.start, len(one.clip.samples)) for one in whole
    ]


def test_after_a_reset_nothing_of_the_last_patient_is_left():
    ear = Ear(detector())
    ear.feed(spoken("Her name is a secret."))
    ear.reset()
    assert not ear.speaking
    assert ear.so_far(0).samples.size == 0
    assert ear.finish() == []


def test_without_the_model_loud_sound_over_a_quiet_room_is_found():
    ear = Ear(EnergyDetector())
    sound = np.concatenate(
        (noise(1e-3, 2), spoken("Give the child water now.", pause_s=0.01), noise(1e-3, 2))
    )
    assert utterances(Clip(sound.astype("f4")), ear)
    assert utterances(Clip(noise(1e-3, 5)), ear) == []


# --- first impressions --------------------------------------------------------------------------


def test_what_two_hearings_agree_on_is_firm():
    state, shown = Agreement(), []
    for text in ("give", "give five", "give five hundred", "Give five hundred milligrams"):
        state = state.heard(text)
        shown.append((state.partial.firm, state.partial.loose))
    assert shown == [
        ("", "give"),
        ("give", "five"),
        ("give five", "hundred"),
        ("give five hundred", "milligrams"),
    ]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=5), max_size=12))
def test_firm_words_never_change(hearings):
    state = Agreement()
    for words in hearings:
        before = state.firm
        state = state.heard(" ".join(words))
        assert state.firm[: len(before)] == before


def test_a_hearing_that_contradicts_what_is_firm_is_not_mixed_with_it():
    state = Agreement()
    for text in ("give five", "give five hundred", "give 500 milligrams"):
        state = state.heard(text)
    assert state.partial.text == "give five"


def test_hearing_again_takes_at_most_half_of_the_time():
    rhythm = Rhythm()
    assert not rhythm.due(sound_s=0.5, heard_s=0.0, took_s=0.0, since_s=9.0)
    assert rhythm.due(sound_s=0.7, heard_s=0.0, took_s=0.0, since_s=0.0)
    assert not rhythm.due(sound_s=2.0, heard_s=0.7, took_s=1.0, since_s=0.9)
    assert rhythm.due(sound_s=2.0, heard_s=0.7, took_s=1.0, since_s=1.1)


def test_hot_words_fit_into_a_model_and_stand_once():
    words = hot_words(["Warfarin", "warfarin "], (f"medicine{number}" for number in range(500)))
    assert words.startswith("Warfarin, medicine0")
    assert len(words) <= 900


# --- a stream -----------------------------------------------------------------------------------

ORDER = Heard((Segment(" give five hundred milligrams", 0.0, 2.0, (), -0.2, 0.01, 1.0),), "en")
INVENTED = Heard((Segment(" Thanks for watching!", 0.0, 1.0, (), -0.2, 0.01, 1.0),), "en")


def session_over(heard, told, wanted=None):
    recogniser = ScriptedRecogniser(heard)
    session = StreamSession(Ear(detector()), open_listener(recogniser), told.append)
    session.wants(wanted or Wanted("en"))
    return session, recogniser


def feed(session, sound, pace_s=0.0):
    for begin in range(0, len(sound), RATE // 10):
        session.feed(sound[begin : begin + RATE // 10])
        time.sleep(pace_s)


def test_a_stream_tells_beginning_words_so_far_end_and_transcript():
    told = []
    session, _ = session_over([ORDER] * 20, told)
    feed(
        session,
        np.concatenate((spoken("Give five hundred milligrams twice a day."), noise(1e-4, 1))),
        0.005,
    )
    session.finish()
    session.close()
    kinds = [type(one) for one in told]
    assert kinds[0] is SpeechBegan
    assert kinds[-2:] == [SpeechEnded, Understood]
    assert told[-1].transcript.text == "give 500 mg"
    shown = [one.partial.text for one in told if isinstance(one, WordsSoFar)]
    assert shown
    assert set(shown) == {"give 500 mg"}


def test_invented_words_and_noise_give_a_message_and_no_text():
    told = []
    session, _ = session_over([INVENTED] * 20, told)
    feed(session, np.concatenate((spoken("My baby is not breathing."), noise(1e-4, 1))))
    session.finish()
    session.close()
    last = told[-1].transcript
    assert (last.text, last.message) == ("", NOT_HEARD)
    assert last.rejected[0].text == "Thanks for watching!"
    assert not any(isinstance(one, WordsSoFar) for one in told)


def test_a_recogniser_that_dies_is_a_message_and_the_next_utterance_works():
    told = []
    session, _ = session_over([RecogniserStopped("It stopped."), ORDER], told)
    for word in ("stop", "Give it now."):  # all at once: no time for a first impression
        session.feed(np.concatenate((spoken(word, pause_s=0.1), noise(1e-4, 1))))
    session.finish()
    session.close()
    assert [one.message for one in told if isinstance(one, Failed)] == ["It stopped."]
    assert [one.transcript.text for one in told if isinstance(one, Understood)] == ["give 500 mg"]


def test_what_was_said_before_a_reset_never_arrives():
    told = []

    class Slow(ScriptedRecogniser):
        def hear(self, clip, wanted):
            time.sleep(0.2)
            return super().hear(clip, wanted)

    session = StreamSession(Ear(detector()), open_listener(Slow([ORDER] * 9)), told.append)
    session.wants(Wanted("en"))
    feed(session, np.concatenate((spoken("Her name is a secret."), noise(1e-4, 1))))
    session.reset()
    session.close()
    assert not any(isinstance(one, Understood | WordsSoFar) for one in told)


def test_a_machine_in_the_stream_is_told_as_no_voice():
    told = []
    session, recogniser = session_over([ORDER] * 9, told)
    beat = spoken("yes", pause_s=0.05)[: RATE // 2]
    feed(session, np.concatenate((np.tile(beat, 10), noise(1e-4, 1))).astype("f4"))
    session.finish()
    session.close()
    assert any(isinstance(one, NoVoice) and "alarm" in one.reason for one in told)
    assert not any(isinstance(one, Understood) for one in told)
    assert all(wanted.draft for _, wanted in recogniser.asked)


def test_a_voice_is_noticed_within_three_tenths_of_a_second():
    sound = spoken("Stop, that is the wrong patient.")
    onset = np.flatnonzero(np.abs(sound) > 0.1 * np.abs(sound).max())[0] / RATE
    ear = Ear(detector())
    for begin in range(0, len(sound), RATE // 20):
        if any(isinstance(one, Began) for one in ear.feed(sound[begin : begin + RATE // 20])):
            break
    assert begin / RATE + 0.05 - onset <= 0.3
