"""Keeps invented text out: what a recogniser writes when nobody spoke, or when it lost its way.

Every gate is a rule over the figures or the words of one segment; each that strikes gives a reason
a person understands. A segment is kept only if none strikes.
"""

import math
import re
import unicodedata
import zlib
from collections import Counter
from dataclasses import dataclass

from speech.hearing.invented import InventedPhrases
from speech.messages import Heard, HeardWord, Rejected, Segment

_FEWEST_LETTERS = 1


@dataclass(frozen=True, slots=True)
class GateSettings:
    """From where on a figure speaks against a segment.

    The first three are those of the Whisper reference program; there they count together and may
    be overruled, here each counts alone.
    """

    no_speech: float = 0.6
    log_probability: float = -1.0
    compression: float = 2.4
    word_probability: float = 0.3
    """Mean over the words of a segment."""
    words_per_second: float = 7.0
    """Faster than anyone speaks."""
    language_probability: float = 0.4
    """Below it, where the language was not chosen, nothing can be believed."""
    slack_s: float = 1.0
    """A segment may end this much after the sound, as times are rounded."""


SETTINGS = GateSettings()


@dataclass(frozen=True, slots=True)
class Judged:
    """What came through, and what did not."""

    kept: tuple[Segment, ...]
    rejected: tuple[Rejected, ...]


def judge(
    heard: Heard,
    seconds: float,
    phrases: InventedPhrases,
    settings: GateSettings = SETTINGS,
    *,
    language_chosen: bool = True,
) -> Judged:
    """Keep the segments of a clip that somebody may have said.

    Args:
        heard: what the recogniser gives.
        seconds: length of the clip.
        phrases: what recognisers invent.
        settings: the limits.
        language_chosen: whether a person chose the language; else its probability counts too.
    """
    kept: list[Segment] = []
    out: list[Rejected] = []
    doubtful = not language_chosen and not (
        heard.language_probability >= settings.language_probability
    )
    for segment in heard.segments:
        reason = "the language is not clear" if doubtful else None
        reason = reason or reason_against(segment, seconds, phrases, settings)
        if reason is None and kept and _folded(kept[-1].text) == _folded(segment.text):
            reason = "it only repeats what was said before"
        if reason is None:
            kept.append(segment)
        else:
            out.append(Rejected(segment.text.strip(), reason, segment.start, segment.end))
    return Judged(tuple(kept), tuple(out))


def reason_against(
    segment: Segment, seconds: float, phrases: InventedPhrases, settings: GateSettings = SETTINGS
) -> str | None:
    """Why a segment is not believed, or None."""
    return (
        _figures(segment, settings)
        or _times(segment, seconds, settings)
        or phrases.reason(segment.text)
        or _repetition(segment.text, settings)
        or _letters(segment.text)
    )


def _figures(segment: Segment, settings: GateSettings) -> str | None:
    figures = (segment.log_probability, segment.no_speech, segment.compression)
    if not all(math.isfinite(figure) for figure in figures):
        return "the recogniser gave figures that are no numbers"
    if segment.no_speech > settings.no_speech:
        return "the recogniser itself doubts that anybody spoke"
    if segment.log_probability < settings.log_probability:
        return "the recogniser is not sure of the words"
    if segment.compression > settings.compression:
        return "the words repeat themselves"
    if segment.words and not _mean(segment.words) >= settings.word_probability:
        return "the recogniser is not sure of the single words"
    return None


def _mean(words: tuple[HeardWord, ...]) -> float:
    return sum(word.probability for word in words) / len(words)


def _times(segment: Segment, seconds: float, settings: GateSettings) -> str | None:
    if not math.isfinite(segment.start) or not math.isfinite(segment.end):
        return "its times are no numbers"
    if segment.end <= segment.start or segment.start < 0 or segment.start >= seconds:
        return "it lies outside of the recording"
    if segment.end > seconds + settings.slack_s:
        return "it lies outside of the recording"
    length = min(segment.end, seconds) - segment.start
    if _syllables(segment.text) > 2 * settings.words_per_second * max(length, 0.3):
        return "nobody speaks that fast"
    return None


def _syllables(text: str) -> float:
    """About how many syllables a text has: runs of vowels, or signs where these are syllables."""
    folded = _folded(text)
    runs = len(re.findall(r"[aeiouy]+", folded))
    return runs if runs else 0.5 * sum(char.isalpha() for char in folded)


def _repetition(text: str, settings: GateSettings) -> str | None:
    """Loops: the same words three times and more, or a text that compresses too well."""
    words = _folded(text).split()
    if len(text) > 40 and _compression(text) > settings.compression:
        return "the words repeat themselves"
    for length in range(1, min(12, len(words) // 3) + 1):
        if _looped(words, length):
            return "the words repeat themselves"
    common = Counter(words).most_common(1)
    if len(words) >= 8 and common[0][1] > 0.6 * len(words):
        return "the words repeat themselves"
    return None


def _looped(words: list[str], length: int) -> bool:
    """Whether a run of so many words stands three times without a pause; four for single words.

    A person does say `no no no` and spells out `one one five`; four of one word are a loop.
    """
    times = 4 if length == 1 else 3
    for start in range(len(words) - times * length + 1):
        run = words[start : start + length]
        if all(
            words[start + turn * length : start + (turn + 1) * length] == run
            for turn in range(1, times)
        ):
            return True
    return False


def _compression(text: str) -> float:
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def _letters(text: str) -> str | None:
    if sum(char.isalnum() for char in text) < _FEWEST_LETTERS:
        return "there are no words in it"
    if any(unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"} for char in text.strip()):
        return "there are signs in it that nobody speaks"
    return None


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^\w]+", " ", plain).split())
