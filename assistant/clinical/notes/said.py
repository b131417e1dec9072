"""Choices that short wording tells by its own words, such as `20 drops/ml` or `plan b`."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from assistant.clinical.calculators.model import Field
from assistant.clinical.notes.mention import Mention
from assistant.clinical.notes.sentences import Note


@dataclass(frozen=True, slots=True)
class Words:
    """The words of each choice, and the choice that silence means (empty: none)."""

    choices: Mapping[str, re.Pattern[str]]
    otherwise: str


class SaidReader:
    """Finds choices by their words; patterns are compiled on first use."""

    @cached_property
    def _rows(self) -> dict[str, Words]:
        path = files("assistant.clinical.notes") / "said.toml"
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            name: Words(
                {choice: re.compile(words) for choice, words in row["choices"].items()},
                row.get("otherwise", ""),
            )
            for name, row in rows.items()
        }

    def find(self, note: Note, wanted: Field) -> Mention | None:
        """The choice with its words, or None where the note is silent."""
        words = self._rows.get(wanted.name)
        if words is None:
            return None
        for choice, pattern in words.choices.items():
            match = pattern.search(note.lower) if choice in wanted.choices else None
            if match is not None:
                return Mention(wanted.name, choice, choice, *match.span())
        known = words.otherwise in wanted.choices
        return Mention(wanted.name, words.otherwise, words.otherwise, 0, 0) if known else None
