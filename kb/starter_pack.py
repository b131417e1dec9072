"""The built-in pack: topic cards that are part of the installed program."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable

from kb.cards import parse_card
from kb.library import Card, Library
from kb.phrasings import phrasing_files, read_phrasings

PACK = "starter"
PRECEDENCE = "who"
"""Its cards restate guidelines of the World Health Organization for the most part."""


def index_starter(library: Library) -> bool:
    """Bring the starter pack in the library up to date; true if it had to be indexed."""
    cards, phrasings = list(_files()), phrasing_files()
    version = _version([*cards, *phrasings])
    return library.install_pack(PACK, version, lambda: _read(cards, read_phrasings(phrasings)))


def _files() -> Iterator[tuple[str, bytes]]:
    topics = files("kb.starter").joinpath("topics")
    for folder in sorted(topics.iterdir(), key=_name):
        if folder.is_dir():
            for file in sorted(folder.iterdir(), key=_name):
                if file.name.endswith(".md"):
                    yield file.name, file.read_bytes()


def _read(
    cards: list[tuple[str, bytes]], phrasings: Mapping[str, tuple[str, ...]]
) -> Iterator[Card]:
    for name, data in cards:
        card = parse_card(data, name)
        if card.document.status != "withdrawn":
            asked = phrasings.get(name.removesuffix(".md"), ())
            document = replace(card.document, precedence=PRECEDENCE, asked=asked)
            yield document, card.extraction, data


def _version(contents: list[tuple[str, bytes]]) -> str:
    total = hashlib.sha256(PRECEDENCE.encode())
    for name, data in contents:
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()


def _name(entry: Traversable) -> str:
    return entry.name
