"""From what was typed to what is searched: abbreviations, lay words, brands, spelling.

Pure: knows the word lists and the library's vocabulary, nothing of SQL. Numbers and units are left
out of the terms; they say something of the patient, not of the topic.
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from kb.known_words import Vocabulary, nearest
from kb.languages import Language, Languages
from kb.narrowing import narrowed
from kb.small_words import WHO, says_nothing
from kb.text import Stemmer, clean, words

MAX_TERMS = 40
WORD_LISTS = ("lay_words.toml", "words.toml")
CLINIC_WORDS = WORD_LISTS[1:]
"""Abbreviations, brands and spellings without everyday speech."""
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
    frequency: int = 0
    """Passages that hold it, counted once for each way to say it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A cleaned-up query."""

    text: str
    terms: tuple[Term, ...]
    scale: float = 1.0
    """Weight of a topic word that stands in one passage alone: the largest a known word has."""
    total: int = 0
    """Passages of the library."""
    plain: str = ""
    """The words as typed, with abbreviations, lay words and other languages put in the library's
    own words; what the encoder reads."""

    @property
    def weight(self) -> float:
        """Sum of the weights of all terms."""
        return sum(term.weight for term in self.terms)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Words the library has never seen."""
        return tuple(term.typed for term in self.terms if not term.known)

    def expression(self) -> str:
        """The FTS5 expression: any term, in any of its ways; less where that matches too much."""
        return narrowed([term for term in self.terms if term.known], self.total)


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


def load_words(names: Sequence[str] = WORD_LISTS) -> WordLists:
    """Read word lists of the starter library: all, or those of these file names."""
    folder = files("kb.starter")
    synonyms = {
        tuple(words(typed)): tuple(part.strip() for part in other.split("|"))
        for name in names
        for table in tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")).values()
        for typed, other in table.items()
    }
    everyday = folder.joinpath("everyday.txt").read_text(encoding="utf-8")
    return WordLists(synonyms, frozenset(everyday.split()))


class QueryReader:
    """Reads queries against one library's vocabulary."""

    def __init__(self, lists: WordLists, vocabulary: Vocabulary, stemmer: Stemmer) -> None:
        """Take the word lists and the library's vocabulary."""
        self._lists = lists
        self._longest = lists.longest
        self._vocabulary = vocabulary
        self._stemmer = stemmer

    def read(self, text: str) -> Query:
        """Terms of a query, at most 40; glue words, numbers and units are left out."""
        text = clean(text)
        language = self._lists.languages.spoken(text)
        typed = language.content(text) if language else words(text)
        terms: list[Term] = []
        plain: list[str] = []
        position = 0
        while position < len(typed) and len(terms) < MAX_TERMS:
            length = self._phrase_length(typed, position, language)
            phrase = tuple(typed[position : position + length])
            foreign = language.named(phrase) if language else None
            plain += self._plainly(phrase, foreign)
            term = self._term(phrase, foreign)
            if term and term.alternatives not in {other.alternatives for other in terms}:
                terms.append(term)
            position += length
        if language is not None:
            terms = _without_strange_words(terms)
        return Query(text, tuple(terms), self._idf(1), self._vocabulary.total, " ".join(plain))

    def _phrase_length(self, typed: list[str], start: int, language: Language | None) -> int:
        longest = max(self._longest, language.longest if language else 1)
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
        frequencies = [self._frequency(way) for way in known]
        frequency = max(frequencies, default=0)
        return Term(
            " ".join(phrase),
            alternatives=tuple(self._stems(way) for way in known or ways),
            searches=tuple(_fts(way) for way in known or ways),
            known=bool(known),
            weight=self._idf(frequency) * self._importance(_english(phrase, foreign), known),
            rarity=self._idf(frequency) if known else 0.0,
            frequency=sum(frequencies),
        )

    def _plainly(self, phrase: tuple[str, ...], foreign: tuple[str, ...] | None) -> tuple[str, ...]:
        """A phrase in the library's own words: the first other way to say it."""
        if foreign is not None:
            return foreign[:1]
        return self._synonyms(phrase)[:1] or phrase

    def _importance(self, phrase: tuple[str, ...], known: list[list[str]]) -> float:
        """Share of its weight that a term keeps."""
        if len(phrase) == 1 and phrase[0] in WHO:
            return WHO_WEIGHT
        if len(phrase) == 1 and phrase[0] in self._lists.everyday:
            return EVERYDAY_WEIGHT
        names = self._vocabulary.names
        named = any(all(map(names, self._stems(way))) for way in known)
        return 1.0 if named else DETAIL_WEIGHT

    def _synonyms(self, phrase: tuple[str, ...]) -> tuple[str, ...]:
        found = self._lists.synonyms.get(phrase)
        if found is None and len(phrase) == 1 and phrase[0].endswith("s"):
            found = self._lists.synonyms.get((phrase[0][:-1],))
        return found or ()

    def _respelt(self, word: str) -> Term | None:
        if word in self._lists.everyday or word in WHO:
            return None  # everyday speech the library does not hold says nothing of the topic
        stem = self._stemmer.stem(word)
        near = nearest(stem, self._vocabulary)
        if near is None:
            return Term(word, ((stem,),), (), known=False, weight=self._idf(0))
        # The stem is stemmed once more by the index, so it is searched as the start of a word.
        frequency = self._vocabulary.passages(near)
        weight = self._idf(frequency)
        return Term(
            word,
            ((near,),),
            (f'"{near}" *',),
            known=True,
            weight=weight,
            rarity=weight,
            corrected=near,
            frequency=frequency,
        )

    def _stems(self, way: list[str]) -> tuple[str, ...]:
        return tuple(self._stemmer.stem(word) for word in way)

    def _frequency(self, way: list[str]) -> int:
        return min(map(self._vocabulary.passages, self._stems(way)), default=0)

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
