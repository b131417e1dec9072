"""Numbers of a sentence as single marks: what limits them, their ends and their unit.

`at least 2 weeks` and `2 weeks or more` give the same mark; `2-3 weeks` and `2 to 3 weeks` too.
Nothing is converted: 0.5 g is not 500 mg here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from assistant.gate.lexicon import Kind, Lexicon
from assistant.quantities import quantities

_BEFORE: frozenset[Kind] = frozenset({"before"})
_AFTER: frozenset[Kind] = frozenset({"after"})
_BETWEEN = frozenset("age aged a an the of".split())
"""Words that may stand between a limit and its number."""
_NO_NUMBER = frozenset(("double", "single"))
_RANGE = frozenset(("-", "to"))
_PER = (("for", "each"), ("/",), ("per",), ("a",), ("an",), ("each",), ("every",))


@dataclass(frozen=True, slots=True)
class Number:
    """A number, its limit and its unit, and how many words they took."""

    mark: str
    bare: str
    """The same without its limit."""
    size: int


def number_at(words: Sequence[str], at: int, lexicon: Lexicon) -> Number | None:
    """The number that begins at a word, with the limit that leads it in."""
    found = lexicon.longest(words, at, _BEFORE)
    if found is None:
        return _bare(words, at, lexicon, "")
    entry, size = found
    start = at + size
    while start < len(words) and words[start] in _BETWEEN:
        start += 1
    again = lexicon.longest(words, start, _BEFORE)
    if again is not None:
        entry = replace(entry, value=entry.value + again[0].value)
        start += again[1]
    number = _bare(words, start, lexicon, entry.value)
    return number and Number(number.mark, number.bare, start - at + number.size)


def value_of(word: str) -> Decimal | None:
    """The value of a number written in digits or as a word."""
    if word in _NO_NUMBER:
        return None
    if not (word[0].isdigit() or word.isalpha()) or word[-1].isalpha() != word.isalpha():
        return None
    found = _quantities(word)
    return next(iter(found)) if len(found) == 1 else None


@cache
def _quantities(word: str) -> frozenset[Decimal]:
    return frozenset(quantity.value for quantity in quantities(word))


@cache
def unit_of(word: str) -> str:
    """The unit a word names; empty if it names none."""
    if not (word.isalpha() or word == "%"):
        return ""
    return next((quantity.unit for quantity in quantities(f"1 {word}") if quantity.unit), "")


def _bare(words: Sequence[str], at: int, lexicon: Lexicon, limit: str) -> Number | None:
    values: list[Decimal] = []
    joined = ""
    end = at
    while end < len(words) and (value := value_of(words[end])) is not None:
        values.append(value)
        joined += f"{value:f}"
        end += 1
        if not _goes_on(words, end):
            break
        joined += "/" if words[end] == "/" else "-"
        end += 1
    if not values:
        return None
    unit, end, every = _unit(words, end)
    after = lexicon.longest(words, end, _AFTER)
    if after is not None and not limit:
        limit, end = after[0].value, end + after[1]
    bare = f"{joined} {unit}".strip()
    return Number(f"{limit or every}{bare}", bare, end - at)


def _goes_on(words: Sequence[str], at: int) -> bool:
    """Whether a range or a ratio goes on at a word."""
    if at + 1 >= len(words) or words[at] not in {*_RANGE, "/"}:
        return False
    return words[at + 1][0].isdigit() and value_of(words[at + 1]) is not None


def _unit(words: Sequence[str], at: int) -> tuple[str, int, str]:
    """The unit behind a number, where it ends, and `every` where the unit says so (`12-hourly`)."""
    if at + 1 < len(words) and words[at] == "-" and unit_of(words[at + 1]):
        at += 1
    first = unit_of(words[at]) if at < len(words) else ""
    every = "every" if first and words[at] == "hourly" else ""
    names = [first] if first else []
    at += 1 if first else 0
    while (step := _per(words, at)) is not None:
        names.append(step[0])
        at = step[1]
    if len(names) > 1 and names[0] == "time":
        names[0] = ""
    elif len(names) == 1 and not first:
        names.insert(0, "")
    return "/".join(names), at, every


def _per(words: Sequence[str], at: int) -> tuple[str, int] | None:
    """The unit that the one before is for: `/kg`, `a day`, `daily`."""
    if at < len(words) and words[at] == "daily":
        return "day", at + 1
    for joint in _PER:
        end = at + len(joint)
        if tuple(words[at:end]) == joint and end < len(words) and unit_of(words[end]):
            return unit_of(words[end]), end + 1
    return None
