"""Chat families as data, and what a person or a document wrote made harmless.

A model file may carry a template that is a program; it is never run here. Its text only serves as
a hint, by substring, to choose one of the families of `templates.toml`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from assistant.writing.language import Prompt, Segment

Role = Literal["system", "user", "assistant"]

_KEPT_CONTROLS = "\n\t"
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs"})
_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation; its text is content, never template."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of model wants its turns marked."""

    name: str
    marks: Mapping[Role, tuple[str, str]]
    """Text before and after a turn."""
    opens: str
    """Text before the turn that the model is to write."""
    system_inside: bool
    """The system text belongs into the first user turn."""
    trims: bool
    """White space around a turn is left out."""
    stop: tuple[str, ...]
    tokens: tuple[str, ...]
    hints: tuple[str, ...]
    proof: tuple[str, ...]

    def prompt(self, turns: Sequence[Turn]) -> Prompt:
        """Mark the turns and open the assistant's.

        Raises:
            ValueError: The turns do not begin with one system turn at most and then a user's.
        """
        roles = [turn.role for turn in turns]
        spoken = roles[1:] if roles[:1] == ["system"] else roles
        if spoken[:1] != ["user"] or "system" in spoken:
            raise ValueError("a conversation is an optional system turn, then the user's")
        segments: list[Segment] = []
        for index, turn in enumerate(turns):
            before, after = self.marks[turn.role]
            if self.system_inside and index > 0 and roles[index - 1] == "system":
                before = ""
            if self.system_inside and turn.role == "system":
                before = self.marks["user"][0] + before
            text = turn.text.strip() if self.trims else turn.text
            segments += [_template(before), Segment(text, special=False), _template(after)]
        segments.append(_template(self.opens))
        return Prompt(_joined(segments), self.stop)


@cache
def families() -> Mapping[str, Family]:
    """All families by name, in the order in which they are tried."""
    return MappingProxyType(
        {name: _family(name, entry) for name, entry in _tables()["family"].items()}
    )


@cache
def markers() -> tuple[str, ...]:
    """Texts that mark turns or roles in any family, longest first."""
    return tuple(sorted(_tables()["markers"], key=len, reverse=True))


def choose(has_token: Callable[[str], bool], template: str) -> str:
    """Name the family of a model; `plain` when none fits.

    Args:
        has_token: Tells whether a text is one special token of the model's vocabulary.
        template: Template text of the model file, which is searched and never run; may be empty.
    """
    known = families().values()
    for family in known:
        hinted = family.hints and all(hint in template for hint in family.hints)
        if hinted and all(map(has_token, family.tokens)):
            return family.name
    for family in known:
        if family.proof and all(map(has_token, family.proof)):
            return family.name
    return "plain"


def clean_content(text: str) -> str:
    """Make content plain: no invisible characters, and no text that imitates a turn.

    Drops control, format (zero-width, direction, tag) and surrogate characters and variation
    selectors; writes turn markers with a space inside, so that `[INST]` becomes `[ INST]`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(char for char in text if _visible(char))
    # One marker may hide another inside it; each pass parts those that were uncovered.
    while (parted := _marker_pattern().sub(_parted, text)) != text:
        text = parted
    return text


def _parted(found: re.Match[str]) -> str:
    return f"{found[0][0]} {found[0][1:]}"


def _visible(char: str) -> bool:
    if char.isascii() and char.isprintable():
        return True
    if unicodedata.category(char) in _DROPPED_CATEGORIES:
        return char in _KEPT_CONTROLS
    return not any(ord(char) in selectors for selectors in _VARIATION_SELECTORS)


@cache
def _marker_pattern() -> re.Pattern[str]:
    known = "|".join(map(re.escape, markers()))
    # Any <|word|> is taken for a marker: new models bring new ones in this form.
    return re.compile(rf"{known}|<[|\uff5c][^<>\n]{{1,40}}[|\uff5c]>", re.IGNORECASE)


def _template(text: str) -> Segment:
    return Segment(text, special=True)


def _joined(segments: list[Segment]) -> tuple[Segment, ...]:
    """Neighbours of the same kind as one segment, empty ones left out."""
    joined: list[Segment] = []
    for segment in segments:
        if joined and joined[-1].special == segment.special:
            joined[-1] = Segment(joined[-1].text + segment.text, segment.special)
        elif segment.text:
            joined.append(segment)
    return tuple(joined)


def _family(name: str, entry: dict[str, object]) -> Family:
    roles: tuple[Role, ...] = ("system", "user", "assistant")
    marks = {role: _pair(entry[role]) for role in roles}
    return Family(
        name=name,
        marks=marks,
        opens=str(entry.get("opens", marks["assistant"][0])),
        system_inside=entry["system_inside"] is True,
        trims=entry.get("trims") is True,
        stop=_texts(entry["stop"]),
        tokens=_texts(entry["tokens"]),
        hints=_texts(entry["hints"]),
        proof=_texts(entry["proof"]),
    )


def _pair(value: object) -> tuple[str, str]:
    before, after = _texts(value)
    return before, after


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("a list of texts was expected in templates.toml")
    return tuple(str(text) for text in value)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("templates.toml").read_text("utf-8"))
