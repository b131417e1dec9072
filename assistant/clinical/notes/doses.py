"""Doses in a note: which medicine, how much, how often."""

import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files

from assistant.clinical.calculators.model import Dose
from assistant.clinical.notes.mention import Mention
from assistant.clinical.notes.sentences import Note

_AMOUNT = (
    r"(?P<n>\d+(?:[.,]\d+)?)\s?(?P<u>mg|mcg|µg|μg|ug|micrograms?|milligrams?|grams?|g)"
    r"(?:\s?/\s?(?:h|hr|hour))?"
)


class DoseReader:
    """Finds medicines of a family with their doses; words stand in doses.toml."""

    def __init__(self, *, literal: bool = False) -> None:
        """Choose how units are taken.

        Args:
            literal: count milligrams written for a medicine that is dosed in micrograms as
                micrograms; otherwise such a dose is left out.
        """
        self._literal = literal

    @cached_property
    def _rows(self) -> dict[str, dict[str, str]]:
        path = files("assistant.clinical.notes") / "doses.toml"
        return tomllib.loads(path.read_text(encoding="utf-8"))

    def drug(self, family: str, text: str) -> str | None:
        """The medicine of a family that a short text names first."""
        found = [
            (match.start(), name)
            for name, words in self._rows[family].items()
            if (match := re.search(rf"\b(?:{words})\b", text.lower()))
        ]
        return min(found)[1] if found else None

    def find(self, note: Note, family: str) -> list[tuple[Dose, Mention]]:
        """Doses of a family's medicines in the order of the note."""
        found = []
        for name, words in self._rows[family].items():
            patterns = (
                rf"{_AMOUNT}\s(?:of |tablets? of |dose of |oral |iv )*(?P<d>{words})\b",
                rf"\b(?P<d>{words})\b\s?(?:\([^)]*\))?[, ]*(?:at |of |a dose of )?{_AMOUNT}",
            )
            for pattern in patterns:
                matches = list(re.finditer(pattern, note.lower))
                found += [self._dose(note, name, match) for match in matches]
                if matches:
                    break
        return sorted(found, key=lambda pair: pair[1].start)

    def _dose(self, note: Note, name: str, match: re.Match[str]) -> tuple[Dose, Mention]:
        amount = float(match["n"].replace(",", ".")) * self._scale(name, match["u"])
        times, end = _times(note.lower, match.end(), self._rows["often"])
        dose = Dose(name, amount, times)
        shown = f"{name} {match['n']} {match['u']} x {times:g}"
        return dose, Mention("doses", (dose,), shown, match.start(), end)

    def _scale(self, name: str, unit: str) -> float:
        """To milligrams, or to micrograms for medicines dosed so; 0 for a unit that cannot be."""
        milligrams = _milligrams(unit)
        if name not in self._rows["micrograms"]:
            return milligrams
        return 1.0 if self._literal or milligrams < 1 else 0.0


def _milligrams(unit: str) -> float:
    if unit[0] in "µμu" or unit.startswith(("mc", "mic")):
        return 0.001
    return 1000.0 if unit[0] == "g" else 1.0


def _times(lower: str, at: int, often: Mapping[str, str]) -> tuple[float, int]:
    """Doses a day that the words after a dose tell; one where they tell nothing."""
    window = lower[at : at + 40].partition(",")[0]
    number = re.match(r"\D{0,12}?(\d+)\s?(?:x|times?)(?: (?:a|per|each) day| daily|/day)?", window)
    if number:
        return float(number[1]), at + number.end()
    hours = re.match(r"\D{0,10}?(?:every|q) ?(\d+) ?(?:-\d+ ?)?h", window)
    if hours:
        return 24 / float(hours[1]), at + hours.end()
    for words, times in often.items():
        said = re.match(rf"\D{{0,12}}?\b(?:{words})\b", window)
        if said:
            return float(times), at + said.end()
    return 1.0, at
