"""What the letters of a sentence give away before its meaning is looked at. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

CONTROL = "control text of the model"
HIDDEN = "hidden or look-alike characters"
MARKUP = "an address or markup"
TALK = "speaks of itself or vouches for what it says"

_REASONS = {"control": CONTROL, "markup": MARKUP, "talk": TALK}
_TYPOGRAPHY = frozenset(
    "\u2018\u2019\u201c\u201d\u2013\u2014\u2212\u2026\u00b0\u00b5\u03bc\u2264\u2265\u00d7\u00a0"
)
_HIDDEN_KINDS = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"))


def strange(text: str, source: str) -> str:
    """Why the letters of a sentence bar it; empty for nothing.

    Args:
        text: the sentence as the model wrote it.
        source: all that it may rest on; what stands there is not strange.
    """
    known = frozenset(unicodedata.normalize("NFC", source)) | _TYPOGRAPHY
    plain = text.replace("\n", " ").replace("\t", " ")
    for name, reason in _REASONS.items():
        if any(found[0] not in source for found in _patterns()[name].finditer(text)):
            return reason
    return HIDDEN if any(_hides(char, known) for char in plain) else ""


def orders_a_program(line: str) -> bool:
    """Whether a line of a document gives orders to a program instead of telling a person."""
    return _patterns()["orders"].search(line) is not None


def _hides(char: str, known: frozenset[str]) -> bool:
    if char.isascii():
        return not char.isprintable()
    return char not in known or unicodedata.category(char) in _HIDDEN_KINDS


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    tables = tomllib.loads(files(__package__).joinpath("surface.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            name: re.compile("|".join(_scoped(table["patterns"])), re.M)
            for name, table in tables.items()
        }
    )


def _scoped(patterns: list[str]) -> list[str]:
    """Patterns with flags of their own made to hold for themselves alone."""
    return [f"(?i:{p[4:]})" if p.startswith("(?i)") else f"(?:{p})" for p in patterns]
