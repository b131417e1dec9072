"""A note cut into sentences, each with what it says about time and about whose sample it is."""

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_END = re.compile(r"(?<=[.!?])[\"'”)\]]*(?:\[[\d,\u2013-]+\])?\s+(?=[A-Z0-9(\"“])|\n+")
_ABBREVIATED = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|vs|fig|no|approx|st|e\.g|i\.e|resp|temp|wt|ht)\.)$"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; `start` and `end` are places in the note."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Note:
    """A note with its sentences; `lower` has the same length as `text`."""

    text: str
    lower: str
    sentences: tuple[Sentence, ...]
    starts: tuple[int, ...]

    def sentence_at(self, place: int) -> Sentence:
        """The sentence that holds a place of the note."""
        return self.sentences[max(0, bisect_right(self.starts, place) - 1)]


@dataclass(frozen=True, slots=True)
class Cues:
    """Words that tell when a value was taken, and of what."""

    later: re.Pattern[str]
    first: re.Pattern[str]
    past: re.Pattern[str]
    other_fluid: re.Pattern[str]
    blood: re.Pattern[str]
    reference: re.Pattern[str]
    family: re.Pattern[str]
    urine: re.Pattern[str]


def read_note(text: str) -> Note:
    """Cut a note into sentences."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    cuts = [0, *(match.end() for match in _END.finditer(text) if _ends(lower, match))]
    ends = [*cuts[1:], len(text)]
    sentences = tuple(Sentence(start, end) for start, end in zip(cuts, ends, strict=True))
    return Note(text, lower, sentences, tuple(cuts))


def _ends(lower: str, match: re.Match[str]) -> bool:
    before = lower[max(0, match.start() - 8) : match.start()]
    return "\n" in match.group() or not _ABBREVIATED.search(before)


@cache
def cues() -> Cues:
    """The cue words of the package."""
    path = files("assistant.clinical.notes") / "cues.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    return Cues(**{name: re.compile("|".join(words)) for name, words in rows.items()})
