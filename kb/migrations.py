"""Schema changes of the library, in order; each runs once, in one transaction with its record.

A migration is never edited after a release: a later one changes what it made.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

FTS_COLUMNS = ("title", "aliases", "heading", "text")
"""Columns of the full-text index, in the order of their BM25 weights."""


def create_library(db: "Database") -> None:
    """Documents with their text and original bytes, and the passages that can be found."""
    db.table("documents").create(
        {
            "id": str,
            "pack": str,
            "title": str,
            "digest": str,
            "media_type": str,
            "status": str,
            "kind": str,
            "language": str,
            "details": str,
            "text": str,
            "original": bytes,
            "added": str,
        },
        pk="id",
        not_null={"pack", "title", "digest", "text", "original"},
    )
    db.table("passages").create(
        {
            "rowid": int,
            "id": str,
            "document": str,
            "title": str,
            "aliases": str,
            "heading": str,
            "section": str,
            "page": int,
            "start": int,
            "end": int,
            "text": str,
            "population": str,
            "setting": str,
            "digest": str,
        },
        pk="rowid",
        not_null={"id", "document", "text", "digest"},
        foreign_keys=[("document", "documents", "id")],
    )
    db.table("passages").create_index(["id"], unique=True)
    db.table("passages").create_index(["document"])
    db.table("passages").enable_fts(
        list(FTS_COLUMNS),
        tokenize="porter unicode61 remove_diacritics 2",
        create_triggers=True,
    )
    db.execute("CREATE VIRTUAL TABLE words USING fts5vocab('passages_fts', 'col')")


def create_vectors(db: "Database") -> None:
    """Int8 vectors of passages, one a passage and encoder; the scale maps them back to floats."""
    db.table("vectors").create(
        {"passage": int, "encoder": str, "scale": float, "vector": bytes},
        pk=("encoder", "passage"),
        not_null={"scale", "vector"},
        foreign_keys=[("passage", "passages", "rowid")],
    )


def create_packs(db: "Database") -> None:
    """Which version of each built-in pack is indexed, so that a start does no work twice."""
    db.table("packs").create({"id": str, "digest": str, "added": str}, pk="id")


def create_name_vectors(db: "Database") -> None:
    """Int8 vectors of what a document goes by; one row a document and encoder holds them all."""
    db.table("name_vectors").create(
        {"document": str, "encoder": str, "scales": bytes, "vectors": bytes},
        pk=("encoder", "document"),
        not_null={"scales", "vectors"},
        foreign_keys=[("document", "documents", "id")],
    )


def log_vector_changes(db: "Database") -> None:
    """Whatever comes to, changes in or goes from the vectors is logged, by whichever program.

    The mark is random: after an older copy of the library was put back, numbers repeat, marks do
    not. One entry is always there.
    """
    db.execute(
        "CREATE TABLE vector_changes (number INTEGER PRIMARY KEY AUTOINCREMENT,"
        " passage INTEGER NOT NULL, mark TEXT NOT NULL DEFAULT (lower(hex(randomblob(8)))))"
    )
    db.execute("INSERT INTO vector_changes (passage) VALUES (0)")
    for event, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
        db.execute(
            f"CREATE TRIGGER vectors_{event.lower()} AFTER {event} ON vectors BEGIN"  # noqa: S608
            f" INSERT INTO vector_changes (passage) VALUES ({row}.passage); END"
        )
    db.table("documents").create_index(["pack", "id"])
    db.table("vectors").create_index(["passage"])  # without these, removing one reads all
    db.table("name_vectors").create_index(["document"])


MIGRATIONS: tuple[Callable[["Database"], None], ...] = (
    create_library,
    create_vectors,
    create_packs,
    create_name_vectors,
    log_vector_changes,
)
"""All migrations; `PRAGMA user_version` counts how many have run."""
