"""Trains a light head on labelled vectors and measures it on vectors that were held back.

Every figure comes from pictures that the part measured had not seen: the regression, the strength
of its penalty, the calibration and the threshold are each found on the other folds. Pictures of one
patient stay in one fold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.vision.encoder_errors import TooFewPictures
from assistant.vision.heads import About, Head
from assistant.vision.heads_fit import (
    Floats,
    Space,
    fit_logistic,
    fit_platt,
    probabilities,
    space_of,
)
from assistant.vision.heads_scores import (
    Ranking,
    Rates,
    Truths,
    brier,
    by_group,
    calibration_error,
    ranking,
    rates,
    threshold_for,
)

FOLDS, INNER = 5, 3
FEWEST = 20
"""Fewest pictures with the finding, and without it."""
PENALTIES = (0.003, 0.03, 0.3, 3.0)
USUAL = 0.99
"""Share of the held-back pictures that a head must not refuse as unlike its own."""


@dataclass(frozen=True)
class Labelled:
    """Vectors of pictures with what is known of them, in one order."""

    vectors: NDArray[np.float32]
    truths: Truths
    groups: tuple[str, ...] = ()
    """Group of each, such as a skin tone or a camera; empty = none known."""
    patients: tuple[str, ...] = ()
    """Patient of each; empty = each picture is of another patient."""


@dataclass(frozen=True)
class Report:
    """What was measured on held-back pictures."""

    pictures: int
    ranking: Ranking
    at_threshold: Rates
    calibration_error: float
    brier: float
    refused: float
    """Share of the held-back pictures that would be refused as unlike the others."""
    groups: Mapping[str, tuple[Ranking, Rates] | None]

    def to_json(self) -> dict[str, object]:
        """The same as plain values."""
        groups = {
            name: None if pair is None else {**asdict(pair[0]), **asdict(pair[1])}
            for name, pair in self.groups.items()
        }
        return {
            "pictures": self.pictures,
            **asdict(self.ranking),
            **asdict(self.at_threshold),
            "calibration_error": self.calibration_error,
            "brier": self.brier,
            "refused": self.refused,
            "groups": groups,
        }


def train(data: Labelled, about: About, sensitivity: float = 0.95) -> tuple[Head, Report]:
    """A head and its figures.

    Args:
        data: the labelled vectors.
        about: what the head is called; its figures are filled in here.
        sensitivity: share of the findings that the threshold must still call.

    Raises:
        TooFewPictures: fewer than `FEWEST` with the finding, or without it.
    """
    vectors, truths = data.vectors.astype(np.float64), data.truths
    _check(truths, about.finding)
    folds = folds_of(truths, FOLDS, data.patients)
    scores, distances = _held_back(vectors, truths, folds)
    chances, called, threshold = _calibrated(scores, truths, folds, sensitivity)
    farthest = float(np.quantile(distances, USUAL)) * 1.05
    report = Report(
        len(truths), ranking(scores, truths), called, calibration_error(chances, truths),
        brier(chances, truths), float((distances > farthest).mean()),
        by_group(chances, truths, data.groups, threshold) if data.groups else {},
    )  # fmt: skip
    space = space_of(vectors)
    inner = folds_of(truths, INNER, data.patients)
    weights, constant = fit_logistic(space.places(vectors), truths, _best(vectors, truths, inner))
    told = About(about.finding, about.encoder, about.source, about.trained, report.to_json())
    platt = fit_platt(scores, truths)
    return Head(told, space, weights, constant, platt, threshold, farthest), report


def folds_of(truths: Truths, count: int, patients: Sequence[str] = ()) -> NDArray[np.int64]:
    """The fold of each picture: equal shares of both kinds, patients whole, always the same."""
    names = np.array(patients or [str(index) for index in range(len(truths))], dtype=np.str_)
    kinds, where = np.unique(names, return_inverse=True)
    sick = np.zeros(len(kinds), dtype=bool)
    np.logical_or.at(sick, where, truths)
    fold = np.zeros(len(kinds), dtype=np.int64)
    shuffled = np.random.default_rng(0).permutation(len(kinds))
    for kind in (True, False):
        some = shuffled[sick[shuffled] == kind]
        fold[some] = np.arange(len(some)) % count
    return fold[where]


def _check(truths: Truths, finding: str) -> None:
    yes, no = int(truths.sum()), int((~truths).sum())
    if min(yes, no) < FEWEST:
        raise TooFewPictures(
            f"To learn “{finding}”, at least {FEWEST} pictures with it and {FEWEST} without are"
            f" needed; there are {yes} and {no}."
        )


def _held_back(vectors: Floats, truths: Truths, folds: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Score and distance of each picture from a head that had not seen its fold."""
    scores, distances = np.zeros(len(truths)), np.zeros(len(truths))
    for fold in np.unique(folds):
        here = folds == fold
        seen, known = vectors[~here], truths[~here]
        space = space_of(seen)
        penalty = _best(seen, known, folds_of(known, INNER))
        weights, constant = fit_logistic(space.places(seen), known, penalty)
        scores[here] = space.places(vectors[here]) @ weights + constant
        distances[here] = space.distances(vectors[here])
    return scores, distances


def _best(vectors: Floats, truths: Truths, folds: NDArray[np.int64]) -> float:
    """The penalty under which held-back pictures are told apart with the least surprise."""
    losses = np.zeros(len(PENALTIES))
    for fold in np.unique(folds):
        here = folds == fold
        space: Space = space_of(vectors[~here])
        seen, unseen = space.places(vectors[~here]), space.places(vectors[here])
        for index, penalty in enumerate(PENALTIES):
            weights, constant = fit_logistic(seen, truths[~here], penalty)
            score = unseen @ weights + constant
            losses[index] += float((np.logaddexp(0, score) - truths[here] * score).sum())
    return PENALTIES[int(losses.argmin())]


def _calibrated(
    scores: Floats, truths: Truths, folds: NDArray[np.int64], sensitivity: float
) -> tuple[Floats, Rates, float]:
    """Probabilities and what the threshold does, each by the other folds; and the threshold."""
    chances, said = np.zeros(len(truths)), np.zeros(len(truths), dtype=bool)
    for fold in np.unique(folds):
        here = folds == fold
        platt = fit_platt(scores[~here], truths[~here])
        others = probabilities(scores[~here], platt)
        chances[here] = probabilities(scores[here], platt)
        said[here] = chances[here] >= threshold_for(others, truths[~here], sensitivity)
    final = probabilities(scores, fit_platt(scores, truths))
    threshold = threshold_for(final, truths, sensitivity)
    found = rates(said.astype(np.float64), truths, 0.5)
    called = Rates(
        threshold, found.sensitivity, found.specificity, found.positives, found.negatives
    )
    return chances, called, threshold
