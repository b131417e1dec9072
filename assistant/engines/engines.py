"""All engines at one door, opened when a question first needs them."""

import re
import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files

from assistant.engines.finding import Engine, Finding
from assistant.messages import Patient


class Engines:
    """Asks every engine; each is opened by the first question, so that a start does not wait."""

    def __init__(self, openers: Sequence[Callable[[], Engine]] = ()) -> None:
        """Take what opens each engine; none means that nothing is worked out."""
        self._openers = tuple(openers)
        self._open: tuple[Engine, ...] | None = None

    @property
    def any(self) -> bool:
        """Whether there is an engine at all."""
        return bool(self._openers)

    def findings(self, text: str, patient: Patient) -> tuple[Finding, ...]:
        """What the engines have to say, most important first."""
        if self._open is None:
            self._open = tuple(opener() for opener in self._openers)
        found = [one for engine in self._open for one in engine.findings(text, patient)]
        return tuple(sorted(found, key=lambda finding: not finding.forbids))


def load_cues() -> dict[str, dict[str, re.Pattern[str]]]:
    """The words by which a question shows which engine it wants."""
    text = files("assistant.engines").joinpath("cues.toml").read_text(encoding="utf-8")
    return {
        engine: {kind: re.compile(pattern) for kind, pattern in kinds.items()}
        for engine, kinds in tomllib.loads(text).items()
    }
