"""How one medicine's name is spelt in different ways, and what else stands beside a name.

Pure; knows words of labels (forms, salts, routes), nothing of single medicines. International names
write f for ph, t for th, e for ae and oe, i for y (WHO, General principles for guidance in devising
international nonproprietary names); one key fits them and the national spellings.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from kb.text import clean, fold

_STRENGTH = re.compile(
    r"\b\d+(?:[.,]\d+)*\s*(?:micrograms?|mcg|ug|mg|g|kg|ml|l|iu|i\.u\.|mu|units?|u|mmol|meq|%|percent)?"
    r"(?:\s*/\s*\d*(?:[.,]\d+)?\s*(?:ml|l|g|mg|kg|h|hr|hour|dose|puff|tab))?(?![a-z0-9])"
)
_QUOTES = re.compile(r"['\u2018\u2019`\u00ae\u2122]")
_HYPHENS = re.compile(r"[-\u2010-\u2015_]")
_RULES = tuple(
    (re.compile(pattern), other)
    for pattern, other in (
        (r"ph", "f"), (r"oe|ae", "e"), (r"th", "t"), (r"rh", "r"), (r"y", "i"),
        (r"ck|k|q(?!u)", "c"), (r"c(?=[ei])", "s"), (r"x", "cs"), (r"z", "s"),
        (r"(.)\1+", r"\1"), (r"e$", ""),
    )
)  # fmt: skip
_LOOK_LIKE = {
    "3": "\u0437", "a": "\u0430\u03b1", "b": "\u0432", "c": "\u0441", "d": "\u0501",
    "e": "\u0435\u0451\u03b5", "g": "\u0261", "h": "\u043d", "i": "\u0456\u03b9\u0131",
    "j": "\u0458", "k": "\u043a\u03ba", "m": "\u043c", "n": "\u0578", "o": "\u043e\u03bf",
    "p": "\u0440\u03c1", "s": "\u0455", "t": "\u0442\u03c4", "u": "\u0438\u03c5", "v": "\u03bd",
    "x": "\u0445\u03c7", "y": "\u0443",
}  # fmt: skip
"""Letters of other alphabets that look like a Latin one (Unicode TR 39, confusables)."""
_LOOK = {other: letter for letter, others in _LOOK_LIKE.items() for other in others}


@dataclass(frozen=True, slots=True)
class Written:
    """A name as it was written, tidied."""

    text: str
    """Folded, hyphens as blanks, single blanks."""
    disguised: bool
    """Whether letters of other alphabets or invisible characters stood in it."""


@dataclass(frozen=True)
class LabelWords:
    """Words that stand beside a medicine's name without being part of it."""

    forms: frozenset[str]
    salts: frozenset[str]
    routes: Mapping[str, str]
    """Route by the word or words that tell it."""

    @cached_property
    def _telling(self) -> re.Pattern[str]:
        ways = sorted(self.routes, key=len, reverse=True)
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, ways))})\b")

    def route(self, text: str) -> str | None:
        """The route that the words of a label tell, or None."""
        found = self._telling.search(text)
        return self.routes[found[0]] if found else None

    def ways(self, text: str) -> tuple[str, ...]:
        """The name as it stands, and with less and less beside it."""
        strong = " ".join(_STRENGTH.sub(" ", text).split())
        plainer = self._without_words(strong)
        bare = self.without_form(text)
        ways = (text, strong, plainer, bare, self.without_salt(bare))
        return tuple(dict.fromkeys(way for way in ways if way))

    def without_form(self, text: str) -> str:
        """The name without strength, form and route."""
        return self._without_words(self._telling.sub(" ", _STRENGTH.sub(" ", text)))

    def _without_words(self, bare: str) -> str:
        kept = [word for word in bare.split() if word.strip("().,") not in self.forms]
        return " ".join(kept).strip(" ().,;:")

    def without_salt(self, text: str) -> str:
        """The name without words for salts at its end; the first word always stays."""
        kept = text.split()
        while len(kept) > 1 and kept[-1] in self.salts:
            kept.pop()
        return " ".join(kept)


def load_label_words() -> LabelWords:
    """Read the words of the package."""
    text = files("assistant.clinical.medicines").joinpath("labels.toml").read_text("utf-8")
    table = tomllib.loads(text)
    routes = {fold(word): route for route, ways in table["routes"].items() for word in ways}
    return LabelWords(frozenset(table["forms"]), frozenset(table["salts"]), routes)


def tidy(text: str) -> Written:
    """A name with its accents, hyphens and blanks evened out, and whether it was disguised."""
    visible = unicodedata.normalize("NFKC", clean(text))
    hidden = len(visible) < len(unicodedata.normalize("NFKC", text).strip())
    foreign = any(char in _LOOK for char in visible.casefold())
    latin = "".join(_LOOK.get(char, char) for char in visible.casefold())
    return Written(plain(latin), foreign or (hidden and clean(text) != text))


def plain(text: str) -> str:
    """Folded text with quotes gone, and hyphens and underscores as blanks."""
    folded = _QUOTES.sub("", text.lower() if text.isascii() else fold(text))
    return " ".join(_HYPHENS.sub(" ", folded).split())


def key(name: str) -> str:
    """What all regular spellings of a name have in common."""
    letters = re.sub(r"[^a-z0-9]", "", plain(name))
    for pattern, other in _RULES:
        letters = pattern.sub(other, letters)
    return letters
