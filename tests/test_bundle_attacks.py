"""Sticks that are damaged, old, foreign or made to harm: refused in words, and nothing half there."""

import json
import os
import tarfile
from dataclasses import replace
from datetime import date

import pytest
from makers_bundle import MADE, Publisher, app_archive, installer, program
from makers_packs import folder_of, root

from kb.packs.build import build as build_pack
from kb.packs.manifest import write_manifest
from kb.packs.trust import Trust, signed_by
from ui.bundle.building import build, sign_bundle
from ui.bundle.checking import open_bundle
from ui.bundle.errors import BundleDamaged, BundleError, BundleNotTrusted
from ui.bundle.listing import LIST, SIGNATURES, read_bundle, write_bundle
from ui.models.disk import my_turn
from ui.models.errors import NoRoom
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


def refused(home, publisher, stick, said, kind=BundleError, **more):
    """The installation is refused, and neither a program nor half of one is there."""
    with pytest.raises(kind, match=said):
        installer(home, publisher, **more).install(stick)
    here = installer(home, publisher).versions
    assert here.find() is None
    assert list(here.all()) == []


def every_part(stick):
    return [part.path for part in read_bundle((stick / LIST).read_bytes()).parts]


def test_whatever_file_is_missing_cut_or_changed_it_is_named(publisher, home):
    stick = publisher.bundle(most=20_000)
    for name in every_part(stick):
        path = stick / name
        data = path.read_bytes()
        for bad, said in (
            (None, "is missing on the stick"),
            (data[:-1], "not copied to its end"),
            (data[:-1] + bytes([data[-1] ^ 1]), "is damaged"),
        ):
            path.unlink()
            if bad is not None:
                path.write_bytes(bad)
            refused(home, publisher, stick, f"{name}.* {said}", BundleDamaged)
            path.write_bytes(data)
    assert installer(home, publisher).install(stick).changed


def test_a_link_on_the_stick_is_no_file_of_it(publisher, home, tmp_path):
    stick = publisher.bundle()
    path = stick / every_part(stick)[0]
    copy = tmp_path / "copy"
    path.rename(copy)
    path.symlink_to(copy)
    refused(home, publisher, stick, "is missing on the stick", BundleDamaged)


@pytest.mark.parametrize("name", [LIST, SIGNATURES])
def test_without_its_list_or_signatures_it_is_no_bundle(publisher, home, name):
    stick = publisher.bundle()
    data = (stick / name).read_bytes()
    (stick / name).unlink()
    refused(home, publisher, stick, "not copied to its end", BundleDamaged)
    for cut in (0, 1, len(data) // 2, len(data) - 2):
        (stick / name).write_bytes(data[:cut])
        refused(home, publisher, stick, "cannot be|Copy the bundle again|is no bundle")


def test_one_changed_letter_of_the_list_is_not_what_was_signed(publisher, home):
    stick = publisher.bundle()
    data = (stick / LIST).read_bytes()
    (stick / LIST).write_bytes(data.replace(b"edition 1", b"edition 9"))
    refused(home, publisher, stick, "belong to another list", BundleNotTrusted)


def test_an_empty_folder_is_no_bundle(publisher, home, tmp_path):
    refused(home, publisher, tmp_path, "this is no bundle", BundleDamaged)


def test_the_signed_list_of_a_pack_is_no_bundle(publisher, home, tmp_path):
    pack = tmp_path / "pack.zip"
    manifest = build_pack(folder_of(tmp_path / "source"), pack, MADE, None, full=False)
    stick = publisher.bundle()
    (stick / LIST).write_bytes(write_manifest(manifest))
    refused(home, publisher, stick, "no bundle that can be used", BundleDamaged)


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "app/../../x", "C:x", "CON"])
def test_no_name_in_a_signed_list_leads_out_of_the_stick(publisher, home, path):
    stick = publisher.bundle()
    made = read_bundle((stick / LIST).read_bytes())
    part = replace(made.items[0].parts[0], path=path)
    items = (replace(made.items[0], parts=(part,)), *made.items[1:])
    (stick / LIST).write_bytes(write_bundle(replace(made, items=items)))
    for key in publisher.keys[:2]:
        with pytest.raises(BundleDamaged):
            sign_bundle(stick, key)
    refused(home, publisher, stick, "points out of the pack", BundleDamaged)


def entry(name, data=b"x", **more):
    found = tarfile.TarInfo(name)
    found.size = len(data)
    for key, value in more.items():
        setattr(found, key, value)
    return found, data


