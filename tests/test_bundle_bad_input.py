"""What goes wrong with sticks and machines, and that a person is told what to do about it."""

import errno
import os
import subprocess
from datetime import date
from pathlib import Path
from random import Random
from tarfile import TarInfo

import pytest
from click.testing import CliRunner
from makers_bundle import Publisher, app_archive, installer, program, started

from ui.bundle.errors import BundleDamaged, BundleError, BundleNotTrusted
from ui.bundle.listing import LIST, SIGNATURES, read_bundle
from ui.bundle.patience import patiently
from ui.bundle.versions import Versions
from ui.cli.bundle import bundle

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="the program of the tests is a shell script"
)
LARGE = Random(1).randbytes(300_000)


@pytest.fixture
def publisher(tmp_path):
    return Publisher(tmp_path / "publisher")


@pytest.fixture
def clinic(tmp_path):
    return tmp_path / "clinic"


def large(publisher):
    """A stick whose program is read in many pieces."""
    entry = TarInfo("aidpost-0.1.0/_internal/large.bin")
    entry.size = len(LARGE)
    more = [(entry, LARGE)]
    app = app_archive(publisher.place / "large", program(), more=more)
    return publisher.bundle(apps=(app,), most=20_000)


@pytest.mark.parametrize("name", ["x y", "Krankenhaus Süd", 'it\'s "here"', "two\nlines", "$HOME"])
def test_folders_of_any_name_hold_the_stick_and_the_program(publisher, tmp_path, name):
    stick = tmp_path / name / "stick"
    stick.parent.mkdir()
    publisher.bundle().rename(stick)
    installer(tmp_path / name / "clinic", publisher).install(stick)
    assert "750 mL" in started(tmp_path / name / "clinic" / "program" / "aidpost")


def test_a_stick_that_is_pulled_out_while_it_is_unpacked(publisher, clinic):
    stick = large(publisher)
    pulled = []

    def pull(name, done, _total):
        if name == "program" and done and not pulled:
            pulled.extend((stick / "app").iterdir())
            for part in pulled:
                part.unlink()

    here = installer(clinic, publisher, progress=pull)
    with pytest.raises(BundleDamaged, match="it was pulled out"):
        here.install(stick)
    assert pulled
    assert here.versions.find() is None
    assert not here.versions.staging.exists()


def test_a_stick_that_is_pulled_out_while_it_is_checked(publisher, clinic):
    stick = publisher.bundle(most=100)
    lost = stick / read_bundle((stick / LIST).read_bytes()).of("app")[0].parts[-1].path
    link = os.open(lost, os.O_RDONLY)

    def pull(*_told):
        lost.unlink(missing_ok=True)

    with pytest.raises(BundleDamaged):
        installer(clinic, publisher, progress=pull).install(stick)
    os.close(link)
    assert not (clinic / "program" / "versions").exists()


@pytest.mark.parametrize("data", [b"", b"\0" * 200, b"{}"])
def test_signatures_that_were_cut_off_are_damage_and_no_attack(publisher, clinic, data):
    stick = publisher.bundle()
    (stick / SIGNATURES).write_bytes(data)
    with pytest.raises(BundleDamaged, match="Copy the bundle again"):
        installer(clinic, publisher).verify(stick)


def test_a_clock_far_ahead_is_named_as_a_reason(publisher, clinic):
    ahead = installer(clinic, publisher, today=lambda: date(2099, 1, 1))
    with pytest.raises(BundleNotTrusted, match="clock of this machine shows 2099-01-01"):
        ahead.install(publisher.bundle())


def test_a_clock_without_a_battery_installs_and_is_told_of(publisher, clinic):
    done = installer(clinic, publisher, today=lambda: date(1970, 1, 1)).install(publisher.bundle())
    assert done.changed
    assert "1970-01-01, which cannot be right. Set the date" in done.warnings[0]


def to_file(place: Path) -> Path:
    (place / "file").write_text("x")
    return place / "file"


def to_circle(place: Path) -> Path:
    (place / "circle").symlink_to("circle")
    return place / "circle"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (to_file, "is a file. Give another folder"),
        (to_circle, "There can be no folder"),
        (lambda place: to_file(place) / "below", "Not a directory"),
        (lambda place: place / ("a" * 300), "File name too long"),
        (lambda _place: Path("/proc/aidpost"), "No such file"),
    ],
)
def test_a_folder_that_cannot_be_is_not_another_installation(publisher, tmp_path, target, said):
    words = ["install", str(publisher.bundle()), "--yes", "--to", str(target(tmp_path))]
    result = CliRunner().invoke(bundle, words)
    assert result.exit_code == 1
    assert said in str(result.exception)
    assert "Another installation" not in str(result.exception)


def test_a_file_that_a_scanner_holds_is_tried_again():
    tries = []

    def held() -> str:
        tries.append(1)
        if len(tries) < 4:
            raise PermissionError(errno.EACCES, "the file is used by another process")
        return "renamed"

    assert patiently(held, waits=(0.0,) * 5) == "renamed"
    assert len(tries) == 4


@pytest.mark.parametrize(("number", "tries"), [(errno.EACCES, 4), (errno.ENOSPC, 1)])
def test_what_does_not_pass_is_told_in_the_end(number, tries):
    count = []

    def refused() -> None:
        count.append(1)
        raise OSError(number, "no")

    with pytest.raises(OSError, match="no"):
        patiently(refused, waits=(0.0,) * 3)
    assert len(count) == tries


def test_the_new_version_is_adopted_when_the_scanner_lets_go(tmp_path, publisher):
    """A scanner that holds the folder of the new version; this one is the system's own lock."""
    versions = Versions(tmp_path / "program")
    (versions.begin()).mkdir()
    name, held = "1-" + "a" * 16, versions.staging / "app"
    if subprocess.run(["chattr", "+i", held], capture_output=True, check=False).returncode:
        pytest.skip("this user or disk cannot lock a folder")
    freed = subprocess.Popen(["sh", "-c", 'sleep 0.4; chattr -i "$0"', held])
    try:
        assert versions.adopt(name).is_dir()
    finally:
        freed.wait()
    assert not held.exists()


@pytest.mark.parametrize("link", ["app", LIST])
def test_links_on_a_stick_change_nothing_of_what_was_signed(publisher, clinic, tmp_path, link):
    """A link may lead to the right bytes; wrong ones are refused as without a link."""
    stick = publisher.bundle()
    (stick / link).rename(tmp_path / "outside")
    (stick / link).symlink_to(tmp_path / "outside")
    installer(clinic, publisher).verify(stick)
    other = tmp_path / "outside"
    target = next(other.iterdir()) if other.is_dir() else other
    target.write_bytes(target.read_bytes()[:-1] + b"x")
    with pytest.raises((BundleDamaged, BundleNotTrusted)):
        installer(clinic, publisher).install(stick)


def test_names_that_differ_in_case_do_not_get_onto_a_stick(publisher, tmp_path):
    """FAT32 takes them for one file, and the second would take the place of the first."""
    papers = (tmp_path / "a" / "Page.md", tmp_path / "b" / "page.MD")
    for paper in papers:
        paper.parent.mkdir()
        paper.write_text(paper.name)
    with pytest.raises(BundleError, match="Two files have one name"):
        publisher.bundle(papers=papers)
