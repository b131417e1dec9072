"""How well a model predicts a text, and how far a smaller one moved from it: pure arithmetic."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


@dataclass(slots=True)
class Tally:
    """Sums over the tokens that were predicted."""

    tokens: int = 0
    surprise: float = 0.0
    """Sum of the negative log-probabilities of what the text says, in nats."""
    divergence: float = 0.0
    """Sum of the Kullback-Leibler divergences from the full model, in nats."""
    worst: float = 0.0
    agreed: int = 0
    """Tokens at which both models hold the same next one for the likeliest."""

    def add(self, found: Floats, said: Numbers) -> None:
        """Count the surprise of what the text says.

        Args:
            found: log-probabilities of the next token, in rows.
            said: the next token of each row.
        """
        self.tokens += len(said)
        self.surprise -= float(found[np.arange(len(said)), said].astype(np.float64).sum())

    def compare(self, full: Floats, found: Floats) -> None:
        """Count how far `found` is from `full`, both log-probabilities in rows."""
        each = divergences(full, found)
        self.divergence += float(each.sum())
        self.worst = max(self.worst, float(each.max(initial=0.0)))
        self.agreed += int((full.argmax(axis=1) == found.argmax(axis=1)).sum())

    def table(self, *, compared: bool) -> dict[str, float]:
        """Means by name.

        Raises:
            ValueError: nothing was counted.
        """
        if not self.tokens:
            message = "There was no token to predict."
            raise ValueError(message)
        found = {"tokens": float(self.tokens), "perplexity": perplexity(self)}
        if compared:
            found |= {
                "divergence": max(self.divergence / self.tokens, 0.0),
                "worst_divergence": self.worst,
                "agreement": self.agreed / self.tokens,
            }
        return found


def perplexity(tally: Tally) -> float:
    """How many tokens the model wavers between, on average."""
    return math.exp(min(tally.surprise / tally.tokens, 700.0))


def log_probabilities(scores: Floats) -> Floats:
    """Scores in rows as natural logarithms of probabilities."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=1, dtype=np.float64, keepdims=True))
    result: Floats = shifted - total.astype(np.float32)
    return result


def divergences(full: Floats, found: Floats) -> NDArray[np.float64]:
    """Kullback-Leibler divergence of each row of `found` from that of `full`, in nats."""
    # Summed in double precision: thousands of small terms of both signs nearly cancel.
    shares = np.exp(full.astype(np.float64))
    each: NDArray[np.float64] = (shares * (full.astype(np.float64) - found)).sum(axis=1)
    return np.maximum(each, 0.0)
