"""Bundles from stick to program: built, resumed, verified, installed, updated, taken back."""

import os
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from makers_bundle import (
    DOMAIN,
    QUESTION,
    Publisher,
    app_archive,
    calls,
    installer,
    program,
)
from makers_gguf import Recipe, make
from makers_packs import pack_of

from ui.bundle.building import about_app, build, sign_bundle
from ui.bundle.errors import (
    BundleDamaged,
    BundleError,
    BundleNotTrusted,
    BundleTooOld,
    ProgramFailed,
    WrongPlatform,
)
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


def started(path):
    """What a person gets who starts the program."""
    done = subprocess.run([path, "ask", QUESTION], capture_output=True, text=True, check=True,
                          env={"AIDPOST_HOME": str(path.parent.parent / "data"), "PATH": os.environ["PATH"]})  # fmt: skip
    return done.stdout


def test_a_stick_is_installed_in_one_call_and_starts(publisher, home):
    done = installer(home, publisher).install(publisher.bundle())
    assert (done.changed, done.installed.number, done.label) == (True, 1, "edition 1")
    assert "750 mL" in started(home / "program" / "aidpost")
    assert "750 mL" in started(home / "bin" / "aidpost")
    assert str(home / "program" / "aidpost") in (home / "menu" / "aidpost.desktop").read_text()
    assert [row.split()[1] for row in calls(home)[:2]] == ["ask", "doctor"]


def test_the_same_stick_twice_changes_nothing(publisher, home):
    stick = publisher.bundle()
    first = installer(home, publisher).install(stick)
    again = installer(home, publisher).install(stick)
    assert (again.changed, again.installed) == (False, first.installed)


def test_an_update_keeps_records_and_the_version_before(publisher, home):
    installer(home, publisher).install(publisher.bundle(1))
    (home / "data" / "aidpost.toml").write_text('clinic = "North"\n')
    done = installer(home, publisher).install(publisher.bundle(2))
    assert done.installed.number == 2
    assert len(list(installer(home, publisher).versions.all())) == 2
    assert (home / "data" / "aidpost.toml").read_text() == 'clinic = "North"\n'
    back = installer(home, publisher).rollback()
    assert back.number == 1
    started(home / "program" / "aidpost")
    assert calls(home)[-1].startswith("number-1 ask")


def test_a_third_version_drops_the_first(publisher, home):
    for number in (1, 2, 3):
        installer(home, publisher).install(publisher.bundle(number))
    kept = [path.name.partition("-")[0] for path in installer(home, publisher).versions.all()]
    assert kept == ["2", "3"]


def test_an_older_bundle_is_refused_unless_asked_for(publisher, home):
    old = publisher.bundle(1)
    installer(home, publisher).install(publisher.bundle(2))
    with pytest.raises(BundleTooOld, match="has had number 2"):
        installer(home, publisher).install(old)
    done = installer(home, publisher).install(old, allow_older=True)
    assert (done.installed.number, done.installed.highest) == (1, 2)


def test_going_back_does_not_forget_the_highest_number(publisher, home):
    old = publisher.bundle(1)
    installer(home, publisher).install(old)
    installer(home, publisher).install(publisher.bundle(2))
    installer(home, publisher).rollback()
    with pytest.raises(BundleTooOld):
        installer(home, publisher).install(old)


def test_without_an_earlier_version_there_is_no_way_back(publisher, home):
    with pytest.raises(BundleError, match="Nothing was installed"):
        installer(home, publisher).rollback()
    installer(home, publisher).install(publisher.bundle())
    with pytest.raises(BundleTooOld, match="no earlier version"):
        installer(home, publisher).rollback()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (program("mute", answer={"abstained": True, "sentences": []}), "did not answer"),
        (program("uncited", answer={"abstained": False, "sentences": [{"text": "x", "citations": []}]}), "did not answer"),
        (program("garbled").replace("{", "<"), "cannot be read"),
        (program("failing", status=3), "status 3"),
        ("#!/bin/sh\necho 'aidpost: libfoo.so.2: cannot open shared object file' >&2\nexit 127\n", "libfoo.so.2 is missing"),
        ("#!/bin/sh\nkill -ILL $$\n", "processor lacks"),
        ("#!/bin/sh\necho \"libc.so.6: version \\`GLIBC_2.99' not found\" >&2\nexit 1\n", "2.99 or newer"),
    ],
)  # fmt: skip
def test_a_program_that_does_not_answer_is_never_called_installed(publisher, home, script, said):
    installer(home, publisher).install(publisher.bundle(1))
    with pytest.raises(BundleError, match=said):
        installer(home, publisher).install(publisher.bundle(2, script))
    assert installer(home, publisher).versions.find().number == 1
    assert "750 mL" in started(home / "program" / "aidpost")


def test_a_program_that_fails_with_the_records_here_is_switched_back(publisher, home):
    installer(home, publisher).install(publisher.bundle(1))
    sick = {"healthy": False, "findings": [{"name": "library", "ok": False, "needed": True, "says": "cannot be opened"}]}  # fmt: skip
    with pytest.raises(ProgramFailed, match="library: cannot be opened"):
        installer(home, publisher).install(publisher.bundle(2, program("sick", report=sick)))
    assert installer(home, publisher).versions.find().number == 1


def test_a_first_installation_that_fails_leaves_no_program(publisher, home):
    with pytest.raises(ProgramFailed):
        installer(home, publisher).install(publisher.bundle(1, program("failing", status=1)))
    assert installer(home, publisher).versions.find() is None
    assert not (home / "menu").exists()


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


def test_only_two_of_the_right_keys_are_enough(publisher, home, tmp_path):
    stick = publisher.bundle(signers=1)
    with pytest.raises(BundleNotTrusted, match="2 different ones must"):
        installer(home, publisher).install(stick)
    stranger = Publisher(tmp_path / "stranger")
    with pytest.raises(BundleNotTrusted, match="no signature on it"):
        installer(home, publisher).install(stranger.bundle())
    assert not (home / "program" / "versions").exists()


def test_keys_of_an_unknown_domain_are_not_trusted(publisher, home):
    here = replace(installer(home, publisher), trust=type(installer(home, publisher).trust)(()))
    with pytest.raises(BundleNotTrusted, match=f"does not know the keys of “{DOMAIN}”"):
        here.install(publisher.bundle())


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


def test_a_program_for_another_machine_is_refused_in_words(publisher, home, tmp_path):
    apps = (app_archive(tmp_path / "w", program(), platform="windows-x86_64"),)
    with pytest.raises(WrongPlatform, match="holds programs for: windows-x86_64"):
        installer(home, publisher).install(publisher.bundle(apps=apps))


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
