"""What a person says to steer: `stop`, `repeat`, `next step`, `yes`. The words are data.

A command is a whole utterance, never a part of one, so that no sentence about a patient is taken
for one. Those of English work whatever language is set.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, get_args

from speech.hearing.invented import folded

Command = Literal[
    "yes", "no", "stop", "repeat", "slower", "faster", "louder", "quieter", "next", "back",
    "cancel", "new_patient", "mute", "help",
]  # fmt: skip
COMMANDS: tuple[Command, ...] = get_args(Command)
_POLITE = ("please", "svp", "por favor", "tafadhali", "now")


@dataclass(frozen=True, slots=True)
class Commands:
    """The commands of all languages."""

    by_language: Mapping[str, Mapping[str, Command]]
    """Language -> folded utterance -> command."""

    def of(self, utterance: str, language: str | None = "en") -> Command | None:
        """The command that an utterance is, or None."""
        said = folded(utterance)
        for polite in _POLITE:
            said = said.removesuffix(f" {polite}").removeprefix(f"{polite} ")
        own = self.by_language.get(language or "en", {})
        return own.get(said) or self.by_language["en"].get(said)


def load_commands() -> Commands:
    """Read the commands of the package."""
    text = files("speech.talk").joinpath("commands.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return Commands(
        {
            language: {
                folded(said): command for command in COMMANDS for said in ways.get(command, ())
            }
            for language, ways in table.items()
        }
    )
