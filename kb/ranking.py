"""What ranking works with: candidates, documents as they were found, and the ranking itself."""

from dataclasses import dataclass

from kb.messages import Hit, Passage, rank_of
from kb.query import Query
from kb.relevance import Bag

TELLING = 0.55
"""Share of the largest weight at which a word is rare enough to be a topic by itself."""


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


def _order(hit: Hit) -> tuple[float, int]:
    return -hit.score, -rank_of(hit.passage.precedence)
