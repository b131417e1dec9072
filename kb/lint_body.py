"""Rules of the card linter about the shape of the body: sections, lengths, tags."""

import re
from collections.abc import Iterator
from itertools import pairwise

from kb.cards import Card, Line
from kb.lint_rules import SECTIONS, TAG, TAGS_AT_END, Fault, bare, items, said

WORDS = range(150, 451)
"""Words of a body, tags and headings not counted."""
LINE_WORDS = 35
"""Most words of one line."""
_UNTAGGED = {"Advice to give", "What this does not cover"}
_POINTER = re.compile(r"(?:Also )?[Ss]ee (?:the )?(?:card|plan|also|`?[a-z0-9-]+`?)\b[^.]*\.?")
_NO_SIGN = "No danger sign is specific to this card"
_STOP = re.compile(r"(?P<word>[A-Za-z0-9)%\]]+)[.!?](?=\s|$)")
_SHORT = frozenset({"spp", "sp", "vs", "no", "approx", "e.g", "i.e", "etc"})


def body_faults(card: Card) -> Iterator[Fault]:
    """Faults of sections, lengths and tags."""
    yield from _sections(card)
    yield from _lengths(card)
    yield from _tags(card)
    yield from _form(card)


def count_words(text: str) -> int:
    """Words of a line without its tags; what holds a letter or a digit counts."""
    return sum(any(char.isalnum() for char in word) for word in bare(text).split())


def _sections(card: Card) -> Iterator[Fault]:
    headings = [line for line in card.lines if line.kind == "heading"]
    filled = {line.section for line in said(card)}
    seen: set[str] = set()
    for line in headings:
        if line.text not in SECTIONS:
            yield Fault(line.number, f"unknown heading {line.text!r}")
        elif line.text not in filled:
            yield Fault(line.number, f"section {line.text!r} is empty: leave it out")
        if line.text in seen:
            yield Fault(line.number, f"heading {line.text!r} stands twice")
        seen.add(line.text)
    if "Danger signs" not in seen:
        yield Fault(_first(card), "section 'Danger signs' is missing")
    if "" in filled:
        yield Fault(_first(card), "there is text above the first heading")
    yield from _order([line for line in headings if line.text in SECTIONS])


def _order(headings: list[Line]) -> Iterator[Fault]:
    for above, below in pairwise(headings):
        if SECTIONS.index(above.text) > SECTIONS.index(below.text):
            yield Fault(below.number, f"section {below.text!r} must stand above {above.text!r}")


def _first(card: Card) -> int:
    return card.lines[0].number


def _lengths(card: Card) -> Iterator[Fault]:
    total = 0
    for line in said(card):
        words = count_words(line.text)
        total += words
        if words > LINE_WORDS:
            yield Fault(line.number, f"the line has {words} words, more than {LINE_WORDS}")
    if total not in WORDS:
        limits = f"{WORDS.start} to {WORDS.stop - 1}"
        yield Fault(_first(card), f"the body has {total} words, not {limits}")


def _tags(card: Card) -> Iterator[Fault]:
    known = {source.id for source in card.document.sources}
    used = {tag for line in said(card) for tag in TAG.findall(line.text)}
    for line in said(card):
        for tag in TAG.findall(line.text):
            if tag not in known:
                yield Fault(line.number, f"tag [{tag}] has no source")
    for unused in sorted(known - used):
        yield Fault(1, f"source {unused} is not used in the body")
    for group in items(card):
        tags = {tag for line in group for tag in TAG.findall(line.text)}
        yield from _untagged(group)
        if group[0].text.startswith("Sources differ") and len(tags) < 2:
            yield Fault(group[0].number, "'Sources differ' needs two tags")


def _untagged(group: tuple[Line, ...]) -> Iterator[Fault]:
    """Lines that state a fact without a tag; a sub-bullet rests on its line's source."""
    head, *subs = group
    if TAGS_AT_END.search(head.text):
        return
    for line in (head, *subs):
        free = line.section in _UNTAGGED and not any(char.isdigit() for char in bare(line.text))
        pointer = _POINTER.fullmatch(line.text) or line.text.startswith(_NO_SIGN)
        if not (free or pointer or TAGS_AT_END.search(line.text)):
            yield Fault(line.number, "a line that states a fact must end with its tag [s1]")


def _form(card: Card) -> Iterator[Fault]:
    for line in card.lines:
        if line.kind == "text":
            yield Fault(line.number, "write it as a bullet or a numbered step")
        if line.kind in {"item", "sub"} and line.section != "Advice to give":
            ends = [found["word"] for found in _STOP.finditer(bare(line.text))]
            full = [word for word in ends if len(word) > 1 and word.casefold() not in _SHORT]
            if len(full) > 1:
                yield Fault(line.number, "more than one sentence in the line: part it")
