"""A bedside session at a desk in another language: read back in it, answered in that of the library."""

import threading

import pytest
from fakes_kiosk import EchoAnswers, Understands, Voice, transcript, triage

from speech.talk.events import Pressed
from speech.talk.says import load_says
from ui import speech_events as told
from ui.kiosk.texts import LANGUAGES
from ui.speech_desk import line_of
from ui.speech_session import BedsideSession
from ui.speech_session_parts import SessionOptions, SessionParts


class Desk:
    """A session, everything that it told, and the voice that it used."""

    def __init__(self, language):
        self.voice, self.answers = Voice(), EchoAnswers()
        self.told = []
        self._new = threading.Condition()
        parts = SessionParts(self.answers, triage, Understands().said, self.voice)
        self.session = BedsideSession(parts, SessionOptions(language=language), self._tell)

    def _tell(self, event):
        with self._new:
            self.told.append(event)
            self._new.notify_all()

    def says(self, text, language):
        """Somebody says this."""
        self.session._do(lambda turns: turns.understood(transcript(text, language)))

    def next_of(self, kind, count=1):
        """The event of a kind at a place, once it has come."""
        with self._new:
            assert self._new.wait_for(lambda: len(self._of(kind)) >= count, 10)
            return self._of(kind)[count - 1]

    def _of(self, kind):
        return [event for event in self.told if isinstance(event, kind)]


@pytest.fixture
def desk():
    made = []

    def open_in(language):
        made.append(Desk(language))
        made[-1].session._do(lambda turns: turns.happened(Pressed()))
        return made[-1]

    yield open_in
    for one in made:
        one.session.close()


@pytest.mark.parametrize("language", [*LANGUAGES, "pt"])
def test_a_read_back_is_told_and_spoken_in_the_language_and_the_answer_in_english(desk, language):
    room, says = desk(language), load_says(language)
    room.says("give 15 mg", language)
    asked = room.next_of(told.ReadBackAsked)
    assert asked.items == (("dose", "15 mg"),)
    assert asked.headings == (says.heading("dose"),)
    assert line_of(asked) == f"? {says.heading('dose')}: 15 mg"
    room.next_of(told.PlaySound)
    text, manner = room.voice.said[0]
    assert text == says.read_back(Understands().said(transcript("give 15 mg")).items)
    assert manner.language == says.language == ("en" if language == "pt" else language)
    assert room.answers.asked == []
    room.session.touch("yes")
    room.next_of(told.AnswerSentence)
    room.next_of(told.PlaySound, 2)
    assert room.voice.said[1][1].language == "en"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_choice_is_asked_in_the_language(desk, language):
    room = desk(language)
    room.says("give cefalexin", language)
    asked = room.next_of(told.ChoiceAsked)
    assert asked.choices == ("cefalexin", "cefazolin")
    assert "cefazolin" in asked.ask
    assert asked.ask != "Which?"
    room.next_of(told.PlaySound)
    assert room.voice.said[0][0] == asked.ask
    assert room.voice.said[0][1].language == language
