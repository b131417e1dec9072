"""What the assistant itself says in a conversation, in one language; the sentences are data."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from importlib.resources import files

from speech.messages import Doubt
from speech.talk.events import Item, ItemKind

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

    def read_back(self, items: Iterable[Item]) -> str:
        """Everything critical, item by item, and the question for a yes."""
        said = "; ".join(item.spoken for item in items)
        return " ".join(part for part in (self.begin, f"{said}." if said else "", self.end) if part)

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
    table = _table().get(language) or _table()["en"]
    return Says(**{field.name: table[field.name] for field in fields(Says)})
