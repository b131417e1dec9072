"""The words of one language for what is written in signs and figures, read from its data file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class VoiceLexicon:
    """Everything that is data about how written English is spoken."""

    units: Mapping[str, tuple[str, str]]
    """One of it and several of it, by the written unit."""
    forms: frozenset[str]
    words: Mapping[str, str]
    signs: Mapping[str, str]
    roman_after: frozenset[str]
    roman: Mapping[str, int]
    scores: frozenset[str]
    durations_before: frozenset[str]
    durations: Mapping[int, tuple[str, str]]
    months: tuple[str, ...]


def load_voice_lexicon() -> VoiceLexicon:
    """Read the words of the package."""
    text = files("speech.voice").joinpath("english.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return VoiceLexicon(
        units={unit: (one, several) for unit, (one, several) in table["units"].items()},
        forms=frozenset(table["forms"]["words"]),
        words=table["words"],
        signs=table["signs"],
        roman_after=frozenset(table["roman"]["after"]),
        roman=table["roman"]["numbers"],
        scores=frozenset(table["scores"]["before"]),
        durations_before=frozenset(table["durations"]["before"]),
        durations={
            int(part): (one, several) for part, (one, several) in table["durations"]["of"].items()
        },
        months=tuple(table["months"]["names"]),
    )
