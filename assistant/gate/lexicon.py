"""The words of `lexicon.toml` by what they do in a sentence."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Kind = Literal[
    "word", "verb", "initial", "urgent", "not", "no", "may", "must", "before", "after", "per",
    "clause", "turn", "soft", "join", "break", "aux", "free",
]  # fmt: skip
"""`word` carries meaning of its own; `before` and `after` stand by a number; `clause` and `turn`
begin what limits; `initial` is a verb only where a clause begins."""

MAY, MUST = "may", "must"
"""What permitting and demanding words are read as."""
LONGEST = 5
"""Words of the longest phrase."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase does."""

    kind: Kind
    value: str
    """What it is read as."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrases; one phrase may do several things."""

    entries: Mapping[tuple[str, ...], tuple[Entry, ...]]
    added: frozenset[str]
    """Words that a sentence may add."""
    orders: frozenset[str]
    """Words that it may add where the line tells what to do."""
    left_out: frozenset[str]
    """Words of a line that a sentence may leave out."""
    situation: frozenset[str]
    """Verbs whose object is a condition: `refer fever` is `if fever, refer`."""

    def longest(
        self, words: Sequence[str], at: int, kinds: frozenset[Kind]
    ) -> tuple[Entry, int] | None:
        """The longest phrase of these kinds that begins at a word, and its number of words."""
        for size in range(min(LONGEST, len(words) - at), 0, -1):
            for entry in self.entries.get(tuple(words[at : at + size]), ()):
                if entry.kind in kinds:
                    return entry, size
        return None


@cache
def lexicon() -> Lexicon:
    """The lexicon of the package."""
    tables = tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text("utf-8"))
    entries: dict[tuple[str, ...], tuple[Entry, ...]] = {}
    for phrase, entry in _entries(tables):
        key = tuple(split(phrase))
        entries[key] = (*entries.get(key, ()), entry)
    free, situation = tables["free"], tables["situation"]["plain"]
    small = (
        frozenset(some) for some in (free["added"], free["orders"], free["left_out"], situation)
    )
    return Lexicon(entries, *small)


def split(phrase: str) -> list[str]:
    """Words and marks of a lower-case phrase, as a text is cut."""
    for mark in "/&<>≤≥":
        phrase = phrase.replace(mark, f" {mark} ")
    return phrase.replace("< =", "<=").replace("> =", ">=").replace("-", " ").split()


def _entries(tables: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    """All phrases with what they do; the first that fits a kind wins."""
    kinds: tuple[tuple[str, Kind], ...] = (
        ("same", "word"), ("demands", "must"), ("permits", "may"), ("before_number", "before"),
        ("after_number", "after"), ("clause", "clause"), ("turn", "turn"), ("join", "join"),
    )  # fmt: skip
    for table, kind in kinds:
        for value, phrases in tables[table].items():
            yield from ((phrase, Entry(kind, value)) for phrase in phrases)
    plain: tuple[tuple[str, Kind], ...] = (
        ("urgent", "urgent"), ("per", "per"), ("soft", "soft"), ("aux", "aux"), ("break", "break"),
        ("free", "free"),
    )  # fmt: skip
    for table, kind in plain:
        yield from ((phrase, Entry(kind, phrase)) for phrase in tables[table]["plain"])
    for value, phrases in tables["verbs"].items():
        verb: Kind = "initial" if value == "initial" else "verb"
        own = value in ("plain", "initial")
        yield from ((phrase, Entry(verb, "" if own else value)) for phrase in phrases)
    yield from ((phrase, Entry("not", "not")) for phrase in tables["negation"]["verb"])
    yield from ((phrase, Entry("no", "not")) for phrase in tables["negation"]["noun"])
