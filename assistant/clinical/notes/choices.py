"""Choices read from findings, such as the grade of ascites or the kind of ECG change."""

import re
import tomllib
from functools import cached_property
from importlib.resources import files
from typing import Any

from assistant.clinical.notes.findings import FindingReader
from assistant.clinical.notes.mention import Mention
from assistant.clinical.notes.sentences import Note

_COMA = re.compile(r"(?<![a-z])e ?([1-4])[ ,/+-]*v ?([1-5])[ ,/+-]*m ?([1-6])")
_COMA_PARTS = ("eyes", "verbal", "motor")
_COMA_WORDS = {
    "eyes": ("none", "pain", "voice", "spontaneous"),
    "verbal": ("none", "sounds", "words", "confused", "orientated"),
    "motor": ("none", "extends", "flexes", "withdraws", "localises", "obeys"),
}


class ChoiceReader:
    """Decides choices by the findings of choices.toml."""

    @cached_property
    def _rows(self) -> dict[str, Any]:
        path = files("assistant.clinical.notes") / "choices.toml"
        return tomllib.loads(path.read_text(encoding="utf-8"))

    def find(self, note: Note, name: str, findings: FindingReader) -> Mention | None:
        """The choice with its words, or None where the note is silent."""
        if name in self._rows["counted"]:
            return self._counted(note, name, findings)
        parts = _COMA.search(note.lower) if name in _COMA_PARTS else None
        if parts is not None:
            points = int(parts[_COMA_PARTS.index(name) + 1])
            word = _COMA_WORDS[name][points - 1]
            return Mention(name, word, word, *parts.span())
        row = self._rows.get(name)
        measured = _measured(note, row, name) if row and "ratio" in row else None
        if measured is not None:
            return measured
        return self._ordered(note, row, name, findings) if row else None

    def _ordered(
        self, note: Note, row: dict[str, Any], name: str, findings: FindingReader
    ) -> Mention | None:
        denied: Mention | None = None
        for choice, finding in row["order"]:
            mention = findings.find(note, finding)
            if mention is None:
                continue
            if mention.value is True:
                return Mention(name, choice, choice, mention.start, mention.end, mention.doubt)
            denied = mention
        if denied is None or not row["otherwise"]:
            return _without(note, row, name, findings)
        word = row["otherwise"]
        return Mention(name, word, word, denied.start, denied.end, denied.doubt)

    def _counted(self, note: Note, name: str, findings: FindingReader) -> Mention | None:
        row = self._rows["counted"][name]
        known = findings.any_of(note, [row["known"]])
        found = findings.any_of(note, row["factors"])
        if not known and not found:
            return None
        word = "3-or-known" if known or len(found) >= 3 else "1-2"
        first = min([*known, *found], key=lambda each: each.start)
        return Mention(name, word, word, first.start, first.end)


def _measured(note: Note, row: dict[str, Any], name: str) -> Mention | None:
    """A choice by a measured value over the limit of its range, both told in the note."""
    match = re.search(row["ratio"], note.lower)
    if match is None or float(match[2]) <= 0:
        return None
    times = float(match[1]) / float(match[2])
    word = next((choice for most, choice in row["limits"] if times <= most), row["above"])
    return Mention(name, word, word, *match.span())


def _without(note: Note, row: dict[str, Any], name: str, findings: FindingReader) -> Mention | None:
    """A choice that holds where the note does not tell of a finding at all."""
    choice, finding = row.get("without", ("", ""))
    if not choice or findings.any_of(note, [finding]):
        return None
    return Mention(name, choice, choice, 0, 0)