HARMFUL = {
    "climbs out": [entry("aidpost-0.1.0/../../evil")],
    "absolute": [entry("/tmp/evil")],
    "second folder": [entry("other/evil")],
    "link out": [entry("aidpost-0.1.0/l", b"", type=tarfile.SYMTYPE, linkname="../../evil")],
    "absolute link": [entry("aidpost-0.1.0/l", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")],
    "through a link": [
        entry("aidpost-0.1.0/l", b"", type=tarfile.SYMTYPE, linkname="_internal"),
        entry("aidpost-0.1.0/l/evil"),
    ],
    "hard link": [entry("aidpost-0.1.0/h", b"", type=tarfile.LNKTYPE, linkname="aidpost-0.1.0/aidpost")],
    "device": [entry("aidpost-0.1.0/d", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
    "pipe": [entry("aidpost-0.1.0/f", b"", type=tarfile.FIFOTYPE)],
    "same name twice": [entry("aidpost-0.1.0/version.txt")],
}  # fmt: skip


@pytest.mark.parametrize("kind", HARMFUL)
def test_a_signed_archive_that_would_do_harm_is_not_unpacked(publisher, home, tmp_path, kind):
    archive = app_archive(tmp_path / "apps", program(), more=HARMFUL[kind])
    stick = publisher.bundle(apps=(archive,))
    refused(home, publisher, stick, "program on the stick|one name|leads out", BundleDamaged)
    assert not (tmp_path / "evil").exists()
    assert not (home / "evil").exists()


def test_an_archive_that_grows_beyond_what_it_says_is_stopped(publisher, home):
    stick = publisher.bundle()
    made = read_bundle((stick / LIST).read_bytes())
    small = replace(made.items[0], unpacked=1000)
    (stick / LIST).write_bytes(write_bundle(replace(made, items=(small, *made.items[1:]))))
    for key in publisher.keys[:2]:
        sign_bundle(stick, key)
    refused(home, publisher, stick, "larger than it says", BundleDamaged)


def test_a_clock_in_1970_is_told_and_does_not_stop_the_clinic(publisher, home):
    done = installer(home, publisher, today=lambda: date(1970, 1, 1)).install(publisher.bundle())
    assert done.changed
    assert "1970-01-01, which cannot be right" in done.warnings[0]


def test_keys_whose_term_is_over_sign_nothing(publisher, home):
    old = root(publisher.keys, "district", expires=date(2026, 1, 1))
    refused(home, publisher, publisher.bundle(), "good until 2026-01-01", trust=Trust((old,)))


def test_a_clock_that_was_set_back_does_not_bring_old_keys_back(publisher, home):
    old = root(publisher.keys, "district", expires=date(2027, 1, 15))
    more = {"trust": Trust((old,)), "today": lambda: date(1970, 1, 1)}
    refused(home, publisher, publisher.bundle(), "good until 2027-01-15", **more)


def test_a_second_installation_waits_its_turn(publisher, home):
    stick = publisher.bundle()
    with my_turn(home / "program"):
        refused(home, publisher, stick, "Another installation is under way")
    assert installer(home, publisher).install(stick).changed


def test_a_disk_with_too_little_room_is_seen_before_anything_is_written(publisher, home):
    stick = publisher.bundle()
    made = read_bundle((stick / LIST).read_bytes())
    huge = replace(made.items[0], unpacked=2**52)
    (stick / LIST).write_bytes(write_bundle(replace(made, items=(huge, *made.items[1:]))))
    for key in publisher.keys[:2]:
        sign_bundle(stick, key)
    refused(home, publisher, stick, "too full", NoRoom)
    assert not (home / "program" / ".staging").exists()


def test_a_pointer_that_was_damaged_is_told_of_and_not_guessed(publisher, home):
    here = installer(home, publisher)
    stick = publisher.bundle()
    here.install(stick)
    pointer = home / "program" / "installed.json"
    good = pointer.read_bytes()
    for bad in (
        b"",
        b"{",
        good.replace(b'"current":"', b'"current":"../'),
        json.dumps({"format": 9}).encode(),
    ):
        pointer.write_bytes(bad)
        with pytest.raises(BundleError, match="cannot be read"):
            here.versions.find()
        with pytest.raises(BundleError, match="cannot be read"):
            here.install(stick)


def test_two_files_of_one_name_are_not_put_onto_a_stick(publisher, tmp_path):
    apps = (app_archive(tmp_path / "a", program()), app_archive(tmp_path / "b", program()))
    with pytest.raises(BundleError, match="one name"):
        build(publisher.recipe(apps=apps), Models(tmp_path / "m"), tmp_path / "stick")


def test_verify_reads_every_file_and_installs_nothing(publisher, home):
    stick = publisher.bundle()
    assert installer(home, publisher).verify(stick).bundle.number == 1
    path = stick / "START-HERE.txt"
    path.write_text(path.read_text().replace("No administrator", "An administrator"))
    with pytest.raises(BundleDamaged, match=r"START-HERE\.txt"):
        installer(home, publisher).verify(stick)
    assert not (home / "program").exists()


def test_a_root_with_other_keys_of_the_same_name_does_not_pass(publisher, home, tmp_path):
    other = Publisher(tmp_path / "other")
    signed = signed_by(other.root, other.keys[:2])
    stick = tmp_path / "stick"
    build(replace(publisher.recipe(), root=signed), Models(tmp_path / "m"), stick)
    for key in other.keys[:2]:
        sign_bundle(stick, key)
    with pytest.raises(BundleNotTrusted, match="no signature on it"):
        open_bundle(stick, Trust((publisher.root,)), MADE)
