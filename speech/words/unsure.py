"""Numbers and names that the recogniser was not sure of, or that sound like others. Pure."""

import re
from collections.abc import Iterable, Sequence

from speech.messages import Change, Doubt, Segment
from speech.words.names import Mention

SURE = 0.5
"""Probability of a word below which a number or a name in it is asked back."""
_ALIKE = {
    "13": "30", "14": "40", "15": "50", "16": "60", "17": "70", "18": "80", "19": "90",
}  # fmt: skip
_SOUND_LIKE = {**_ALIKE, **{ty: teen for teen, ty in _ALIKE.items()}}
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")

Span = tuple[int, int, float]
"""Start and end in the spoken text, and the probability of the word there."""


def sounds_like(number: str) -> str | None:
    """The other number of a pair that is misheard: 15 and 50. None where there is none."""
    return _SOUND_LIKE.get(number)


def word_spans(spoken: str, segments: Iterable[Segment]) -> list[Span]:
    """Where the words of the recogniser stand in the spoken text."""
    spans: list[Span] = []
    place = 0
    for segment in segments:
        for word in segment.words:
            text = word.text.strip()
            at = spoken.find(text, place) if text else -1
            if at >= 0:
                place = at + len(text)
                spans.append((at, place, word.probability))
    return spans


def unsure(
    changes: Sequence[Change], spans: Sequence[Span], settled: Sequence[Doubt]
) -> list[Doubt]:
    """Doubts about numbers in words that were not heard well and are not doubted already."""
    doubts = []
    for change in changes:
        if any(one.start < change.end and change.start < one.end for one in settled):
            continue
        if (
            change.kind == "letters"
            or _least(change.spoken_start, change.spoken_end, spans) >= SURE
        ):
            continue
        choices = (change.written, *_other(change.written))
        ask = f"“{change.written}” was not heard well. Is it {' or '.join(choices)}?"
        doubts.append(Doubt(change.start, change.end, change.spoken, choices, "unsure", ask))
    return doubts


def unsure_names(
    mentions: Sequence[Mention], spans: Sequence[Span], settled: Sequence[Doubt]
) -> list[Doubt]:
    """The same for names; the places are those of the spoken text."""
    doubts = []
    for mention in mentions:
        if any(one.start == mention.start for one in settled):
            continue
        if _least(mention.start, mention.end, spans) < SURE:
            ask = f"“{mention.text}” was not heard well. Is it {mention.name}?"
            doubts.append(
                Doubt(mention.start, mention.end, mention.text, (mention.name,), "unsure", ask)
            )
    return doubts


def _least(start: int, end: int, spans: Sequence[Span]) -> float:
    return min((sure for first, last, sure in spans if first < end and start < last), default=1.0)


def _other(written: str) -> tuple[str, ...]:
    """The text with a number that sounds like the one in it."""
    found = _NUMBER.search(written)
    other = sounds_like(found[0]) if found else None
    return () if other is None or found is None else (written.replace(found[0], other, 1),)
