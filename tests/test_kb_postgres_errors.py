"""A server that refuses, is down, is read-only or goes away: what the person reads, what is kept."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import Server, started
from test_kb_store import DOCUMENT, passage

from kb.errors import LibraryDamaged, LibraryError, LibraryReadOnly
from kb.postgres import PostgresStore
from kb.postgres_errors import LibraryServerError, not_opened, refused
from kb.postgres_link import connection_settings

SECRET = "canary-password"
CUT_OFF = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = 'aidpost'"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        running = started(Path(folder) / "s")
        rules = running.home / "data" / "pg_hba.conf"
        rules.write_text(f"local all guarded scram-sha-256\n{rules.read_text()}")
        running.sql(f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
        running.sql("SELECT pg_reload_conf()")
        yield running
        running.stop()


@pytest.fixture
def store(server: Server) -> Iterator[PostgresStore]:
    opened = PostgresStore(server.new_database())
    opened.put_document(DOCUMENT, [passage(1, "zinc")])
    yield opened
    opened.close()


def test_wrong_password_is_told_and_never_shown(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = server.address("postgres", f"guarded:{SECRET}x")
    with pytest.raises(
        LibraryServerError, match=r"refused the name or the password.*\.pgpass"
    ) as e:
        PostgresStore(address)
    assert SECRET not in f"{e.value!r} {e.value.__cause__!r} {caplog.text}"


def test_a_user_without_rights_is_told(server: Server) -> None:
    with pytest.raises(LibraryServerError, match="may not do that"):
        PostgresStore(server.address("postgres", f"guarded:{SECRET}"))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://aidpost:canary-password@127.0.0.1:1/library",
        "postgresql://aidpost:canary-password@/library?host=/nonexistent",
    ],
)
def test_a_server_that_is_not_there(address: str) -> None:
    with pytest.raises(LibraryServerError, match="cannot be reached") as error:
        PostgresStore(address)
    assert SECRET not in str(error.value)


def test_a_database_that_is_not_there(server: Server) -> None:
    with pytest.raises(LibraryServerError, match=r"nowhere.*is not there"):
        PostgresStore(server.address("nowhere"))


@pytest.mark.parametrize(
    "address", ["mysql://a:canary-password@h/d", "postgresql://a:canary-password@h/d?nonsense=1"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(LibraryError, match="must be an address such as") as error:
        PostgresStore(address)
    assert SECRET not in f"{error.value} {error.value.__cause__}"


def test_a_database_of_another_encoding_is_refused(server: Server) -> None:
    server.sql(
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    with pytest.raises(LibraryServerError, match="encoding UTF8"):
        PostgresStore(server.address("latin"))


def test_a_read_only_server_is_read(server: Server) -> None:
    address = server.new_database()
    first = PostgresStore(address)
    first.put_document(DOCUMENT, [passage(1, "zinc")])
    first.close()
    name = address.split("/")[3].split("?")[0]
    server.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store = PostgresStore(address)
    assert len(store.match('"zinc"', 5)) == 1
    with pytest.raises(LibraryReadOnly, match="can still be read"):
        store.delete_document("local/a")
    assert len(store.match('"zinc"', 5)) == 1
    store.close()


def test_a_lost_connection_is_made_once_more(server: Server, store: PostgresStore) -> None:
    assert server.sql(CUT_OFF) != "0"
    assert len(store.match('"zinc"', 5)) == 1
    server.sql(CUT_OFF)
    store.put_document(
        {**DOCUMENT, "id": "local/b"}, [{**passage(2, "zinc"), "document": "local/b"}]
    )
    assert len(store.match('"zinc"', 5)) == 2


def test_a_connection_lost_while_writing_leaves_nothing(
    server: Server, store: PostgresStore
) -> None:
    lost = pytest.raises(LibraryServerError, match="connection to the library server was lost")
    with lost, store.writing() as db:
        db.execute("DELETE FROM documents")
        server.sql(CUT_OFF)
        db.execute("DELETE FROM packs")
    assert len(store.match('"zinc"', 5)) == 1


def test_a_server_that_comes_back_is_used_again(server: Server, store: PostgresStore) -> None:
    server.stop()
    for _ in range(2):
        with pytest.raises(LibraryServerError, match="cannot be reached"):
            store.match('"zinc"', 5)
    server.start()
    assert len(store.match('"zinc"', 5)) == 1


def test_who_writes_too_long_is_told_of(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.postgres_link.LOCK_S", 1)
    address = server.new_database()
    one, other = PostgresStore(address), PostgresStore(address)
    with one.writing(), pytest.raises(LibraryServerError, match="Somebody else is writing"):
        other.put_document(DOCUMENT, [passage(1, "zinc")])
    other.put_document(DOCUMENT, [passage(1, "zinc")])
    one.close()
    other.close()


def test_what_does_not_fit_the_index_is_found(store: PostgresStore) -> None:
    assert store.check_pages() == []
    with store.writing() as db:
        db.execute("UPDATE words SET doc = doc + 1 WHERE term = 'zinc'")
    assert "does not fit" in store.check_pages()[0]


@pytest.mark.parametrize(
    ("state", "kind"),
    [("53100", LibraryReadOnly), ("XX001", LibraryDamaged), ("42601", LibraryError)],
)
def test_states_of_the_server(state: str, kind: type[LibraryError]) -> None:
    assert type(refused(state, "one line\nmore")) is kind
    assert "more" not in str(refused(state, "one line\nmore"))


def test_a_certificate_that_does_not_fit() -> None:
    said = "SSL error: certificate verify failed"
    assert "certificate" in str(not_opened(said, "server"))


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://a@library.district.example/d", "require"),
        ("postgresql://a@10.0.0.7/d", "require"),
        ("postgresql://a@10.0.0.7/d?sslmode=verify-full", "verify-full"),
        ("postgresql://a@127.0.0.1/d", None),
        ("postgresql://a@/d?host=/run/postgresql", None),
    ],
)
def test_to_another_machine_it_is_encrypted(address: str, mode: str | None) -> None:
    assert connection_settings(address).get("sslmode") == mode
