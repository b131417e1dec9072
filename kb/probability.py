"""How likely the best document answers a question."""

import math
from collections.abc import Mapping

from kb.ranking import Ranking

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
    "bias": -8.1,
    "coverage": 1.7,
    "named": 2.15,
    "together": 1.51,
    "unknown": -0.6,
    "topic": 2.98,
    "called": 6.44,
}
"""The same with the encoder of the package and questions in lay words, weighed half."""


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


def logistic(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """1 / (1 + exp(-(bias + weights . features)))."""
    total = weights["bias"] + sum(weights.get(name, 0.0) * v for name, v in features.items())
    return 1.0 / (1.0 + math.exp(-total))
