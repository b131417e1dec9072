"""A bedside session: sound and touches go in, everything that is to be seen and heard comes out.

One patient after another; each has a `PatientTurns` of his own, which is thrown away. Everything
happens in one thread, in order; what is slow (words, answers, the voice) works beside it and brings
back what it has. Nothing that was on its way for one patient arrives at the next.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from assistant.messages import Patient
from speech.hearing.model_folder import ABSENT
from speech.hearing.recogniser import Wanted
from speech.hearing.session import (
    Failed,
    NoVoice,
    SpeechBegan,
    StreamEvent,
    Understood,
    WordsSoFar,
)
from speech.talk import events as talk
from speech.talk.commands import Command
from ui import speech_events as told
from ui.speech_session_parts import SessionOptions, SessionParts
from ui.speech_sound import samples_of_bytes
from ui.speech_turns import PatientTurns, Tell


class BedsideSession:
    """One microphone, one voice, one patient after another.

    One thread calls `sound`, `press` and `release`; everything else may be called from any. All
    return at once. `tell` is called from one thread.
    """

    def __init__(self, parts: SessionParts, options: SessionOptions, tell: Tell) -> None:
        """Take the doors, how the session behaves, and what is told of events."""
        self._parts = parts
        self._options = options
        self._tell = tell
        self._mailbox = ThreadPoolExecutor(1, "session")
        self._changing = threading.Lock()
        self._ear = parts.open_hearing(self._heard) if parts.open_hearing else None
        self._turns = self._begun()

    # --- what comes in ------------------------------------------------------------------------

    def sound(self, chunk: bytes) -> None:
        """Further samples of the microphone: 16 kHz, one channel, 16 bits, little-endian."""
        if self._ear is None:
            return
        samples = samples_of_bytes(chunk)
        if self._turns.microphone:
            self._ear.feed(samples)
        elif self._turns.waits_for_word and self._parts.wake and self._parts.wake.feed(samples):
            self._post(talk.WakeWord())

    def press(self) -> None:
        """The talk button went down; from here on sound is heard."""
        if self._ear is None:
            self._do(lambda _: self._tell(told.Notice(ABSENT)))
        else:
            self._post(talk.Pressed())
            self.settle()

    def release(self) -> None:
        """The talk button went up: what was said until then is understood."""
        if self._ear is not None and self._options.mode == "push":
            self._post(talk.Released())
            self.settle()
            self._ear.cut(lambda: self._do(lambda turns: turns.nothing_more()))

    def touch(self, command: Command) -> None:
        """A command was touched."""
        self._post(talk.Touched(command))

    def choose(self, index: int) -> None:
        """A choice was touched."""
        self._post(talk.Chosen(index))

    def mute(self, *, off: bool) -> None:
        """The microphone was switched off or on."""
        self._post(talk.Muted(off))

    def typed(self, text: str) -> None:
        """A question that was typed: its words are sure and are put at once."""
        self._do(lambda turns: turns.typed(text))

    def knows(self, patient: Patient) -> None:
        """What was filled in by hand about the patient."""
        self._do(lambda turns: self._take(turns, patient))

    def played(self, number: str) -> None:
        """A sound was played to its end."""
        self._do(lambda turns: turns.sound_ended(number))

    def tick(self) -> None:
        """Look at the clock; call it about once a second."""
        self._do(lambda turns: turns.look_at_clock())

    def reset(self) -> None:
        """Forget the patient now."""
        self._next_patient(self._turns)

    @property
    def hears_speech(self) -> bool:
        """Whether somebody speaks now, as far as the ear can tell."""
        return self._ear is not None and self._ear.speaking

    def settle(self) -> None:
        """Wait until everything that came in so far has been dealt with."""
        self._mailbox.submit(lambda: None).result()

    def finish(self) -> None:
        """The microphone is gone; waits until everything that was said is understood."""
        if self._ear is not None and self._turns.microphone:
            self._ear.finish()
        self.settle()

    def close(self) -> None:
        """Forget everything and end all threads."""
        if self._ear is not None:
            self._ear.close()
        self.settle()
        self._mailbox.submit(self._turns.close).result()
        self._mailbox.shutdown(wait=True)

    # --- in the mailbox -----------------------------------------------------------------------

    def _begun(self) -> PatientTurns:
        """A new patient of whom nothing is known."""
        turns: list[PatientTurns] = []

        def later(work: Callable[[], None]) -> None:
            self._submit(turns[0], work)

        turns.append(PatientTurns(self._parts, self._options, self._tell, later))
        self._take(turns[0], Patient())
        return turns[0]

    def _take(self, turns: PatientTurns, patient: Patient) -> None:
        """Know this of the patient; the ear expects the names that belong to it."""
        turns.patient = patient
        if self._ear is not None:
            self._ear.wants(Wanted(self._options.language, self._parts.hot_words(patient)))

    def _post(self, event: talk.Event) -> None:
        self._do(lambda turns: turns.happened(event))

    def _do(self, work: Callable[[PatientTurns], None]) -> None:
        turns = self._turns
        self._submit(turns, lambda: work(turns))

    def _submit(self, turns: PatientTurns, work: Callable[[], None]) -> None:
        """Work for one patient; it comes to nothing where another one is there meanwhile."""

        def now() -> None:
            if turns is not self._turns:
                return
            work()
            if turns.forgotten:
                self._next_patient(turns)

        self._mailbox.submit(now)

    def _next_patient(self, turns: PatientTurns) -> None:
        """From now on everything belongs to another patient; called in any thread."""
        with self._changing:
            if turns is not self._turns:
                return
            self._turns = fresh = self._begun()
        if self._ear is not None:
            self._ear.reset()
        if self._parts.wake is not None:
            self._parts.wake.reset()
        self._mailbox.submit(lambda: self._changed(turns, fresh))

    def _changed(self, turns: PatientTurns, fresh: PatientTurns) -> None:
        turns.close()
        self._tell(told.PatientForgotten())
        fresh.show_state()

    def _heard(self, event: StreamEvent) -> None:
        """Something from the ear; called in the thread that feeds it or in its own."""
        match event:
            case SpeechBegan():
                self._post(talk.VoiceBegan())
            case WordsSoFar(partial):
                self._do(lambda _: self._tell(told.PartialWords(partial.firm, partial.loose)))
            case Understood(transcript):
                self._do(lambda turns: turns.understood(transcript))
            case NoVoice():
                self._post(talk.NothingHeard())
            case Failed(message):
                self._post(talk.NothingHeard(message))
            case _:
                pass
