"""Wrong passages that look right, to learn from.

Candidates are the nearest passages by meaning and by words; those that may well be right too are
left out: nearer than nearly as near as the right one, answers to the same question in other words,
or parts of the same answer.
"""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quantize.embedder_recipe import Negatives
from quantize.pairs import Pair

Floats = NDArray[np.float32]
SLICE = 256
"""Questions compared with all passages at once."""
NEAREST = 16
"""Passages that pass, of which the kept ones are drawn."""
_WORD = re.compile(r"[^\W_]{2,}")


@dataclass(frozen=True, slots=True)
class Example:
    """A pair with the passages it is to be told from; numbers into `Texts`."""

    question: int
    passage: int
    wrong: tuple[int, ...]
    subject: str


@dataclass(frozen=True, slots=True)
class Texts:
    """Every question and passage once, with what is known of each passage."""

    questions: tuple[str, ...]
    passages: tuple[str, ...]
    subjects: tuple[frozenset[str], ...]
    asked: tuple[frozenset[int], ...]
    """Questions that each passage answers."""


def gather(pairs: Sequence[Pair]) -> Texts:
    """The texts of the pairs, each once, in order of first use."""
    questions = {q: n for n, q in enumerate(dict.fromkeys(pair.question for pair in pairs))}
    passages = {p: n for n, p in enumerate(dict.fromkeys(pair.passage for pair in pairs))}
    subjects: list[set[str]] = [set() for _ in passages]
    asked: list[set[int]] = [set() for _ in passages]
    for pair in pairs:
        subjects[passages[pair.passage]].add(pair.subject)
        asked[passages[pair.passage]].add(questions[pair.question])
    return Texts(
        tuple(questions),
        tuple(passages),
        tuple(map(frozenset, subjects)),
        tuple(map(frozenset, asked)),
    )


class WordIndex:
    """Finds passages by rare words in common with a question (BM25, k1 0.9, b 0.5)."""

    def __init__(self, passages: Sequence[str]) -> None:
        """Index the passages."""
        counts = [Counter(_WORD.findall(passage.casefold())) for passage in passages]
        average = sum(sum(count.values()) for count in counts) / max(1, len(counts))
        found: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, count in enumerate(counts):
            long = 0.9 * (0.5 + 0.5 * sum(count.values()) / average)
            for word, times in count.items():
                found[word].append((number, times * 1.9 / (times + long)))
        self._found = dict(found)
        self._total = len(counts)

    def nearest(self, question: str, most: int) -> list[int]:
        """Numbers of the best passages, best first; words in over a tenth of them are ignored."""
        scores: dict[int, float] = defaultdict(float)
        for word in set(_WORD.findall(question.casefold())):
            entries = self._found.get(word, [])
            if len(entries) <= max(10, self._total // 10):
                weight = math.log(1 + self._total / (len(entries) + 0.5))
                for number, value in entries:
                    scores[number] += weight * value
        return sorted(scores, key=lambda number: -scores[number])[:most]


def mine(
    pairs: Sequence[Pair],
    texts: Texts,
    vectors: tuple[Floats, Floats],
    rules: Negatives,
    chance: random.Random,
) -> list[Example]:
    """Each pair with its wrong passages, hardest 16 that pass, `rules.kept` of them at random.

    Args:
        pairs: what to learn.
        texts: their texts, from `gather`.
        vectors: unit vectors of the questions and of the passages, of the encoder to start from.
        rules: what is looked at and what is left out.
        chance: the source of randomness.
    """
    place_q = {question: number for number, question in enumerate(texts.questions)}
    place_p = {passage: number for number, passage in enumerate(texts.passages)}
    words, judge = WordIndex(texts.passages), _Judge(texts, vectors[0], rules)
    examples: list[Example] = []
    for start in range(0, len(pairs), SLICE):
        part = pairs[start : start + SLICE]
        numbers = [(place_q[pair.question], place_p[pair.passage]) for pair in part]
        cosines = vectors[0][[q for q, _ in numbers]] @ vectors[1].T
        for offset, (pair, (question, right)) in enumerate(zip(part, numbers, strict=True)):
            row = cosines[offset]
            most = min(rules.dense, len(row))
            near = set(np.argpartition(-row, most - 1)[:most].tolist())
            if offset % 2:
                near |= set(words.nearest(pair.question, rules.words))
            example = Example(question, right, (), pair.subject)
            passed = [n for n in near if judge.wrong(n, example, row)]
            passed.sort(key=lambda number: -row[number])
            kept = chance.sample(passed[:NEAREST], min(rules.kept, len(passed[:NEAREST])))
            examples.append(Example(question, right, tuple(kept), pair.subject))
    return examples


@dataclass(frozen=True, slots=True)
class _Judge:
    """Decides which passages are surely wrong."""

    texts: Texts
    questions: Floats
    rules: Negatives

    def wrong(self, number: int, example: Example, cosines: Floats) -> bool:
        """Whether a passage is surely not an answer to the question of the example."""
        asked = self.texts.asked[number]
        if number == example.passage or example.question in asked:
            return False
        right = float(cosines[example.passage])
        if example.subject in self.texts.subjects[number]:
            return float(cosines[number]) <= self.rules.same_subject * right
        if cosines[number] > self.rules.at_most * right:
            return False
        own = self.questions[example.question]
        return all(float(self.questions[q] @ own) <= self.rules.same_question for q in asked)
