"""Which documents and passages answer a query best, and how sure that is.

Pure: takes what full-text search found and weighs it by what a person would look at: how much of
the question the document covers, whether its title says so, and for whom it is written.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.messages import Hit, Passage, SearchFilter, rank_of
from kb.query import Query, Term
from kb.relevance import Bag
from kb.text import Stemmer


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
PASSAGE_TITLE, PASSAGE_NAMED = 0.5, 0.3
"""Weights, for a passage, of what its document's title and aliases say."""
OWN_GROUP = 1.2
"""Factor for a document written for the patient's own group and at most one more."""
OTHER_GROUP, PERHAPS_OTHER = 0.45, 0.8
"""Factor for a document written for other people than the patient, and than the patient may be."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage as found by words or by meaning, before ranking."""

    passage: Passage
    aliases: str
    """Other names of the document, one a line."""
    bag: Bag
    """Its words."""
    score: float
    """How near it is to the query, 0 for the worst and 1 for the best candidate."""
    likeness: float = 0.0
    """Cosine of its meaning with the query's; 0 without an encoder."""
    called: float = 0.0
    """How much its document's names resemble the query, a cosine; 0 where there are too few."""


@dataclass(frozen=True, slots=True)
class DocumentHit:
    """A document with its found passages, and why it ranks where it does."""

    document: str
    title: str
    score: float
    coverage: float
    """Share of the question's weight that the document holds, 0 to 1."""
    title_coverage: float
    """Share of the question's weight in its title and aliases, 0 to 1."""
    named: float
    """Weight share of its title or alias that stands in the question in full, 0 to 1."""
    together: float
    """Largest share of the question's weight that one of its passages holds by itself, 0 to 1."""
    near: float
    """Nearness of its best passage among all candidates, 0 to 1."""
    likeness: float
    """Largest cosine of one of its passages with the question; 0 without an encoder."""
    called: float
    """How much its names resemble the question, a cosine; that of its best passage where it has too
    few names, 0 without an encoder."""
    fits: bool
    """Whether it is written for this patient's group, as far as known."""
    missed: tuple[str, ...]
    """Query terms it does not hold."""
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to a search."""

    query: Query
    documents: tuple[DocumentHit, ...]
    """Best first."""
    probability: float
    """How likely the best document answers the question, 0 to 1."""

    @property
    def telling(self) -> float:
        """Whether a word of the query names a topic: 1 where one is rare enough, 0 for none."""
        rarest = max((term.weight for term in self.query.terms if term.known), default=0.0)
        return min(rarest / (TELLING * self.query.scale), 1.0)

    def hits(self, k: int) -> tuple[Hit, ...]:
        """The k best passages over all documents."""
        everything = [hit for document in self.documents for hit in document.hits]
        return tuple(sorted(everything, key=_order)[:k])


def rank(
    query: Query, candidates: Sequence[Candidate], who: SearchFilter, stemmer: Stemmer
) -> Ranking:
    """Group passages by document, weigh, and order both."""
    if not candidates:
        return Ranking(query, (), 0.0)
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.passage.document, []).append(candidate)
    found = _weighed([_document(query, group, who, stemmer) for group in groups.values()], who)
    found.sort(key=lambda one: (-one.score, -_precedence(one), one.document))
    ranking = Ranking(query, tuple(found), 0.0)
    return replace(ranking, probability=probability(ranking))


def probability(ranking: Ranking) -> float:
    """Calibrated chance that the best document answers the question.

    A logistic of: share of the question that the document covers, whether the question names its
    topic, share that one passage covers by itself, how many words the library has never seen, how
    telling its rarest known word is, and, with an encoder, how much its names resemble the
    question.
    """
    query, documents = ranking.query, ranking.documents
    if not documents or not any(term.known for term in query.terms):
        return 0.0
    top = documents[0]
    features = {
        "coverage": top.coverage,
        "named": top.named,
        "together": top.together,
        "unknown": min(len(query.unknown), 3.0),
        "topic": ranking.telling,
        "called": top.called,
    }
    return logistic(features, WITH_MEANING if top.likeness else WORDS_ALONE)


TELLING = 0.55
"""Share of the largest weight at which a word is rare enough to be a topic by itself."""
WORDS_ALONE: Mapping[str, float] = {
    "bias": -7.6,
    "coverage": 3.8,
    "named": 2.2,
    "together": 3.0,
    "unknown": -2.0,
    "topic": 3.8,
}
"""Logistic regression on `tests/data/questions.toml`, wrong answers weighed 4 times."""
WITH_MEANING: Mapping[str, float] = {
    "bias": -7.76,
    "coverage": 1.94,
    "named": 2.49,
    "together": 1.45,
    "unknown": -0.58,
    "topic": 2.96,
    "called": 5.71,
}
"""The same with the encoder of the package and questions in lay words, weighed half."""


def logistic(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """1 / (1 + exp(-(bias + weights . features)))."""
    total = weights["bias"] + sum(weights.get(name, 0.0) * v for name, v in features.items())
    return 1.0 / (1.0 + math.exp(-total))


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


def _weighed(found: Sequence[DocumentHit], who: SearchFilter) -> list[DocumentHit]:
    """The documents with their scores, and their hits weighed for this patient."""
    familiar = max(one.title_coverage for one in found)
    share = min(max((familiar - STRANGE) / (KNOWN - STRANGE), 0.0), 1.0)
    meant = any(one.likeness for one in found)
    done = []
    for one in found:
        factor = _factor(one, who)
        hits = tuple(replace(hit, score=factor * hit.score) for hit in one.hits)
        score = (
            share * _total(one, FAMILIAR) + (1 - share) * _total(one, EVERYDAY)
            if meant
            else _total(one, WORDS_ONLY)
        )
        done.append(replace(one, score=factor * score, hits=hits))
    return done


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


def _order(hit: Hit) -> tuple[float, int]:
    return -hit.score, -rank_of(hit.passage.precedence)


def _precedence(document: DocumentHit) -> int:
    return rank_of(document.hits[0].passage.precedence)


def suits(population: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether a text for `population` may serve someone of one of the `wanted` groups."""
    return not population or not wanted or bool(set(population) & set(wanted))


def _own(population: tuple[str, ...], who: SearchFilter) -> bool:
    return bool(who.population) and len(population) <= 2 and who.population[0] in population


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
