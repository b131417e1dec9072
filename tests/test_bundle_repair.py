"""Damage found and repaired from the stick, and the program taken away."""

import os

import pytest
from makers_bundle import Publisher, installer, started

from ui.bundle.errors import BundleError

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="the program of the tests is a shell script"
)


@pytest.fixture
def publisher(tmp_path):
    return Publisher(tmp_path / "publisher")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "clinic"


def test_damage_is_found_and_repaired_from_the_stick(publisher, home):
    stick = publisher.bundle()
    here = installer(home, publisher)
    here.install(stick)
    folder = here.versions.path(here.versions.find().current)
    (folder / "_internal" / "library.bin").write_bytes(b"other")
    (folder / "version.txt").unlink()
    assert sorted(here.broken()) == ["_internal/library.bin", "version.txt"]
    here.repair(stick)
    assert here.broken() == []
    assert "750 mL" in started(home / "program" / "aidpost")


def test_repair_wants_the_stick_that_the_program_came_from(publisher, home):
    installer(home, publisher).install(publisher.bundle(1))
    with pytest.raises(BundleError, match="came from bundle 1"):
        installer(home, publisher).repair(publisher.bundle(2))


def test_uninstalling_keeps_the_records(publisher, home):
    here = installer(home, publisher)
    here.install(publisher.bundle())
    here.uninstall()
    assert not (home / "program").exists()
    assert not (home / "bin" / "aidpost").exists()
    assert (home / "data" / "calls").exists()


def test_uninstalling_leaves_another_program_of_the_same_name(publisher, home):
    here = installer(home, publisher)
    here.install(publisher.bundle())
    (home / "bin" / "aidpost").write_text("#!/bin/sh\necho of the distribution\n")
    here.uninstall()
    assert "distribution" in (home / "bin" / "aidpost").read_text()
