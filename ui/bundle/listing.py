"""What is on a stick: the list that is signed, written one way and read strictly."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal, get_args

from kb.errors import LibraryError
from kb.formulary_table import Table
from kb.packs.manifest import slug
from kb.packs.names import checked_names
from kb.packs.strict_json import FORMAT, day, dump, from_table, hexadecimal, line, read, whole
from ui.bundle.errors import BundleDamaged

LIST, SIGNATURES, ROOT = "bundle.json", "signatures.json", "publisher.root.json"
OWN = (LIST, SIGNATURES, ROOT)
MOST_BYTES = 8_000_000
"""Most bytes of the list."""
KIND = "aidpost-bundle"
"""Stands in the list, so that no signed list of a pack passes for one of a bundle."""

Kind = Literal["app", "model", "models-list", "pack", "paper", "help"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Part:
    """One file on the stick."""

    path: str
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Item:
    """One file as it is meant, in one part or several."""

    kind: Kind
    name: str
    """File name; of a model `<model>/<file>`."""
    parts: tuple[Part, ...]
    platform: str = ""
    """Of an app: system and processor, such as `linux-x86_64`."""
    unpacked: int = 0
    """Of an app: bytes of its files on the disk."""

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything a bundle says of itself."""

    number: int
    """Rises with every edition."""
    label: str
    """The edition as people name it."""
    version: str
    """Version of the program on it."""
    domain: str
    """Trust domain whose keys sign it."""
    made: date
    items: tuple[Item, ...]

    def of(self, kind: Kind) -> tuple[Item, ...]:
        """The items of a kind."""
        return tuple(item for item in self.items if item.kind == kind)

    def app(self, platform: str) -> Item | None:
        """The program for a platform."""
        return next((item for item in self.of("app") if item.platform == platform), None)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All files on the stick."""
        return tuple(part for item in self.items for part in item.parts)


def write_bundle(bundle: Bundle) -> bytes:
    """The list as it is signed."""
    values = asdict(bundle) | {"made": bundle.made.isoformat(), "kind": KIND}
    return dump({"format": FORMAT, **values})


def read_bundle(data: bytes) -> Bundle:
    """The bundle of a list.

    Raises:
        BundleDamaged: it is none, or a value or name in it is not allowed.
    """
    if len(data) > MOST_BYTES:
        raise BundleDamaged("The list of what is on the stick is too long to be one.")
    try:
        bundle = read(data, "The list of what is on the stick", _bundle)
        checked_names((*OWN, *(part.path for part in bundle.parts)))
    except LibraryError as error:
        raise BundleDamaged(f"This is no bundle that can be used. {error}") from error
    return bundle


def _bundle(table: Table) -> Bundle:
    table.word("kind", (KIND,))
    bundle = Bundle(
        number=whole(table, "number", 1),
        label=line(table, "label"),
        version=line(table, "version"),
        domain=slug(table, "domain"),
        made=day(table, "made"),
        items=tuple(from_table(row, _item) for row in table.tables("items", "item")),
    )
    if not bundle.of("app"):
        raise table.fault("items", "must hold a program")
    return bundle


def _item(table: Table) -> Item:
    item = Item(
        kind=table.word("kind", KINDS),
        name=line(table, "name"),
        parts=tuple(from_table(row, _part) for row in table.tables("parts", "part")),
        platform=line(table, "platform", ""),
        unpacked=whole(table, "unpacked"),
    )
    if not item.parts:
        raise table.fault("parts", "must hold at least one")
    return item


def _part(table: Table) -> Part:
    return Part(line(table, "path"), whole(table, "size"), hexadecimal(table, "sha256", 32))
