"""Leaves out word pieces that medical English does not need.

A word whose piece is left out is spelled with smaller pieces instead; since every single character
and every continuation in Latin letters stays, nothing becomes unknown that was known before.
"""

import copy
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

from quantize.embedder_recipe import VocabularyChoice

CONTINUED = "##"
_LAST_LATIN = 0x24F
"""Last code point of the Unicode block Latin Extended-B."""


def choose(
    vocabulary: Mapping[str, int], seen: Collection[str], choice: VocabularyChoice
) -> list[str]:
    """The pieces that stay, in their old order.

    Args:
        vocabulary: piece -> number; smaller numbers are more frequent.
        seen: pieces that occur in the texts of the sources.
        choice: what stays although it was not seen.
    """
    stems = {p[: choice.stem] for p in seen if p.isascii() and len(p) >= choice.stem}
    ordered = sorted(vocabulary, key=lambda piece: vocabulary[piece])
    known = set(seen)
    return [
        piece
        for piece in ordered
        if not piece.startswith("[unused")
        and (piece in known or _stays(piece, vocabulary[piece], choice, stems))
    ]


def trim(tokenizer: Mapping[str, Any], kept: list[str]) -> dict[str, Any]:
    """The tokenizer file with these pieces alone, numbered anew, cutting and padding off."""
    smaller: dict[str, Any] = copy.deepcopy(dict(tokenizer))
    numbers = {piece: number for number, piece in enumerate(kept)}
    smaller["model"]["vocab"] = numbers
    for token in smaller["added_tokens"]:
        token["id"] = numbers[token["content"]]
    frame = smaller.get("post_processor") or {}
    for special in frame.get("special_tokens", {}).values():
        special["ids"] = [numbers[token] for token in special["tokens"]]
    for end in ("sep", "cls"):
        if end in frame:
            frame[end][1] = numbers[frame[end][0]]
    smaller["truncation"] = smaller["padding"] = None
    return smaller


def _stays(piece: str, number: int, choice: VocabularyChoice, stems: Collection[str]) -> bool:
    if piece.startswith("[") and piece.endswith("]"):
        return True  # the marks of the model itself, and the bracket
    letters = piece.removeprefix(CONTINUED) or piece
    if len(letters) == 1 or _greek(letters):
        return True
    if not _latin(letters):
        return False
    return (
        number < choice.common
        or piece != letters
        or len(letters) < choice.stem
        or not letters.isalpha()
        or letters[: choice.stem] in stems
    )


def _latin(letters: str) -> bool:
    return all(
        ord(char) <= _LAST_LATIN or unicodedata.category(char)[0] in "PSN" for char in letters
    )


def _greek(letters: str) -> bool:
    return all("GREEK" in unicodedata.name(char, "") for char in letters)
