"""The database: durable settings, encryption, damage noticed, migrations, threads and processes."""

import multiprocessing
import threading

import pytest
from conftest import KEY

from kb.errors import LibraryDamaged, LibraryTooNew
from kb.migrations import MIGRATIONS
from kb.store import LOWEST_SQLITE, Store, load_key, sqlcipher
from kb.text import Stemmer

DOCUMENT = {
    "id": "local/a",
    "pack": "local",
    "title": "Title",
    "digest": "d",
    "media_type": "text/plain",
    "status": "s",
    "kind": "document",
    "language": "en",
    "details": "{}",
    "text": "zinc tablets",
    "original": b"x",
    "added": "",
}


def passage(number, text):
    return {
        "id": f"local/a#{number}",
        "document": "local/a",
        "title": "Title",
        "aliases": "",
        "heading": "",
        "section": "[]",
        "page": None,
        "start": 0,
        "end": len(text),
        "text": text,
        "population": "[]",
        "setting": "[]",
        "digest": "",
    }


def test_settings_that_keep_acknowledged_writes(tmp_path):
    store = Store(tmp_path / "library.db", KEY)
    assert store.pragma("journal_mode") == "wal"
    assert store.pragma("synchronous") == 2
    assert store.pragma("foreign_keys") == 1
    assert store.pragma("busy_timeout") == 15_000
    assert sqlcipher.sqlite_version_info >= LOWEST_SQLITE
    store.close()


def test_no_plain_word_in_the_file(tmp_path):
    path = tmp_path / "library.db"
    store = Store(path, KEY)
    store.put_document(DOCUMENT, [passage(1, "canarypatientname zinc")])
    files = [file.read_bytes() for file in tmp_path.iterdir()]
    store.close()
    files += [file.read_bytes() for file in tmp_path.iterdir()]
    assert all(b"canarypatientname" not in data for data in files)
    assert all(b"SQLite format 3" not in data for data in files)


def test_wrong_key_is_noticed_at_once(tmp_path):
    Store(tmp_path / "library.db", KEY).close()
    with pytest.raises(LibraryDamaged, match="key does not fit"):
        Store(tmp_path / "library.db", bytes(32))


def test_empty_and_foreign_files_are_refused_and_kept(tmp_path):
    path = tmp_path / "library.db"
    path.write_bytes(b"not a database, 4096 bytes of something else" * 100)
    before = path.read_bytes()
    with pytest.raises(LibraryDamaged):
        Store(path, KEY)
    assert path.read_bytes() == before


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_one_changed_byte_is_noticed(tmp_path, place):
    path = tmp_path / "library.db"
    store = Store(path, KEY)
    store.put_document(DOCUMENT, [passage(n, f"word{n} " * 200) for n in range(200)])
    store.query("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    data = bytearray(path.read_bytes())
    data[int(len(data) * place)] ^= 0x10
    path.write_bytes(bytes(data))
    try:
        damaged = Store(path, KEY)
    except LibraryDamaged:
        return
    assert damaged.check_pages() != []
    damaged.close()


def test_newer_library_is_not_touched(tmp_path):
    path = tmp_path / "library.db"
    store = Store(path, KEY)
    store._conn.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(LibraryTooNew, match="Update the app"):
        Store(path, KEY)


def test_migrations_run_once(tmp_path):
    path = tmp_path / "library.db"
    Store(path, KEY).close()
    store = Store(path, KEY)
    assert store.pragma("user_version") == len(MIGRATIONS)
    store.close()


def test_failed_write_leaves_nothing(store):
    store.put_document(DOCUMENT, [passage(1, "zinc")])
    with pytest.raises(ZeroDivisionError), store.writing() as db:
        db.execute("DELETE FROM passages")
        raise ZeroDivisionError
    assert store.match('"zinc"', 5)


def test_document_is_replaced_whole(store):
    store.put_document(DOCUMENT, [passage(1, "zinc")])
    store.put_document(DOCUMENT, [passage(1, "copper")])
    assert not store.match('"zinc"', 5)
    [number] = store.match('"copper"', 5)
    assert store.query("SELECT id FROM passages WHERE rowid = ?", [number]) == [{"id": "local/a#1"}]
    store.delete_document("local/a")
    assert not store.match('"copper"', 5)
    assert store.query("SELECT count(*) AS n FROM words")[0]["n"] == 0


def test_expression_of_words_cannot_break_out(store):
    store.put_document(DOCUMENT, [passage(1, "zinc")])
    assert store.match('"zinc" OR "b"', 5)
    with pytest.raises(Exception, match="cannot be searched"):
        store.match('zinc" OR (', 5)


def test_many_threads_read_and_write(store):
    errors = []

    def work(number):
        try:
            document = {**DOCUMENT, "id": f"local/{number}"}
            rows = [{**passage(number, "zinc"), "id": f"p{number}", "document": f"local/{number}"}]
            store.put_document(document, rows)
            store.match('"zinc"', 5)
        except Exception as error:  # noqa: BLE001 - reported to the main thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(store.match('"zinc"', 50)) == 16


def _write_many(path, start):
    store = Store(path, KEY)
    for number in range(start, start + 15):
        document = {**DOCUMENT, "id": f"local/{number}"}
        store.put_document(document, [{**passage(number, "zinc"), "document": f"local/{number}"}])
    store.close()


def test_four_processes_write_at_once(tmp_path):
    path = tmp_path / "library.db"
    Store(path, KEY).close()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_many, args=(path, n * 100)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    store = Store(path, KEY)
    assert store.query("SELECT count(*) AS n FROM documents")[0]["n"] == 60
    store.close()


def test_key_is_made_once_and_private(tmp_path):
    path = tmp_path / "a" / "library.key"
    key = load_key(path)
    assert len(key) == 32
    assert load_key(path) == key
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(b"short")
    with pytest.raises(LibraryDamaged, match="damaged"):
        load_key(path)


def test_stems_in_python_are_those_of_the_index(store):
    """What is looked up in the vocabulary must be spelt as the index spells it."""
    words = (
        "cardiology biology apology possibly responsibly humbly ably is us as ties dehydrated"
        " dehydration relational happy sky hopping filing ability mobility generalization creed"
        " agreed gas classes possibility sensibly pathologist assembly"
    ).split()
    store.put_document(DOCUMENT, [passage(1, " ".join(words))])
    known = {row["term"] for row in store.query("SELECT term FROM words WHERE col = 'text'")}
    assert known == set(Stemmer().stems(" ".join(words)))
