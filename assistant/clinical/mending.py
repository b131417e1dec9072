"""Misspelt names of measurements and of pregnancy mended, so that their numbers are found.

Only a word that begins with the same letter and differs by a slip or two is mended, and only to a
name of the list in vitals.toml; the text that is shown stays as it was typed.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from rapidfuzz.distance import OSA

from assistant.clinical.tokens import Token

_SHORTEST, _LONG = 4, 7
"""Shorter words are left alone; from seven letters two slips are allowed."""


def mended(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens with misspelt names written rightly; spans stay those of the text."""
    return tuple(
        replace(token, text=_mend(token.text))
        if len(token.text) >= _SHORTEST and token.text.isalpha()
        else token
        for token in tokens
    )


@cache
def _names() -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    """All names, and those to mend to by their first letter."""
    path = files("assistant.clinical") / "vitals.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))["spelling"]
    names = table["names"].split()
    by_letter: dict[str, tuple[str, ...]] = {}
    for name in names:
        by_letter[name[0]] = (*by_letter.get(name[0], ()), name)
    return frozenset(names) | frozenset(table["leave"].split()), by_letter


def _mend(word: str) -> str:
    known, by_letter = _names()
    if word in known or not word.isascii():
        return word
    slips = 2 if len(word) >= _LONG else 1
    near = [
        (OSA.distance(word, name, score_cutoff=slips), name) for name in by_letter.get(word[0], ())
    ]
    best = min(near, default=(slips + 1, word))
    return best[1] if best[0] <= slips else word
