"""Other ways to find the nearest of many vectors, to compare with; none is needed at run time.

Those that are not installed (`sqlite-vec`, `usearch`) are passed over by name.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from kb.embed import Bytes8, Floats
from kb.messages import OWN_PACK
from kb.signs import Places
from kb.store import Store
from kb.vector_index import Source, VectorIndex
from ui.scale_data import DIMENSIONS, ENCODER, PACK

Search = Callable[[Floats, int], list[int]]
"""Numbers of the k vectors nearest to a query."""
Vectors = Iterator[tuple[Places, Floats]]
"""All vectors with their numbers, block by block."""
KEY = bytes(32)
"""A made-up library holds nothing to protect."""
SHORTLIST = 200
"""Vectors nearest by their bits of which sqlite-vec compares the int8 codes."""
LARGEST = 0.25
"""Largest value of a dimension in int8 codes that share one scale; larger ones are cut."""


def own_index(folder: Path, size: int, _: Vectors) -> Search:
    """This program's search, over the library that was made for the exam."""
    index = VectorIndex(Source(Store(library_path(folder, size), KEY), ENCODER, OWN_PACK))
    index.now()
    return lambda query, k: index.now().meaning(query).nearest(k)


def numpy_float32(_folder: Path, size: int, vectors: Vectors) -> Search:
    """Every vector in full."""
    stored = np.empty((size, DIMENSIONS), dtype=np.float32)
    for numbers, some in vectors:
        stored[numbers - 1] = some

    def search(query: Floats, k: int) -> list[int]:
        scores = stored @ query
        best = np.argpartition(-scores, k - 1)[:k]
        return [int(place) + 1 for place in best[np.argsort(-scores[best])]]

    return search


def sqlite_vec_float32(folder: Path, _size: int, vectors: Vectors) -> Search:
    """sqlite-vec, vectors in full."""
    db = _sqlite_vec(folder / "float32.db", f"vector float[{DIMENSIONS}]")
    for numbers, some in vectors:
        rows = zip(numbers.tolist(), map(bytes, some), strict=True)
        _insert(db, "INSERT INTO v (rowid, vector) VALUES (?, ?)", rows)
    sql = "SELECT rowid FROM v WHERE vector MATCH ? AND k = ?"
    return lambda query, k: [row[0] for row in db.execute(sql, [query.tobytes(), k])]


def sqlite_vec_int8(folder: Path, _size: int, vectors: Vectors) -> Search:
    """sqlite-vec, int8 codes."""
    db = _sqlite_vec(folder / "int8.db", f"code int8[{DIMENSIONS}]")
    for numbers, some in vectors:
        rows = zip(numbers.tolist(), map(bytes, _codes(some)), strict=True)
        _insert(db, "INSERT INTO v (rowid, code) VALUES (?, vec_int8(?))", rows)
    sql = "SELECT rowid FROM v WHERE code MATCH vec_int8(?) AND k = ?"
    return lambda query, k: [row[0] for row in db.execute(sql, [_codes(query).tobytes(), k])]


def sqlite_vec_bits(folder: Path, _size: int, vectors: Vectors) -> Search:
    """sqlite-vec, bits first and int8 codes of the nearest by them."""
    columns = f"bits bit[{DIMENSIONS}], code int8[{DIMENSIONS}]"
    db = _sqlite_vec(folder / "bits.db", columns)
    for numbers, some in vectors:
        bits, codes = np.packbits(some > 0, axis=1), _codes(some)
        rows = zip(numbers.tolist(), map(bytes, bits), map(bytes, codes), strict=True)
        _insert(db, "INSERT INTO v VALUES (?, vec_bit(?), vec_int8(?))", rows)
    sql = (
        "WITH near AS (SELECT rowid, code FROM v WHERE bits MATCH vec_bit(?) AND k = ?)"
        " SELECT rowid FROM near ORDER BY vec_distance_cosine(code, vec_int8(?)) LIMIT ?"
    )

    def search(query: Floats, k: int) -> list[int]:
        bits, code = np.packbits(query > 0).tobytes(), _codes(query).tobytes()
        return [row[0] for row in db.execute(sql, [bits, SHORTLIST, code, k])]

    return search


def usearch_float16(folder: Path, _size: int, vectors: Vectors) -> Search:
    """usearch, a graph over half-precision vectors."""
    from usearch.index import Index  # noqa: PLC0415 - measured only where it is installed

    index = Index(ndim=DIMENSIONS, metric="cos", dtype="f16")
    for numbers, some in vectors:
        index.add(numbers, some)
    index.save(str(folder / "graph.usearch"))
    return lambda query, k: [int(key) for key in index.search(query, k).keys]


PEERS: dict[str, tuple[str, Callable[[Path, int, Vectors], Search]]] = {
    "aidpost": ("numpy", own_index),
    "numpy_float32": ("numpy", numpy_float32),
    "sqlite_vec_float32": ("sqlite_vec", sqlite_vec_float32),
    "sqlite_vec_int8": ("sqlite_vec", sqlite_vec_int8),
    "sqlite_vec_bits_then_int8": ("sqlite_vec", sqlite_vec_bits),
    "usearch_float16": ("usearch", usearch_float16),
}
"""What each needs, and how it is made ready to search."""


def installed(name: str) -> bool:
    """Whether what a peer needs is installed."""
    return find_spec(PEERS[name][0]) is not None


def library_path(folder: Path, size: int) -> Path:
    """The library of so many passages."""
    return folder / f"{PACK}-{size}.db"


def _codes(vectors: Floats) -> Bytes8:
    codes: Bytes8 = np.rint(np.clip(vectors / LARGEST, -1, 1) * 127).astype(np.int8)
    return codes


def _sqlite_vec(path: Path, columns: str) -> Any:  # noqa: ANN401 - sqlcipher3 has no types
    import sqlite_vec  # noqa: PLC0415 - measured only where it is installed
    from sqlcipher3 import dbapi2  # noqa: PLC0415 - Python's own cannot always load extensions

    path.unlink(missing_ok=True)
    db = dbapi2.connect(str(path), isolation_level=None)
    db.enable_load_extension(True)  # noqa: FBT003 - its own way of asking
    db.load_extension(sqlite_vec.loadable_path())
    db.execute(f"CREATE VIRTUAL TABLE v USING vec0({columns})")
    return db


def _insert(db: Any, sql: str, rows: Iterator[tuple[Any, ...]]) -> None:  # noqa: ANN401
    db.execute("BEGIN")
    db.executemany(sql, rows)
    db.execute("COMMIT")
