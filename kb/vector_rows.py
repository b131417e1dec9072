"""The vectors in the encrypted library: all, a pack's, or those that changed.

Triggers log every passage whose vector comes, changes or goes (`kb/migrations.py`), so that what
is derived from the vectors can follow without reading all of them again.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kb.store_interface import LibraryStore
from kb.vector_file import Change, Part

PAGE = 50_000
"""Vectors read at a time, so that other readers get their turn."""
_OF_PACK = "SELECT p.rowid FROM documents d JOIN passages p ON p.document = d.id WHERE d.pack = ?"
_CHANGED = "SELECT passage FROM vector_changes WHERE number > ?"


def last_change(store: LibraryStore) -> Change:
    """The newest change of any vector."""
    rows = store.query("SELECT number, mark FROM vector_changes ORDER BY number DESC LIMIT 1")
    return Change(int(rows[0]["number"]), str(rows[0]["mark"]))


def changed(store: LibraryStore, since: Change) -> NDArray[np.int64] | None:
    """Numbers of the passages whose vectors changed; None where the log does not know `since`."""
    known = "SELECT 1 FROM vector_changes WHERE number = ? AND mark = ?"
    if not store.query(known, [since.number, since.mark]):
        return None
    logged = f"SELECT DISTINCT passage FROM ({_CHANGED}) AS changes ORDER BY 1"  # noqa: S608
    rows = store.query(logged, [since.number])
    return np.array([row["passage"] for row in rows], dtype=np.int64)


def trim(store: LibraryStore, until: Change) -> None:
    """Forget the changes before one, unless other machines may still have to follow them."""
    if store.shared:
        return
    with store.writing() as db:
        db.execute("DELETE FROM vector_changes WHERE number < ?", [until.number])


def count(store: LibraryStore, encoder: str) -> int:
    """Number of vectors of an encoder."""
    rows = store.query("SELECT count(*) AS n FROM vectors WHERE encoder = ?", [encoder])
    return int(rows[0]["n"])


def count_of(store: LibraryStore, pack: str) -> int:
    """Number of passages of a pack."""
    return int(store.query(f"SELECT count(*) AS n FROM ({_OF_PACK}) AS held", [pack])[0]["n"])  # noqa: S608


def dimensions(store: LibraryStore, encoder: str) -> int:
    """Dimensions of the vectors of an encoder; 0 where there are none."""
    sql = "SELECT length(vector) AS n FROM vectors WHERE encoder = ? LIMIT 1"
    rows = store.query(sql, [encoder])
    return int(rows[0]["n"]) if rows else 0


def all_vectors(store: LibraryStore, encoder: str) -> Iterator[Part]:
    """All vectors of an encoder."""
    return _parts(store, encoder, "TRUE", [])


def outside(store: LibraryStore, encoder: str, pack: str) -> Iterator[Part]:
    """All vectors of an encoder but those of one pack; never one of that pack, whoever writes."""
    return _parts(store, encoder, f"passage NOT IN ({_OF_PACK})", [pack])


def of_pack_or_changed(
    store: LibraryStore, encoder: str, pack: str, since: Change
) -> Iterator[Part]:
    """Vectors of one pack, and those that changed."""
    return _parts(store, encoder, f"passage IN ({_OF_PACK} UNION {_CHANGED})", [pack, since.number])


def changed_vectors(store: LibraryStore, encoder: str, since: Change) -> Iterator[Part]:
    """Vectors that changed and are still there."""
    return _parts(store, encoder, f"passage IN ({_CHANGED})", [since.number])


def _parts(
    store: LibraryStore, encoder: str, which: str, parameters: list[object]
) -> Iterator[Part]:
    last = -1
    while True:
        rows = store.query(
            "SELECT passage, scale, vector FROM vectors"  # noqa: S608 - constants
            f" WHERE encoder = ? AND passage > ? AND {which} ORDER BY passage LIMIT {PAGE}",
            [encoder, last, *parameters],
        )
        if not rows:
            return
        numbers = np.array([row["passage"] for row in rows], dtype=np.int64)
        codes = np.frombuffer(b"".join(row["vector"] for row in rows), dtype=np.int8)
        scales = np.array([row["scale"] for row in rows], dtype=np.float32)
        yield Part(numbers, codes.reshape(len(rows), -1), scales)
        if len(rows) < PAGE:
            return
        last = int(numbers[-1])
