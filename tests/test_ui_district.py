"""Which library is opened, by the environment."""

from pathlib import Path

import pytest

from kb.errors import LibraryError
from kb.extract.registry import extract
from kb.library import Library
from kb.postgres_errors import LibraryServerError
from kb.store import Store
from ui.cli.district import adding
from ui.district import LIBRARY, beside, open_store, told
from ui.settings import Settings


@pytest.mark.parametrize("environment", [{}, {LIBRARY: " "}])
def test_without_an_address_it_is_the_file(tmp_path: Path, environment: dict[str, str]) -> None:
    store = open_store(Settings(tmp_path), environment)
    assert isinstance(store, Store)
    assert (tmp_path / "library.db").exists()
    store.close()


def test_an_address_opens_the_server_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(LibraryServerError, match="cannot be reached"):
        open_store(Settings(tmp_path), {LIBRARY: "postgresql://a@127.0.0.1:1/d"})
    assert not (tmp_path / "library.db").exists()


@pytest.mark.parametrize("address", ["mysql://a@h/d", "/a/file.db"])
def test_another_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(LibraryError, match="must be an address"):
        open_store(Settings(tmp_path), {LIBRARY: address})


def test_vectors_of_two_servers_never_meet(tmp_path: Path) -> None:
    one, other = beside(tmp_path, "postgresql://h/a"), beside(tmp_path, "postgresql://h/b")
    assert one != other
    assert not one.stem.startswith(f"{other.stem}-")


@pytest.mark.parametrize("more", ["", "&password=canary", "&user=b"])
def test_no_password_is_in_the_name(tmp_path: Path, more: str) -> None:
    plain = beside(tmp_path, "postgresql://a@h/d?sslmode=require")
    assert (beside(tmp_path, f"postgresql://a:canary@h/d?sslmode=require{more}") == plain) is (
        "user" not in more
    )


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("", "library.db"),
        ("postgresql://a:canary@server.example:5433/d", "the library server server.example:5433"),
        ("postgresql:///d", "the library server of this machine"),
    ],
)
def test_the_place_is_told_without_the_password(tmp_path: Path, address: str, place: str) -> None:
    said = told(Settings(tmp_path), {LIBRARY: address})
    assert said.endswith(place)
    assert "canary" not in said


def test_one_worker_is_this_process(tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("Karvath fever needs rest.", encoding="utf-8")
    store = Store(None, bytes(32))
    with adding(Library(store, extract), [file], lambda done, of: None) as found:
        assert [one.new for one in found] == [True]
    store.close()


def test_an_unprotected_scheduler_adds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    store = Store(None, bytes(32))
    library = Library(store, extract)
    unprotected = adding(library, [tmp_path], lambda done, of: None, scheduler="tcp://10.0.0.7:1")
    with pytest.raises(LibraryError, match="not protected"), unprotected:
        pytest.fail("it was taken")
    assert library.documents() == []
    store.close()
