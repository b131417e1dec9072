"""What a model asks a tool for, read and judged. Pure.

A model may say which work is to be done, and on what; it brings no figure of its own and no
medicine that neither the person nor the library has named.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from assistant.quantities import untraced
from kb.text import Stemmer, words

Tool = Literal["calculate", "dose", "interactions", "search"]
TOOLS: tuple[str, ...] = get_args(Tool)
GRAMMAR = "tool"
"""Name of the shipped grammar that a call is written in."""
MOST_CHARACTERS = 300
OWN_FIGURE = "a figure that neither the question nor the library holds"
OWN_WORD = "something that neither the question nor the library names"
_NAMED_ONLY = ("dose", "interactions")
_SHORTEST = 4
"""Letters from which a word must be known; what is shorter joins words."""


@dataclass(frozen=True, slots=True)
class Call:
    """One piece of work."""

    tool: Tool
    input: str
    """In words, such as `amoxicillin for pneumonia`."""


def read_call(text: str) -> Call | None:
    """The call that a text holds; None where the model wants no tool, or none that is known."""
    try:
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    tool, given = found.get("tool"), found.get("input")
    if tool not in TOOLS or not isinstance(given, str):
        return None
    said = " ".join(given.split())
    return Call(tool, said) if 0 < len(said) <= MOST_CHARACTERS else None


def refusal(call: Call, known: str) -> str:
    """Why a call is not carried out; empty if it is.

    Args:
        call: what the model asks for.
        known: question, patient and lines, in words.
    """
    if call.tool == "search":
        return ""
    if untraced(call.input, known):
        return OWN_FIGURE
    if call.tool in _NAMED_ONLY and _unknown(call.input, known):
        return OWN_WORD
    return ""


def _unknown(said: str, known: str) -> Collection[str]:
    stemmer = Stemmer()
    there = {stemmer.stem(word) for word in words(known)}
    return [w for w in words(said) if len(w) >= _SHORTEST and stemmer.stem(w) not in there]
