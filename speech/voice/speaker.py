"""Speaks sentence after sentence as they are released, and falls silent at once when told to.

A sentence is rendered while the one before it is heard. What renders and what plays is handed in;
in the kiosk the browser plays, so that this only hands over sound.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from speech.audio.resample import to_rate
from speech.errors import SpeechError
from speech.voice.manner import Manner, Sound
from speech.voice.other_languages import UnitWords
from speech.voice.spoken_form import SpokenForm
from speech.voice.voices import Voice

_AHEAD = 2
"""Sentences that are rendered before they are asked for."""
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence as sound, or why there is none."""

    sentence: str
    words: str
    """What was spoken."""
    sound: Sound | None = None
    failed: str = ""
    """Message for the person where there is no sound; the sentence is on the screen anyway."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Finds the words for a sentence in its language."""

    english: SpokenForm
    others: dict[str, UnitWords]

    def of(self, sentence: str, language: str) -> str:
        """The words to speak."""
        if language == "en":
            return self.english.of(sentence)
        other = self.others.get(language)
        return other.of(sentence) if other else sentence.replace("[", " ").replace("]", " ")


def render(sentence: str, voice: Voice, wording: Wording, manner: Manner) -> Spoken:
    """One sentence as sound; an error of the voice becomes a message."""
    words = wording.of(sentence, manner.language)
    if not any(char.isalnum() for char in words):
        return Spoken(sentence, words)
    try:
        sound = voice.render(words, manner).at_volume(manner)
    except SpeechError as error:
        return Spoken(sentence, words, failed=str(error))
    return Spoken(sentence, words, sound)


def joined(parts: Sequence[Spoken]) -> Spoken:
    """Several lines as one sound; where one of them has none, all are shown only, never half."""
    if len(parts) == 1:
        return parts[0]
    sentence = " ".join(part.sentence for part in parts)
    words = " ".join(part.words for part in parts)
    failed = next((part.failed for part in parts if part.failed), "")
    sounds = [part.sound for part in parts if part.sound is not None]
    if failed or not sounds:
        return Spoken(sentence, words, failed=failed)
    rate = sounds[0].rate
    samples = np.concatenate([to_rate(sound.samples, sound.rate, rate) for sound in sounds])
    return Spoken(sentence, words, Sound(samples, rate))


class SentenceQueue:
    """Sentences go in as they are released; sound comes out in the same order.

    One thread puts sentences in, one takes sound out; `stop` may be called from any.
    """

    def __init__(self, speak: Callable[[str], Spoken]) -> None:
        """Take what renders a sentence."""
        self._speak = speak
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._ready: queue.Queue[Spoken | None] = queue.Queue(maxsize=_AHEAD)
        self._stopped = threading.Event()
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._worker.start()

    def put(self, sentence: str) -> None:
        """Say this after what is already waiting."""
        self._waiting.put(sentence)

    def finish(self) -> None:
        """No more sentences will come."""
        self._waiting.put(None)

    def stop(self) -> None:
        """Fall silent: nothing that was not taken out yet is spoken."""
        self._stopped.set()
        self._waiting.put(None)

    @property
    def stopped(self) -> bool:
        """Whether it was told to fall silent."""
        return self._stopped.is_set()

    def __iter__(self) -> Iterator[Spoken]:
        """Sound of each sentence, until the last one or until `stop`."""
        while not self._stopped.is_set():
            try:
                spoken = self._ready.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if spoken is None or self._stopped.is_set():
                return
            yield spoken

    def _work(self) -> None:
        while not self._stopped.is_set():
            sentence = self._waiting.get()
            if self._stopped.is_set():
                return
            self._hand_over(None if sentence is None else self._speak(sentence))
            if sentence is None:
                return

    def _hand_over(self, spoken: Spoken | None) -> None:
        while not self._stopped.is_set():
            try:
                self._ready.put(spoken, timeout=_POLL_S)
            except queue.Full:
                continue
            return
