"""How documents and passages are laid out in rows of the database, and back."""

import dataclasses
import json
from typing import Any

from kb.chunk import chunk, digest
from kb.errors import LibraryDamaged
from kb.messages import Document, Extraction, Passage, Source

Row = dict[str, Any]

PASSAGE_COLUMNS = (
    "p.id, p.document, d.pack, p.title, p.section, p.page, p.start, p.end, p.text,"
    " p.population, p.setting, d.status, p.digest,"
    " json_extract(d.details, '$.precedence') AS precedence"
)
_DETAILS = (
    "aliases asked population setting reviewed sources red_flags medicines see_also pages"
    " file_name notes precedence"
).split()


def as_json(value: object) -> str:
    """Compact JSON for a column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def to_rows(document: Document, extraction: Extraction, raw: bytes) -> tuple[Row, list[Row]]:
    """The row of a document and the rows of its passages."""
    values = dataclasses.asdict(document)
    row: Row = {key: value for key, value in values.items() if key not in _DETAILS}
    row["details"] = as_json({key: values[key] for key in _DETAILS})
    row["text"] = extraction.text
    row["original"] = raw
    return row, [_passage_row(document, passage) for passage in chunk(document, extraction)]


def _passage_row(document: Document, passage: Passage) -> Row:
    return {
        "id": passage.id,
        "document": passage.document,
        "title": passage.title,
        "aliases": "\n".join(document.aliases),
        "heading": " > ".join(passage.section),
        "section": as_json(passage.section),
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "population": as_json(passage.population),
        "setting": as_json(passage.setting),
        "digest": passage.digest,
    }


def as_document(row: Row) -> Document:
    """A document from its row."""
    details: dict[str, Any] = json.loads(row["details"])
    sources = tuple(Source(**source) for source in details.pop("sources"))
    lists = {key: tuple(value) for key, value in details.items() if isinstance(value, list)}
    columns = {key: value for key, value in row.items() if key != "details"}
    return Document(**{**columns, **details, **lists}, sources=sources)


def checked(passage: Passage) -> Passage:
    """The passage, if its text matches its digest.

    Raises:
        LibraryDamaged: it does not.
    """
    if digest(passage.text) != passage.digest:
        raise damaged(passage.id)
    return passage


def as_passage(row: Row) -> Passage:
    """A passage from a row with `PASSAGE_COLUMNS`."""
    return Passage(
        id=row["id"],
        document=row["document"],
        pack=row["pack"],
        title=row["title"],
        section=_texts(row["section"]),
        page=row["page"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        population=_texts(row["population"]),
        setting=_texts(row["setting"]),
        status=row["status"],
        digest=row["digest"],
        precedence=row["precedence"] or "",
    )


def _texts(column: str) -> tuple[str, ...]:
    return () if column == "[]" else tuple(json.loads(column))


def damaged(identity: str) -> LibraryDamaged:
    """The error for something stored that is not what was added."""
    return LibraryDamaged(
        f"{identity} has changed since it was added and is not quoted. Remove it and add it again."
    )
