"""A program for tests that brings its library to a schema of its own, as ours does at an update."""

import sys
from pathlib import Path

from kb.library import Library
from kb.store import Store, load_key, sqlcipher

OURS = 5
"""Schema of the library that `kb.store` makes."""
SCRIPT = """#!{python}
import json, os, pathlib, secrets, sys
from sqlcipher3 import dbapi2
words = sys.argv[1:]
if words[0] == "bundle" or {whole} and words[0] == "kb":
    from ui.cli.main import main
    main()
    sys.exit()
home = pathlib.Path(os.environ["AIDPOST_HOME"])
home.mkdir(parents=True, exist_ok=True)
key = home / "library.key"
if not key.exists():
    key.write_bytes(secrets.token_bytes(32))
if words[0] == "kb":
    from kb.extract.registry import extract
    from kb.library import Library
    from kb.store import Store
    files = [path for path in pathlib.Path(words[2]).rglob("*") if path.is_file()]
    all(Library(Store(home / "library.db", key.read_bytes()), extract).add_many(files))
    sys.exit()
conn = dbapi2.connect(str(home / "library.db"), isolation_level=None)
conn.execute("PRAGMA key = \\"x'" + key.read_bytes().hex() + "'\\"")
there = conn.execute("PRAGMA user_version").fetchone()[0]
if there > {schema}:
    sys.exit("aidpost: This library was written by a newer Aidpost. Update the app to open it.")
conn.execute("PRAGMA journal_mode = WAL")
if there < {schema}:
    conn.execute("CREATE TABLE later_{schema} (x)")
    conn.execute("PRAGMA user_version = {schema}")
with (home / "calls").open("a") as calls:
    calls.write("{name} " + words[0] + "\\n")
if words[0] == "ask":
    print(json.dumps({{"abstained": False, "sentences": [{{"text": "750 mL.", "citations": ["c1"]}}]}}))
if words[0] == "doctor":
    print(json.dumps({{"healthy": {healthy}, "findings": []}}))
"""


def program(name: str, schema: int = OURS, *, healthy: bool = True, whole: bool = False) -> str:
    """The text of a program that has a library of its own schema.

    Args:
        name: written down at every call.
        schema: of its library.
        healthy: what it finds of itself.
        whole: whether our whole program reads documents in; slow, for it makes the starter library.
    """
    values = {"schema": schema, "healthy": healthy, "whole": whole}
    return SCRIPT.format(python=sys.executable, name=name, **values)


def add(home: Path, name: str, text: str) -> None:
    """A person adds a file, with a program of our schema."""
    from kb.extract.registry import extract

    home.mkdir(parents=True, exist_ok=True)
    store = Store(home / "library.db", load_key(home / "library.key"))
    Library(store, extract).add_bytes(text.encode(), name)
    store.close()


def add_later(home: Path, name: str, text: str) -> None:
    """A person adds a file with a later program, whose library `kb.store` does not open."""
    with_ours = home / "elsewhere"
    (with_ours / "library.key").parent.mkdir()
    (with_ours / "library.key").write_bytes((home / "library.key").read_bytes())
    add(with_ours, name, text)
    key = (home / "library.key").read_bytes().hex()
    with opened(home) as conn:
        conn.execute(f"ATTACH '{with_ours / 'library.db'}' AS other KEY \"x'{key}'\"")
        conn.execute("INSERT INTO documents SELECT * FROM other.documents")
        conn.execute("DETACH other")
    for path in with_ours.iterdir():
        path.unlink()
    with_ours.rmdir()


def remove_later(home: Path, name: str) -> None:
    """A person takes a file out with a later program."""
    with opened(home) as conn:
        conn.execute("DELETE FROM passages WHERE title LIKE ?", [f"%{Path(name).stem}%"])
        conn.execute("DELETE FROM documents WHERE details LIKE ?", [f"%{name}%"])


def opened(home: Path):
    """A connection to the library as it is; closed at the end of a with statement."""
    from contextlib import closing

    conn = sqlcipher.connect(str(home / "library.db"), isolation_level=None)
    conn.execute(f"PRAGMA key = \"x'{(home / 'library.key').read_bytes().hex()}'\"")
    return closing(conn)


def about(home: Path) -> tuple[int, list[str]]:
    """Schema of the library, and the texts of the files that people added."""
    with opened(home) as conn:
        schema = conn.execute("PRAGMA user_version").fetchone()[0]
        rows = conn.execute(
            "SELECT text FROM documents WHERE pack = 'local' ORDER BY text"
        ).fetchall()
    return schema, [row[0] for row in rows]
