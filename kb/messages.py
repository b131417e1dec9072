"""The vocabulary of the library: what a document, a passage and a hit are.

Knows nothing of SQL, files or models. All values are immutable; spans are half-open character
offsets into a document's extracted text.
"""

from dataclasses import dataclass, field
from typing import Literal

BlockKind = Literal["heading", "paragraph", "list", "table"]

OWN_PACK = "local"
"""The pack of the documents that were added on this machine."""
PRECEDENCE = ("textbook", "who", "regional", "national")
"""Whose word comes first where documents disagree, the lowest first."""


def rank_of(precedence: str) -> int:
    """Place of a precedence: 0 where none is stated, else the higher the sooner it is shown."""
    return PRECEDENCE.index(precedence) + 1 if precedence in PRECEDENCE else 0


@dataclass(frozen=True, slots=True)
class Source:
    """A published work that a line of a document rests on."""

    id: str
    """Tag used inside the document, such as `s1`."""
    title: str
    publisher: str
    year: int
    section: str
    """Page, table, chart or recommendation number."""
    url: str = ""
    edition: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item or table of an extracted text."""

    start: int
    end: int
    kind: BlockKind
    section: tuple[str, ...] = ()
    """Headings above the block, outermost first."""
    page: int | None = None
    """Page number as counted from 1 in the file, where the format has pages."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a parser got out of a file: one text and the blocks that cut it up, in order."""

    title: str
    text: str
    blocks: tuple[Block, ...]
    media_type: str
    pages: int | None = None
    notes: tuple[str, ...] = ()
    """Things the person should know, such as pages without text."""


@dataclass(frozen=True, slots=True)
class Document:
    """A card or a file of the library, without its text."""

    id: str
    """`pack/name`, unique in the library."""
    pack: str
    title: str
    digest: str
    """SHA-256 of the original bytes, hexadecimal."""
    media_type: str
    status: str
    """Review status, shown with every quote."""
    aliases: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """Ways in which people bring its topic up in everyday words; they only help to find it."""
    population: tuple[str, ...] = ()
    """Groups it is written for; empty = not stated."""
    setting: tuple[str, ...] = ()
    """Levels of care it is written for; empty = not stated."""
    kind: str = "document"
    language: str = "en"
    reviewed: str = ""
    sources: tuple[Source, ...] = ()
    red_flags: tuple[str, ...] = ()
    medicines: tuple[str, ...] = ()
    see_also: tuple[str, ...] = ()
    pages: int | None = None
    file_name: str = ""
    added: str = ""
    notes: tuple[str, ...] = ()
    precedence: str = ""
    """One of `PRECEDENCE`; empty = not stated, as for files added on this machine."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document that can be found, checked against its digest, and quoted."""

    id: str
    """`pack/name#n`, stable as long as the document does not change."""
    document: str
    pack: str
    title: str
    """Title of the document."""
    section: tuple[str, ...]
    page: int | None
    start: int
    end: int
    text: str
    population: tuple[str, ...]
    setting: tuple[str, ...]
    status: str
    digest: str
    """SHA-256 of `text`, hexadecimal; checked whenever the passage is quoted."""
    precedence: str = ""
    """That of its document."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found for a query."""

    passage: Passage
    score: float
    """Rank score; larger is better; comparable only within one search."""
    matched: tuple[str, ...] = ()
    """Query terms that the document or passage holds."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something `verify` found wrong with the library."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Who and where a search is for; an empty field filters nothing."""

    population: tuple[str, ...] = field(default=())
    setting: tuple[str, ...] = field(default=())
    certain: bool = True
    """Whether who it is was told, as by an age, and not read from a word such as `baby`."""
