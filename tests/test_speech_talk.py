"""The loop of a conversation: whose turn it is, what interrupts, and that nothing is used without a yes."""

import tomllib
from dataclasses import fields, replace
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.messages import Doubt
from speech.talk.commands import COMMANDS, load_commands
from speech.talk.events import (
    AnswerEnded,
    Ask,
    Choose,
    Chosen,
    FallSilent,
    ForgetPatient,
    Item,
    Listen,
    LookForDanger,
    Muted,
    NothingHeard,
    Pressed,
    ReadBack,
    Released,
    Said,
    Sentence,
    SentenceSpoken,
    Speak,
    SpeakLike,
    Tell,
    Touched,
    Utterance,
    VoiceBegan,
    WaitedTooLong,
    WakeWord,
)
from speech.talk.machine import step
from speech.talk.says import Says, load_says
from speech.talk.state import Talk
from speech.talk.steering import Spoken
from speech.voice.manner import FASTEST, SLOWEST, Manner

SAYS = load_says()
ITEMS = (Item("drug", "amoxicillin", "amoxicillin"), Item("dose", "500 mg", "five hundred mg"))
ORDER = Said("give amoxicillin 500 mg", items=ITEMS)
PLAIN = Said("what are signs of shock")
DOUBT = Doubt(5, 15, "amoxicilin", ("amoxicillin", "ampicillin"), "name", "Which one?")
DOUBTFUL = Said("give amoxicilin 500 mg", items=ITEMS[1:], doubts=(DOUBT,))


def after(*events, talk=None):
    """The conversation and all effects after some events."""
    now, effects = talk or Talk(says=SAYS), []
    for event in events:
        now, more = step(now, event)
        effects += more
    return now, effects


def kinds(effects):
    return [type(effect) for effect in effects]


def said(command, sure=1.0):
    return Utterance(Said(command, command, sure=sure))


# --- whose turn it is ---------------------------------------------------------------------------


def test_push_to_talk_from_the_button_to_the_answer():
    now, effects = after(Pressed(), Utterance(PLAIN))
    assert kinds(effects) == [Listen, LookForDanger, Ask]
    assert effects[-1] == Ask(PLAIN.text, confirmed=False)
    assert now.state == "thinking"
    now, effects = after(Sentence("One."), Sentence("Two."), AnswerEnded(), talk=now)
    assert effects == [Speak("One.")]
    now, effects = after(SentenceSpoken(), SentenceSpoken(), talk=now)
    assert effects == [Speak("Two.")]
    assert now.state == "idle"


@pytest.mark.parametrize(
    ("mode", "event", "begins"),
    [
        ("push", Pressed(), True), ("push", VoiceBegan(), False), ("push", WakeWord(), False),
        ("hands_free", VoiceBegan(), True), ("hands_free", Pressed(), False),
        ("wake_word", WakeWord(), True), ("wake_word", VoiceBegan(), False),
    ],
)  # fmt: skip
def test_what_opens_the_ear_in_each_mode(mode, event, begins):
    now, effects = after(event, talk=Talk(says=SAYS, mode=mode))
    assert (now.state == "listening") == begins
    assert effects == ([Listen(on=True)] if begins else [])


@pytest.mark.parametrize("mode", ["push", "hands_free", "wake_word"])
def test_a_voice_while_the_assistant_speaks_stops_it_in_every_mode(mode):
    speaking = Talk("speaking", mode, spoken=Spoken(("One.", "Two."), 0, talking=True), says=SAYS)
    now, effects = after(VoiceBegan(), talk=speaking)
    assert now.state == "listening"
    assert effects == [FallSilent(), Listen(on=True)]


def test_sentences_that_come_while_somebody_speaks_wait():
    listening = Talk("listening", spoken=Spoken(("One.",), 0), says=SAYS)
    now, effects = after(Sentence("Two."), talk=listening)
    assert effects == []
    assert now.spoken.sentences == ("One.", "Two.")


def test_nothing_heard_is_told_and_the_ear_closes():
    now, effects = after(Pressed(), Released(), NothingHeard())
    assert effects == [Listen(on=True), Listen(on=False), Tell(SAYS.not_heard)]
    assert now.state == "idle"


