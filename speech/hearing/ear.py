"""One stream of sound cut into utterances; what is no speech never leaves this module. Pure.

Between the microphone and the recogniser: a speech detector, an endpointer, and the check for
machines. The recogniser is called with an `Utterance` only.
"""

from dataclasses import dataclass

import numpy as np

from speech.audio.clip import RATE, Clip, Samples
from speech.hearing.detector import FRAME, SpeechDetector
from speech.hearing.endpoint import Began, Endpointer, EndSettings, Stretch, frames_in
from speech.hearing.tones import is_machine

_BEFORE_S = 2.0
"""Sound before a stretch that is looked at for repetition."""
_KEPT_S = 40.0
"""Sound that is remembered; longer than any stretch with what is looked at before it."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something a person said, as sound."""

    clip: Clip
    start: float
    """Seconds from the beginning of the stream, of the first sample of the clip."""
    end: float
    cut: bool = False


@dataclass(frozen=True, slots=True)
class NotSpeech:
    """A stretch that was taken for speech and was none."""

    start: float
    end: float
    reason: str


Event = Began | Utterance | NotSpeech


class Ear:
    """Listens to one stream; keep one for each microphone and reset it between patients."""

    def __init__(self, detector: SpeechDetector, settings: EndSettings | None = None) -> None:
        """Take what tells speech, and when speech has ended."""
        self._detector = detector
        self._settings = settings or EndSettings()
        self._ends = Endpointer(self._settings)
        self.reset()

    def reset(self) -> None:
        """Forget everything that was heard."""
        self._detector.reset()
        self._ends.reset()
        self._kept: Samples = np.zeros(0, np.float32)
        self._dropped = 0

    @property
    def speaking(self) -> bool:
        """Whether someone speaks now."""
        return self._ends.speaking

    def feed(self, samples: Samples) -> list[Event]:
        """What further samples bring."""
        events: list[Event] = []
        for begin in range(0, len(samples), RATE):
            events += self._second(samples[begin : begin + RATE])
        return events

    def _second(self, samples: Samples) -> list[Event]:
        self._kept = np.concatenate((self._kept, samples))
        found = self._ends.feed(self._detector.probabilities(samples))
        events: list[Event] = [
            one if isinstance(one, Began) else self._judged(one) for one in found
        ]
        spare = len(self._kept) - int(_KEPT_S * RATE)
        if spare > 0:
            self._kept, self._dropped = self._kept[spare:].copy(), self._dropped + spare
        return events

    def finish(self) -> list[Event]:
        """What was still being said when the stream ended."""
        # The detector waits for whole frames; silence fills the last one.
        events = self._second(np.zeros(FRAME, np.float32))
        return [*events, *(self._judged(one) for one in self._ends.finish())]

    def so_far(self, since_frame: int) -> Clip:
        """The sound since a frame, for a first impression while the person still speaks."""
        lead = frames_in(self._settings.lead_s)
        return Clip(self._between(max(0, since_frame - lead) * FRAME, None))

    def _judged(self, stretch: Stretch) -> Utterance | NotSpeech:
        if not stretch.voiced:
            return NotSpeech(stretch.start_s, stretch.end_s, "not clearly a voice")
        first, end = stretch.samples()
        before = self._between(max(0, first - int(_BEFORE_S * RATE)), end)
        if is_machine(self._between(first, end), before):
            return NotSpeech(stretch.start_s, stretch.end_s, "an alarm or another machine")
        lead = frames_in(self._settings.lead_s) * FRAME
        begin, until = max(self._dropped, first - lead), end + lead
        clip = Clip(self._between(begin, until))
        return Utterance(clip, begin / RATE, begin / RATE + clip.seconds, stretch.cut)

    def _between(self, first: int, end: int | None) -> Samples:
        at = max(0, first - self._dropped)
        return self._kept[at : None if end is None else end - self._dropped]


def utterances(clip: Clip, ear: Ear) -> list[Utterance]:
    """What people said in a whole recording."""
    ear.reset()
    events = [*ear.feed(clip.samples), *ear.finish()]
    ear.reset()
    return [event for event in events if isinstance(event, Utterance)]


def joined(spoken: list[Utterance], clip: Clip, longest_s: float = 28.0) -> list[Utterance]:
    """Neighbouring utterances as one, with the pauses between them, as long as they fit.

    A recogniser looks at 30 seconds at once, however little is said in them.
    """
    out: list[Utterance] = []
    for one in spoken:
        if out and one.end - out[-1].start <= longest_s:
            out[-1] = _span(clip, out[-1].start, one.end)
        else:
            out.append(one)
    return out


def _span(clip: Clip, start: float, end: float) -> Utterance:
    piece = clip.samples[round(start * RATE) : round(end * RATE)]
    return Utterance(Clip(piece), start, end)
