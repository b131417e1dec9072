"""Which documents and passages answer a query best, and how sure that is.

Pure: takes what full-text search found and weighs it by what a person would look at: how much of
the question the document covers, whether its title says so, and for whom it is written.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kb.messages import Hit, SearchFilter, rank_of
from kb.probability import probability
from kb.query import Query, Term
from kb.ranking import Candidate, DocumentHit, Ranking
from kb.text import Stemmer
from kb.weights import weighed

PASSAGE_TITLE, PASSAGE_NAMED = 0.5, 0.3
"""Weights, for a passage, of what its document's title and aliases say."""


def rank(
    query: Query, candidates: Sequence[Candidate], who: SearchFilter, stemmer: Stemmer
) -> Ranking:
    """Group passages by document, weigh, and order both."""
    if not candidates:
        return Ranking(query, (), 0.0)
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.passage.document, []).append(candidate)
    found = weighed([_document(query, group, who, stemmer) for group in groups.values()], who)
    found.sort(key=lambda one: (-one.score, -_precedence(one), one.document))
    ranking = Ranking(query, tuple(found), 0.0)
    return replace(ranking, probability=probability(ranking))


def _document(
    query: Query, group: list[Candidate], who: SearchFilter, stemmer: Stemmer
) -> DocumentHit:
    first = group[0].passage
    names = group[0].bag.names
    everything = [*names, *(stem for c in group for stem in c.bag.stems)]
    found = _held(query.terms, everything)
    coverage = _share(query, found)
    title_coverage = _share(query, _held(query.terms, names))
    named = _named(query, [first.title, *group[0].aliases.split("\n")], stemmer)
    fits = suits(first.population, who.population)
    near = max(candidate.score for candidate in group)
    like = max(candidate.likeness for candidate in group)
    held = {term.typed for term in found}
    return DocumentHit(
        document=first.document,
        title=first.title,
        score=0.0,
        coverage=coverage,
        title_coverage=title_coverage,
        named=named,
        together=max(_share(query, _held(query.terms, c.bag.stems)) for c in group),
        near=near,
        likeness=like,
        called=group[0].called or like,
        fits=fits,
        missed=tuple(term.typed for term in query.terms if term.typed not in held),
        hits=tuple(
            Hit(
                c.passage,
                c.score + PASSAGE_TITLE * title_coverage + PASSAGE_NAMED * named,
                tuple(t.typed for t in _held(query.terms, (*names, *c.bag.stems))),
            )
            for c in group
        ),
    )


def _precedence(document: DocumentHit) -> int:
    return rank_of(document.hits[0].passage.precedence)


def suits(population: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether a text for `population` may serve someone of one of the `wanted` groups."""
    return not population or not wanted or bool(set(population) & set(wanted))


def holds(term: Term, stems: Iterable[str]) -> bool:
    """Whether a text with these stems, in order, holds the term in one of its ways."""
    there = list(stems)
    known = set(there)
    return any(_way_in(way, there, known) for way in term.alternatives)


def _held(terms: Sequence[Term], stems: Sequence[str]) -> list[Term]:
    known = set(stems)
    if not known:
        return []
    return [t for t in terms if any(_way_in(way, stems, known) for way in t.alternatives)]


def _way_in(way: tuple[str, ...], stems: Sequence[str], known: set[str]) -> bool:
    if not known.issuperset(way):
        return False
    if len(way) == 2 and len(way[1]) == 1:
        return way in itertools.pairwise(stems)
    return True


def _share(query: Query, terms: Sequence[Term]) -> float:
    return sum(term.weight for term in terms) / query.weight if query.weight else 0.0


def _named(query: Query, names: Sequence[str], stemmer: Stemmer) -> float:
    """Largest weight share of a title or alias whose every word stands in the question."""
    asked = {stem for term in query.terms for way in term.alternatives for stem in way}
    best = 0.0
    for name in names:
        stems = set(stemmer.stems(name)) - {"and", "of", "the", "in", "for", "or", "a", "to"}
        if stems and stems <= asked:
            inside = [t for t in query.terms if any(stems.issuperset(w) for w in t.alternatives)]
            best = max(best, _share(query, inside))
    return best
