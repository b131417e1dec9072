"""A file made ready for the library: text, passages and vectors, with no library at hand.

What is made here, in whichever process or machine, is what the library would have made itself.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from kb.embed import Bytes8, Embedder, Floats
from kb.incoming import identity
from kb.messages import OWN_PACK, Document, Extraction
from kb.ready_vectors import NONE_READY, encode
from kb.rows import Row, to_rows

LOCAL_STATUS = "added on this machine, not reviewed"
Extract = Callable[[bytes, str], Extraction]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Vectors of a document by one encoder: int8 codes and scales, as the library keeps them."""

    encoder: str
    passages: tuple[Bytes8, Floats]
    names: tuple[Bytes8, Floats]
    """Of what the document goes by."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A document that only needs to be written down."""

    document: Document
    row: Row
    passages: list[Row]
    encoded: Encoded | None
    """None where there is no encoder."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that cannot be read."""

    reason: str
    """For the person."""


def local_document(file_name: str, data: bytes, extraction: Extraction, added: str) -> Document:
    """What the library keeps of a file of its own; `added` is the time, ISO 8601 in UTC."""
    return Document(
        id=identity(OWN_PACK, file_name, data),
        pack=OWN_PACK,
        title=extraction.title or file_name,
        digest=hashlib.sha256(data).hexdigest(),
        media_type=extraction.media_type,
        status=LOCAL_STATUS,
        aliases=(PurePath(file_name).stem,),
        pages=extraction.pages,
        file_name=file_name,
        added=added,
        notes=extraction.notes,
    )


def read(document: Document, extraction: Extraction, embedder: Embedder | None) -> Ready:
    """A document ready to be written down, without the bytes of its file."""
    row, passages = to_rows(document, extraction, b"")
    return Ready(document, row, passages, _encoded(document, passages, embedder))


def passage_text(row: Row) -> str:
    """What the encoder reads of a passage."""
    return f"{row['title']}. {row['heading']}. {row['text']}"


def names(document: Document) -> Iterator[str]:
    """Title, other names, and how people bring a document up."""
    yield from filter(None, dict.fromkeys((document.title, *document.aliases, *document.asked)))


def _encoded(document: Document, passages: list[Row], embedder: Embedder | None) -> Encoded | None:
    if embedder is None:
        return None
    texts = [*map(passage_text, passages), *names(document)]
    codes, scales = encode(embedder, NONE_READY, texts)
    count = len(passages)
    return Encoded(
        embedder.name,
        (codes[:count], scales[:count]),
        (codes[count:], np.asarray(scales[count:], dtype=np.float32)),
    )
