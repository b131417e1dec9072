"""Rules of the card linter about words and characters."""

import re
from collections.abc import Iterator

from kb.cards import Card
from kb.lint_rules import Fault, bare, said

_ABBREVIATION = re.compile(
    r"(?<![\w/-])(?:mcg|ug|cc|qd|od|bd|bid|tds|tid|qds|qid|prn|stat|po)(?![\w-])|\b\d+/(?:7|52)\b",
    re.IGNORECASE,
)
_WORDS = (
    (r"\[confirm", "[confirm]: a figure that nobody confirmed is left out"),
    (r"\bconsider\b", "no 'consider': write the condition"),
    (r"\bmay want to\b", "no 'may want to': write what to do"),
    (r"\brul(?:e|es|ed|ing) out\b", "nothing 'rules out' an illness"),
    (r"\b(?:completely|totally|perfectly|entirely|always|100%) safe\b", "no promise of safety"),
    (r"\b(?:as|see|same as) (?:above|below)\b(?! \d)", "the line must stand alone: repeat it here"),
    (r"<[a-z/!]|!\[", "no HTML and no images"),
)


def word_faults(card: Card) -> Iterator[Fault]:
    """Faults of the words in the body."""
    for line in said(card):
        for found in _ABBREVIATION.finditer(bare(line.text)):
            yield Fault(line.number, f"forbidden abbreviation {found[0]!r}: write it in full")
        for pattern, message in _WORDS:
            if re.search(pattern, line.text, re.IGNORECASE):
                yield Fault(line.number, message)
    yield from _urgent(card)


def _urgent(card: Card) -> Iterator[Fault]:
    """A card that sends people away at once must name the red flag that says so."""
    if card.document.red_flags:
        return
    for line in said(card):
        if re.search(r"\brefer (?:now|at once|immediately)\b", line.text, re.IGNORECASE):
            yield Fault(line.number, f"{line.text[:30]!r}: the card names no red flag")


def raw_faults(raw: list[str]) -> Iterator[Fault]:
    """Faults of single characters, over the whole file with its front matter."""
    for number, line in enumerate(raw, 1):
        odd = sorted({char for char in line if not " " <= char <= "~" and char != "\t"})
        if odd:
            yield Fault(number, f"not plain ASCII: {' '.join(map(ascii, odd))}")
        if "\t" in line:
            yield Fault(number, "a tab: use spaces")
        if line != line.rstrip():
            yield Fault(number, "spaces at the end of the line")
