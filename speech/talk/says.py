"""What the assistant itself says in a conversation, in one language; the sentences are data."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from importlib.resources import files

from speech.messages import Doubt
from speech.talk.events import Item, ItemKind
from speech.talk.order_words import load_order_words
from speech.talk.values import load_values
from speech.voice.other_languages import without_thousands

_ENGLISH = "en"
_HEADED = ("weight", "age", "allergy")
"""Items that are read back with their heading, since their value alone does not tell them apart."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_OF_DOUBT: dict[str, ItemKind] = {"name": "drug", "sound-alike": "drug"}


@dataclass(frozen=True, slots=True)
class Says:
    """Sentences of one language; those of English where nothing else is given."""

    not_heard: str = ""
    yes_unclear: str = ""
    nothing_to_confirm: str = ""
    choose_first: str = ""
    say_again: str = ""
    cancelled: str = ""
    dropped: str = ""
    new_patient: str = ""
    ready: str = ""
    nothing_more: str = ""
    help: str = ""
    begin: str = ""
    end: str = ""
    doubt: str = ""
    confused: str = ""
    unclear: str = ""
    ratio: str = ""
    or_word: str = ""
    language: str = _ENGLISH

    def read_back(self, items: Iterable[Item]) -> str:
        """Everything critical, item by item, and the question for a yes."""
        said = "; ".join(self._spoken(item) for item in items)
        return " ".join(part for part in (self.begin, f"{said}." if said else "", self.end) if part)

    def shown(self, items: Iterable[Item]) -> tuple[Item, ...]:
        """The items as the screen shows them: every figure and every name as it was."""
        return tuple(replace(item, shown=self._written(item)) for item in items)

    def heading(self, kind: ItemKind) -> str:
        """What an item of a kind is called."""
        return load_order_words(self.language).slot(kind).shown

    def asked(self, doubt: Doubt) -> Doubt:
        """A doubt with its question in this language."""
        if self.language == _ENGLISH:
            return doubt
        template = {"sound-alike": self.confused, "ratio": self.ratio}.get(doubt.kind, self.doubt)
        if not doubt.choices and doubt.kind != "ratio":
            template = self.unclear
        ask = template.format(heard=doubt.heard, choices=self.or_word.join(doubt.choices))
        return replace(doubt, ask=ask)

    def _written(self, item: Item) -> str:
        if item.kind == "drug":
            return item.shown
        return load_values(self.language).of(item.kind, item.shown)

    def _spoken(self, item: Item) -> str:
        """An item in words; figures stay digits where a voice reads them in its own language."""
        if self.language == _ENGLISH or item.kind == "drug":
            return item.spoken
        written = without_thousands(self._written(item))
        numbers = _NUMBER.findall(written)
        if len(numbers) == 1 and numbers[0].isdigit() and len(numbers[0]) > 1:
            written = f"{written}, {' '.join(numbers[0])}"
        return f"{self.heading(item.kind)}: {written}" if item.kind in _HEADED else written

    def with_choice(self, items: tuple[Item, ...], doubt: Doubt, chosen: str) -> tuple[Item, ...]:
        """The items after a doubt was settled: what was heard is replaced by what was chosen."""
        fresh = Item(_OF_DOUBT.get(doubt.kind, "number"), chosen, chosen)
        changed = tuple(
            replace(item, shown=chosen, spoken=chosen) if item.shown == doubt.heard else item
            for item in items
        )
        return changed if changed != items or fresh in items else (*items, fresh)


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, str]]:
    text = files("speech.talk").joinpath("says.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def load_says(language: str = "en") -> Says:
    """The sentences of a language; of English where there are none."""
    known = language if language in _table() else _ENGLISH
    names = (field.name for field in fields(Says) if field.name != "language")
    return Says(**{name: _table()[known][name] for name in names}, language=known)
