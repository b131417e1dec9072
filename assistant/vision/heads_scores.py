"""How good scores are that say yes or no: ranking, threshold, calibration. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

Z95 = 1.959963984540054
"""Quantile of the normal distribution that leaves 2.5 % on each side."""
BINS = 10
"""Bins of equal width in which probabilities are compared with what was true."""
FEWEST_OF_A_GROUP = 10
"""Pictures with and without the finding under which a group gets no figures."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Area under the ROC curve with its 95 % interval."""

    auc: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rates:
    """What a threshold does."""

    threshold: float
    sensitivity: float
    """Share of the pictures with the finding that are called so."""
    specificity: float
    """Share of the pictures without it that are not called so."""
    positives: int
    negatives: int


def ranking(scores: Floats, truths: Truths) -> Ranking:
    """Area under the ROC curve, its interval after DeLong, DeLong and Clarke-Pearson (1988).

    The interval is worked on the scale of log odds, so that it stays below 1.

    Raises:
        ValueError: all pictures have the finding, or none has.
    """
    sick, well = scores[truths], scores[~truths]
    if not len(sick) or not len(well):
        raise ValueError("the area needs pictures with the finding and pictures without")
    place = _midranks(np.concatenate([sick, well]))
    above_well = (place[: len(sick)] - _midranks(sick)) / len(well)
    below_sick = 1.0 - (place[len(sick) :] - _midranks(well)) / len(sick)
    auc = float(above_well.mean())
    spread = _spread(above_well) / len(sick) + _spread(below_sick) / len(well)
    held = min(max(auc, 1e-6), 1 - 1e-6)
    middle, step = np.log(held / (1 - held)), Z95 * np.sqrt(spread) / (held * (1 - held))
    low, high = (1 / (1 + np.exp(-(middle + sign * step))) for sign in (-1.0, 1.0))
    return Ranking(auc, float(low), float(high))


def rates(scores: Floats, truths: Truths, threshold: float) -> Rates:
    """What a threshold does; scores from it on say yes."""
    said = scores >= threshold
    positives, negatives = int(truths.sum()), int((~truths).sum())
    sensitivity = float((said & truths).sum() / positives) if positives else float("nan")
    specificity = float((~said & ~truths).sum() / negatives) if negatives else float("nan")
    return Rates(float(threshold), sensitivity, specificity, positives, negatives)


def threshold_for(scores: Floats, truths: Truths, sensitivity: float) -> float:
    """The highest threshold at which so large a share of the findings is still called.

    Raises:
        ValueError: no picture has the finding.
    """
    sick = np.sort(scores[truths])
    if not len(sick):
        raise ValueError("a threshold needs pictures with the finding")
    missed = int(np.floor((1.0 - sensitivity) * len(sick) + 1e-9))
    return float(sick[min(missed, len(sick) - 1)])


def calibration_error(probabilities: Floats, truths: Truths, bins: int = BINS) -> float:
    """Expected calibration error: how far what was said lies from what was true, on average."""
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    error = 0.0
    for index in range(bins):
        here = place == index
        if here.any():
            gap = abs(float(probabilities[here].mean()) - float(truths[here].mean()))
            error += gap * float(here.mean())
    return error


def brier(probabilities: Floats, truths: Truths) -> float:
    """Mean square of what was said against what was true; 0 is best."""
    return float(np.mean((probabilities - truths) ** 2))


def by_group(
    scores: Floats, truths: Truths, groups: Sequence[str], threshold: float
) -> Mapping[str, tuple[Ranking, Rates] | None]:
    """Figures of each group; None for one with too few pictures to say anything."""
    names = np.array(groups, dtype=np.str_)
    found: dict[str, tuple[Ranking, Rates] | None] = {}
    for name in sorted(set(groups)):
        here = names == name
        yes, every = int(truths[here].sum()), int(here.sum())
        enough = min(yes, every - yes) >= FEWEST_OF_A_GROUP
        one = (scores[here], truths[here])
        found[name] = (ranking(*one), rates(*one, threshold)) if enough else None
    return found


def _spread(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _midranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middle: Floats = (last - (counts - 1) / 2.0)[where]
    return middle
