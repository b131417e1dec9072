"""Reads the rules, flags, texts and words of the package."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from assistant.messages import Level
from assistant.triage.lexicon import Phrase, Slot, Words, compile_classes, compile_phrases
from assistant.triage.stems import stem
from assistant.triage.wording import Vocabulary

CUES = (
    "lookalikes",
    "lookalikes_wide",
    "past",
    "over",
    "other_person",
    "teaching",
    "asking",
    "case",
)
PEOPLE = ("infant", "child", "sure_child", "pregnant")
"""Those who may raise the level of a sign; `child` holds for unknown ages too, `sure_child` not."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a sign means by itself; by whom it is shown may raise the level."""

    flag: str
    level: Level
    by_people: tuple[tuple[str, Level], ...]
    source: str
    unless: frozenset[str] = frozenset()
    """Signs beside which it does not count as urgent, such as `well`."""


@dataclass(frozen=True, slots=True)
class FlagText:
    """Title and fixed action of a flag."""

    title: str
    action: str
    source: str
    calm: str
    """Action when it is urgent but no emergency."""
    calm_source: str


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that is read from the package's tables, compiled."""

    signs: dict[str, Sign]
    phrases: tuple[Phrase, ...]
    cues: tuple[Phrase, ...]
    rules: tuple[dict[str, Any], ...]
    bands: tuple[dict[str, Any], ...]
    news2: dict[str, list[list[float]]]
    flags: dict[str, FlagText]
    context: dict[str, Any]
    words: Words
    vocabulary: Vocabulary
    rewrites: dict[tuple[str, ...], str]
    blockers: Slot


def load_book() -> Book:
    """Read and compile the tables of `assistant.triage`."""
    root = files("assistant.triage")
    table, context = _read(root / "words.toml"), _read(root / "context.toml")
    words = Words(compile_classes(table["classes"]), frozenset(table["fillers"].split()))
    rules = _read(root / "rules.toml")
    signs, phrases = _signs(root, words)
    for name, lines in rules["parts"].items():
        phrases += compile_phrases(name, lines, words)
    plain = Words(words.classes, frozenset())
    cues = [p for name in CUES for p in compile_phrases(f"cue {name}", context[name], plain)]
    vitals = _read(root / "vitals.toml")
    return Book(
        signs=signs,
        phrases=tuple(phrases),
        cues=tuple(cues),
        rules=tuple(rules["rules"]),
        bands=tuple(vitals["bands"]),
        news2=vitals["news2"],
        flags=_flags(_read(root / "flags.toml"), _read(root / "actions.toml")),
        context=context,
        words=words,
        vocabulary=_vocabulary(phrases, cues, table, words.memory, _lines(root / "english.txt")),
        rewrites={tuple(said.split()): meant for said, meant in table["rewrites"].items()},
        blockers=frozenset(table["blockers"].split()),
    )


def _read(path: Traversable) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _signs(root: Traversable, words: Words) -> tuple[dict[str, Sign], list[Phrase]]:
    signs: dict[str, Sign] = {}
    phrases: list[Phrase] = []
    for folder in ("signs", "languages"):
        for path in sorted((root / folder).iterdir(), key=lambda item: item.name):
            for name, row in _read(path).items():
                lines = row if isinstance(row, str) else row["phrases"]
                phrases += compile_phrases(name, lines, words)
                if not isinstance(row, str) and "flag" in row:
                    signs[name] = _sign(row)
    return signs, phrases


def _sign(row: dict[str, Any]) -> Sign:
    people = tuple((who, row[who]) for who in PEOPLE if who in row)
    return Sign(row["flag"], row["level"], people, row["source"], frozenset(row.get("unless", ())))


def _flags(flags: dict[str, Any], actions: dict[str, Any]) -> dict[str, FlagText]:
    out = {}
    for name, row in flags.items():
        action = actions[row["action"]]
        calm = actions[row.get("urgent_action", "A_YELLOW")]
        out[name] = FlagText(
            row["title"], action["text"], action["source"], calm["text"], calm["source"]
        )
    return out


def _lines(path: Traversable) -> frozenset[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _vocabulary(
    phrases: list[Phrase],
    cues: list[Phrase],
    table: dict[str, Any],
    forms: Mapping[str, str],
    spelled: frozenset[str],
) -> Vocabulary:
    stems: set[str] = set()
    for phrase in (*phrases, *cues):
        for part in phrase.parts:
            stems.update(*part)
    stems |= {one for joined in stems if joined.strip("+") for one in joined.split("+")}
    misheard = {
        heard: frozenset(stem(word) for word in meant)
        for heard, *meant in (line.split() for line in table["misheard"].splitlines() if line)
    }
    everyday = frozenset((table["everyday"] + table["everyday_other"]).split()) | frozenset(
        table["fillers"].split()
    )
    everyday |= {stem(word) for word in everyday}
    return Vocabulary(frozenset(stems), everyday, misheard, forms, spelled)