def test_after_the_wake_word_alone_it_waits_for_the_word_again():
    now, effects = after(WakeWord(), WaitedTooLong(), talk=Talk(says=SAYS, mode="wake_word"))
    assert now.state == "idle"
    assert effects[-1] == Listen(on=False)


# --- read back, yes and no ----------------------------------------------------------------------


def test_what_is_critical_is_read_back_and_used_after_a_yes():
    now, effects = after(Pressed(), Utterance(ORDER))
    assert kinds(effects) == [Listen, LookForDanger, ReadBack, Speak]
    assert effects[-1].text == (
        "I heard: amoxicillin; five hundred mg. Is that right? Say yes or no."
    )
    now, effects = after(VoiceBegan(), said("yes"), talk=now)
    assert effects[-1] == Ask(ORDER.text, confirmed=True)
    assert now.pending is None


def test_danger_is_looked_for_before_the_yes():
    _, effects = after(Pressed(), Utterance(ORDER))
    assert kinds(effects).index(LookForDanger) < kinds(effects).index(ReadBack)


@pytest.mark.parametrize("taken_away", ["no", "cancel"])
def test_a_no_drops_it_and_a_later_yes_finds_nothing(taken_away):
    _, effects = after(
        Pressed(), Utterance(ORDER), Touched(taken_away), Touched("yes"), Touched("yes")
    )
    assert Ask not in kinds(effects)
    assert effects[-1] == Tell(SAYS.nothing_to_confirm)


def test_a_yes_that_was_not_heard_well_is_no_yes():
    now, effects = after(Pressed(), Utterance(ORDER), VoiceBegan(), said("yes", sure=0.4))
    assert Ask not in kinds(effects)
    assert effects[-1] == Tell(SAYS.yes_unclear)
    assert now.pending is not None


def test_a_yes_counts_only_for_what_was_said_last():
    other = replace(ORDER, text="give ceftriaxone 1 g")
    _, effects = after(
        Pressed(), Utterance(ORDER), VoiceBegan(), Utterance(other), VoiceBegan(), said("yes")
    )
    assert [one.text for one in effects if isinstance(one, Ask)] == [other.text]


def test_a_yes_that_comes_too_late_finds_nothing():
    _, effects = after(Pressed(), Utterance(ORDER), WaitedTooLong(), Touched("yes"))
    assert Tell(SAYS.dropped) in effects
    assert Ask not in kinds(effects)


def test_what_is_doubtful_has_to_be_chosen_before_a_yes_counts():
    now, effects = after(Pressed(), Utterance(DOUBTFUL), Touched("yes"))
    assert Ask not in kinds(effects)
    assert effects[-1] == Tell(SAYS.choose_first)
    now, effects = after(Chosen(7), talk=now)
    assert effects == []
    now, effects = after(Chosen(1), talk=now)
    back = next(one for one in effects if isinstance(one, ReadBack))
    assert back.text == "give ampicillin 500 mg"
    assert "ampicillin" in [item.shown for item in back.items]
    _, effects = after(Touched("yes"), talk=now)
    assert effects[-1] == Ask("give ampicillin 500 mg", confirmed=True)


def test_a_second_doubt_keeps_its_place_when_the_first_is_settled():
    later = Doubt(17, 22, "fifty", ("50 mg", "15 mg"), "unsure", "How much?")
    both = replace(DOUBTFUL, text="give amoxicilin  fifty", doubts=(DOUBT, later))
    now, effects = after(Pressed(), Utterance(replace(both, doubts=(DOUBT, later))), Chosen(0))
    asked = [one.doubt for one in effects if isinstance(one, Choose)]
    assert [one.ask for one in asked] == ["Which one?", "How much?"]
    settled = now.pending.said
    shift = len("amoxicillin") - (DOUBT.end - DOUBT.start)
    assert settled.doubts[0].start == later.start + shift


@pytest.mark.parametrize("command", ["repeat", "slower", "louder", "quieter", "faster"])
def test_while_a_yes_is_waited_for_everything_is_read_back_again(command):
    now, effects = after(Pressed(), Utterance(ORDER), Touched(command))
    assert kinds(effects).count(ReadBack) == 2
    assert (SpeakLike in kinds(effects)) == (command != "repeat")
    assert now.pending is not None


