"""The one place at the kiosk: who holds it, the patient in it, the ear, and when it forgets.

One browser holds the seat under a session id that changes with every patient. A second one is told
that it is in use, and may take over, which forgets the patient first.
"""

import logging
import math
import secrets
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from speech.audio.clip import Samples
from speech.talk import events as talk_events
from speech.voice.manner import Manner
from ui.kiosk.conversation import Conversation
from ui.kiosk.loop import Room
from ui.kiosk.options import Options
from ui.kiosk.parts import Parts
from ui.kiosk.shared_ear import SharedEar

WARNED_S = 30
"""Seconds before forgetting from which on the page counts down."""
CONFIRM_WITHIN_S = 45.0
"""After so long without a yes, what waits for it is dropped."""
_TICK_S = 0.25
Listener = Callable[[dict[str, object]], None]
T = TypeVar("T")


class Seat:
    """Everything of the kiosk that outlives a patient. Safe to call from any thread."""

    def __init__(
        self,
        parts: Parts,
        options: Options,
        home: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the doors, the options, the data folder and a clock that never goes back."""
        self.parts = parts
        self.options = options
        self.language = options.language
        """Of the screen; chosen there or in the options."""
        self.home = home
        self._clock = clock
        self._mailbox = ThreadPoolExecutor(1, "kiosk")
        self.ear = SharedEar(parts, self._post_heard)
        self._listener: Listener | None = None
        self._ended = threading.Event()
        self.session = ""
        self._begin()
        self.ear.open(options.silence_s, options.language)
        self._ticker = threading.Thread(target=self._tick, name="kiosk-clock", daemon=True)
        self._ticker.start()

    # --- who holds it -------------------------------------------------------------------------

    @property
    def in_use(self) -> bool:
        """Whether a browser that holds the seat listens now."""
        return self._listener is not None

    def sit_down(self) -> str:
        """Take the seat, from whomever; gives the session id of a fresh patient."""
        return self.do(self._sit_down)

    def listen(self, session: str, listener: Listener) -> bool:
        """Hear of everything that happens; false where the session is not the current one."""

        def attach() -> bool:
            if session != self.session:
                return False
            self._listener = listener
            self._emit({"type": "view", "view": self.conversation.view.to_json()})
            return True

        return self.do(attach)

    def leave(self, listener: Listener) -> None:
        """A browser listens no more."""

        def detach() -> None:
            if self._listener is listener:
                self._listener = None

        with suppress(RuntimeError):  # the kiosk has ended
            self._mailbox.submit(detach)

    def is_current(self, session: str) -> bool:
        """Whether this is the session of the patient in the seat."""
        return bool(session) and secrets.compare_digest(session.encode(), self.session.encode())

    # --- what is done -------------------------------------------------------------------------

    def do(self, work: Callable[[], T]) -> T:
        """Do something in the mailbox and wait for it; counts as a sign of a person."""
        self._active()
        return self._mailbox.submit(work).result()

    def feed(self, samples: Samples) -> None:
        """Sound from the microphone; thrown away where none is wanted."""
        conversation = self.conversation
        if conversation.view.mic:
            self.ear.feed(samples, conversation)

    def press(self) -> None:
        """The talk button went down: what lay in the ear before does not belong to it."""
        if self.conversation.talk.state == "idle":
            self.ear.fresh()
        self.conversation.happened(talk_events.Pressed())

    def reset(self) -> str:
        """Forget the patient; gives the new session id."""
        self.do(self._forget)
        return self.session

    def speak(self, language: str) -> None:
        """Another language of the screen; call it in the mailbox."""
        self.language = language
        self.conversation.speaks(language)
        self.ear.wants(language)

    def change(self, options: Options) -> None:
        """Other options from now on."""
        reopen = options.silence_s != self.options.silence_s
        self.options, self.language = options, options.language
        self.do(lambda: self.conversation.takes(options))
        if reopen:
            self.ear.open(options.silence_s, options.language)

    def is_well(self, within_s: float = 5.0) -> bool:
        """Whether the mailbox still works."""
        try:
            return bool(self._mailbox.submit(lambda: True).result(timeout=within_s))
        except (RuntimeError, TimeoutError):
            return False

    def close(self) -> None:
        """End everything."""
        self._ended.set()
        self._mailbox.submit(self.conversation.close).result()
        self.ear.close()
        self._mailbox.shutdown(wait=True)

    # --- inside -------------------------------------------------------------------------------

    def _sit_down(self) -> str:
        self._emit({"type": "taken"})
        self._listener = None
        self._forget()
        return self.session

    def _forget(self) -> None:
        """Throw the patient away with everything around: memory, sound, what is in the ear."""
        self.conversation.close()
        self._begin()
        # The ear may be at work for the patient who left; nobody waits for it.
        self.ear.empty_for(self.conversation)
        self.parts.forget()
        self._emit({"type": "reset", "session": self.session})
        self._emit({"type": "view", "view": self.conversation.view.to_json()})

    def _begin(self) -> None:
        self.session = secrets.token_urlsafe(24)
        options = self.options
        manner = Manner("en", options.speed, options.volume)
        room = Room(self.parts, self._post, self._emit, self._hear, self._forget)
        self.conversation = Conversation(room, self.language, manner, hands_free=options.hands_free)
        self._active()
        self._left_told: int | None = None

    def _hear(self, on: bool) -> None:  # noqa: FBT001 - the loop's own words
        """Begin an utterance, or end it; its words come later."""
        conversation = self.conversation
        if not on and conversation.talk.state == "thinking":
            self.ear.finish(conversation, conversation.nothing_more)

    def _post_heard(self, work: Callable[[], None]) -> None:
        """Somebody speaks: a sign of a person."""
        self._active()
        self._post(work)

    def _post(self, work: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the kiosk has ended
            self._mailbox.submit(work).add_done_callback(_tell_fault)

    def _emit(self, message: dict[str, object]) -> None:
        if self._listener is not None:
            self._listener(message)

    def _active(self) -> None:
        self._last = self._clock()

    # --- time ---------------------------------------------------------------------------------

    def _tick(self) -> None:
        while not self._ended.wait(_TICK_S):
            self._post(self.look_at_clock)

    def look_at_clock(self) -> None:
        """Count down, forget, and drop what waited too long; call it in the mailbox."""
        conversation = self.conversation
        if conversation.is_busy:
            self._active()
        quiet = self._clock() - self._last
        if conversation.talk.pending is not None and quiet >= CONFIRM_WITHIN_S:
            conversation.happened(talk_events.WaitedTooLong())
        left = self.options.reset_s - quiet
        if conversation.view.is_fresh:
            self._tell_left(None)
        elif left <= 0:
            self._forget()
        else:
            self._tell_left(
                math.ceil(left) if left <= min(WARNED_S, self.options.reset_s / 2) else None
            )

    def _tell_left(self, left: int | None) -> None:
        if left != self._left_told:
            self._left_told = left
            self._emit({"type": "countdown", "left": left})


def _tell_fault(done: Future[None]) -> None:
    """A fault is told by its kind and place alone: its words may be those of a patient."""
    fault = done.exception()
    if fault is not None:
        last = traceback.extract_tb(fault.__traceback__)[-1]
        logging.getLogger(__name__).error(
            "%s at %s:%s", type(fault).__name__, Path(last.filename).name, last.lineno
        )
