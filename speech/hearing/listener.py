"""The whole of listening, on one page: sound, speech, words, gates, written form.

Only sound that is speech reaches the recogniser, and only words that come through the gates reach
the transcript. Parts are handed in, so that each can be another one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from speech.audio.clip import Clip
from speech.hearing.detector import SpeechDetector
from speech.hearing.ear import Ear, Utterance, joined, utterances
from speech.hearing.endpoint import EndSettings
from speech.hearing.gates import SETTINGS, GateSettings, judge
from speech.hearing.invented import InventedPhrases
from speech.hearing.recogniser import Recogniser, Wanted
from speech.messages import NOT_HEARD, Rejected, Segment, Transcript
from speech.words.names import NameBook
from speech.words.normalise import Normaliser
from speech.words.transcribed import written_down

NOTHING = Transcript("", "", (), None, "whisper", message=NOT_HEARD)
"""The transcript where nobody spoke."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Turns recordings and utterances into transcripts."""

    recogniser: Recogniser
    phrases: InventedPhrases
    normaliser: Callable[[str], Normaliser]
    """The normaliser of a language."""
    book: NameBook | None = None
    settings: GateSettings = SETTINGS

    def recording(
        self,
        clip: Clip,
        wanted: Wanted,
        detector: SpeechDetector,
        ends: EndSettings | None = None,
    ) -> Transcript:
        """The transcript of a whole recording."""
        if clip.silent:
            return NOTHING
        spoken = utterances(clip, Ear(detector, ends))
        return self._transcript(joined(spoken, clip), wanted) if spoken else NOTHING

    def utterance(self, spoken: Utterance, wanted: Wanted) -> Transcript:
        """The transcript of one utterance of a stream."""
        return self._transcript([spoken], wanted)

    def first_impression(self, clip: Clip, wanted: Wanted) -> str:
        """Words for the screen while a person still speaks; nothing is done with them.

        They pass the same gates; what does not is not shown.
        """
        kept, _, language = self._heard(clip, replace(wanted, draft=True))
        if not kept:
            return ""
        return written_down(kept, language, self.normaliser(language)).text

    def _transcript(self, spoken: list[Utterance], wanted: Wanted) -> Transcript:
        kept: list[Segment] = []
        rejected: list[Rejected] = []
        language = wanted.language
        for one in spoken:
            good, bad, heard_as = self._heard(one.clip, replace(wanted, language=language))
            kept += [_later(segment, one.start) for segment in good]
            rejected += [
                replace(entry, start=entry.start + one.start, end=entry.end + one.start)
                for entry in bad
            ]
            language = language or (heard_as if good else None)
        if not kept:
            return replace(NOTHING, rejected=tuple(rejected))
        known = language or "en"
        return written_down(kept, known, self.normaliser(known), self.book, rejected)

    def _heard(
        self, clip: Clip, wanted: Wanted
    ) -> tuple[tuple[Segment, ...], tuple[Rejected, ...], str]:
        heard = self.recogniser.hear(clip, wanted)
        chosen = wanted.language is not None
        judged = judge(heard, clip.seconds, self.phrases, self.settings, language_chosen=chosen)
        return judged.kept, judged.rejected, heard.language


def _later(segment: Segment, by: float) -> Segment:
    """The segment at its place in the whole recording."""
    words = tuple(replace(word, start=word.start + by, end=word.end + by) for word in segment.words)
    return replace(segment, start=segment.start + by, end=segment.end + by, words=words)
