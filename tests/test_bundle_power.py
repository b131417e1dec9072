"""Power cuts, full and protected disks: the old program or the new one runs, and never half of one."""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest
from makers_bundle import QUESTION, Publisher, installer

from ui.bundle.unpack import broken
from ui.bundle.versions import Versions
from ui.models.errors import NoRoom

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the installer is killed in a fork")

WATCHED = ("ui/bundle/", "kb/packs/disk.py", "ui/models/disk.py")
CUTS = 200
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


def traced_install(home, publisher, stick, counter):
    here = installer(home, publisher)
    sys.settrace(counter)
    try:
        here.install(stick)
    finally:
        sys.settrace(None)


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


def asked(home):
    """Name of the program that answers when a person starts it."""
    environment = {"AIDPOST_HOME": str(home / "data"), "PATH": os.environ["PATH"]}
    subprocess.run([home / "program" / "aidpost", "ask", QUESTION], env=environment, check=True,
                   capture_output=True)  # fmt: skip
    return (home / "data" / "calls").read_text().splitlines()[-1].split()[0]


def test_killed_anywhere_in_an_update_the_old_or_the_new_program_runs(stage, quick):
    publisher, home, stick = stage
    whole = Counter()
    traced_install(shutil.copytree(home, quick / "whole", symlinks=True), publisher, stick, whole)
    assert whole.count > CUTS
    seen = set()
    for number in range(CUTS):
        place = shutil.copytree(home, quick / "cut", symlinks=True)
        at = 1 + number * whole.count // CUTS
        work = partial(traced_install, place, publisher, stick, Counter(at))
        assert in_child(work) == -signal.SIGKILL
        versions = Versions(place / "program")
        known = versions.find()
        assert asked(place) == f"number-{known.number}"
        assert broken(versions.path(known.current)) == []
        seen.add(known.number)
        if number % 10 == 0:  # the same stick again finishes what was cut off
            assert installer(place, publisher).install(stick).installed.number == 2
            assert asked(place) == "number-2"
            assert not (place / "program" / ".staging").exists()
            assert len(list(versions.all())) == 2
        shutil.rmtree(place)
    assert seen == {1, 2}


def test_killed_anywhere_in_a_first_installation_it_can_be_done_again(stage, quick):
    publisher, _, stick = stage
    whole = Counter()
    traced_install(quick / "measured", publisher, stick, whole)
    for number in range(20):
        place = quick / "cut"
        at = 1 + number * whole.count // 20
        assert in_child(partial(traced_install, place, publisher, stick, Counter(at))) < 0
        installer(place, publisher).install(stick)
        assert asked(place) == "number-2"
        shutil.rmtree(place)


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