def test_a_new_patient_needs_a_yes_too():
    now, effects = after(Touched("new_patient"))
    assert kinds(effects) == [FallSilent, Speak]
    now, effects = after(Touched("yes"), talk=now)
    assert kinds(effects) == [FallSilent, ForgetPatient, Tell]
    _, effects = after(Touched("new_patient"), Touched("no"), Touched("yes"))
    assert ForgetPatient not in kinds(effects)


# --- the microphone that is off -----------------------------------------------------------------


def test_a_muted_microphone_hears_nothing_and_touch_still_works():
    now, effects = after(Pressed(), Utterance(ORDER), Muted(off=True), said("yes"), Pressed())
    assert Ask not in kinds(effects)
    assert now.state == "muted"
    now, effects = after(Touched("repeat"), Touched("yes"), talk=now)
    assert effects[-1] == Ask(ORDER.text, confirmed=True)
    assert now.state == "muted"


def test_sound_on_again_listens_only_hands_free():
    for mode, effect in (("push", []), ("hands_free", [Listen(on=True)])):
        now, effects = after(Muted(off=False), talk=Talk("muted", mode, says=SAYS))
        assert (now.state, effects) == ("idle", effect)
    assert after(Muted(off=False), talk=Talk("speaking", says=SAYS))[0].state == "speaking"


# --- steering -----------------------------------------------------------------------------------

ANSWER = Talk("speaking", spoken=Spoken(("One.", "Two.", "Three."), 1, talking=True), says=SAYS)


@pytest.mark.parametrize(
    ("command", "spoken"),
    [("repeat", "Two."), ("next", "Three."), ("back", "One."), ("slower", "Two."),
     ("faster", "Two."), ("louder", "Two."), ("quieter", "Two.")],
)  # fmt: skip
def test_commands_move_through_the_answer(command, spoken):
    now, effects = after(VoiceBegan(), said(command), talk=ANSWER)
    assert [one.text for one in effects if isinstance(one, Speak)] == [spoken]
    assert now.state == "speaking"


@pytest.mark.parametrize("command", ["stop", "cancel", "help"])
def test_commands_that_silence(command):
    now, effects = after(Touched(command), talk=ANSWER)
    assert FallSilent in kinds(effects)
    assert Speak not in kinds(effects)
    assert now.state == "idle"


def test_after_stop_the_answer_goes_on_with_next():
    now, _ = after(Touched("stop"), talk=ANSWER)
    _, effects = after(Touched("next"), talk=now)
    assert effects == [FallSilent(), Speak("Three.")]


def test_before_the_first_and_behind_the_last_sentence_there_is_nothing_more():
    for talk, command in ((Talk(says=SAYS), "repeat"), (ANSWER, "next")):
        now, _ = after(Touched("next"), talk=talk) if command == "next" else (talk, ())
        _, effects = after(Touched(command), talk=now)
        assert Tell(SAYS.nothing_more) in effects


@pytest.mark.parametrize(
    ("command", "change"),
    [("slower", lambda a, b: b.speed < a.speed), ("faster", lambda a, b: b.speed > a.speed),
     ("quieter", lambda a, b: b.volume < a.volume)],
)  # fmt: skip
def test_the_voice_changes_step_by_step_and_not_without_end(command, change):
    now, effects = after(Touched(command), talk=ANSWER)
    assert change(Manner(), now.manner)
    assert SpeakLike(now.manner) in effects
    now, _ = after(*[Touched(command)] * 30, talk=now)
    assert SLOWEST <= now.manner.speed <= FASTEST
    assert now.manner.volume >= 20
    louder, _ = after(*[Touched("louder")] * 30, talk=now)
    assert louder.manner.volume == 100


# --- 0 actions without a yes --------------------------------------------------------------------

