"""Power cuts, full and protected disks: the old program or the new one runs, and never half of one."""

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from makers_bundle import Publisher, installer
from makers_records import OURS
from power_cuts import asked, in_child

from ui.models.errors import NoRoom

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the installer is killed in a fork")

TESTS = Path(__file__).resolve().parent
CUTS = 200
BACKS = 24
"""Every one of them starts whole programs that open a library, which takes longer."""
_NEW_NAMES, _PRIVATE = 0x00020000, 0x44000
_READ_ONLY = 0x1


_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A folder in memory where programs may run, else on the disk: hundreds of syncs take minutes."""
    if not os.access(_MEMORY, os.W_OK) or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        yield tmp_path_factory.mktemp("power")
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY) as place:
        yield Path(place)


@pytest.fixture(scope="module")
def stage(quick):
    """A publisher, a clinic with the old version, and the new one on a stick."""
    place = quick / "stage"
    place.mkdir()
    publisher = Publisher(place / "publisher")
    home = place / "clinic"
    installer(home, publisher).install(publisher.bundle(1))
    return publisher, home, publisher.bundle(2)


def cuts(place, kind, of):
    """What the installer leaves when it is killed at so many points; on two processors at once."""
    runs = []
    for number in range(2):
        folder = place / f"{kind}-{number}"
        folder.mkdir()
        words = [str(folder), kind, str(number), "2", str(of)]
        runs.append(
            subprocess.Popen(
                [sys.executable, TESTS / "power_cuts.py", *words],
                env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS.parent), str(TESTS)))},
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    try:
        said = [run.communicate()[0].splitlines() for run in runs]
    finally:
        for run in runs:
            run.kill()
    assert [run.returncode for run in runs] == [0, 0]
    rows = [json.loads(row) for rows in said for row in rows]
    assert len(rows) == of
    return rows


def test_killed_anywhere_in_an_update_the_old_or_the_new_program_runs(quick):
    rows = cuts(quick, "update", CUTS)
    assert all(row["lines"] > CUTS for row in rows)
    assert len({row["at"] for row in rows}) == CUTS
    for row in rows:
        assert row["status"] == -signal.SIGKILL
        assert row["asked"] == f"number-{row['number']}"
        assert row["broken"] == []
    assert {row["number"] for row in rows} == {1, 2}
    # The same stick again finishes what was cut off.
    again = [row["again"] for row in rows if "again" in row]
    assert len(again) == CUTS // 10
    whole = {"number": 2, "asked": "number-2", "staging": False, "versions": 2}
    assert all(row == whole for row in again)


def test_killed_anywhere_in_a_first_installation_it_can_be_done_again(quick):
    rows = cuts(quick, "first", 20)
    assert {row["status"] for row in rows} == {-signal.SIGKILL}
    whole = {"number": 2, "asked": "number-2", "staging": False, "versions": 1}
    assert all(row["again"] == whole for row in rows)


def test_killed_anywhere_while_going_back_no_document_is_lost(quick):
    """The program that starts afterwards is the newer one with all, or the older with a copy."""
    rows = cuts(quick, "back", BACKS)
    newer = {"asked": "new", "schema": OURS + 1, "texts": ["new rule", "old rule"]}
    for row in rows:
        assert row["status"] == -signal.SIGKILL
        assert row["mark"] is False
        if row["asked"] == "new":
            assert row | newer == row
        else:
            assert (row["asked"], row["schema"]) == ("old", OURS)
            assert "old rule" in row["texts"]
            assert row["files"] == ["new rule"]
    assert {row["asked"] for row in rows} == {"new", "old"}


def test_everything_is_on_the_disk_before_the_pointer_moves(stage, tmp_path, monkeypatch):
    """A power cut may lose what was not synced: nothing of the new version may be among it."""
    publisher, home, stick = stage
    place = shutil.copytree(home, tmp_path / "home", symlinks=True)
    synced, missing = set(), []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(number):
        synced.add(os.fstat(number).st_ino)
        real_sync(number)

    def replace(path, target):
        if Path(target).name == "installed.json":
            slot = next((place / "program/versions").glob("2-*"))
            there = {p.stat().st_ino for p in (slot, slot.parent, *slot.rglob("*"))}
            missing.append((there | {path.stat().st_ino}) - synced)
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    installer(place, publisher).install(stick)
    assert missing == [set()]


def no_room(place, publisher, stick):
    """Exit 7 where the installer says in words that nothing can be written."""
    try:
        installer(place, publisher).install(stick)
    except NoRoom as error:
        words = ("disk is full", "write-protected", "larger than a file can be")
        os._exit(7 if any(word in str(error) for word in words) else 8)


def test_a_disk_that_fills_up_while_unpacking(stage, tmp_path):
    publisher, home, stick = stage
    place = shutil.copytree(home, tmp_path / "home", symlinks=True)

    def install():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        no_room(place, publisher, stick)

    assert in_child(install) == 7
    assert asked(place) == "number-1"
    assert not (place / "program" / ".staging").exists()


@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_a_real_disk_that_is_full_or_protected(stage, tmp_path, kind):
    """On a file system in memory, where this user may make one."""
    publisher, home, stick = stage
    disk = tmp_path / "disk"
    disk.mkdir()

    def install():
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_NEW_NAMES) or libc.mount(b"none", b"/", None, _PRIVATE, None):
            os._exit(9)
        if libc.mount(b"tmpfs", str(disk).encode(), b"tmpfs", 0, b"size=3m"):
            os._exit(9)
        place = shutil.copytree(home, disk / "home", symlinks=True)
        if kind == "read-only":
            libc.mount(None, str(disk).encode(), None, 0x20 | _READ_ONLY, None)
        try:
            installer(place, publisher).install(stick)
        except NoRoom as error:
            said = "too full" if kind == "full" else "write-protected"
            os._exit(7 if said in str(error) else 8)

    status = in_child(install)
    if status == 9:
        pytest.skip("this user may not make file systems")
    assert status == 7
