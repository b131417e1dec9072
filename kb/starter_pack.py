"""The built-in pack: topic cards that are part of the installed program."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable

from kb.cards import parse_card
from kb.library import Card, Library

PACK = "starter"
PRECEDENCE = "who"
"""Its cards restate guidelines of the World Health Organization for the most part."""


def index_starter(library: Library) -> bool:
    """Bring the starter pack in the library up to date; true if it had to be indexed."""
    cards = list(_files())
    return library.install_pack(PACK, _version(cards), lambda: _read(cards))


def _files() -> Iterator[tuple[str, bytes]]:
    topics = files("kb.starter").joinpath("topics")
    for folder in sorted(topics.iterdir(), key=_name):
        if folder.is_dir():
            for file in sorted(folder.iterdir(), key=_name):
                if file.name.endswith(".md"):
                    yield file.name, file.read_bytes()


def _read(cards: list[tuple[str, bytes]]) -> Iterator[Card]:
    for name, data in cards:
        card = parse_card(data, name)
        if card.document.status != "withdrawn":
            yield replace(card.document, precedence=PRECEDENCE), card.extraction, data


def _version(cards: list[tuple[str, bytes]]) -> str:
    total = hashlib.sha256(PRECEDENCE.encode())
    for name, data in cards:
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()


def _name(entry: Traversable) -> str:
    return entry.name
