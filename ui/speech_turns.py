"""One patient: events go through `speech.talk.machine.step`, and its effects are carried out.

Thrown away whole between patients, so that nothing can be forgotten to be forgotten. Call it from
one thread only.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from assistant.messages import Patient
from speech.audio.wav import write_wav
from speech.messages import Transcript
from speech.talk import events as talk
from speech.talk.events import Said
from speech.talk.machine import step
from speech.talk.says import load_says
from speech.talk.state import Talk
from speech.voice.speaker import Spoken
from ui import speech_events as told
from ui.kiosk.view import Page
from ui.speech_answers import Running
from ui.speech_rendering import Rendering
from ui.speech_session_parts import SessionOptions, SessionParts

Tell = Callable[[told.BedsideEvent], None]
Do = Callable[[Callable[[], None]], None]
_ENGLISH = "en"
"""Language of the library, and so of answers."""
_RENDERED_S = 30.0
_LATE_S = 5.0
"""Longer than its length, a sound has been played, or nobody plays it."""


class PatientTurns:
    """Everything that is known of one patient while he is here."""

    def __init__(self, parts: SessionParts, options: SessionOptions, tell: Tell, later: Do) -> None:
        """Take the doors, how to behave, what is told of events, and what brings work back."""
        self._parts = parts
        self._options = options
        self._tell = tell
        self._later = later
        says = load_says(options.language)
        self.talk = Talk(mode=options.mode, manner=options.manner, says=says)
        self.patient = Patient()
        self.forgotten = False
        """Whether the patient is to be forgotten."""
        self._answer = Running(parts.answers)
        self._voice = Rendering(parts.speak, lambda n, s: later(lambda: self._play(n, s)))
        self._known = self._told_no_sound = False
        self._last = self._asked_at = self._until = time.monotonic()
        self._shown: told.BedsideEvent | None = None

    @property
    def microphone(self) -> bool:
        """Whether sound is wanted now."""
        state = self.talk.state
        freely = state == "idle" and self.talk.mode == "hands_free"
        return state == "listening" or freely or (state == "speaking" and self._options.barge_in)

    @property
    def waits_for_word(self) -> bool:
        """Whether only the wake word is listened for."""
        return self.talk.mode == "wake_word" and self.talk.state == "idle"

    def close(self) -> None:
        """Forget everything; what is still on its way comes to nothing."""
        self._answer.cancel()
        self._fall_silent()
        self._voice.close()
        self.patient, self.talk = Patient(), Talk()

    # --- what comes in ------------------------------------------------------------------------

    def happened(self, event: talk.Event) -> None:
        """One event of the loop."""
        if not isinstance(event, talk.WaitedTooLong):
            self._last, self._known = time.monotonic(), True
        before = self.talk
        self.talk, effects = step(before, event)
        if self.talk.pending is not before.pending:
            self._asked_at = time.monotonic()
        for effect in effects:
            self._carry_out(effect)
            if self.forgotten:
                return
        self.show_state()

    def typed(self, text: str) -> None:
        """Words that are sure, also while the microphone is off."""
        muted = self.talk.state == "muted"
        self._fall_silent()
        self.talk = replace(self.talk, state="thinking")
        self.happened(talk.Utterance(Said(text)))
        if muted:
            self.talk = replace(self.talk, state="muted")
            self.show_state()

    def understood(self, transcript: Transcript) -> None:
        """What was said, or why nothing was."""
        if not transcript.text.strip():
            self.happened(talk.NothingHeard(self.talk.says.not_heard))
            return
        self._tell(told.Transcribed(transcript.text, transcript.spoken_text))
        self.happened(talk.Utterance(self._parts.understand(transcript)))

    def nothing_more(self) -> None:
        """The ear has given all it had; where no words came, nothing was said."""
        if self.talk.state == "thinking" and not self._answer.running:
            self.happened(talk.NothingHeard(self.talk.says.not_heard))

    def sound_ended(self, number: str) -> None:
        """A sound was played to its end."""
        if number and number == self._voice.wanted:
            self._voice.silent()
            self.happened(talk.SentenceSpoken())

    def look_at_clock(self) -> None:
        """Drop what waited too long."""
        now = time.monotonic()
        if self._voice.wanted:
            self._last = self._asked_at = now
            if now > self._until:
                self.sound_ended(self._voice.wanted)
            return
        word_alone = self.talk.mode == "wake_word" and self.talk.state == "listening"
        late_yes = self.talk.pending and now - self._asked_at > self._options.yes_within_s
        if late_yes or (word_alone and now - self._last > self._options.speak_within_s):
            self.happened(talk.WaitedTooLong())
        self.forgotten |= self._known and now - self._last > self._options.forget_after_s

    def show_state(self) -> None:
        """Tell the state where it has changed."""
        shown = told.StateChanged(self.talk.state, self.talk.mode, self.microphone)
        if shown != self._shown:
            self._shown = shown
            self._tell(shown)

    # --- what is to be done -------------------------------------------------------------------

    def _carry_out(self, effect: talk.Effect) -> None:
        match effect:
            case talk.Speak(text, _, own):
                language = self.talk.says.language if own else _ENGLISH
                self._until = time.monotonic() + _RENDERED_S
                self._voice.say(text, replace(self.talk.manner, language=language))
            case talk.FallSilent():
                self._fall_silent()
            case talk.LookForDanger(text):
                self._answer.cancel()
                self._look_for_danger(text)
            case talk.Ask(text):
                release = self._release
                self._answer.ask(text, self.patient, lambda p: self._later(lambda: release(p)))
            case talk.ForgetPatient():
                self.forgotten = True
            case _:
                self._show(effect)

    def _show(self, effect: talk.Effect) -> None:
        match effect:
            case talk.ReadBack(items, text):
                shown = tuple((item.kind, item.shown) for item in items)
                headings = tuple(self.talk.says.heading(item.kind) for item in items)
                self._tell(told.ReadBackAsked(shown, text, headings))
            case talk.Choose(doubt):
                self._tell(told.ChoiceAsked(doubt.ask, doubt.choices))
            case talk.Tell(message):
                self._tell(told.Notice(message))
            case talk.SpeakLike(manner):
                self._tell(told.MannerChanged(manner.speed, manner.volume))
            case _:
                pass  # whether to listen is seen from the state

    def _look_for_danger(self, text: str) -> None:
        urgency = self._parts.triage(text, self.patient)
        if urgency.level in ("emergency", "urgent"):
            for flag in urgency.flags:
                self._tell(told.DangerSeen(flag.level, flag.title, flag.action, flag.source))

    def _release(self, page: Page | None) -> None:
        """A sentence that the gate let through, or the end of the answer."""
        if page is None:
            self._tell(told.AnswerComplete())
            self.happened(talk.AnswerEnded())
            return
        self._tell(told.AnswerSentence(page.text, page.source, page.kind))
        self.happened(talk.Sentence(page.text))

    def _fall_silent(self) -> None:
        if self._voice.silent():
            self._tell(told.StopSound())

    def _play(self, number: str, spoken: Spoken) -> None:
        """Hand over a sound that is still wanted; a sentence without sound is only shown."""
        if number != self._voice.wanted:
            return
        if spoken.sound is None:
            if spoken.failed and not self._told_no_sound:
                self._told_no_sound = True
                self._tell(told.Notice(spoken.failed))
            self.sound_ended(number)
            return
        self._until = time.monotonic() + spoken.sound.seconds + _LATE_S
        wav = write_wav(spoken.sound.samples, spoken.sound.rate)
        self._tell(told.PlaySound(number, wav, spoken.sentence))
