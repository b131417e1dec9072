"""Pairs of a question and a passage that answers it, to learn from.

Pure: from texts to pairs. Passages are cut at sentences to what a search shows, and a fixed share
of the subjects is held out by the digest of their name, so that no run ever learns from them.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 90
"""Words of a passage at most."""
SHORTEST = 25
"""Words that the last passage of a text must have to stand by itself."""
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9(])")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage that answers it."""

    question: str
    passage: str
    subject: str
    """What both are about; pairs of one subject are not each other's wrong answers."""
    source: str
    """Kind of the source it came from."""


@dataclass(frozen=True, slots=True)
class Split:
    """Pairs to learn from and pairs to be measured with."""

    learn: tuple[Pair, ...]
    held_out: tuple[Pair, ...]


def one_line(text: str) -> str:
    """Text with every run of white space as one space."""
    return _SPACE.sub(" ", text).strip()


def sentences(text: str) -> list[str]:
    """Sentences of three words or more."""
    found = _SENTENCE_END.split(one_line(text))
    return [sentence for sentence in found if len(sentence.split()) >= 3]


def passages(text: str) -> list[str]:
    """Whole sentences together, up to 90 words each; a longer sentence is cut."""
    done: list[str] = []
    current: list[str] = []
    for sentence in sentences(text):
        held = sum(len(part.split()) for part in current)
        if current and held + len(sentence.split()) > LONGEST:
            done.append(" ".join(current))
            current = []
        current.append(" ".join(sentence.split()[:LONGEST]))
    rest = " ".join(current)
    if rest and (len(rest.split()) >= SHORTEST or not done):
        done.append(rest)
    return done


def usable(pair: Pair) -> bool:
    """Whether there is something to learn: a question, and a passage that is not the same."""
    return bool(pair.question) and len(pair.passage.split()) >= 5 and not _same(pair)


def is_held_out(name: str, one_in: int) -> bool:
    """Whether a subject is among the held-out ones, one in so many, the same in every run."""
    return int(hashlib.sha256(name.casefold().encode()).hexdigest(), 16) % one_in == 0


def split(pairs: Iterable[Pair], one_in: int, kinds: Sequence[str]) -> Split:
    """Part the pairs by subject; only those of `kinds` are ever held out.

    A passage that stands on both sides is learned and not measured with.
    """
    learn: dict[tuple[str, str], Pair] = {}
    held: dict[tuple[str, str], Pair] = {}
    for pair in filter(usable, pairs):
        name = pair.subject.removeprefix(f"{pair.source} ")
        kept_back = pair.source in kinds and is_held_out(name, one_in)
        (held if kept_back else learn).setdefault((pair.question, pair.passage), pair)
    seen = {pair.passage for pair in learn.values()}
    return Split(
        tuple(learn.values()), tuple(pair for pair in held.values() if pair.passage not in seen)
    )


def _same(pair: Pair) -> bool:
    return pair.question.casefold() == pair.passage.casefold()
