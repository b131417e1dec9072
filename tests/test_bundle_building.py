"""Bundles as they are made: cut, gone on with, with models and packs; what may not be on one."""

import os
import tarfile
from pathlib import Path

import pytest
from makers_bundle import Publisher, app_archive, calls, installer, program
from makers_gguf import Recipe, make
from makers_packs import pack_of

from ui.bundle.building import about_app, build, sign_bundle
from ui.bundle.errors import BundleDamaged, BundleError
from ui.bundle.listing import LIST, read_bundle
from ui.bundle.parts import opened
from ui.bundle.unpack import CONTENTS
from ui.models.bundle import Import
from ui.models.folder import Models

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="the program of the tests is a shell script"
)


@pytest.fixture
def publisher(tmp_path):
    return Publisher(tmp_path / "publisher")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "clinic"


def test_a_large_file_is_cut_and_a_copy_that_was_cut_off_goes_on(publisher, home):
    stick = publisher.bundle(most=100)
    app = read_bundle((stick / LIST).read_bytes()).of("app")[0]
    assert len(app.parts) > 3
    assert all(part.size <= 100 for part in app.parts)
    whole = publisher.recipe().apps[0].read_bytes()
    with opened(stick, app.parts) as joined:
        assert joined.read() == whole
    untouched, lost = stick / app.parts[0].path, stick / app.parts[1].path
    before = untouched.stat().st_mtime_ns
    lost.write_bytes(b"half")
    with pytest.raises(BundleDamaged, match="not copied to its end"):
        installer(home, publisher).install(stick)
    build(publisher.recipe(most=100), Models(publisher.place / "models"), stick)
    assert untouched.stat().st_mtime_ns == before
    installer(home, publisher).install(stick)


def test_a_model_in_parts_and_a_pack_come_with_the_program(publisher, home, tmp_path):
    models = Models(publisher.place / "models")
    file = tmp_path / "tiny.gguf"
    make(file, Recipe())
    model = Import(models).run(file)[0]
    pack = pack_of(tmp_path, publisher.keys[:2])
    stick = publisher.bundle(models=(model,), packs=(pack,), most=20_000)
    parts = read_bundle((stick / LIST).read_bytes()).of("model")[0].parts
    assert len(parts) > 1
    done = installer(home, publisher).install(stick)
    assert list(done.came) == [f"model {model.name}", f"pack {pack.name}"]
    asked = [row.split()[1:] for row in calls(home)]
    assert asked[-2][:2] == ["models", "import"]
    assert asked[-1] == ["kb", "pack", "install", str(stick / "packs" / pack.name)]
    assert not (home / "data" / "models" / ".joined").exists()


def test_an_archive_that_is_no_program_is_not_put_onto_a_stick(publisher, tmp_path):
    other = tmp_path / "other.tar.gz"
    with tarfile.open(other, "w:gz") as archive:
        archive.add(__file__, "x/test.py")
    with pytest.raises(BundleError, match="does not say for which machines"):
        publisher.bundle(apps=(other,))
    other.write_bytes(b"no archive")
    with pytest.raises(BundleError, match="is no archive"):
        about_app(other)


def test_programs_of_two_versions_are_not_mixed(publisher, tmp_path):
    apps = (
        app_archive(tmp_path / "a", program(), "0.1.0"),
        app_archive(tmp_path / "b", program(), "0.2.0", "windows-x86_64"),
    )
    with pytest.raises(BundleError, match="one version"):
        publisher.bundle(apps=apps)


def test_two_editions_of_one_build_are_the_same_but_for_number_and_signatures(publisher):
    first, again = publisher.bundle(1), publisher.place / "again"
    build(publisher.recipe(1), Models(publisher.place / "models"), again)
    assert (first / LIST).read_bytes() == (again / LIST).read_bytes()
    assert sign_bundle(again, publisher.keys[0]).of == sign_bundle(first, publisher.keys[0]).of


def test_the_list_of_files_is_in_every_version(publisher, home):
    here = installer(home, publisher)
    here.install(publisher.bundle())
    folder = here.versions.path(here.versions.find().current)
    rows = (folder / CONTENTS).read_text().splitlines()
    assert [Path(row.partition("  ")[2]).name for row in rows if "library" in row] != []
    assert len(rows) == 5
