"""What a conversation at the bedside is made of; everything with a door behind it is handed in."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from assistant.messages import Answer, Patient, Question, Urgency
from speech.audio.clip import Samples
from speech.hearing.recogniser import Wanted
from speech.hearing.session import Tell
from speech.messages import Transcript
from speech.phrasebook.phrases import Phrasebook
from speech.talk.events import Said
from speech.talk.order import OrderDialogue
from speech.talk.order_words import Parts as OrderParts
from speech.voice.manner import Manner
from speech.voice.speaker import Spoken


class Answers(Protocol):
    """Answers questions; safe to share between threads."""

    def stream(self, question: Question, cancelled: threading.Event) -> Iterator[Answer]:
        """Ever fuller answers, danger first; the last one is `done`."""
        ...


class Hearing(Protocol):
    """Hears one microphone; `StreamSession` is one."""

    def wants(self, wanted: Wanted) -> None:
        """Language and hot words from now on."""
        ...

    def feed(self, samples: Samples) -> None:
        """Take further samples at 16 kHz."""
        ...

    def finish(self) -> None:
        """Nothing more comes of this utterance; waits until it is understood."""
        ...

    def reset(self) -> None:
        """Forget everything that was heard."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class Understanding(Protocol):
    """Finds commands and critical items in what was said."""

    def said(self, transcript: Transcript) -> Said:
        """What was said, as far as it can be understood without acting on it."""
        ...


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders by voice and touch."""

    dialogue: OrderDialogue
    read: Callable[[str, str], OrderParts]
    """What an utterance says of an order, given the slot that was asked for."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The doors of the kiosk."""

    answers: Answers
    triage: Callable[[str, Patient], Urgency]
    understanding: Callable[[], Understanding]
    orders: Callable[[], Orders]
    speak: Callable[[str, Manner], Spoken]
    phrasebook: Phrasebook
    open_hearing: Callable[[Tell, float], Hearing] | None = None
    """Opens what hears, given the seconds of silence that end speech; None without a model."""
    hot_words: Callable[[], str] = lambda: ""
    forget: Callable[[], object] = lambda: None
    """Empties what the program around keeps of words that were asked, when a patient leaves."""
    no_hearing: str = ""
    """Why nothing can be heard, and how to change it."""
