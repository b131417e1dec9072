"""Finds the medicines that are named on printed rows, and what they may be confused with."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.clinical.medicines.names import Names, Resolved
from assistant.clinical.medicines.spelling import key, load_label_words
from assistant.vision.reading.rows import Row
from assistant.vision.reading.wording import load_wording, simple

SURE = 0.9
"""Least probability of every word of a name that is taken without asking."""
SURE_BESIDE_ALIKE = 0.97
"""The same where another medicine's name is one or two letters away."""
_MOST_WORDS = 4
_SHORTEST = 4
"""Letters of the shortest single word that is looked up."""
_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'\u2019/+&-]*")


@dataclass(frozen=True, slots=True)
class Hit:
    """A name on a row."""

    row: int
    start: int
    end: int
    found: Resolved
    sure: float
    height: float

    @property
    def exact(self) -> bool:
        """Whether it is spelt as known."""
        return self.found.known and not self.found.corrected_from


def hits_of(rows: Sequence[Row], names: Names) -> tuple[Hit, ...]:
    """All names, exact ones and those a slip of the reading away."""
    skipped = load_wording().words("label", "no_name")
    return tuple(hit for at, row in enumerate(rows) for hit in _of_row(at, row, names, skipped))


def alike(medicine: str, names: Names) -> tuple[str, ...]:
    """Ids of medicines that look or sound like this one, the listed ones first."""
    known = names.medicines[medicine]
    listed = [one for one in known.look_alike if one in names.medicines]
    back = [one.id for one in names.medicines.values() if medicine in one.look_alike]
    near = near_in_letters(medicine, known.name, names)
    return tuple(dict.fromkeys([*listed, *back, *near]))


def near_in_letters(medicine: str, written: str, names: Names) -> tuple[str, ...]:
    """Ids of other medicines whose name is at most two letters from what was read."""
    spelling = key(written)
    if len(spelling) < 5:
        return ()
    own = set(names.medicines[medicine].parts) | {medicine}
    found = process.extract(
        spelling, _spellings(names), scorer=OSA.distance, score_cutoff=2, limit=20
    )
    owners = (_spellings_owned(names)[at] for _, _, at in found)
    return tuple(dict.fromkeys(one for one in owners if one not in own))


def longer_names(hits: Sequence[Hit], rows: Sequence[Row], names: Names) -> tuple[str, ...]:
    """Ids of medicines of whose longer name a hit may be a part, the rest of which was misread.

    They count only where words that nobody knows stand in print as large beside the hit.
    """
    if not _unknown_words(hits, rows):
        return ()
    texts = (simple(rows[hit.row].text[hit.start : hit.end]) for hit in hits)
    parts = {key(word) for text in texts for word in text.split()}
    own = {one for hit in hits for one in (*hit.found.components, hit.found.medicine or "")}
    wide = (one for one, words in _long_names(names) if one not in own and parts & words)
    return tuple(dict.fromkeys(wide))


def _unknown_words(hits: Sequence[Hit], rows: Sequence[Row]) -> bool:
    """Whether words of no known kind stand in print about as large as that of the names."""
    least = 0.7 * max(hit.height for hit in hits)
    known = _label_words() | load_wording().words("label", "no_name")
    for at, row in enumerate(rows):
        taken = [(hit.start, hit.end) for hit in hits if hit.row == at]
        for match in _WORD.finditer(row.text) if row.height >= least else ():
            inside = any(start <= match.start() < end for start, end in taken)
            if not inside and len(match[0]) >= _SHORTEST and simple(match[0]) not in known:
                return True
    return False


@cache
def _label_words() -> frozenset[str]:
    words = load_label_words()
    forms = load_wording().shown("forms")
    phrases = (*words.forms, *words.salts, *words.routes, *forms)
    return frozenset(word for phrase in phrases for word in simple(phrase).split())


@cache
def _long_names(names: Names) -> tuple[tuple[str, frozenset[str]], ...]:
    """Medicines with the words of each name that has several."""
    return tuple(
        (one.id, frozenset(map(key, words)))
        for one in names.medicines.values()
        if not one.id.startswith("class:")
        for words in (simple(name).split() for name in (one.name, *one.aliases))
        if len(words) > 1
    )


@cache
def _whole_names(names: Names) -> frozenset[str]:
    return frozenset(
        simple(name) for one in names.medicines.values() for name in (one.name, *one.aliases)
    )


@cache
def _spellings_owned(names: Names) -> tuple[str, ...]:
    """Whose each of `_spellings` is."""
    return tuple(one for one, _ in _owned(names))


@cache
def _spellings(names: Names) -> tuple[str, ...]:
    return tuple(spelling for _, spelling in _owned(names))


@cache
def _owned(names: Names) -> tuple[tuple[str, str], ...]:
    """Every single medicine with each way its names are spelt."""
    return tuple(
        (one.id, key(name))
        for one in names.medicines.values()
        if not one.parts and not one.id.startswith("class:")
        for name in (one.name, *one.aliases)
    )


def joined_medicine(hits: Sequence[Hit], names: Names) -> tuple[str, tuple[str, ...]]:
    """The one medicine that exact names mean together, or several to choose from."""
    ids = list(dict.fromkeys(hit.found.medicine or "" for hit in hits if hit.exact))
    ids = [one for one in ids if one] or [
        one for hit in hits if hit.exact for one in hit.found.components
    ]
    if len(ids) <= 1:
        return (ids[0] if ids else ""), tuple(ids)
    parts = {one: set(names.medicines[one].parts) or {one} for one in ids}
    whole = next((one for one in ids if all(parts[other] <= parts[one] for other in ids)), "")
    if whole:
        return whole, (whole,)
    together = names.resolve(" + ".join(names.medicines[one].name for one in ids))
    if together.medicine:
        return together.medicine, (together.medicine,)
    return "", tuple(ids)


def _of_row(at: int, row: Row, names: Names, skipped: frozenset[str]) -> Iterator[Hit]:
    words = [match.span() for match in _WORD.finditer(row.text)]
    taken = 0
    while taken < len(words):
        hit, used = _longest(at, row, words[taken : taken + _MOST_WORDS], (names, skipped))
        if hit is not None:
            yield hit
        taken += used


def _longest(
    at: int, row: Row, words: Sequence[tuple[int, int]], known: tuple[Names, frozenset[str]]
) -> tuple[Hit | None, int]:
    """The longest name that begins here, and how many words to go on by."""
    names, skipped = known
    plain_start = simple(row.text[slice(*words[0])]) in skipped
    doubtful: tuple[Hit, int] | None = None
    for count in range(len(words), 0, -1):
        start, end = words[0][0], words[count - 1][1]
        phrase = row.text[start:end]
        if len(phrase) < _SHORTEST or (count == 1 and plain_start):
            continue
        if plain_start and simple(phrase) not in _whole_names(names):
            continue
        if simple(row.text[slice(*words[count - 1])]) in skipped and count > 1 and not plain_start:
            continue
        found = names.resolve(phrase)
        if (found.medicine or "").startswith("class:"):
            continue
        hit = Hit(at, start, end, found, row.sure(start, end), row.height)
        if hit.exact and not found.choices:
            return hit, count
        if doubtful is None and (found.known or found.choices) and len(phrase) >= 6:
            doubtful = (hit, count)
    return doubtful or (None, 1)


def display(ids: Sequence[str], names: Names) -> tuple[str, ...]:
    """Names for people."""
    medicines: Mapping[str, object] = names.medicines
    return tuple(names.medicines[one].name if one in medicines else one for one in ids)
