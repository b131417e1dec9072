"""A stream of sound as it comes from a microphone, turned into events while it comes.

What tells speech works at once, in the thread that feeds; the recogniser works in one thread of its
own, so that feeding never waits for it. `reset` forgets everything, as between two patients.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from speech.audio.clip import Clip, Samples
from speech.errors import SpeechError
from speech.hearing.ear import Ear, NotSpeech, Utterance
from speech.hearing.endpoint import Began
from speech.hearing.listener import Listener
from speech.hearing.partials import Agreement, Partial, Rhythm
from speech.hearing.recogniser import Wanted
from speech.messages import Transcript


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Somebody begins to speak; told within a tenth of a second."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Somebody finished; the words follow."""


@dataclass(frozen=True, slots=True)
class WordsSoFar:
    """A first impression while somebody speaks; for the screen only."""

    partial: Partial


@dataclass(frozen=True, slots=True)
class Understood:
    """What was said, or an empty transcript whose message tells why there is none."""

    transcript: Transcript


@dataclass(frozen=True, slots=True)
class NoVoice:
    """What seemed to be speech was none."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The recogniser could not work; the message is for the person."""

    message: str


StreamEvent = SpeechBegan | SpeechEnded | WordsSoFar | Understood | NoVoice | Failed
Tell = Callable[[StreamEvent], None]


class StreamSession:
    """Hears one stream. `tell` may be called from two threads and must not wait for this."""

    def __init__(self, ear: Ear, listener: Listener, tell: Tell) -> None:
        """Take what cuts the stream, what understands it, and what is told of events."""
        self._ear = ear
        self._listener = listener
        self._tell = tell
        self._wanted = Wanted()
        self._rhythm = Rhythm()
        self._worker = ThreadPoolExecutor(1, "speech-session")
        self._generation = 0
        self._lock = threading.Lock()
        self._feeding = threading.RLock()
        self._clear()

    @property
    def speaking(self) -> bool:
        """Whether somebody speaks now."""
        return self._ear.speaking

    def wants(self, wanted: Wanted) -> None:
        """Language and hot words from now on."""
        self._wanted = wanted

    def feed(self, samples: Samples) -> None:
        """Take further samples at 16 kHz."""
        with self._feeding:
            for event in self._ear.feed(samples):
                self._happened(event)
            if self._ear.speaking and self._began is not None:
                self._hear_so_far(self._began)

    def cut(self, done: Callable[[], None]) -> None:
        """Nothing more comes of this utterance; `done` is called once it is understood."""
        with self._feeding:
            for event in self._ear.finish():
                self._happened(event)
        self._worker.submit(done)

    def finish(self) -> None:
        """The stream has ended; waits until everything in it is understood."""
        with self._feeding:
            for event in self._ear.finish():
                self._happened(event)
        self._worker.submit(lambda: None).result()

    def reset(self) -> None:
        """Forget everything that was heard; what is still being understood is thrown away."""
        with self._lock:
            self._generation += 1
        with self._feeding:
            self._ear.reset()
            self._clear()

    def close(self) -> None:
        """End the thread; a recogniser at work finishes its clip first."""
        self.reset()
        self._worker.shutdown(wait=True)

    def _clear(self) -> None:
        self._began: int | None = None
        self._agreement = Agreement()
        self._draft: Future[None] | None = None
        self._heard_s = self._took_s = self._ended_at = 0.0

    def _happened(self, event: Began | Utterance | NotSpeech) -> None:
        match event:
            case Began(frame):
                self._clear()
                self._began = frame
                self._tell(SpeechBegan())
            case NotSpeech(_, _, reason):
                self._clear()
                self._tell(NoVoice(reason))
            case Utterance():
                self._clear()
                self._tell(SpeechEnded())
                wanted, generation = self._wanted, self._generation
                self._worker.submit(self._understand, event, wanted, generation)

    def _understand(self, spoken: Utterance, wanted: Wanted, generation: int) -> None:
        try:
            found: StreamEvent = Understood(self._listener.utterance(spoken, wanted))
        except SpeechError as error:
            found = Failed(str(error))
        self._tell_current(found, generation)

    def _hear_so_far(self, began: int) -> None:
        if self._draft is not None and not self._draft.done():
            return
        clip = self._ear.so_far(began)
        since = time.monotonic() - self._ended_at
        if self._rhythm.due(clip.seconds, self._heard_s, self._took_s, since):
            self._heard_s = clip.seconds
            self._draft = self._worker.submit(self._impression, clip, began, self._generation)

    def _impression(self, clip: Clip, began: int, generation: int) -> None:
        begin = time.monotonic()
        try:
            text = self._listener.first_impression(clip, self._wanted)
        except SpeechError:
            return  # the whole utterance will tell it
        self._ended_at = time.monotonic()
        self._took_s = self._ended_at - begin
        if text and self._began == began:
            self._agreement = self._agreement.heard(text)
            self._tell_current(WordsSoFar(self._agreement.partial), generation)

    def _tell_current(self, event: StreamEvent, generation: int) -> None:
        """Tell it, unless everything was forgotten meanwhile."""
        with self._lock:
            if generation == self._generation:
                self._tell(event)
