"""All strategies by name, and which one a model is used with by default."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from assistant.errors import ModelError
from assistant.writing.strategies.checking import BestOf, Careful, Critique
from assistant.writing.strategies.direct import Direct
from assistant.writing.strategies.finding import Decompose, Hypothesis, WhenUnsure
from assistant.writing.strategies.panel import Panel
from assistant.writing.strategies.task import Check, Retrieve, Strategy
from assistant.writing.strategies.thinking import Thinking
from assistant.writing.strategies.voting import SelfConsistency, VerifyChoices


@dataclass(frozen=True, slots=True)
class Tools:
    """What strategies may use besides the model."""

    check: Check | None = None
    retrieve: Retrieve | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """Names of the strategies a model is used with."""

    sentences: str
    careful: str
    choices: str


class UnknownStrategy(ModelError):
    """No strategy has this name, or it lacks what it needs."""


_PLAIN: Mapping[str, Callable[[], Strategy]] = MappingProxyType(
    {one.name: one for one in (Direct, SelfConsistency, VerifyChoices, Panel, Thinking)}
)
_CHECKING: Mapping[str, Callable[[Check], Strategy]] = MappingProxyType(
    {one.name: one for one in (BestOf, Critique, Careful)}
)
_FINDING: Mapping[str, Callable[[Retrieve], Strategy]] = MappingProxyType(
    {one.name: one for one in (Decompose, Hypothesis, WhenUnsure)}
)
NAMES = tuple(sorted((*_PLAIN, *_CHECKING, *_FINDING)))


def strategy(name: str, tools: Tools) -> Strategy:
    """The strategy of a name.

    Raises:
        UnknownStrategy: there is none, or it needs a library or a gate that is not there.
    """
    if name in _PLAIN:
        return _PLAIN[name]()
    if name in _CHECKING and tools.check is not None:
        return _CHECKING[name](tools.check)
    if name in _FINDING and tools.retrieve is not None:
        return _FINDING[name](tools.retrieve)
    if name in NAMES:
        what = "a gate" if name in _CHECKING else "a library to look things up in"
        raise UnknownStrategy(f"The strategy “{name}” needs {what}.")
    raise UnknownStrategy(f"There is no strategy “{name}”; known are: {', '.join(NAMES)}.")


def defaults(model: str) -> Defaults:
    """The strategies for a model, by its name."""
    name = model.lower()
    return next(
        strategies
        for patterns, strategies in _defaults()
        if any(fnmatch(name, pattern) for pattern in patterns)
    )


@cache
def _defaults() -> tuple[tuple[tuple[str, ...], Defaults], ...]:
    tables = tomllib.loads(files(__package__).joinpath("strategies.toml").read_text("utf-8"))
    return tuple(
        (tuple(table["names"]), Defaults(table["sentences"], table["careful"], table["choices"]))
        for table in tables["model"]
    )
