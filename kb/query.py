"""From what was typed to what is searched: abbreviations, lay words, brands, spelling.

Pure: knows the word lists and the library's vocabulary, nothing of SQL. Numbers and units are left
out of the terms; they say something of the patient, not of the topic.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kb.languages import Language, Languages
from kb.small_words import WHO, says_nothing
from kb.text import Stemmer, clean, words

MAX_TERMS = 40
EVERYDAY_WEIGHT = 0.2
"""Share of its weight that a word of everyday speech keeps."""
DETAIL_WEIGHT = 0.6
"""Share for a word that names no document of the library: it is a detail, not a topic."""
WHO_WEIGHT = 0.3
MEDICINE_STEMS = frozenset("dose dosag medicin drug tablet pill syrup inject mg".split())
"""Stems of words by which a question is one about a medicine."""
LETTERED = frozenset("plan hepatitis vitamin type group category influenza grade class".split())
"""Words whose meaning hangs on the letter behind them."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a query asks for, with the other ways to say it."""

    typed: str
    alternatives: tuple[tuple[str, ...], ...]
    """Each a set of stems that must all be there; one alternative is enough."""
    searches: tuple[str, ...]
    """The same as full-text expressions."""
    known: bool
    """Whether the library holds any alternative at all."""
    weight: float
    """How much finding it tells: inverse document frequency, less for everyday words."""
    rarity: float = 0.0
    """Inverse document frequency alone."""
    corrected: str = ""
    """What a misspelt word was read as."""


@dataclass(frozen=True, slots=True)
class Query:
    """A cleaned-up query."""

    text: str
    terms: tuple[Term, ...]
    scale: float = 1.0
    """Weight of a topic word that stands in one passage alone: the largest a known word has."""

    @property
    def weight(self) -> float:
        """Sum of the weights of all terms."""
        return sum(term.weight for term in self.terms)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Words the library has never seen."""
        return tuple(term.typed for term in self.terms if not term.known)

    def expression(self) -> str:
        """The FTS5 expression: any term, in any of its ways."""
        parts = [part for term in self.terms if term.known for part in term.searches]
        return " OR ".join(dict.fromkeys(parts))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one library, as stems."""

    passages: Mapping[str, int]
    """Stem -> number of passages that hold it."""
    names: frozenset[str]
    """Stems that stand in a title or an alias."""
    total: int
    """Number of passages."""


@dataclass(frozen=True, slots=True)
class WordLists:
    """Words people use for things the library calls otherwise."""

    synonyms: Mapping[tuple[str, ...], tuple[str, ...]]
    """Folded words as typed -> other ways to say it."""
    everyday: frozenset[str]
    languages: Languages = field(default_factory=Languages)

    @property
    def longest(self) -> int:
        """Number of words of the longest entry."""
        return max(map(len, self.synonyms), default=1)


def load_words() -> WordLists:
    """Read the word lists of the starter library."""
    folder = files("kb.starter")
    tables = tomllib.loads(folder.joinpath("words.toml").read_text(encoding="utf-8"))
    synonyms = {
        tuple(words(typed)): tuple(part.strip() for part in other.split("|"))
        for table in tables.values()
        for typed, other in table.items()
    }
    everyday = folder.joinpath("everyday.txt").read_text(encoding="utf-8")
    return WordLists(synonyms, frozenset(everyday.split()))


