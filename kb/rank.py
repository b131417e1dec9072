"""Which documents and passages answer a query best, and how sure that is.

Pure: takes what full-text search found and weighs it by what a person would look at: how much of
the question the document covers, whether its title says so, and for whom it is written.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kb.messages import Hit, SearchFilter, rank_of
from kb.name_stems import NameStems
from kb.probability import probability
from kb.query import Query, Term
from kb.ranking import Candidate, DocumentHit, Ranking
from kb.weights import weighed

PASSAGE_TITLE, PASSAGE_NAMED = 0.5, 0.3
"""Weights, for a passage, of what its document's title and aliases say."""


@dataclass(frozen=True, slots=True)
class _Sought:
    """A term as texts are searched for it."""

    term: Term
    single: frozenset[str]
    """Stems of which any one is enough."""
    longer: tuple[tuple[str, ...], ...]
    """Ways of several stems."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """A query as documents are ranked for it."""

    sought: tuple[_Sought, ...]
    weight: float
    """Sum of the weights of all terms."""
    stems: frozenset[str]
    """All that any term asks for."""
    names: NameStems
    wanted: SearchFilter

    @classmethod
    def by(cls, query: Query, who: SearchFilter, names: NameStems) -> "_Asking":
        """What a query asks for."""
        stems = frozenset(stem for term in query.terms for way in term.alternatives for stem in way)
        return cls(_sought(query.terms), query.weight, stems, names, who)

    def share(self, terms: Iterable[Term]) -> float:
        """Share of the weight of all terms."""
        return sum([term.weight for term in terms]) / self.weight if self.weight else 0.0


def rank(
    query: Query, candidates: Sequence[Candidate], who: SearchFilter, names: NameStems
) -> Ranking:
    """Group passages by document, weigh, and order both."""
    if not candidates:
        return Ranking(query, (), 0.0)
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.passage.document, []).append(candidate)
    asking = _Asking.by(query, who, names)
    found = weighed([_document(asking, group) for group in groups.values()], who)
    found.sort(key=lambda one: (-one.score, -_precedence(one), one.document))
    ranking = Ranking(query, tuple(found), 0.0)
    return replace(ranking, probability=probability(ranking))


def _document(asking: _Asking, group: list[Candidate]) -> DocumentHit:
    first, names = group[0].passage, group[0].bag.names
    sought = asking.sought
    found = _held(sought, [*names, *(stem for c in group for stem in c.bag.stems)])
    title_coverage = asking.share(_held(sought, names))
    named = _named(asking, group[0]) if any(names) else 0.0
    like = max([candidate.likeness for candidate in group])
    held = {term.typed for term in found}
    extra = PASSAGE_TITLE * title_coverage, PASSAGE_NAMED * named
    return DocumentHit(
        document=first.document,
        title=first.title,
        score=0.0,
        coverage=asking.share(found),
        title_coverage=title_coverage,
        named=named,
        together=max([asking.share(_held(sought, c.bag.stems)) for c in group]),
        near=max([candidate.score for candidate in group]),
        likeness=like,
        called=group[0].called or like,
        fits=suits(first.population, asking.wanted.population),
        missed=tuple([one.term.typed for one in sought if one.term.typed not in held]),
        hits=tuple([_hit(sought, names, candidate, extra) for candidate in group]),
    )


def _hit(
    sought: Sequence[_Sought], names: tuple[str, ...], one: Candidate, extra: tuple[float, float]
) -> Hit:
    """A passage with what speaks for it: itself, then the title and the names of its document."""
    held = _held(sought, (*names, *one.bag.stems))
    return Hit(one.passage, one.score + extra[0] + extra[1], tuple([term.typed for term in held]))


def _precedence(document: DocumentHit) -> int:
    return rank_of(document.hits[0].passage.precedence)


def suits(population: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether a text for `population` may serve someone of one of the `wanted` groups."""
    return not population or not wanted or bool(set(population) & set(wanted))


def holding(terms: Sequence[Term], stems: Sequence[str]) -> list[Term]:
    """The terms that a text with these stems, in order, holds in one of their ways."""
    return _held(_sought(terms), stems)


def _sought(terms: Iterable[Term]) -> tuple[_Sought, ...]:
    return tuple(
        _Sought(
            term,
            frozenset(way[0] for way in term.alternatives if len(way) == 1),
            tuple(way for way in term.alternatives if len(way) != 1),
        )
        for term in terms
    )


def _held(sought: Sequence[_Sought], stems: Sequence[str]) -> list[Term]:
    known = set(stems)
    if not known:
        return []
    return [
        one.term
        for one in sought
        if not known.isdisjoint(one.single)
        or (one.longer and any(_way_in(way, stems, known) for way in one.longer))
    ]


def _way_in(way: tuple[str, ...], stems: Sequence[str], known: set[str]) -> bool:
    if not known.issuperset(way):
        return False
    if len(way) == 2 and len(way[1]) == 1:
        return way in itertools.pairwise(stems)
    return True


def _named(asking: _Asking, one: Candidate) -> float:
    """Largest weight share of a title or alias whose every word stands in the question."""
    best = 0.0
    for stems in asking.names.of(one.passage.title, one.aliases):
        if stems and stems <= asking.stems:
            inside = [
                one.term
                for one in asking.sought
                if not stems.isdisjoint(one.single) or any(map(stems.issuperset, one.longer))
            ]
            best = max(best, asking.share(inside))
    return best