SAID = [ORDER, PLAIN, DOUBTFUL, Said(""), replace(ORDER, text="give ceftriaxone 1 g")]
EVENTS = st.one_of(
    st.sampled_from(
        [Pressed(), Released(), WakeWord(), VoiceBegan(), NothingHeard(), Sentence("One."),
         AnswerEnded(), SentenceSpoken(), Muted(off=True), Muted(off=False), WaitedTooLong(),
         Chosen(0), Chosen(1), Chosen(9)]
    ),
    st.sampled_from(SAID).map(Utterance),
    st.builds(said, st.sampled_from(COMMANDS), st.sampled_from([0.2, 1.0])),
    st.sampled_from(COMMANDS).map(Touched),
)  # fmt: skip


def is_yes(event):
    touched = isinstance(event, Touched) and event.command == "yes"
    spoken = isinstance(event, Utterance) and event.said.command == "yes"
    return touched or (spoken and event.said.sure >= 0.6)


def allowed(effect, event, before, shown):
    """Whether an event may have this effect."""
    if isinstance(effect, Ask) and effect.confirmed:
        return is_yes(event) and effect.text == shown and not before.pending.said.doubts
    if isinstance(effect, Ask):
        return isinstance(event, Utterance) and not event.said.critical
    if isinstance(effect, ForgetPatient):
        return is_yes(event) and before.pending.forget
    return True


@given(
    st.sampled_from(["push", "hands_free", "wake_word"]), st.lists(EVENTS, min_size=5, max_size=40)
)
@settings(max_examples=400, deadline=None)
def test_nothing_critical_is_used_without_a_yes_to_exactly_these_words(mode, events):
    talk, shown = Talk(mode=mode, says=SAYS), None
    for event in events:
        before = talk
        talk, effects = step(talk, event)
        for effect in effects:
            assert allowed(effect, event, before, shown)
            shown = effect.text if isinstance(effect, ReadBack) else shown
        shown = shown if talk.pending else None


@given(st.lists(EVENTS, min_size=5, max_size=40))
@settings(max_examples=200, deadline=None)
def test_a_microphone_that_is_off_stays_off_until_it_is_switched_on(events):
    talk = Talk(mode="hands_free", says=SAYS)
    for event in events:
        was_off = talk.state == "muted"
        talk, effects = step(talk, event)
        if was_off and event != Muted(off=False):
            assert talk.state == "muted"
            assert Listen(on=True) not in effects


# --- words --------------------------------------------------------------------------------------

COMMAND_WORDS = load_commands()
NEEDED = ("en", "fr", "es", "sw", "hi", "ar")


@pytest.mark.parametrize("language", NEEDED)
def test_every_command_can_be_said_in_every_language_of_the_kiosk(language):
    ways = COMMAND_WORDS.by_language[language]
    assert set(ways.values()) == set(COMMANDS)
    for words, command in ways.items():
        assert COMMAND_WORDS.of(words, language) == command


def test_no_way_to_say_a_command_means_two():
    text = files("speech.talk").joinpath("commands.toml").read_text(encoding="utf-8")
    for language, table in tomllib.loads(text).items():
        ways = [way for ways in table.values() for way in ways]
        assert sum(len(group) for group in table.values()) == len(ways)
        folded = COMMAND_WORDS.by_language[language]
        for command, group in table.items():
            for way in group:
                assert COMMAND_WORDS.of(way, language) == command, (language, way)
        assert len(folded) <= len(ways)


@pytest.mark.parametrize(
    ("utterance", "command"),
    [("Stop.", "stop"), ("Please repeat", "repeat"), ("Next step, please.", "next"),
     ("YES!", "yes"), ("new patient", "new_patient"), ("speak up", "louder"),
     ("no allergies", None), ("stop the bleeding", None), ("yes he is allergic", None),
     ("the next patient is a child", None), ("okay", None), ("uh huh", None), ("", None)],
)  # fmt: skip
def test_a_command_is_a_whole_utterance(utterance, command):
    assert COMMAND_WORDS.of(utterance) == command


@pytest.mark.parametrize("language", NEEDED)
def test_everything_the_assistant_says_is_there_in_every_language(language):
    says = load_says(language)
    for field in fields(Says):
        assert getattr(says, field.name).strip()
    if language != "en":
        english = load_says("en")
        assert all(getattr(says, f.name) != getattr(english, f.name) for f in fields(Says))


def test_a_language_that_is_not_there_falls_back_to_english():
    assert load_says("xx") == load_says("en")
