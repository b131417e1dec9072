"""Going back after the newer program changed the library: nothing that was added is ever lost."""

import json
import os
import subprocess

import pytest
from makers_bundle import Publisher, calls, installer
from makers_records import OURS, about, add, add_later, opened, program, remove_later

from kb.migrations import MIGRATIONS
from ui.bundle.errors import BundleError, ProgramFailed, RecordsTooNew
from ui.bundle.records import KEY, STORES, Records
from ui.bundle.switching import MARK
from ui.models.errors import NoRoom
from ui.settings import Settings
from ui.vision_images import ATLAS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs are scripts")

OLD, NEW = "rehydration rule", "cold chain rule"


@pytest.fixture
def publisher(tmp_path):
    return Publisher(tmp_path / "publisher")


@pytest.fixture
def clinic(tmp_path, publisher):
    """A clinic that was updated from our schema to a later one, with a file from each time."""
    home = tmp_path / "clinic"
    here = installer(home, publisher)
    add(home / "data", "old.txt", OLD)
    here.install(publisher.bundle(1, program("old")))
    here.install(publisher.bundle(2, program("new", OURS + 1)))
    add_later(home / "data", "new.txt", NEW)
    return home


def test_the_names_of_the_files_are_those_of_the_program(tmp_path):
    settings = Settings(tmp_path)
    assert (settings.library_path.name, ATLAS) == STORES
    assert settings.key_path.name == KEY
    assert len(MIGRATIONS) == OURS


def test_before_a_change_a_copy_is_kept(clinic):
    records = Records(clinic / "data")
    kept = next((clinic / "data" / "kept").iterdir())
    assert kept.name.startswith("update-1-")
    assert records.schema() == OURS + 1
    assert records.schema(kept) == OURS
    assert records.added_since(kept) == ["new.txt"]


def test_going_back_asks_first_and_names_what_was_added_and_removed(clinic, publisher):
    remove_later(clinic / "data", "old.txt")
    before = about(clinic / "data")
    with pytest.raises(RecordsTooNew) as error:
        installer(clinic, publisher).rollback()
    said = str(error.value)
    assert "--as-it-was" in said
    assert "Added since, and to be kept as files and read in anew: new.txt." in said
    assert "Removed since, and to come back: old.txt." in said
    assert about(clinic / "data") == before
    assert installer(clinic, publisher).versions.find().number == 2


def test_going_back_with_the_library_as_it_was_loses_nothing(clinic, publisher):
    back = installer(clinic, publisher).rollback(as_it_was=True)
    assert (back.installed.number, back.added, back.read_in) == (1, ("new.txt",), True)
    assert about(clinic / "data") == (OURS, [NEW, OLD])
    files = list(back.folder.rglob("*.txt"))
    assert [(path.name, path.read_text()) for path in files] == [("new.txt", NEW)]
    records = Records(clinic / "data")
    assert records.schema(back.folder) == OURS + 1
    assert not (clinic / "program" / MARK).exists()
    assert calls(clinic)[-1].startswith("old ")


def test_the_whole_program_reads_the_files_in_again(tmp_path, publisher):
    home = tmp_path / "clinic"
    add(home / "data", "old.txt", OLD)
    here = installer(home, publisher)
    here.install(publisher.bundle(1, program("old", whole=True)))
    here.install(publisher.bundle(2, program("new", OURS + 1)))
    add_later(home / "data", "new.txt", NEW)
    assert here.rollback(as_it_was=True).read_in
    assert about(home / "data") == (OURS, [NEW, OLD])


def test_what_a_person_adds_while_a_later_program_fails_is_kept(tmp_path, publisher):
    """The library cannot be put back while it is open; the next start does it, and loses nothing."""
    home = tmp_path / "clinic"
    add(home / "data", "old.txt", OLD)
    here = installer(home, publisher)
    here.install(publisher.bundle(1, program("old")))
    with opened(home / "data") as conn:
        conn.execute("BEGIN")
        conn.execute("SELECT count(*) FROM documents").fetchone()
        with pytest.raises(BundleError, match=r"found a fault in itself.*Close Aidpost"):
            here.install(publisher.bundle(2, program("sick", OURS + 1, healthy=False)))
    assert (home / "program" / MARK).exists()
    add_later(home / "data", "new.txt", NEW)
    assert started(home) == "750 mL."
    assert about(home / "data") == (OURS, [OLD])
    assert [path.read_text() for path in (home / "data" / "kept").rglob("*.txt")] == [NEW]


