"""The arithmetic of light heads: main directions, logistic regression, calibration. Pure functions.

Vectors are brought to their main directions first, where a thousand numbers become at most 256; in
them the regression is solved by Newton's method in a few steps. The same directions tell how far a
picture lies from those that were learnt from (probabilistic PCA; Tipping and Bishop, JRSS B 1999).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.vision.heads_scores import Truths

Floats = NDArray[np.float64]

MOST_DIRECTIONS = 256
FAMILIAR = 32
"""Main directions in which distance is measured one by one; the rest is measured together."""
_FLOOR = 0.05
"""Least spread of a number, as a share of the middle one: what never changed may still change."""
_STEPS = 60
_SMALL = 1e-8


@dataclass(frozen=True, slots=True)
class Space:
    """The main directions of the vectors that were learnt from."""

    middle: Floats
    """Mean of each number, shape (dimensions,)."""
    spread: Floats
    """By what each number is divided, shape (dimensions,)."""
    directions: Floats
    """Unit vectors, the strongest first, shape (directions, dimensions)."""
    variances: Floats
    """Variance along each, shape (directions,)."""
    rest: float
    """Mean variance in all other directions."""

    def places(self, vectors: Floats) -> Floats:
        """Where vectors lie along the directions, shape (vectors, directions)."""
        return ((vectors - self.middle) / self.spread) @ self.directions.T

    def distances(self, vectors: Floats) -> Floats:
        """How far vectors lie from what was learnt from, 1 being usual; shape (vectors,)."""
        scaled = (vectors - self.middle) / self.spread
        known = min(FAMILIAR, len(self.directions))
        along = scaled @ self.directions[:known].T
        beside = np.maximum((scaled**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        inside = (along**2 / np.maximum(self.variances[:known], _SMALL)).sum(axis=1)
        left = max(self._left(known), _SMALL)
        count = scaled.shape[1] - known
        total: Floats = inside / known + beside / (left * max(count, 1))
        return np.sqrt(total / 2.0)

    def _left(self, known: int) -> float:
        """Mean variance in the directions after the first ones."""
        count = len(self.middle) - known
        others = self.rest * (len(self.middle) - len(self.directions))
        return (float(self.variances[known:].sum()) + others) / max(count, 1)


def space_of(vectors: Floats) -> Space:
    """The main directions of vectors."""
    middle, raw = vectors.mean(axis=0), vectors.std(axis=0)
    usual = float(np.median(raw[raw > 0])) if (raw > 0).any() else 1.0
    spread = np.maximum(raw, _FLOOR * usual)
    scaled = (vectors - middle) / spread
    _, strengths, directions = np.linalg.svd(scaled, full_matrices=False)
    variances = strengths**2 / max(len(vectors) - 1, 1)
    count = min(MOST_DIRECTIONS, max(1, len(vectors) - 1), len(directions))
    dimensions = vectors.shape[1]
    rest = float(variances[count:].sum()) / max(dimensions - count, 1)
    return Space(middle, spread, directions[:count], variances[:count], rest)


def fit_logistic(places: Floats, truths: Truths, penalty: float) -> tuple[Floats, float]:
    """Weights and constant of a logistic regression with a square penalty on the weights.

    Newton's method on the mean loss; the constant is free of the penalty.
    """
    wide = np.hstack([places, np.ones((len(places), 1))])
    held = np.full(wide.shape[1], penalty)
    held[-1] = 0.0
    weights = np.zeros(wide.shape[1])
    loss = _loss(wide, truths, weights, held)
    for _ in range(_STEPS):
        said = _sigmoid(wide @ weights)
        slope = wide.T @ (said - truths) / len(wide) + held * weights
        bend = (wide.T * (said * (1 - said))) @ wide / len(wide) + np.diag(held + _SMALL)
        step = np.linalg.solve(bend, slope)
        size, after = 1.0, loss
        while size > 1e-4:
            after = _loss(wide, truths, weights - size * step, held)
            if after <= loss:
                break
            size /= 2
        weights = weights - size * step
        if loss - after < _SMALL:
            break
        loss = after
    return weights[:-1], float(weights[-1])


def fit_platt(scores: Floats, truths: Truths) -> tuple[float, float]:
    """Slope and constant that turn scores into probabilities (Platt 1999), without certainty.

    As truths stand values a little inside 0 and 1, so that few pictures do not make for sureness.
    """
    yes, no = int(truths.sum()), int((~truths).sum())
    aim = np.where(truths, (yes + 1) / (yes + 2), 1 / (no + 2))
    spread = float(scores.std()) or 1.0
    slope, constant = 1.0, float(np.log((yes + 1) / (no + 1)))
    scaled = (scores - scores.mean()) / spread
    for _ in range(_STEPS):
        said = _sigmoid(slope * scaled + constant)
        off, weight = said - aim, said * (1 - said) + _SMALL
        first = np.array([off @ scaled, off.sum()])
        mixed = weight @ scaled
        second = np.array([[weight @ scaled**2, mixed], [mixed, weight.sum()]])
        step = np.linalg.solve(second + 1e-6 * np.eye(2), first)
        slope, constant = slope - float(step[0]), constant - float(step[1])
        if float(np.abs(step).max()) < _SMALL:
            break
    return slope / spread, constant - slope * float(scores.mean()) / spread


def probabilities(scores: Floats, platt: tuple[float, float]) -> Floats:
    """Probabilities of scores."""
    return _sigmoid(platt[0] * scores + platt[1])


def _loss(wide: Floats, truths: Truths, weights: Floats, held: Floats) -> float:
    scores = wide @ weights
    each = np.logaddexp(0.0, scores) - truths * scores
    return float(each.mean() + 0.5 * (held * weights**2).sum())


def _sigmoid(values: Floats) -> Floats:
    odds: Floats = 1.0 / (1.0 + np.exp(-np.clip(values, -40, 40)))
    return odds
