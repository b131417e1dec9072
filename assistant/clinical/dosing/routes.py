"""From a written route to the routes of the formulary."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from kb.text import fold


@dataclass(frozen=True, slots=True)
class Routes:
    """Routes by the words people use."""

    by_word: Mapping[str, tuple[str, ...]]

    def read(self, text: str) -> tuple[str, ...]:
        """Routes that a text may mean; empty when it is not understood."""
        said = " ".join(fold(text).split())
        if not said:
            return ()
        known = self.by_word.get(said)
        if known:
            return known
        parts = [part for part in re.split(r"\s*[/,]\s*|\s+or\s+|\s+and\s+|\s+", said) if part]
        found = [route for part in parts for route in self.by_word.get(part, ())]
        return tuple(dict.fromkeys(found))


def load_routes() -> Routes:
    """Read the words of the package."""
    text = files("assistant.clinical.dosing").joinpath("routes.toml").read_text(encoding="utf-8")
    by_word: dict[str, list[str]] = {}
    for route, said in tomllib.loads(text).items():
        for word in said.split(","):
            by_word.setdefault(word.strip(), []).append(route)
    return Routes({word: tuple(routes) for word, routes in by_word.items()})