def started(home):
    """The answer that a person gets who starts the program."""
    environment = {"AIDPOST_HOME": str(home / "data"), "PATH": os.environ["PATH"]}
    done = subprocess.run([home / "program" / "aidpost", "ask", "x"], env=environment, check=True,
                          capture_output=True, text=True)  # fmt: skip
    return json.loads(done.stdout)["sentences"][0]["text"]


def test_back_and_forth_keeps_everything_each_time(clinic, publisher):
    here = installer(clinic, publisher)
    here.rollback(as_it_was=True)
    add(clinic / "data", "third.txt", "third rule")
    assert here.rollback().installed.number == 2
    assert about(clinic / "data") == (OURS + 1, [NEW, OLD, "third rule"])
    add_later(clinic / "data", "fourth.txt", "fourth rule")
    again = here.rollback(as_it_was=True)
    assert again.added == ("fourth.txt",)
    assert about(clinic / "data") == (OURS, [NEW, "fourth rule", OLD, "third rule"])
    assert len(list((clinic / "data" / "kept").glob("back-*"))) == 2


def test_an_update_that_changes_nothing_keeps_no_copy_and_drops_the_old_one(clinic, publisher):
    here = installer(clinic, publisher)
    here.install(publisher.bundle(3, program("newest", OURS + 1)))
    assert list((clinic / "data" / "kept").iterdir()) == []
    assert here.rollback().installed.number == 2
    assert about(clinic / "data") == (OURS + 1, [NEW, OLD])


def test_a_later_program_that_fails_gives_the_library_back(tmp_path, publisher):
    home = tmp_path / "clinic"
    here = installer(home, publisher)
    add(home / "data", "old.txt", OLD)
    here.install(publisher.bundle(1, program("old")))
    with pytest.raises(ProgramFailed):
        here.install(publisher.bundle(2, program("sick", OURS + 1, healthy=False)))
    assert here.versions.find().number == 1
    assert about(home / "data") == (OURS, [OLD])
    assert not (home / "program" / MARK).exists()


def test_an_open_library_is_not_taken_from_under_a_program(clinic, publisher):
    with opened(clinic / "data") as conn:
        conn.execute("BEGIN")
        conn.execute("SELECT count(*) FROM documents").fetchone()
        with pytest.raises(BundleError, match="Close Aidpost"):
            installer(clinic, publisher).rollback(as_it_was=True)
    assert not (clinic / "program" / MARK).exists()
    assert about(clinic / "data") == (OURS + 1, [NEW, OLD])
    assert installer(clinic, publisher).versions.find().number == 2
    assert installer(clinic, publisher).rollback(as_it_was=True).installed.number == 1


def test_without_a_copy_it_stays_and_says_so(clinic, publisher):
    for path in (clinic / "data" / "kept").glob("update-*/*"):
        path.unlink()
    for path in (clinic / "data" / "kept").glob("update-*"):
        path.rmdir()
    with pytest.raises(RecordsTooNew, match="no copy that it can read was kept"):
        installer(clinic, publisher).rollback(as_it_was=True)
    assert installer(clinic, publisher).versions.find().number == 2


def test_a_full_disk_stops_the_update_before_the_library_is_touched(
    tmp_path, publisher, monkeypatch
):
    home = tmp_path / "clinic"
    here = installer(home, publisher)
    add(home / "data", "old.txt", OLD)
    here.install(publisher.bundle(1, program("old")))

    def full(folder, size):
        raise NoRoom(f"The disk is too full: {folder} {size}")

    monkeypatch.setattr("ui.bundle.records.require_room", full)
    with pytest.raises(NoRoom):
        here.install(publisher.bundle(2, program("new", OURS + 1)))
    assert here.versions.find().number == 1
    assert about(home / "data") == (OURS, [OLD])


def test_a_damaged_copy_changes_nothing(clinic, publisher):
    kept = next((clinic / "data" / "kept").glob("update-*/library.db"))
    kept.write_bytes(kept.read_bytes()[:4096] + b"\0" * 8192)
    with pytest.raises(BundleError):
        installer(clinic, publisher).rollback(as_it_was=True)
    assert not (clinic / "program" / MARK).exists()
    assert about(clinic / "data") == (OURS + 1, [NEW, OLD])
    assert installer(clinic, publisher).versions.find().number == 2


def test_files_of_equal_and_impossible_names_are_all_kept(clinic, publisher):
    data = clinic / "data"
    add_later(data, "new.txt", "another text of the same name")
    add_later(data, "what: a name?.txt", "third text")
    back = installer(clinic, publisher).rollback(as_it_was=True)
    files = sorted(path.read_text() for path in back.folder.rglob("*.txt"))
    assert files == ["another text of the same name", NEW, "third text"]
    assert about(data)[1] == ["another text of the same name", NEW, OLD, "third text"]
