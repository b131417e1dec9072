"""Finds where two documents of an answer give different amounts of one medicine.

Pure. Nobody is told which is right: both lines are shown, that of the higher precedence (national,
regional, WHO, textbook) first, and the person is told to look.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from assistant.messages import Sentence
from assistant.quantities import quantities
from kb.messages import rank_of
from kb.statements import Statement
from kb.text import words

_AMOUNTS = frozenset("mg microgram g mL IU unit tablet mg/kg mL/kg g/kg".split())


def differences(quoted: Sequence[Statement]) -> tuple[str, ...]:
    """One line for each medicine on whose amount two quoted documents differ."""
    said = []
    for one, other in _pairs(quoted):
        both = sorted((one.passage, other.passage), key=lambda p: (-rank_of(p.precedence), p.title))
        titles = "; ".join(dict.fromkeys(passage.title for passage in both))
        first = f", the {_WORDS[both[0].precedence]} one first" if _ranks(one, other) else ""
        said.append(f"Sources differ on {_medicine(one)}: both are shown{first} ({titles}).")
    return tuple(dict.fromkeys(said))


def opposed(quoted: Sequence[Statement], others: Sequence[Statement]) -> list[Statement]:
    """Lines of other packs that give other amounts of a medicine than the quoted ones do.

    Args:
        quoted: what the answer says.
        others: what else answers, best first; of each pack the first line on a medicine counts.
    """
    said = {(one.passage.pack, _medicine(one)) for one in quoted if one.has_dose}
    found: dict[tuple[str, str], Statement] = {}
    for other in others:
        key = (other.passage.pack, _medicine(other))
        if other.has_dose and key not in said:
            found.setdefault(key, other)
    return [other for other in found.values() if any(_differ(one, other) for one in quoted)]


def by_precedence(
    sentences: Sequence[Sentence], statements: Mapping[str, Statement]
) -> tuple[Sentence, ...]:
    """The sentences with documents that differ in the order of their precedence.

    The sentences of a document stay together in their order, and so does every other document.

    Args:
        sentences: quotes, in order.
        statements: what stands behind each citation.
    """
    behind = [statements[sentence.citations[0]] for sentence in sentences]
    differing = {s.passage.document for pair in _pairs(behind) for s in pair if _ranks(*pair)}
    places = [n for n, one in enumerate(behind) if one.passage.document in differing]
    moved = sorted(places, key=lambda n: -rank_of(behind[n].passage.precedence))
    order = dict(zip(places, moved, strict=True))
    return tuple(sentences[order.get(n, n)] for n in range(len(sentences)))


_WORDS = {"national": "national", "regional": "regional", "who": "WHO", "textbook": "textbook"}
"""Precedences as they are shown."""


def _ranks(one: Statement, other: Statement) -> bool:
    """Whether one of two statements comes before the other."""
    return rank_of(one.passage.precedence) != rank_of(other.passage.precedence)


def _pairs(quoted: Sequence[Statement]) -> Iterator[tuple[Statement, Statement]]:
    return (pair for pair in itertools.combinations(quoted, 2) if _differ(*pair))


def _differ(one: Statement, other: Statement) -> bool:
    if not (one.has_dose and other.has_dose) or one.passage.document == other.passage.document:
        return False
    name = _medicine(one)
    return bool(name) and name == _medicine(other) and not _agree(one, other)


def _medicine(statement: Statement) -> str:
    """The medicine of a dose line: the first word of "zinc 20 mg ..." or "For whom: zinc 20 mg"."""
    line = statement.lines[0] if statement.lines else ""
    _, _, behind = line.partition(": ")
    found = words(behind if behind[:1].isalpha() else line)
    return found[0] if found else ""


def _agree(one: Statement, other: Statement) -> bool:
    """Whether all amounts of one line stand in the other, either way round."""
    first, second = (
        {q for q in quantities(statement.text) if q.unit in _AMOUNTS} for statement in (one, other)
    )
    return first <= second or second <= first
