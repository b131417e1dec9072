"""Rules of the card linter that need more than one card: ids that exist, names that collide."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

from kb.cards import Card
from kb.lint_doses import gives
from kb.lint_front import SLUG
from kb.lint_rules import Fault, bare, items


@dataclass(frozen=True, slots=True)
class Known:
    """What a card may name."""

    topics: frozenset[str]
    """Ids of cards, written or planned."""
    flags: frozenset[str]
    """Ids of red flags."""
    titles: Mapping[str, str]
    """Id of the card for each title in lower case."""
    medicines: frozenset[str]
    """Ids of medicines that any card lists."""


def know(cards: Iterable[Card]) -> Known:
    """What the cards and the lists of the starter library name."""
    read = list(cards)
    written = {card.document.id.split("/", 1)[1] for card in read}
    return Known(
        topics=frozenset(written | planned().keys()),
        flags=frozenset((files("kb.starter") / "flags.txt").read_text(encoding="utf-8").split()),
        titles={card.document.title.casefold(): card.document.id for card in read},
        medicines=frozenset(name for card in read for name in card.document.medicines),
    )


def planned() -> dict[str, str]:
    """Group of every planned topic by its id."""
    table = tomllib.loads((files("kb.starter") / "topics.toml").read_text(encoding="utf-8"))
    return {topic["id"]: topic["group"] for topic in table["topic"]}


def library_faults(card: Card, known: Known) -> Iterator[tuple[str, str]]:
    """Faults of the ids that a card names, as (key, message)."""
    document = card.document
    for topic in document.see_also:
        if topic not in known.topics:
            yield "see_also", f"`see_also` names {topic!r}, which is no topic"
        if document.id.endswith(f"/{topic}"):
            yield "see_also", "`see_also` names the card itself"
    for flag in document.red_flags:
        if flag not in known.flags:
            yield "red_flags", f"`red_flags` names {flag!r}, which is no red flag"
    for alias in document.aliases:
        other = known.titles.get(alias.casefold(), document.id)
        if other != document.id:
            yield "aliases", f"alias {alias!r} is the title of {other}"
    yield from _slugs(card)


def _slugs(card: Card) -> Iterator[tuple[str, str]]:
    for key in ("medicines", "calculators"):
        for name in cast("list[str]", card.front[key]):
            if not SLUG.fullmatch(name):
                yield key, f"`{key}` names {name!r}, which is no slug (a-z, 0-9, hyphens)"


def unlisted(card: Card, known: Known) -> Iterator[Fault]:
    """Lines of Medicines that begin with a medicine of the library which the card does not list."""
    listed = card.document.medicines
    others = {
        medicine
        for medicine in known.medicines - set(listed)
        if not any(own.startswith(f"{medicine}-") for own in listed)
    }
    for group in items(card):
        opening = bare(group[0].text).casefold().replace("-", " ")
        if group[0].section != "Medicines" or not gives(bare(group[0].text)):
            continue
        for medicine in others:
            if re.match(rf"{medicine.replace('-', ' ')}\b", opening):
                yield Fault(group[0].number, f"{medicine!r} is not in the card's `medicines`")
