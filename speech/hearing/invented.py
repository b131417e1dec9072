"""Phrases that recognisers write when nobody spoke; the list is data with its sources."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

_SENTENCE_ENDS = re.compile("[.!?\u2026\u3002\uff01\uff1f]+")


@dataclass(frozen=True)
class InventedPhrases:
    """The list, ready to be looked up."""

    anywhere: frozenset[str]
    """Folded phrases that make a text invented wherever they stand in it."""
    alone: frozenset[str]
    """Folded phrases that say nothing when they are the whole text."""
    sound_marks: tuple[str, ...]

    def reason(self, text: str) -> str | None:
        """Why a text is taken for invented, or None."""
        if any(mark in text for mark in self.sound_marks) or _is_stage_direction(text):
            return "it describes a sound and is no speech"
        plain = folded(text)
        if self._found_in(plain):
            return "recognisers write this when nobody speaks"
        sentences = [folded(part) for part in _SENTENCE_ENDS.split(text)]
        said = [part for part in sentences if part]
        if plain in self.alone or (said and all(part in self.alone for part in said)):
            return "recognisers write this when nobody speaks"
        return None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        spaced = sorted((one for one in self.anywhere if _is_spaced(one)), key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, spaced))})(?!\w)")

    def _found_in(self, plain: str) -> bool:
        unspaced = (one for one in self.anywhere if not _is_spaced(one))
        return bool(self._pattern.search(plain)) or any(one in plain for one in unspaced)


def load_phrases() -> InventedPhrases:
    """Read the list of the package."""
    text = files("speech.hearing").joinpath("invented.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return InventedPhrases(
        _folded_all(table["anywhere"]), _folded_all(table["alone"]), tuple(table["sound_marks"])
    )


def folded(text: str) -> str:
    """Lower case without accents and marks, words parted by single blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if unicodedata.category(char) != "Mn")
    return " ".join(re.sub(r"[^\w]+", " ", bare).split())


def _folded_all(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(folded(phrase) for phrase in phrases)


def _is_spaced(phrase: str) -> bool:
    """Whether its script puts blanks between words (Chinese, Japanese and Korean are looser)."""
    return not any(ord(char) >= 0x1100 for char in phrase)


def _is_stage_direction(text: str) -> bool:
    """`(applause)`, `*music*`: the whole text between brackets or stars."""
    bare = text.strip().rstrip(".")
    return len(bare) > 2 and (bare[0], bare[-1]) in {("(", ")"), ("*", "*")}