class QueryReader:
    """Reads queries against one library's vocabulary."""

    def __init__(self, lists: WordLists, vocabulary: Vocabulary, stemmer: Stemmer) -> None:
        """Take the word lists and the library's vocabulary."""
        self._lists = lists
        self._vocabulary = vocabulary
        self._spellings = [s for s in vocabulary.passages if len(s) > 3 and s.isalpha()]
        self._stemmer = stemmer

    def read(self, text: str) -> Query:
        """Terms of a query, at most 40; glue words, numbers and units are left out."""
        language = self._lists.languages.spoken(clean(text))
        typed = language.content(clean(text)) if language else words(clean(text))
        terms: list[Term] = []
        position = 0
        while position < len(typed) and len(terms) < MAX_TERMS:
            length = self._phrase_length(typed, position, language)
            phrase = tuple(typed[position : position + length])
            term = self._term(phrase, language.named(phrase) if language else None)
            if term and term.alternatives not in {other.alternatives for other in terms}:
                terms.append(term)
            position += length
        if language is not None:
            terms = _without_strange_words(terms)
        return Query(text, tuple(terms), self._idf(1))

    def _phrase_length(self, typed: list[str], start: int, language: Language | None) -> int:
        longest = max(self._lists.longest, language.longest if language else 1)
        for length in range(min(longest, len(typed) - start), 1, -1):
            phrase = tuple(typed[start : start + length])
            if phrase in self._lists.synonyms or (language and language.named(phrase)):
                return length
        following = typed[start + 1] if start + 1 < len(typed) else ""
        return 2 if typed[start] in LETTERED and len(following) == 1 else 1

    def _term(self, phrase: tuple[str, ...], foreign: tuple[str, ...] | None) -> Term | None:
        if foreign == ():
            return None
        synonyms = foreign or self._synonyms(phrase)
        word = phrase[0]
        if len(phrase) == 1 and not synonyms and says_nothing(word):
            return None
        ways = [list(phrase), *(words(other) for other in synonyms)]
        known = [way for way in ways if self._frequency(way)]
        if not known and len(phrase) == 1 and not synonyms:
            return self._respelt(word)
        frequency = max((self._frequency(way) for way in known), default=0)
        return Term(
            " ".join(phrase),
            alternatives=tuple(self._stems(way) for way in known or ways),
            searches=tuple(_fts(way) for way in known or ways),
            known=bool(known),
            weight=self._idf(frequency) * self._importance(_english(phrase, foreign), known),
            rarity=self._idf(frequency) if known else 0.0,
        )

    def _importance(self, phrase: tuple[str, ...], known: list[list[str]]) -> float:
        """Share of its weight that a term keeps."""
        if len(phrase) == 1 and phrase[0] in WHO:
            return WHO_WEIGHT
        if len(phrase) == 1 and phrase[0] in self._lists.everyday:
            return EVERYDAY_WEIGHT
        names = self._vocabulary.names
        return 1.0 if any(names.issuperset(self._stems(way)) for way in known) else DETAIL_WEIGHT

    def _synonyms(self, phrase: tuple[str, ...]) -> tuple[str, ...]:
        found = self._lists.synonyms.get(phrase)
        if found is None and len(phrase) == 1 and phrase[0].endswith("s"):
            found = self._lists.synonyms.get((phrase[0][:-1],))
        return found or ()

    def _respelt(self, word: str) -> Term | None:
        if word in self._lists.everyday or word in WHO:
            return None  # everyday speech the library does not hold says nothing of the topic
        stem = self._stemmer.stem(word)
        near = self._nearest(stem)
        if near is None:
            return Term(word, ((stem,),), (), known=False, weight=self._idf(0))
        # The stem is stemmed once more by the index, so it is searched as the start of a word.
        weight = self._idf(self._vocabulary.passages[near])
        return Term(
            word,
            ((near,),),
            (f'"{near}" *',),
            known=True,
            weight=weight,
            rarity=weight,
            corrected=near,
        )

    def _nearest(self, stem: str) -> str | None:
        """The one vocabulary stem a slip of the hand away; None when there is none or several.

        One edit for 5 to 7 letters, two from 8 on; the first letter must hold, since a name that
        starts otherwise is more often another medicine than a misspelling.
        """
        if len(stem) < 5 or not stem.isalpha():
            return None
        allowed = 1 if len(stem) < 8 else 2
        found = process.extract(
            stem, self._spellings, scorer=OSA.distance, score_cutoff=allowed, limit=8
        )
        same_start = [(name, distance) for name, distance, _ in found if name[0] == stem[0]]
        best = [name for name, distance in same_start if distance == min(d for _, d in same_start)]
        if not best:
            return None
        return max(best, key=lambda name: self._vocabulary.passages[name])

    def _stems(self, way: list[str]) -> tuple[str, ...]:
        return tuple(self._stemmer.stem(word) for word in way)

    def _frequency(self, way: list[str]) -> int:
        return min((self._vocabulary.passages.get(stem, 0) for stem in self._stems(way)), default=0)

    def _idf(self, frequency: int) -> float:
        total = max(1, self._vocabulary.total)
        return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _without_strange_words(terms: list[Term]) -> list[Term]:
    """Terms of a question in another language.

    A word that no list knows is mostly everyday speech there, so it does not speak against an
    answer; in a question about a medicine it may be the medicine's name, and stays.
    """
    stems = {stem for term in terms for way in term.alternatives for stem in way}
    return terms if stems & MEDICINE_STEMS else [term for term in terms if term.known]


def _english(phrase: tuple[str, ...], foreign: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(words(foreign[0])) if foreign else phrase


def _fts(way: list[str]) -> str:
    if len(way) == 2 and len(way[1]) == 1:
        return f'"{way[0]} {way[1]}"'
    quoted = [f'"{word}"' for word in way]
    return quoted[0] if len(quoted) == 1 else f"({' AND '.join(quoted)})"
