"""Zero-shot labels: a picture compared with words, where an encoder reads both.

Each finding is asked twice: by its own prompts, and by a probe in other words and turned round.
General image models often say yes to a question and to its opposite alike; where they do, nothing
is said of the picture.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from assistant.vision.encoder import Floats, ImageEncoder
from assistant.vision.encoder_families import Family

UNSURE = 0.5


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that a picture may be of."""

    id: str
    title: str
    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may be seen on a picture of one kind."""

    id: str
    title: str
    query: str
    """What is looked up in the library."""
    present: tuple[str, ...]
    absent: tuple[str, ...]
    probe_present: tuple[str, ...]
    probe_absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompts:
    """All words with which pictures are compared."""

    frames: tuple[str, ...]
    kinds: tuple[Kind, ...]
    findings: Mapping[str, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of one finding."""

    finding: Finding
    probability: float
    probe: float
    """The same probability by the probe."""

    @property
    def agrees(self) -> bool:
        """Whether the finding and its probe say the same."""
        return (self.probability >= UNSURE) == (self.probe >= UNSURE)


@cache
def prompts() -> Prompts:
    """The prompts of the package."""
    text = files("assistant.vision").joinpath("encoder_prompts.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    kinds = tuple(
        Kind(key, row["title"], tuple(row["prompts"])) for key, row in table["kinds"].items()
    )
    found = {kind: tuple(map(_finding, rows)) for kind, rows in table["findings"].items()}
    return Prompts(tuple(table["frames"]), kinds, found)


class ZeroShot:
    """Compares pictures with prompts; the vectors of the prompts are found once."""

    def __init__(self, encoder: ImageEncoder, family: Family, words: Prompts) -> None:
        """Take an encoder that reads, its family and the prompts."""
        self._encoder, self._family, self._words = encoder, family, words
        self._kept: dict[tuple[str, ...], Floats] = {}

    def kinds(self, picture: Floats) -> dict[str, float]:
        """How likely the picture is of each kind, from its vector.

        Raises:
            ImageError: the encoder cannot be used.
        """
        known = self._words.kinds
        cosines = np.array([float(picture @ self._mean(kind.prompts)) for kind in known])
        chances = likely(cosines, self._family)
        return {kind.id: float(chance) for kind, chance in zip(known, chances, strict=True)}

    def findings(self, picture: Floats, kind: str) -> list[Seen]:
        """What is asked of pictures of a kind, the likeliest first; nothing for other kinds.

        Raises:
            ImageError: the encoder cannot be used.
        """
        asked = self._words.findings.get(kind, ())
        seen = [
            Seen(
                one,
                self._pair(picture, one.present, one.absent),
                self._pair(picture, one.probe_present, one.probe_absent),
            )
            for one in asked
        ]
        return sorted(seen, key=lambda one: -one.probability)

    def _pair(self, picture: Floats, yes: tuple[str, ...], no: tuple[str, ...]) -> float:
        """How likely the one rather than the other: both have the same bias, which falls out."""
        gap = float(picture @ self._mean(yes)) - float(picture @ self._mean(no))
        return float(_sigmoid(np.array([self._family.scale * gap]))[0])

    def _mean(self, texts: tuple[str, ...]) -> Floats:
        if texts not in self._kept:
            framed = [frame.format(text) for text in texts for frame in self._words.frames]
            self._kept[texts] = mean_of([self._encoder.read(text) for text in framed])
        return self._kept[texts]


def mean_of(vectors: Sequence[Floats]) -> Floats:
    """The mean direction of vectors, of length one."""
    total = np.sum(vectors, axis=0, dtype=np.float64)
    length = float(np.linalg.norm(total)) or 1.0
    mean: Floats = np.asarray(total / length, dtype=np.float32)
    return mean


def likely(cosines: np.ndarray[Any, np.dtype[np.float64]], family: Family) -> Floats:
    """Probabilities of labels by the cosines of a picture with each.

    Softmax makes them share one; sigmoid judges each alone, against the bias of the model where
    that is known and else against the mean of all.
    """
    scaled = family.scale * cosines
    if family.judge == "softmax":
        raised = np.exp(scaled - scaled.max())
        shares: Floats = (raised / raised.sum()).astype(np.float32)
        return shares
    bias = -float(scaled.mean()) if family.bias is None else family.bias
    return _sigmoid(scaled + bias)


def _sigmoid(values: np.ndarray[Any, np.dtype[np.float64]]) -> Floats:
    odds: Floats = (1.0 / (1.0 + np.exp(-np.clip(values, -40, 40)))).astype(np.float32)
    return odds


def _finding(row: Mapping[str, Any]) -> Finding:
    many = ("present", "absent", "probe_present", "probe_absent")
    return Finding(row["id"], row["title"], row["query"], *(tuple(row[name]) for name in many))
