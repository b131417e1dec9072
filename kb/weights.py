"""How much each thing that speaks for a document weighs, and for whom it is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kb.messages import Hit, SearchFilter
from kb.ranking import DocumentHit


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of what speaks for a document."""

    coverage: float
    """Share of the question found in it."""
    title: float
    """Share found in its title or aliases."""
    named: float
    """Share of a title or alias that stands in the question in full."""
    near: float
    """Nearness of its best passage among all candidates."""
    like: float
    """Cosine of its best passage."""
    called: float
    """How much its names resemble the question."""


FAMILIAR = Weights(coverage=0.5, title=0.5, named=0.4, near=0.3, like=1.0, called=5.0)
"""For a question in the words of the library."""
EVERYDAY = Weights(coverage=0.2, title=0.2, named=0.2, near=0.0, like=0.5, called=5.0)
"""For a question in words that no title holds: what is shared is chance. Both set on own questions,
in the library's words and in everyday words."""
WORDS_ONLY = Weights(coverage=1.0, title=0.9, named=0.7, near=1.0, like=0.0, called=0.0)
"""Without an encoder."""
CHANCE = 0.35
"""Cosine that names of any two things have by chance."""
STRANGE, KNOWN = 0.3, 0.8
"""Share of the question in a title, the best of all, at or below which it is taken as everyday, and
from which it is taken as familiar; in between, the weights are mixed."""
OWN_GROUP = 1.2
"""Factor for a document written for the patient's own group and at most one more."""
OTHER_GROUP, PERHAPS_OTHER = 0.45, 0.8
"""Factor for a document written for other people than the patient, and than the patient may be."""


def weighed(found: Sequence[DocumentHit], who: SearchFilter) -> list[DocumentHit]:
    """The documents with their scores, and their hits weighed for this patient."""
    familiar = max(one.title_coverage for one in found)
    share = min(max((familiar - STRANGE) / (KNOWN - STRANGE), 0.0), 1.0)
    meant = any(one.likeness for one in found)
    done = []
    for one in found:
        factor = _factor(one, who)
        hits = one.hits if factor == 1 else _times(factor, one.hits)
        score = (
            share * _total(one, FAMILIAR) + (1 - share) * _total(one, EVERYDAY)
            if meant
            else _total(one, WORDS_ONLY)
        )
        done.append(replace(one, score=factor * score, hits=hits))
    return done


def _times(factor: float, hits: Iterable[Hit]) -> tuple[Hit, ...]:
    return tuple([Hit(hit.passage, factor * hit.score, hit.matched) for hit in hits])


def _total(one: DocumentHit, weights: Weights) -> float:
    return (
        weights.coverage * one.coverage
        + weights.title * one.title_coverage
        + weights.named * one.named
        + weights.near * one.near
        + weights.like * one.likeness
        + weights.called * max(one.called - CHANCE, 0.0)
    )


def _factor(one: DocumentHit, who: SearchFilter) -> float:
    population = one.hits[0].passage.population
    if not one.fits:
        return OTHER_GROUP if who.certain else PERHAPS_OTHER
    return OWN_GROUP if _own(population, who) else 1.0


def _own(population: tuple[str, ...], who: SearchFilter) -> bool:
    return bool(who.population) and len(population) <= 2 and who.population[0] in population
