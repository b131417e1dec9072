"""The library on a real PostgreSQL server: what the file does, it does."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import test_kb_library as of_library
import test_kb_retrieve as of_retrieve
import test_kb_store as of_store
from conftest import KEY, ORS_CARD, PRESSURE_CARD, card, plain_text
from postgres_server import Server, started

from kb import vector_rows
from kb.embed import HashingEmbedder
from kb.errors import LibraryError, LibraryTooNew
from kb.library import Library
from kb.messages import OWN_PACK
from kb.postgres import PostgresStore
from kb.postgres_dialect import translated
from kb.postgres_link import Link
from kb.postgres_schema import SERVER_MIGRATIONS, VERSIONS
from kb.store import Store
from kb.store_interface import LibraryStore
from kb.vector_index import Source, VectorIndex


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        running = started(Path(folder) / "s")
        yield running
        running.stop()


@pytest.fixture(params=["file", "server"])
def store(request: pytest.FixtureRequest) -> Iterator[LibraryStore]:
    if request.param == "file":
        opened: LibraryStore = Store(None, KEY)
    else:
        opened = PostgresStore(request.getfixturevalue("server").new_database())
    yield opened
    opened.close()


@pytest.fixture
def dense_library(store: LibraryStore) -> Library:
    opened = Library(store, plain_text, HashingEmbedder())
    cards = [
        card("ors-plan-b", "ORS plan B", ORS_CARD),
        card("pressure", "Pressure", PRESSURE_CARD),
    ]
    opened.install_pack("starter", "v1", lambda: cards)
    return opened


@pytest.mark.parametrize(
    "test",
    [
        of_store.test_failed_write_leaves_nothing,
        of_store.test_document_is_replaced_whole,
        of_store.test_expression_of_words_cannot_break_out,
        of_store.test_many_threads_read_and_write,
        of_store.test_stems_in_python_are_those_of_the_index,
    ],
)
def test_store(test, store):
    test(store)


@pytest.mark.parametrize(
    "test",
    [
        of_library.test_starter_pack_is_indexed_once,
        of_library.test_same_file_twice_is_one_document,
        of_library.test_path_in_a_name_is_no_path,
        of_library.test_built_in_cards_stay,
        of_library.test_card_keeps_its_front_matter,
        of_retrieve.test_words_find_the_document,
        of_retrieve.test_aliases_find_the_document,
        of_retrieve.test_other_population_ranks_lower_and_says_so,
        of_retrieve.test_what_is_not_there_is_improbable,
    ],
)
def test_library(test, library):
    test(library)


@pytest.mark.parametrize(
    "test",
    [
        of_library.test_changed_passage_is_never_quoted,
        of_library.test_changed_original_is_noticed,
    ],
)
def test_damage(test, library, store):
    test(library, store)


@pytest.mark.parametrize(
    "test",
    [
        of_library.test_added_file_is_found_and_cites_its_place,
        of_library.test_missing_and_oversized_files,
    ],
)
def test_files(test, library, tmp_path):
    test(library, tmp_path)


def test_meaning(dense_library, library):
    of_retrieve.test_meaning_finds_what_words_miss(dense_library, library)


def test_vectors_follow(dense_library):
    of_retrieve.test_vectors_follow_the_documents(dense_library)


def test_words_agree(dense_library, store):
    assert dense_library.verify() == []
    assert store.check_pages() == []


def test_migrations_run_once_and_newer_tables_are_refused(server):
    address = server.new_database()
    PostgresStore(address).close()
    again = PostgresStore(address)
    assert again.pragma("user_version") == len(SERVER_MIGRATIONS)
    with again.writing() as db:
        db.execute("INSERT INTO versions (number) VALUES (99)")
    again.close()
    with pytest.raises(LibraryTooNew, match="Update the app"):
        PostgresStore(address)


def test_two_machines_follow_the_vectors_and_keep_files_of_their_own(server, tmp_path):
    address = server.new_database()
    homes = [tmp_path / name for name in ("one", "other")]
    stores = []
    for home in homes:
        home.mkdir()
        stores.append(PostgresStore(address, home / "district_0.db"))
    first, second = (Library(store, plain_text, HashingEmbedder()) for store in stores)
    encoder = HashingEmbedder().name
    indexes = [VectorIndex(Source(store, encoder, OWN_PACK, mapped_from=2)) for store in stores]
    first.install_pack("starter", "v1", lambda: [card("ors", "ORS", ORS_CARD)])
    own = second.add_bytes(b"# Karvath\n\nKarvath fever needs rest.", "note.txt")
    counts = [len(index.now()) for index in indexes]
    assert counts == [vector_rows.count(stores[0], encoder)] * 2
    assert [len(list(home.glob("district_0-*"))) for home in homes] == [1, 1]
    first.remove(own.id)
    assert [len(index.now()) for index in indexes] == [counts[0] - 1] * 2
    question = HashingEmbedder().embed_query("zinc for diarrhoea")
    near = [index.now().meaning(question).nearest(3) for index in indexes]
    assert near[0] == near[1]
    for store in stores:
        store.close()


def test_two_machines_write_at_once(server):
    address = server.new_database()
    stores = [PostgresStore(address) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(_write_some, stores, range(3)))
    assert len(stores[0].match('"zinc"', 50)) == 15
    numbers = stores[0].query("SELECT rowid FROM passages ORDER BY rowid")
    assert [row["rowid"] for row in numbers] == list(range(1, 16))
    assert stores[0].check_pages() == []
    for store in stores:
        store.close()


def _write_some(store, start):
    for number in range(5):
        identity = f"local/{start}-{number}"
        row = {**of_store.passage(1, "zinc"), "id": f"{identity}#1", "document": identity}
        store.put_document({**of_store.DOCUMENT, "id": identity}, [row])


def test_machines_that_open_an_empty_database_together_make_one_library(server):
    address = server.new_database()
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: PostgresStore(address), range(4)))
    assert {store.pragma("user_version") for store in stores} == {len(SERVER_MIGRATIONS)}
    for store in stores:
        store.close()


def test_an_older_library_gets_what_is_new(server):
    """As one that was made before the log of vector changes."""
    address = server.new_database()
    link = Link(address)
    with link.writing() as db:
        db.script(VERSIONS)
        for number, script in enumerate(SERVER_MIGRATIONS[:2], 1):
            db.script(script)
            db.execute("INSERT INTO versions (number) VALUES (?)", [number])
    link.close()
    store = PostgresStore(address)
    assert store.pragma("user_version") == len(SERVER_MIGRATIONS)
    assert vector_rows.last_change(store).number == 1
    store.close()


def test_settings_are_told(store):
    assert store.pragma("user_version") > 0
    assert store.pragma("no_such_setting") is None


@pytest.mark.parametrize(
    ("sql", "server_sql"),
    [
        ("SELECT ? WHERE a LIKE 'b?%'", "SELECT %s WHERE a LIKE 'b?%%'"),
        ("DELETE FROM a WHERE b IN ()", "DELETE FROM a WHERE b IN (NULL)"),
        ("UPDATE a SET b = x'00ff', c = 'x''00'", "UPDATE a SET b = '\\x00ff'::bytea, c = 'x''00'"),
        ("SELECT 5 % 2", "SELECT 5 %% 2"),
    ],
)
def test_sql_is_translated(sql, server_sql):
    assert translated(sql) == server_sql


@pytest.mark.parametrize(
    "expression", ["", "zinc (", '"zinc" OR', '("zinc"', '"zinc")', '"zinc" AND OR "b"']
)
def test_what_is_no_expression_is_refused(store, expression):
    with pytest.raises(LibraryError, match="cannot be searched"):
        store.match(expression, 5)


@pytest.mark.parametrize("expression", ['"nothing"', '"zinc nothing"', '"z" OR "-"', '"noth" *'])
def test_what_is_not_there_is_not_found(store, expression):
    store.put_document(of_store.DOCUMENT, [of_store.passage(1, "zinc")])
    assert store.match(expression, 5) == {}


def test_a_text_that_the_server_cannot_hold_is_refused_whole(server):
    store = PostgresStore(server.new_database())
    with pytest.raises(LibraryError, match="NUL"):
        store.put_document(of_store.DOCUMENT, [of_store.passage(1, "zinc\0tablets")])
    assert store.query("SELECT count(*) AS n FROM documents") == [{"n": 0}]
    store.close()
