"""Findings and illnesses in a note: present, denied, or not spoken of.

The words stand in findings.toml, clinic_findings.toml and denials.toml.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files

from assistant.clinical.notes.mention import LATER, Mention, time_doubt
from assistant.clinical.notes.sentences import Note, cues


@dataclass(frozen=True, slots=True)
class Words:
    """How a finding is named and what else decides about it."""

    present: re.Pattern[str]
    absent: re.Pattern[str] | None
    family: bool
    """Whether the finding is one of the family, so that its words count."""
    first: bool
    """Whether the state when first seen counts, not what came later."""
    active: bool
    """Whether only what is not yet over counts."""
    also: tuple[str, ...]
    """Findings that make this one present."""


@dataclass(frozen=True, slots=True)
class Denials:
    """Words before or behind a finding that deny it or make it only a possibility."""

    before: re.Pattern[str]
    behind: re.Pattern[str]
    stops: re.Pattern[str]
    possible: re.Pattern[str]
    resolved: re.Pattern[str]
    hypothetical: re.Pattern[str]


class FindingReader:
    """Looks for findings; patterns are compiled on first use."""

    def __init__(self) -> None:
        """Start with nothing compiled."""
        self._known: dict[str, Words | None] = {}

    @cached_property
    def _rows(self) -> dict[str, dict[str, object]]:
        folder = files("assistant.clinical.notes")
        found: dict[str, dict[str, object]] = {}
        for name in ("clinic_findings", "findings"):
            text = (folder / f"{name}.toml").read_text(encoding="utf-8")
            found |= tomllib.loads(text)
        return found

    @cached_property
    def _denials(self) -> Denials:
        path = files("assistant.clinical.notes") / "denials.toml"
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        return Denials(**{name: re.compile("|".join(words)) for name, words in rows.items()})

    def find(self, note: Note, name: str) -> Mention | None:
        """The finding as yes or no with its words, or None where the note is silent."""
        words = self._words(name)
        if words is None:
            return None
        found = [*self._present(note, name, words), *self._absent(note, name, words)]
        for other in words.also:
            mention = self.find(note, other)
            if mention is not None:
                found.append(replace(mention, name=name))
        yes = [] if words.first else [each for each in found if each.value is True]
        first = min(yes or found, key=lambda each: (each.doubt, each.start), default=None)
        return None if first and words.first and first.value and first.doubt >= LATER else first

    def any_of(self, note: Note, names: Iterable[str]) -> list[Mention]:
        """Those findings of several that are present."""
        found = (self.find(note, name) for name in names)
        return [each for each in found if each is not None and each.value is True]

    def _words(self, name: str) -> Words | None:
        if name not in self._known:
            row = self._rows.get(name)
            self._known[name] = _compiled(row) if row else None
        return self._known[name]

    def _present(self, note: Note, name: str, words: Words) -> list[Mention]:
        found = []
        for match in words.present.finditer(note.lower):
            state = self._state(note, match, family=words.family)
            if words.active and state and self._over(note, match):
                continue
            if state is not None:
                found.append(_seen(note, name, match, words, state=state))
        return found

    def _absent(self, note: Note, name: str, words: Words) -> list[Mention]:
        if words.absent is None:
            return []
        return [
            _seen(note, name, match, words, state=False)
            for match in words.absent.finditer(note.lower)
        ]

    def _over(self, note: Note, match: re.Match[str]) -> bool:
        sentence = note.sentence_at(match.start())
        return bool(self._denials.resolved.search(note.lower, sentence.start, sentence.end))

    def _state(self, note: Note, match: re.Match[str], *, family: bool) -> bool | None:
        """Present, denied, or None where it is not of this patient or only a possibility."""
        sentence = note.sentence_at(match.start())
        before = note.lower[max(sentence.start, match.start() - 240) : match.start()]
        behind = note.lower[match.end() : min(sentence.end, match.end() + 60)]
        denials = self._denials
        near = denials.stops.split(before)[-1]
        if not family and cues().family.search(near):
            return None
        if denials.hypothetical.search(near[-60:]):
            return None
        if denials.before.search(near) or denials.behind.match(behind):
            return False
        if denials.possible.search(near[-45:]):
            return None
        return True


def _seen(note: Note, name: str, match: re.Match[str], words: Words, *, state: bool) -> Mention:
    doubt = time_doubt(note, match.start()) if words.first else 0.0
    return Mention(name, state, "yes" if state else "no", *match.span(), doubt)


def _compiled(row: dict[str, object]) -> Words:
    absent = _listed(row, "absent")
    return Words(
        present=re.compile(rf"(?<![a-z])(?:{'|'.join(_listed(row, 'present'))})(?![a-z])"),
        absent=re.compile(rf"(?<![a-z])(?:{'|'.join(absent)})(?![a-z])") if absent else None,
        family=bool(row.get("family", False)),
        first=bool(row.get("first", False)),
        active=bool(row.get("active", False)),
        also=tuple(_listed(row, "also")),
    )


def _listed(row: dict[str, object], key: str) -> list[str]:
    words = row.get(key, [])
    return [str(word) for word in words] if isinstance(words, list) else []
