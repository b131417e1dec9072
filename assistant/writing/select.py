"""Which statements of the found documents answer the question.

Pure. Scores every statement of the best documents by what it shares with the question beyond the
topic, by the section it stands in, and by whether it is for this patient; keeps few.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.differences import opposed
from assistant.messages import Patient
from assistant.population import line_suits
from assistant.writing.intent import Intent, Intents
from kb.query import Query, Term
from kb.rank import holding
from kb.ranking import DocumentHit
from kb.statements import Statement
from kb.text import Stemmer

SPECIFIC, TOPIC, SECTION, SUITS, OTHER = 2.2, 0.8, 1.0, 0.3, -2.5
"""Weights of: question terms beyond the document's topic, terms of the topic itself, the section,
a line written for this patient, and one written for another."""
NEAR_BEST, NEAR_BEST_BY_WORDS = 0.86, 0.72
"""A second document is read too when its score is at least this share of the best; with an encoder
and without."""
OTHER_PACK = 0.5
"""The best document of another pack is read too when its score is at least this share."""
KEEP = 0.45
"""Share of the best statement's score that another of its section must reach."""
KEEP_ELSEWHERE = 0.6
"""Share that one of another section must reach."""
MOST_STATEMENTS = 8
ENOUGH_WORDS = 150


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the selection sees it."""

    query: Query
    patient: Patient
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A statement and how well it answers."""

    statement: Statement
    score: float
    suits: bool | None
    """Whether the line itself says it is for this patient."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A found document with all its statements."""

    hit: DocumentHit
    names: tuple[str, ...]
    """Title and aliases: the topic."""
    statements: tuple[Statement, ...]


class Selector:
    """Chooses statements; keeps stems between questions."""

    def __init__(self, intents: Intents) -> None:
        """Take the known intents."""
        self._intents = intents
        self._stemmer = Stemmer()

    def choose(
        self, asked: Asked, readings: Sequence[Reading], enough_words: int = ENOUGH_WORDS
    ) -> tuple[Scored, ...]:
        """The statements to quote, best first; at most eight, little more than enough words."""
        scored = [one for reading in readings for one in self._score(asked, reading)]
        scored = [one for one in scored if one.suits is not False]
        scored.sort(key=lambda one: -one.score)
        chosen = _within_length(scored, enough_words)
        wanted = opposed([one.statement for one in chosen], [one.statement for one in scored])
        return (*chosen, *(one for one in scored if one.statement in wanted))

    def _score(self, asked: Asked, reading: Reading) -> list[Scored]:
        topic = [stem for name in reading.names for stem in self._stemmer.stems(name)]
        general = holding(asked.query.terms, topic)
        specific = [term for term in asked.query.terms if term not in general]
        return [self._one(asked, reading, one, (specific, general)) for one in reading.statements]

    def _one(
        self,
        asked: Asked,
        reading: Reading,
        statement: Statement,
        terms: tuple[list[Term], list[Term]],
    ) -> Scored:
        stems = self._stemmer.stems(" ".join((*statement.passage.section[-1:], statement.text)))
        total = max(asked.query.weight, 1e-9)
        specific, general = (
            sum(term.weight for term in holding(some, stems)) / total for some in terms
        )
        section = statement.passage.section[-1] if statement.passage.section else ""
        suits = line_suits(statement.lines[0] if statement.lines else "", asked.patient)
        score = (
            SPECIFIC * specific
            + TOPIC * general
            + SECTION * self._intents.section_weight(asked.intents, section)
            + (SUITS if suits else OTHER if suits is False else 0.0)
        )
        return Scored(statement, score * math.sqrt(max(reading.hit.score, 0.0)), suits)


def worth_reading(documents: Sequence[DocumentHit]) -> tuple[DocumentHit, ...]:
    """The best document and those nearly as good, at most three, for this patient if possible.

    Beyond these, the best of each further pack that states its precedence is read too: packs that
    disagree are to be shown side by side.
    """
    fitting = [document for document in documents if document.fits] or list(documents)
    if not fitting:
        return ()
    best = fitting[0].score
    near = (NEAR_BEST if fitting[0].likeness else NEAR_BEST_BY_WORDS) * best
    read = [document for document in fitting[:3] if document.score >= near]
    packs = {document.hits[0].passage.pack for document in read}
    for document in fitting:
        first = document.hits[0].passage
        if first.precedence and first.pack not in packs and document.score >= OTHER_PACK * best:
            packs.add(first.pack)
            read.append(document)
    return tuple(read)


def _within_length(scored: list[Scored], enough_words: int) -> list[Scored]:
    """The best statements until enough is said; the last one is never cut."""
    chosen: list[Scored] = []
    length = 0
    for one in scored:
        least = KEEP if _section(one) == _section(scored[0]) else KEEP_ELSEWHERE
        if len(chosen) == MOST_STATEMENTS or length >= enough_words:
            break
        same = any(one.statement.text == other.statement.text for other in chosen)
        if one.score >= least * scored[0].score and not same:
            chosen.append(one)
            length += len(one.statement.text.split())
    return chosen


def _section(one: Scored) -> tuple[str, ...]:
    return one.statement.passage.section
