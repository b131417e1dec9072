"""Tells a file's kind by its first bytes, never by its name, and what is said of those refused."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from assistant.vision.errors import PictureRefused


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file."""

    name: str
    mark: bytes
    at: int
    opens: str
    """Name by which the decoder knows it; empty for kinds that are refused."""
    hint: str


@dataclass(frozen=True, slots=True)
class Formats:
    """Which pictures are opened, how large they may be, and what is said of the others."""

    kinds: tuple[Kind, ...]
    most_points: int
    fewest_side: int
    """Points of the shorter side."""
    longest_side: int
    """A larger picture is made smaller to this length."""
    texts: Mapping[str, tuple[str, str]]
    """Reason and hint by their key."""

    def refused(self, key: str) -> PictureRefused:
        """The error of a key of the data."""
        return PictureRefused(*self.texts[key])

    def kind_of(self, data: bytes) -> Kind:
        """The kind of a file that may be opened.

        Raises:
            PictureRefused: it is empty, or of a kind that is not opened.
        """
        if not data:
            raise self.refused("empty")
        start = data.lstrip(b"\xef\xbb\xbf \t\r\n") if data[:1] in b"\xef \t\r\n" else data
        for kind in self.kinds:
            if start[kind.at : kind.at + len(kind.mark)] == kind.mark:
                if kind.opens:
                    return kind
                raise PictureRefused(f"This is a file of the kind {kind.name}.", kind.hint)
        raise self.refused("unknown")


@cache
def load_formats() -> Formats:
    """The formats of the package."""
    text = files("assistant.vision").joinpath("formats.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return Formats(
        tuple(_kind(row) for row in table["kind"]),
        table["most_points"],
        table["fewest_points_a_side"],
        table["longest_side"],
        {key: (said[0], said[1]) for key, said in table["text"].items()},
    )


def _kind(row: Mapping[str, Any]) -> Kind:
    return Kind(
        str(row["name"]),
        bytes.fromhex(str(row["mark"])),
        int(row.get("at", 0)),
        str(row.get("opens", "")),
        str(row.get("hint", "")),
    )
