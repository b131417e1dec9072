"""Measures a bedside session: from the end of speech to the answer, to its sound, and interrupting.

The words are scripted, so that a recogniser costs nothing; everything else is what a kiosk uses:
speech detector, gates, names, library, voice, and a process that plays.
"""

import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from speech.audio.clip import RATE, Samples
from speech.hearing.recogniser import ScriptedRecogniser
from speech.messages import Heard, Segment
from speech.voice.voices import Voice
from ui import speech_events as told
from ui.settings import Settings
from ui.speech_bedside import session_parts
from ui.speech_session import BedsideSession
from ui.speech_session_parts import SessionOptions
from ui.speech_sound import Player
from ui.wiring import Desk, open_desk

QUESTION = "what are the signs of shock"
_BLOCK = RATE // 20
_WAIT_S = 30.0
QUIET_S = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A time by the clock, and by the work that this process has done on all cores."""

    clock: float
    work: float

    def since(self, earlier: "Moment") -> "Moment":
        """Seconds between two moments."""
        return Moment(self.clock - earlier.clock, self.work - earlier.work)


def now() -> Moment:
    """This moment."""
    return Moment(time.perf_counter(), time.process_time())


@dataclass
class Watch:
    """Everything that a session told, and when."""

    events: list[tuple["Moment", told.BedsideEvent]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def tell(self, event: told.BedsideEvent) -> None:
        """Note an event."""
        with self.changed:
            self.events.append((now(), event))
            self.changed.notify_all()

    def wait(self, kind: type[told.BedsideEvent]) -> "tuple[Moment, told.BedsideEvent]":
        """The first event of a kind and when it came.

        Raises:
            TimeoutError: it did not come.
        """
        with self.changed:
            if not self.changed.wait_for(lambda: self._first(kind) is not None, _WAIT_S):
                raise TimeoutError(kind.__name__)
            return self._first(kind) or (now(), told.StopSound())

    def _first(self, kind: type[told.BedsideEvent]) -> "tuple[Moment, told.BedsideEvent] | None":
        return next((one for one in self.events if isinstance(one[1], kind)), None)


def measure_session(voice: Voice, speech: Samples, player: Player, runs: int) -> dict[str, Any]:
    """Times in milliseconds.

    Args:
        voice: of this machine.
        speech: a spoken sentence.
        player: a process that lasts as long as a sound does.
        runs: how often; the first one reads data files and does not count.
    """
    with tempfile.TemporaryDirectory() as home:
        desk = open_desk(Settings(home=Path(home)))
        try:
            rows = [_turn(desk, voice, speech, player) for _ in range(runs + 1)][1:]
        finally:
            desk.close()
    names = (
        "end_of_speech_to_first_sentence_ms",
        "first_sentence_to_its_sound_ms",
        "voice_to_silence_ms",
    )
    return {name: _figures([row[place] for row in rows]) for place, name in enumerate(names)}


def _figures(times: list[Moment]) -> dict[str, float]:
    """On a busy machine the clock runs on while others work; the work is then the fairer figure."""
    return {
        "median": _ms(statistics.median(one.clock for one in times)),
        "max": _ms(max(one.clock for one in times)),
        "median_of_work": _ms(statistics.median(one.work for one in times)),
    }


def _turn(
    desk: Desk, voice: Voice, speech: Samples, player: Player
) -> tuple[Moment, Moment, Moment]:
    """One question, its answer, and an interruption: seconds of each."""
    watch = Watch()
    heard = Heard((Segment(QUESTION, 0.0, len(speech) / RATE),), "en")
    parts = session_parts(desk, ScriptedRecogniser([heard] * 50), voice)
    session = BedsideSession(parts, SessionOptions(mode="hands_free"), watch.tell)
    try:
        ended = speak(session, np.concatenate((speech, np.zeros(int(QUIET_S * RATE), "f4"))))
        answered, _ = watch.wait(told.AnswerSentence)
        sounded, sound = watch.wait(told.PlaySound)
        if isinstance(sound, told.PlaySound):
            player.play(sound.wav, lambda: None)
        while not player.playing:
            time.sleep(0.001)
        silent = _interrupted(session, watch, speech, player)
        return answered.since(ended), sounded.since(answered), silent
    finally:
        player.stop()
        session.close()


def speak(session: BedsideSession, sound: Samples) -> Moment:
    """Feed sound as fast as it goes; when the block came after which speech had ended."""
    ended, was_speaking = now(), False
    for begin in range(0, len(sound), _BLOCK):
        before = now()
        session.sound(pcm(sound[begin : begin + _BLOCK]))
        speaking = session.hears_speech
        if was_speaking and not speaking:
            ended = before
        was_speaking = speaking
    return ended


def _interrupted(session: BedsideSession, watch: Watch, speech: Samples, player: Player) -> Moment:
    """Seconds of speech from its onset, and of work, until the process that plays is dead."""
    onset = int(np.argmax(np.abs(speech) > 0.1 * float(np.abs(speech).max())))
    for begin in range(0, len(speech), _BLOCK):
        before = now()
        session.sound(pcm(speech[begin : begin + _BLOCK]))
        session.settle()
        if any(isinstance(event, told.StopSound) for _, event in watch.events):
            player.stop()
            worked, heard = now().since(before), (begin + _BLOCK - onset) / RATE
            return Moment(heard + worked.clock, heard + worked.work)
    raise TimeoutError("StopSound")


def pcm(samples: Samples) -> bytes:
    """Samples as a microphone sends them."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)
