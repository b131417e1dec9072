"""What of a passage may be quoted on its own: a line with all its conditions, or a sentence.

A list item carries its indented sub-items: what must never be left off (do not give if, maximum,
for whom) is written under the line it belongs to. A sentence of prose with a dose carries the
neighbours that limit it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.messages import Passage
from kb.sentences import sentence_spans

_ITEM = re.compile(r"^(?P<indent>[ \t]*)(?:[-*\u2022]|\d{1,2}[.)])[ \t]+", re.MULTILINE)
_TAGS = re.compile(r"\s*\[(s\d{1,2})\]")
_SPACE = re.compile(r"\s+")
_DOSE = re.compile(
    r"\d\s*(?:mg|micrograms?|g|mL|ml|IU|units?|mmol|tablets?|capsules?|puffs|drops)\b"
)
_LIMITS = re.compile(
    r"\b(?:do not|don't|not for|never|avoid|contraindicat\w*|maximum|max\b|at most|not exceed|"
    r"only if|except|unless|caution|allerg\w*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A unit that may be quoted."""

    text: str
    """The words as shown: no list marks, no source tags, one space between words."""
    quote: str
    """The exact words of the document."""
    start: int
    end: int
    """Span of the quote in the document's text."""
    tags: tuple[str, ...]
    """Source tags on the line and its sub-lines, such as `s1`."""
    lines: tuple[str, ...]
    """The line and then its conditions, as shown."""
    passage: Passage

    @property
    def has_dose(self) -> bool:
        """Whether it gives an amount of a medicine."""
        return _DOSE.search(self.text) is not None


def statements(passage: Passage) -> tuple[Statement, ...]:
    """All units of a passage that may be quoted, in reading order."""
    spans = _item_spans(passage.text) if _ITEM.match(passage.text) else _prose_spans(passage.text)
    return tuple(_statement(passage, start, end) for start, end in spans)


def shown(text: str) -> str:
    """A quote as it is shown: without list marks and source tags."""
    return _SPACE.sub(" ", _TAGS.sub("", _ITEM.sub("", text))).strip()


def _statement(passage: Passage, start: int, end: int) -> Statement:
    quote = passage.text[start:end]
    lines = [shown(line) for line in quote.split("\n")] if _ITEM.match(quote) else [shown(quote)]
    return Statement(
        text=" ".join(lines),
        quote=quote,
        start=passage.start + start,
        end=passage.start + end,
        tags=tuple(dict.fromkeys(_TAGS.findall(quote))),
        lines=tuple(line for line in lines if line),
        passage=passage,
    )


def _item_spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans of top-level items; deeper items and continuation lines stay with theirs."""
    marks = list(_ITEM.finditer(text))
    top = min(len(mark["indent"]) for mark in marks)
    starts = [mark.start() for mark in marks if len(mark["indent"]) == top]
    for start, following in zip(starts, [*starts[1:], len(text)], strict=True):
        yield start, start + len(text[start:following].rstrip())


def _prose_spans(text: str) -> Iterator[tuple[int, int]]:
    """Sentences; one with a dose takes in the limiting sentences right after it."""
    spans = list(sentence_spans(text))
    position = 0
    while position < len(spans):
        start, end = spans[position]
        position += 1
        if _DOSE.search(text[start:end]):
            while position < len(spans) and _limits(text, spans[position]):
                end = spans[position][1]
                position += 1
        yield start, end


def _limits(text: str, span: tuple[int, int]) -> bool:
    return _LIMITS.search(text[span[0] : span[1]]) is not None
