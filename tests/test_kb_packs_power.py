"""Power cuts, full and protected disks: the old version or the new one, whole, and never a mixture."""

import ctypes
import os
import resource
import shutil
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest
from conftest import KEY, plain_text
from makers_packs import bytes_below, keys, pack_of, packs_in, root, unpacked

from kb import vector_rows
from kb.embed import HashingEmbedder
from kb.errors import LibraryError, LibraryReadOnly
from kb.library import Library
from kb.packs import disk
from kb.store import Store

WATCHED = ("kb/packs/", "kb/store.py", "kb/library.py")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the installer is killed in a fork")

OLD = {
    "documents/a.txt": "Old text of a.",
    "documents/b.txt": "Text of b.",
    "documents/old.txt": "Only old.",
}
NEW = {
    "documents/a.txt": "New text of a.",
    "documents/b.txt": "Text of b.",
    "documents/new.txt": "Only new.",
}


def opened(home):
    return Library(Store(home / "library.db", KEY), plain_text)


def texts(library):
    return sorted(library.text(document.id) for document in library.documents())


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A home with the old version, and the new one on a stick, as an archive and as a folder."""
    place = tmp_path_factory.mktemp("power")
    owners = keys()
    old = pack_of(place, owners, 1, files=OLD)
    new = pack_of(place, owners, 2, files=NEW)
    delta = pack_of(place, owners, 2, base=old, files=NEW)
    home = place / "home"
    home.mkdir()
    library = opened(home)
    packs_in(home, root(owners)).install(old, library)
    library.close()
    return (
        home,
        root(owners),
        {"archive": new, "folder": unpacked(new, place / "stick"), "delta": delta},
    )


class Counter:
    """Counts the lines that the installer runs, and kills it at one of them."""

    def __init__(self, last=None):
        self.count, self.last = 0, last

    def __call__(self, frame, event, argument):
        name = frame.f_code.co_filename.replace(os.sep, "/")
        return self.line if any(part in name for part in WATCHED) else None

    def line(self, frame, event, argument):
        if event == "line":
            self.count += 1
            if self.count == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.line


def traced_install(home, trusted, path, counter):
    library = opened(home)
    packs = packs_in(home, trusted)
    sys.settrace(counter)
    try:
        packs.install(path, library)
    finally:
        sys.settrace(None)
    library.close()


def in_child(work):
    """Run in a process of its own; its exit status, negative when it was killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(("kind", "cuts"), [("archive", 50), ("folder", 30), ("delta", 30)])
def test_killed_anywhere_leaves_old_or_new_whole(stage, tmp_path, kind, cuts):
    home, trusted, sticks = stage
    old, new = sorted(OLD.values()), sorted(NEW.values())
    whole = Counter()
    measured = shutil.copytree(home, tmp_path / "measured")
    traced_install(measured, trusted, sticks[kind], whole)
    assert whole.count > cuts
    seen = set()
    for number in range(cuts):
        place = shutil.copytree(home, tmp_path / f"cut{number}")
        at = 1 + number * whole.count // cuts
        status = in_child(partial(traced_install, place, trusted, sticks[kind], Counter(at)))
        assert status == -signal.SIGKILL
        library = opened(place)
        packs = packs_in(place, trusted)
        assert texts(library) in (old, new)  # before anything was mended
        assert packs.catch_up(library) == ()
        found = texts(library)
        known = packs.slots.find("protocols")
        version = packs.slots.whole("protocols", known.current)
        assert found == (old if version.manifest.version == 1 else new)
        seen.add(version.manifest.version)
        packs.install(sticks[kind], library)  # goes on where it was cut off
        assert texts(library) == new
        assert not (place / "packs/.staging").exists()
        if number % 7 == 0:
            assert library.verify() == []
            assert packs.rollback("protocols", library).manifest.version == 1
            assert texts(library) == old
        library.close()
        shutil.rmtree(place)
    assert seen == {1, 2}


def test_what_was_copied_before_the_cut_is_not_copied_again(stage, tmp_path):
    home, trusted, sticks = stage
    place = shutil.copytree(home, tmp_path / "home")
    packs = packs_in(place, trusted)
    library = opened(place)
    digest = packs.verify(sticks["folder"]).digest
    folder = packs.slots.staging(digest) / "documents"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("New text of a.")
    (folder / "new.txt").write_text("Only n")
    (folder / "stray.txt").write_text("left over")
    number = (folder / "a.txt").stat().st_ino
    packs.install(sticks["folder"], library)
    slot = packs.slots.version("protocols", packs.slots.find("protocols").current).folder
    assert (slot / "documents/a.txt").stat().st_ino == number
    assert (slot / "documents/new.txt").read_text() == "Only new."
    assert not (slot / "documents/stray.txt").exists()
    library.close()


