"""What the models of one family score, and which is the smallest that is good enough: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something went well."""

    right: int
    asked: int
    left_out: int = 0
    """Rows too long for the context."""

    @property
    def share(self) -> float:
        """From 0 to 1; 0 where nothing was asked."""
        return self.right / self.asked if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """What was measured of one model file."""

    name: str
    sha256: str
    size: int
    """Bytes."""
    memory_mb: float
    load_s: float
    reads_per_s: float
    """Tokens of a prompt a second."""
    writes_per_s: float
    """Tokens written a second."""
    tokens: int
    """Tokens that perplexity and divergence were measured on."""
    perplexity: float
    divergence: float = 0.0
    """Mean Kullback-Leibler divergence from the full model a token, in nats; 0 for itself."""
    worst_divergence: float = 0.0
    agreement: float = 1.0
    """Share of tokens at which the full model holds the same next one for the likeliest."""
    choices: Rate | None = None
    calls: Rate | None = None
    gate: float | None = None
    """Share of the written sentences that the app's gate lets through."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much worse than the full model may be."""

    divergence: float
    """Mean divergence a token, in nats."""
    perplexity_ratio: float
    """Perplexity divided by that of the full model."""
    choices_lost: float
    """Share of right choices that may be lost, as 0.02."""
    calls_lost: float
    gate_lost: float


@dataclass(frozen=True, slots=True)
class Card:
    """The full model, the smaller ones, and what may be lost."""

    full: Score
    smaller: tuple[Score, ...]
    bounds: Bounds
    engine: str = ""

    @property
    def picked(self) -> Score | None:
        """The smallest that keeps every bound; of equals, the one nearest to the full model."""
        good = [one for one in self.smaller if not self.broken(one)]
        return min(good, key=lambda one: (one.size, one.divergence), default=None)

    def broken(self, score: Score) -> tuple[str, ...]:
        """Names of the bounds that a model does not keep; what was not measured breaks nothing."""
        return tuple(name for name, lost, most in self._losses(score) if not lost <= most)

    def table(self) -> dict[str, Any]:
        """Everything as plain values."""
        picked = self.picked
        return {
            "engine": self.engine,
            "bounds": asdict(self.bounds),
            "full": asdict(self.full),
            "smaller": [{**asdict(one), "broken": self.broken(one)} for one in self.smaller],
            "picked": picked.name if picked else None,
        }

    def _losses(self, score: Score) -> Sequence[tuple[str, float, float]]:
        full, bounds = self.full, self.bounds
        return (
            ("divergence", score.divergence, bounds.divergence),
            ("perplexity", score.perplexity / full.perplexity, bounds.perplexity_ratio),
            ("choices", _lost(full.choices, score.choices), bounds.choices_lost),
            ("calls", _lost(full.calls, score.calls), bounds.calls_lost),
            ("gate", _fallen(full.gate, score.gate), bounds.gate_lost),
        )


def _lost(full: Rate | None, found: Rate | None) -> float:
    return _fallen(full.share, found.share) if full and found else 0.0


def _fallen(full: float | None, found: float | None) -> float:
    return 0.0 if full is None or found is None else full - found


def rate_of(table: Mapping[str, int] | None) -> Rate | None:
    """A rate from its plain values."""
    return Rate(**table) if table else None
