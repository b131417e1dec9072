"""Statements and rows that every store of the library shares."""

import numpy as np

from kb.embed import Bytes8, Floats
from kb.rows import Row
from kb.store_interface import Writing


def delete_document_rows(db: Writing, document: str) -> None:
    """Remove a document, its passages and their vectors."""
    db.execute(
        "DELETE FROM vectors WHERE passage IN (SELECT rowid FROM passages WHERE document = ?)",
        [document],
    )
    db.execute("DELETE FROM name_vectors WHERE document = ?", [document])
    db.execute("DELETE FROM passages WHERE document = ?", [document])
    db.execute("DELETE FROM documents WHERE id = ?", [document])


def delete_pack_rows(db: Writing, pack: str) -> None:
    """Remove all documents of a pack, their passages and vectors."""
    db.execute(
        "DELETE FROM vectors WHERE passage IN (SELECT p.rowid FROM passages p"
        " JOIN documents d ON d.id = p.document WHERE d.pack = ?)",
        [pack],
    )
    for table in ("name_vectors", "passages"):
        db.execute(
            f"DELETE FROM {table} WHERE document IN (SELECT id FROM documents WHERE pack = ?)",  # noqa: S608 - constants
            [pack],
        )
    db.execute("DELETE FROM documents WHERE pack = ?", [pack])


def names_of(row: Row) -> tuple[Floats, Bytes8]:
    """Scales and int8 codes of a row of `name_vectors`."""
    scales = np.frombuffer(row["scales"], dtype=np.float32)
    return scales, np.frombuffer(row["vectors"], dtype=np.int8).reshape(len(scales), -1)
