"""From the words of a recogniser to a transcript: written form, names, and everything doubtful."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from speech.messages import Change, Doubt, Rejected, Segment, Transcript
from speech.words.names import NameBook
from speech.words.normalise import Normaliser
from speech.words.unsure import unsure, unsure_names, word_spans


def spoken_of(segments: Sequence[Segment]) -> str:
    """The words of all segments, as the recogniser wrote them."""
    return " ".join(" ".join(segment.text for segment in segments).split())


def written_down(
    segments: Sequence[Segment],
    language: str,
    normaliser: Normaliser,
    book: NameBook | None = None,
    rejected: Sequence[Rejected] = (),
) -> Transcript:
    """The transcript of what was kept.

    Args:
        segments: what came through the gates.
        language: what was spoken.
        normaliser: for that language.
        book: names to look for.
        rejected: what did not come through.
    """
    spoken = spoken_of(segments)
    done = normaliser.normalise(spoken)
    spans = word_spans(spoken, segments)
    doubts = [*done.doubts, *unsure(done.changes, spans, done.doubts)]
    if book is not None:
        moved = _mover(done.changes)
        found = book.find(spoken)
        names = (*found.doubts, *unsure_names(found.mentions, spans, found.doubts))
        doubts += [replace(one, start=moved(one.start), end=moved(one.end)) for one in names]
    ordered: list[Doubt] = sorted(doubts, key=lambda one: (one.start, one.end))
    return Transcript(
        done.text,
        spoken,
        tuple(segments),
        language,
        "whisper",
        done.changes,
        tuple(ordered),
        tuple(rejected),
    )


def _mover(changes: Sequence[Change]) -> Callable[[int], int]:
    """From a place in the spoken text to the place in the written one."""

    def moved(place: int) -> int:
        shift = 0
        for change in changes:
            if change.spoken_end <= place:
                shift = change.end - change.spoken_end
            elif change.spoken_start < place:
                return min(change.end, change.start + place - change.spoken_start)
        return place + shift

    return moved
