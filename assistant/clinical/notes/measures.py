"""Measured values in a note: laboratory results and vital signs, by name and unit."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from assistant.clinical.calculators.model import Field
from assistant.clinical.calculators.units import quantities
from assistant.clinical.notes.mention import (
    Mention,
    from_other_fluid,
    from_urine,
    time_doubt,
)
from assistant.clinical.notes.quantity import NUMBER, amount_at, canonical, unit_question
from assistant.clinical.notes.scan import Scan
from assistant.clinical.notes.sentences import Note


@dataclass(frozen=True, slots=True)
class Names:
    """How one value is named, as compiled patterns."""

    names: re.Pattern[str]
    signs: re.Pattern[str] | None
    after: re.Pattern[str]
    not_before: tuple[str, ...]
    weak: tuple[str, ...]
    """Names that other values have too; `sure` ones mean this value whatever stands before."""
    sure: tuple[str, ...]
    fluid: str
    unit_needed: bool


class MeasureReader:
    """Finds measured values; patterns are compiled on first use."""

    def __init__(self, words: str = "measures", *, literal: bool = False) -> None:
        """Start with nothing compiled.

        Args:
            words: the file of names.
            literal: take written units at their word even where a value becomes impossible, and
                a bare number to be in the usual unit.
        """
        self._file = words
        self._literal = literal
        self._names: dict[str, Names | None] = {}

    @cached_property
    def _rows(self) -> dict[str, dict[str, object]]:
        path = files("assistant.clinical.notes") / f"{self._file}.toml"
        return tomllib.loads(path.read_text(encoding="utf-8"))

    @cached_property
    def _scan(self) -> Scan:
        words = [word for row in self._rows.values() for word in _words(row, "names")]
        return Scan(re.compile(_bounded(words)))

    def names(self, name: str) -> Names | None:
        """The patterns of a value, or None where notes are not searched for it."""
        if name not in self._names:
            row = self._rows.get(name)
            self._names[name] = _compiled(row) if row else None
        return self._names[name]

    def find(self, note: Note, field: Field, kind: str = "") -> list[Mention]:
        """All readings of a field in a note.

        Args:
            note: the note.
            field: the input, with its quantity and range.
            kind: name of the patterns where it differs from the field's name.
        """
        names = self.names(kind or field.name)
        if names is None:
            return []
        found = [*self._named(note, field, names), *self._behind(note, field, names)]
        return [each for each in found if _right_fluid(note, each, names.fluid)]

    def _named(self, note: Note, field: Field, names: Names) -> Iterator[Mention]:
        for match in names.names.finditer(note.lower):
            sure = match.group() in names.sure
            if sure or not _preceded(note.lower, match.start(), names.not_before):
                yield from self._value(note, field, match, names)
        for match in names.signs.finditer(note.lower) if names.signs else ():
            yield from self._sign(note, field, match)

    def _value(
        self, note: Note, field: Field, match: re.Match[str], names: Names
    ) -> Iterator[Mention]:
        quantity = quantities()[field.quantity]
        place = self._scan.number_after(note.lower, match, quantity)
        if place is None:
            return
        amount = amount_at(note.lower, place.number, quantity)
        if place.unit and not amount.unit:
            amount = type(amount)(amount.value, place.unit, amount.start, amount.end)
        if (names.unit_needed and not amount.unit) or self._scan.foreign(note.lower, amount):
            return
        read = canonical(field, amount, literal=self._literal)
        if read is not None:
            doubt = time_doubt(note, amount.start) + (0 if amount.unit else 0.25) + place.doubt
            doubt += 1 if match.group() in names.weak else 0
            ask = "" if self._literal else unit_question(field, amount)
            span = (match.start(), amount.end)
            yield Mention(field.name, read.value, read.shown, *span, doubt, ask)

    def _sign(self, note: Note, field: Field, match: re.Match[str]) -> Iterator[Mention]:
        number = re.compile(r"[ (]*(?:of|at|to|with)?[ (:=]*").match(note.lower, match.end())
        place = NUMBER.match(note.lower, number.end()) if number else None
        if place is None:
            return
        amount = amount_at(note.lower, place, quantities()[field.quantity])
        read = canonical(field, amount, literal=self._literal) if amount.unit else None
        if read is not None:
            doubt = time_doubt(note, match.start()) + 0.75
            yield Mention(field.name, read.value, read.shown, match.start(), amount.end, doubt)

    def _behind(self, note: Note, field: Field, names: Names) -> Iterator[Mention]:
        """`97% on room air`, `140 mmol/L sodium`: the number stands first."""
        for match in names.after.finditer(note.lower):
            place = NUMBER.match(note.lower, match.start("n"))
            if place is None:
                continue
            amount = amount_at(note.lower, place, quantities()[field.quantity])
            read = canonical(field, amount, literal=self._literal)
            claimed = self._scan.claimed(note.lower, match.start("n"))
            if read is not None and not claimed and not self._scan.foreign(note.lower, amount):
                doubt = time_doubt(note, match.start()) + 0.5
                yield Mention(field.name, read.value, read.shown, match.start(), match.end(), doubt)


def _right_fluid(note: Note, mention: Mention, fluid: str) -> bool:
    if fluid == "blood":
        named = note.lower.startswith(("serum", "plasma", "blood"), mention.start)
        return named or not from_other_fluid(note, mention.start)
    if fluid == "urine":
        said = note.lower[mention.start : mention.start + 5]
        return said.startswith(("urin", "una", "ucr")) or from_urine(note, mention.start)
    return True


def _preceded(lower: str, start: int, words: tuple[str, ...]) -> bool:
    before = lower[max(0, start - 24) : start].rstrip(" -/(,")
    return any(
        before.endswith(word) and not before[-len(word) - 1 : -len(word)].isalpha()
        for word in words
    )


def _compiled(row: dict[str, object]) -> Names:
    after = _words(row, "after")
    unit = r"\s*(?:%|°?\s?[cf]|mm ?hg|/min\w*|mg/dl|g/dl|mmol/l|meq/l)?\s*(?:of )?"
    names = _bounded(_words(row, "names"))
    of = rf"\s?[a-z%µμ][a-z0-9%/µμ^]*\s+of (?:the |serum |plasma |total )*{names}"
    close = rf"{unit}(?:{'|'.join(after)})(?![a-z])" if after else of
    first = rf"\s?(?:mg/dl|g/dl|mmol/l|meq/l|u/l|iu/l|[µμ]mol/l|g/l)\s{names}"
    behind = rf"(?<![\d.,/])(?P<n>\d+(?:[.,]\d+)*)(?:{close}|{of}|{first})"
    return Names(
        names=re.compile(names),
        signs=re.compile(_bounded(_words(row, "signs"))) if "signs" in row else None,
        after=re.compile(behind),
        not_before=tuple(_words(row, "not_before")),
        weak=tuple(_words(row, "weak")),
        sure=tuple(_words(row, "sure")),
        fluid=str(row.get("fluid", "")),
        unit_needed=bool(row.get("unit_needed", False)),
    )


def _words(row: dict[str, object], key: str) -> list[str]:
    words = row.get(key, [])
    return [str(word) for word in words] if isinstance(words, list) else []


def _bounded(words: list[str]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return rf"(?<![a-z0-9])(?:{'|'.join(ordered)})(?![a-z])"
