"""The parts of a question that asks several things, each to be looked up by itself.

Pure; the words are data in `parts.toml`. What is told of the patient goes with every part.
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files

MOST_PARTS = 4
_EDGES = " ,;:"
_END = re.compile(r"(?<=[.!?;])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Parts:
    """Cuts questions."""

    asking: re.Pattern[str]
    """Beginning of a part that asks, joining words before it allowed."""
    joint: re.Pattern[str]
    """Where one asking part is joined to the next."""
    turn: re.Pattern[str]
    """Where a sentence turns from telling to asking."""
    back: re.Pattern[str]
    """Words that point back at the part before."""

    def of(self, text: str) -> tuple[str, ...]:
        """The parts that ask, each with all that only tells; the whole text where it asks once."""
        telling: list[str] = []
        asking: list[str] = []
        for sentence in _END.split(text):
            first, *joined = self.joint.split(sentence)
            told, asked = self._told(first)
            if joined and not asked:
                told, asked = "", first
            telling.append(told.strip(_EDGES))
            asking += filter(None, (piece.strip(_EDGES) for piece in (asked, *joined)))
        if not 2 <= len(asking) <= MOST_PARTS:
            return (text,)
        known = " ".join(filter(None, telling))
        return tuple(f"{known} {piece}".strip() for piece in asking)

    def points_back(self, part: str) -> bool:
        """Whether a part speaks of something by a pronoun."""
        return bool(self.back.search(part.lower()))

    def _told(self, piece: str) -> tuple[str, str]:
        """What a piece tells and what it asks."""
        if self.asking.match(piece):
            return "", piece
        told, *asked = self.turn.split(piece, maxsplit=1)
        if asked:
            return told, asked[0]
        return ("", piece) if piece.endswith("?") else (piece, "")


def load_parts() -> Parts:
    """Read the words of the package."""
    text = files("assistant").joinpath("parts.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    asks, joins = table["asks"], table["joins"]
    return Parts(
        re.compile(rf"(?:{joins}\s+)?{asks}", re.IGNORECASE),
        re.compile(rf"[,;]?\s+{joins}\s+(?={asks})", re.IGNORECASE),
        re.compile(rf"[,;:]\s+(?={asks})", re.IGNORECASE),
        re.compile(table["points_back"]),
    )
