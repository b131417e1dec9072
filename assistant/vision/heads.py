"""A light head: from the vector of a picture to the probability of one finding, or to no answer.

It was trained on pictures of one kind. A picture that lies far from those gets no probability: the
head says that it was not made for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.vision.heads_fit import Floats, Space, probabilities


@dataclass(frozen=True, slots=True)
class About:
    """What a person should know of a head."""

    finding: str
    """What it looks for, in the words of the labelled folder."""
    encoder: str
    """Name of the encoder whose vectors it reads; it never reads others."""
    source: str
    """Where the labelled pictures came from."""
    trained: str
    """Day of the training, YYYY-MM-DD."""
    figures: Mapping[str, object]
    """What was measured on pictures that were held back; see `heads_train.Report.to_json`."""


@dataclass(frozen=True, slots=True)
class Head:
    """A trained head."""

    about: About
    space: Space
    weights: Floats
    constant: float
    platt: tuple[float, float]
    threshold: float
    """Probability from which the finding is called possible."""
    farthest: float
    """Distance from the pictures it learnt from, beyond which it does not answer."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a head says of one picture."""

    finding: str
    probability: float | None
    """None where the picture is unlike those that the head was trained on."""
    called: bool
    """Whether the probability reaches the threshold of the head."""
    threshold: float
    distance: float
    """Distance from the training pictures; 1 is usual."""
    farthest: float

    @property
    def known(self) -> bool:
        """Whether the head answers."""
        return self.probability is not None


def judge(head: Head, vector: NDArray[np.float32]) -> Judged:
    """What a head says of a picture, from its vector."""
    row = vector.astype(np.float64)[None]
    distance = float(head.space.distances(row)[0])
    if not np.isfinite(distance) or distance > head.farthest:
        return Judged(
            head.about.finding, None, called=False, threshold=head.threshold,
            distance=distance, farthest=head.farthest,
        )  # fmt: skip
    score = head.space.places(row) @ head.weights + head.constant
    chance = float(probabilities(score, head.platt)[0])
    return Judged(
        head.about.finding, chance, called=chance >= head.threshold, threshold=head.threshold,
        distance=distance, farthest=head.farthest,
    )  # fmt: skip
