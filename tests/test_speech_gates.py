"""The gates against invented text: nothing that nobody said comes through, and what was said does."""

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.hearing.gates import SETTINGS, judge, reason_against
from speech.hearing.invented import load_phrases
from speech.messages import Heard, HeardWord, Segment

TABLE = tomllib.loads(
    (Path(__file__).parent / "data" / "speech_invented.toml").read_text(encoding="utf-8")
)
PHRASES = load_phrases()
SECONDS = 6.0
GOOD = Segment("Give five hundred milligrams.", 0.2, 2.4, (), -0.3, 0.02, 0.9)


def said(text):
    return Segment(text, 0.0, 5.0, (), -0.2, 0.01, 1.0)


def words(*probabilities):
    return tuple(
        HeardWord(f" w{n}", n * 0.3, n * 0.3 + 0.3, p) for n, p in enumerate(probabilities)
    )


SCORES = {
    "sure that nobody spoke": replace(GOOD, no_speech=0.95),
    "hardly sure that nobody spoke": replace(GOOD, no_speech=0.61),
    "sure that nobody spoke, yet sure of the words": replace(
        GOOD, no_speech=0.9, log_probability=-0.1
    ),
    "unlikely words": replace(GOOD, log_probability=-1.01),
    "very unlikely words": replace(GOOD, log_probability=-4.0),
    "repeats itself": replace(GOOD, compression=2.5),
    "no figure for speech": replace(GOOD, no_speech=math.nan),
    "no figure for words": replace(GOOD, log_probability=math.nan),
    "minus infinity": replace(GOOD, log_probability=-math.inf),
    "infinite compression": replace(GOOD, compression=math.inf),
    "single words unlikely": replace(GOOD, words=words(0.1, 0.2, 0.3, 0.1)),
    "words without figures": replace(GOOD, words=words(math.nan, 0.9)),
    "ends before it begins": replace(GOOD, start=2.0, end=1.0),
    "takes no time": replace(GOOD, start=1.0, end=1.0),
    "begins behind the recording": replace(GOOD, start=7.0, end=8.0),
    "ends long behind the recording": replace(GOOD, end=9.0),
    "begins before the recording": replace(GOOD, start=-1.0),
    "no time at all": replace(GOOD, start=math.nan),
    "faster than anyone speaks": replace(
        GOOD, start=0.0, end=0.4, text="Give the child one tablet of paracetamol every six hours."
    ),
    "nothing but blanks": replace(GOOD, text="   "),
    "a sign that nobody speaks": replace(GOOD, text="give\x07five"),
    "half a character": replace(GOOD, text="give \ud800 five"),
}
INVENTED = [*TABLE["phrases"], *TABLE["loops"]]


def test_there_are_more_than_a_hundred_outputs_to_reject():
    assert len(INVENTED) + len(SCORES) > 130


@pytest.mark.parametrize("text", INVENTED)
def test_invented_text_is_rejected_however_sure_the_recogniser_is(text):
    assert reason_against(said(text), SECONDS, PHRASES) is not None


@pytest.mark.parametrize("name", SCORES)
def test_segments_with_bad_figures_are_rejected(name):
    assert reason_against(SCORES[name], SECONDS, PHRASES) is not None


@pytest.mark.parametrize("text", TABLE["believed"])
def test_what_somebody_said_is_kept(text):
    assert reason_against(said(text), SECONDS, PHRASES) is None


def test_good_figures_are_believed():
    assert reason_against(GOOD, SECONDS, PHRASES) is None
    assert reason_against(replace(GOOD, words=words(0.9, 0.4, 0.8)), SECONDS, PHRASES) is None


def test_of_a_clip_only_the_good_segments_are_kept_and_the_rest_is_told():
    heard = Heard(
        (GOOD, said("Thanks for watching!"), replace(GOOD, start=3.0, end=5.0, text="Stop.")), "en"
    )
    judged = judge(heard, SECONDS, PHRASES)
    assert [one.text for one in judged.kept] == ["Give five hundred milligrams.", "Stop."]
    assert [one.text for one in judged.rejected] == ["Thanks for watching!"]
    assert "nobody speaks" in judged.rejected[0].reason


def test_a_segment_that_only_repeats_the_one_before_is_dropped():
    again = replace(GOOD, start=2.5, end=5.0, text="give five hundred milligrams")
    judged = judge(Heard((GOOD, again), "en"), SECONDS, PHRASES)
    assert len(judged.kept) == 1
    assert "repeats" in judged.rejected[0].reason


@pytest.mark.parametrize("sure", [0.1, 0.39, math.nan])
def test_nothing_is_believed_in_a_language_that_is_not_clear(sure):
    heard = Heard((GOOD,), "cy", sure)
    assert judge(heard, SECONDS, PHRASES, language_chosen=False).kept == ()
    assert judge(heard, SECONDS, PHRASES, language_chosen=True).kept == (GOOD,)


@given(
    st.floats(),
    st.floats(),
    st.floats(),
    st.lists(st.floats(), max_size=4),
)
def test_no_segment_with_a_bad_figure_ever_comes_through(logarithm, nobody, ratio, sure):
    segment = replace(
        GOOD, log_probability=logarithm, no_speech=nobody, compression=ratio, words=words(*sure)
    )
    fine = (
        logarithm >= SETTINGS.log_probability
        and logarithm < math.inf
        and -math.inf < nobody <= SETTINGS.no_speech
        and -math.inf < ratio <= SETTINGS.compression
        and (not sure or sum(sure) / len(sure) >= SETTINGS.word_probability)
    )
    assert (reason_against(segment, SECONDS, PHRASES) is None) == fine


@given(st.text(max_size=60))
def test_any_text_is_judged_without_an_error(text):
    reason_against(said(text), SECONDS, PHRASES)