def test_everything_is_on_the_disk_before_the_pointer_moves(stage, tmp_path, monkeypatch):
    """A power cut may lose what was not synced: nothing of the new version may be among it."""
    home, trusted, sticks = stage
    place = shutil.copytree(home, tmp_path / "home")
    synced, at_switch = set(), []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(number):
        synced.add(os.fstat(number).st_ino)
        real_sync(number)

    def replace(path, target):
        if Path(target).name == "current.json":
            slot = next((place / "packs/protocols").glob("2-*"))
            at_switch.append(
                {p.stat().st_ino for p in (slot, slot.parent, *slot.rglob("*"))} - synced
            )
            at_switch.append({path.stat().st_ino} - synced)
        return real_replace(path, target)

    monkeypatch.setattr(disk.os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    library = opened(place)
    packs_in(place, trusted).install(sticks["archive"], library)
    library.close()
    assert at_switch == [set(), set()]


def test_disk_that_fills_up_while_copying(stage, tmp_path):
    home, _, _ = stage
    place = shutil.copytree(home, tmp_path / "home")
    owners = keys()
    big = {"documents/a.txt": "x" * 200_000, "documents/b.txt": "y" * 3_000_000}
    pack = pack_of(tmp_path, owners, 1, files=big, id="large")
    library = opened(place)
    before = bytes_below(place)

    def install():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
        try:
            packs_in(place, root(owners)).install(pack, library)
        except LibraryReadOnly as error:
            assert "full" in str(error)
            os._exit(7)

    assert in_child(install) == 7
    assert bytes_below(place) == before
    library.close()


def test_disk_that_is_full_from_the_start(stage, tmp_path, monkeypatch):
    home, trusted, sticks = stage
    place = shutil.copytree(home, tmp_path / "home")
    library = opened(place)
    before = bytes_below(place)
    usage = shutil.disk_usage(place)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(LibraryReadOnly, match="1 MB are free"):
        packs_in(place, trusted).install(sticks["archive"], library)
    assert bytes_below(place) == before
    library.close()


def test_real_full_disk(stage, tmp_path):
    """On a file system of 3 MB, where this user may make one."""
    home, trusted, _ = stage
    owners = keys()
    files = {"documents/a.txt": "z" * 6_000_000}
    large = pack_of(tmp_path, owners, 2, files=files, id="large", domain="large")
    small = tmp_path / "small"
    small.mkdir()

    def install():
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(0x00020000) or libc.mount(b"none", b"/", None, 0x44000, None):
            os._exit(9)
        if libc.mount(b"tmpfs", str(small).encode(), b"tmpfs", 0, b"size=3m"):
            os._exit(9)
        place = shutil.copytree(home, small / "home")
        library = opened(place)
        packs = packs_in(place, trusted, root(owners, "large"))
        disk._SPARE = -10_000_000  # let the copy begin: here the disk itself is to say no
        before = bytes_below(place)
        try:
            packs.install(large, library)
        except LibraryReadOnly:
            os._exit(7 if bytes_below(place) == before else 8)

    status = in_child(install)
    if status == 9:
        pytest.skip("this user may not make file systems")
    assert status == 7


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs users")
def test_home_that_may_not_be_written(stage):
    home, trusted, sticks = stage
    with tempfile.TemporaryDirectory() as folder:
        outside = Path(folder)
        stick = shutil.copy(sticks["archive"], outside / "p.zip")
        place = shutil.copytree(home / "packs", outside / "home" / "packs")
        for path in (outside, *outside.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = bytes_below(outside)
        library = Library(Store(None, KEY), plain_text)

        def install():
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            try:
                packs_in(place.parent, trusted).install(Path(stick), library)
            except LibraryReadOnly as error:
                assert "write-protected" in str(error)
                os._exit(7)

        status = in_child(install)
        assert bytes_below(outside) == before
        library.close()
        for path in (outside, *outside.rglob("*")):
            path.chmod(0o755)
    assert status == 7


class FullStore(Store):
    """A store whose disk is full whenever a pack is to be written."""

    def put_pack(self, pack, digest, contents):
        raise LibraryReadOnly("The library cannot be written: the disk is full.")


def test_library_that_cannot_follow_brings_the_pointer_back(stage, tmp_path):
    home, trusted, sticks = stage
    place = shutil.copytree(home, tmp_path / "home")
    library = Library(FullStore(place / "library.db", KEY), plain_text)
    before = bytes_below(place / "packs")
    with pytest.raises(LibraryError, match="full"):
        packs_in(place, trusted).install(sticks["archive"], library)
    assert bytes_below(place / "packs") == before
    assert texts(library) == sorted(OLD.values())
    with pytest.raises(LibraryError, match="No earlier version"):
        packs_in(place, trusted).rollback("protocols", library)
    library.close()


def test_power_that_goes_before_the_meanings_are_worked_out(stage, tmp_path):
    """The text is there and its vectors are not: they are made up for at the next start."""
    home, trusted, sticks = stage
    place = shutil.copytree(home, tmp_path / "home")
    library = opened(place)  # without an encoder, so that no vectors are written
    packs_in(place, trusted).install(sticks["archive"], library)
    library.close()
    store, encoder = Store(place / "library.db", KEY), HashingEmbedder()
    library = Library(store, plain_text, encoder)
    assert vector_rows.count(store, encoder.name) == 0
    assert packs_in(place, trusted).catch_up(library) == ()
    passages = store.query("SELECT count(*) AS n FROM passages")[0]["n"]
    assert vector_rows.count(store, encoder.name) == passages > 0
    library.close()


def test_stick_that_is_pulled_out(stage, tmp_path):
    home, trusted, _ = stage
    place = shutil.copytree(home, tmp_path / "home")
    library = opened(place)
    before = bytes_below(place)
    with pytest.raises(LibraryError, match="no file or folder"):
        packs_in(place, trusted).install(tmp_path / "gone", library)
    assert bytes_below(place) == before
    library.close()
