"""The twelve classic attacks on updates: each is refused by its name and changes not one byte."""

import os
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from conftest import KEY, plain_text
from makers_packs import (
    archive,
    bytes_below,
    changed_manifest,
    entries,
    keys,
    lying_size,
    pack_of,
    packs_in,
    root,
    unpacked,
)

from kb.errors import LibraryError
from kb.library import Library
from kb.packs.build import sign_pack
from kb.packs.errors import PackRefused
from kb.packs.signatures import Signatures, read_signatures, write_signatures
from kb.store import Store

ATTACKS = {
    "arbitrary install", "rollback", "freeze", "mix-and-match", "endless data", "wrong key",
    "expired", "truncated", "swapped file", "zip slip", "symlink", "duplicate entry",
}  # fmt: skip


@pytest.fixture(scope="module")
def owners():
    """Three keys of the trusted domain."""
    return keys()


@pytest.fixture(scope="module")
def good(owners, tmp_path_factory):
    """Version 2, signed by two keys."""
    return pack_of(tmp_path_factory.mktemp("good"), owners[:2], 2)


@pytest.fixture(scope="module")
def older(owners, tmp_path_factory):
    return pack_of(tmp_path_factory.mktemp("older"), owners[:2], 1)


@pytest.fixture
def desk(home, owners):
    """A home with an open library."""
    home.mkdir()
    library = Library(Store(home / "library.db", KEY), plain_text)
    yield Desk(home, library, root(owners))
    library.close()


class Desk:
    def __init__(self, home, library, trusted):
        self.home, self.library, self.trusted = home, library, trusted

    def install(self, path, **more):
        return packs_in(self.home, self.trusted, **more).install(path, self.library)

    def refused(self, path, attack, **more):
        """Installing fails under this name, says so in a sentence, and changes nothing."""
        before = bytes_below(self.home)
        with pytest.raises(PackRefused) as caught:
            self.install(path, **more)
        assert caught.value.attack == attack
        assert f"({attack})" in str(caught.value)
        assert str(caught.value).endswith(".")
        assert bytes_below(self.home) == before
        return str(caught.value)


def test_every_attack_has_a_name():
    assert {kind.attack for kind in PackRefused.__subclasses__()} == ATTACKS


def test_the_good_pack_is_taken(desk, good):
    done = desk.install(good)
    assert done.changed
    assert {d.pack for d in desk.library.documents()} == {"protocols"}
    assert desk.library.search("fever water")[0].passage.text.endswith("2 cups of water.")


# --- arbitrary install -----------------------------------------------------------------------


def test_unsigned(desk, good, tmp_path):
    files = entries(good)
    del files["signatures.json"]
    desk.refused(archive(tmp_path / "x.zip", files), "arbitrary install")


def test_signed_by_strangers_in_the_name_of_the_domain(desk, tmp_path):
    desk.refused(pack_of(tmp_path, keys(2)), "arbitrary install")


def test_domain_that_nobody_added(desk, owners, tmp_path):
    said = desk.refused(pack_of(tmp_path, owners, domain="elsewhere"), "arbitrary install")
    assert "elsewhere" in said


def test_manifest_edited_after_signing_with_the_digest_made_to_fit(desk, good, tmp_path):
    import hashlib

    files = changed_manifest(good, lambda manifest: manifest.update(version=3))
    signed = read_signatures(files["signatures.json"])
    digest = hashlib.sha256(files["manifest.json"]).hexdigest()
    files["signatures.json"] = write_signatures(replace(signed, of=digest))
    desk.refused(archive(tmp_path / "x.zip", files), "arbitrary install")


def test_claims_a_higher_rank_than_its_domain_may(desk, owners, tmp_path):
    desk.trusted = root(owners, highest="regional")
    desk.refused(pack_of(tmp_path, owners, precedence="national"), "arbitrary install")


# --- rollback and freeze ---------------------------------------------------------------------


def test_older_version(desk, good, older):
    desk.install(good)
    desk.refused(older, "rollback")


def test_older_version_after_the_newer_one_was_removed(desk, good, older):
    desk.install(good)
    packs_in(desk.home, desk.trusted).remove("protocols", desk.library)
    desk.refused(older, "rollback")


def test_same_number_on_another_content(desk, good, owners, tmp_path):
    desk.install(good)
    other = pack_of(tmp_path, owners, 2, files={"documents/other.txt": "Another text."})
    desk.refused(other, "rollback")


def test_same_version_again_beyond_its_term(desk, good):
    desk.install(good)
    desk.refused(good, "freeze", day=date(2028, 1, 2))


def test_a_clock_set_back_does_not_bring_an_old_term_back(desk, owners, tmp_path):
    desk.install(pack_of(tmp_path, owners, id="other", made=date(2027, 12, 1)))
    short = pack_of(tmp_path, owners, expires="2027-11-01")
    said = desk.refused(short, "expired", day=date(1970, 1, 1))
    assert "2027-12-01" in said


# --- expired ---------------------------------------------------------------------------------


def test_expired(desk, good):
    assert desk.install(good, day=date(2028, 1, 1)).changed  # the last day counts


def test_expired_the_day_after(desk, good):
    desk.refused(good, "expired", day=date(2028, 1, 2))


def test_keys_beyond_their_term(desk, owners, good):
    desk.trusted = root(owners, expires=date(2027, 1, 1))
    desk.refused(good, "expired")


# --- mix-and-match ---------------------------------------------------------------------------


def test_manifest_of_one_pack_and_signatures_of_another(desk, good, older, tmp_path):
    files = {**entries(good), "signatures.json": entries(older)["signatures.json"]}
    desk.refused(archive(tmp_path / "x.zip", files), "mix-and-match")


@pytest.mark.parametrize("longer", ["", " It is longer."])
def test_file_of_the_installed_version_in_the_new_one(desk, older, owners, tmp_path, longer):
    desk.install(older)
    new = pack_of(tmp_path, owners, 2, files={"documents/fever.txt": f"Text {{n}}.{longer}"})
    mixed = {**entries(new), "documents/fever.txt": entries(older)["documents/fever.txt"]}
    desk.refused(archive(tmp_path / "x.zip", mixed), "mix-and-match")


def test_file_more_than_was_signed(desk, good, tmp_path):
    files = {**entries(good), "documents/extra.txt": b"Take ten tablets."}
    desk.refused(archive(tmp_path / "x.zip", files), "mix-and-match")
    desk.refused(unpacked(tmp_path / "x.zip", tmp_path / "folder"), "mix-and-match")


def test_changes_to_a_version_that_is_not_here(desk, older, owners, tmp_path):
    delta = pack_of(tmp_path, owners, 2, base=older)
    assert "documents/wounds.txt" not in entries(delta)
    desk.refused(delta, "mix-and-match")


# --- wrong key -------------------------------------------------------------------------------


def test_one_key_of_three(desk, owners, tmp_path):
    desk.refused(pack_of(tmp_path, owners[:1]), "wrong key")


def test_one_key_that_signs_twice(desk, owners, tmp_path):
    pack = pack_of(tmp_path, owners[:1])
    files = entries(pack)
    signed = read_signatures(files["signatures.json"])
    files["signatures.json"] = write_signatures(Signatures(signed.of, signed.each * 3))
    said = desk.refused(archive(tmp_path / "x.zip", files), "wrong key")
    assert "once" in said


def test_one_right_key_and_one_strange_one(desk, owners, tmp_path):
    desk.refused(pack_of(tmp_path, [owners[0], *keys(1)]), "wrong key")


def test_update_signed_by_another_trusted_domain(desk, good, owners, tmp_path):
    others = keys()
    desk.install(good)
    update = pack_of(tmp_path, others, 3, domain="province")
    before = bytes_below(desk.home)
    packs = packs_in(desk.home, desk.trusted, root(others, "province"))
    with pytest.raises(PackRefused) as caught:
        packs.install(update, desk.library)
    assert caught.value.attack == "wrong key"
    assert bytes_below(desk.home) == before


def test_any_two_of_three_are_enough(desk, owners, tmp_path):
    for version, pair in enumerate([owners[:2], owners[1:], [owners[2], owners[0]]], 1):
        assert desk.install(pack_of(tmp_path, pair, version)).changed


# --- endless data ----------------------------------------------------------------------------


def test_file_larger_than_signed(desk, good, tmp_path):
    files = entries(good)
    files["documents/fever.txt"] += b" More."
    desk.refused(archive(tmp_path / "x.zip", files), "endless data")
    desk.refused(unpacked(tmp_path / "x.zip", tmp_path / "folder"), "endless data")


def test_bomb_whose_list_of_contents_lies(desk, good, tmp_path):
    files = entries(good)
    size = len(files["documents/fever.txt"])
    files["documents/fever.txt"] = bytes(30_000_000)
    bomb = archive(tmp_path / "x.zip", files)
    assert bomb.stat().st_size < 100_000
    lying_size(bomb, "documents/fever.txt", size)
    before = bytes_below(desk.home)
    with pytest.raises(PackRefused) as caught:
        desk.install(bomb)
    assert caught.value.attack in {"truncated", "swapped file", "endless data"}
    assert bytes_below(desk.home) == before


def test_bomb_in_place_of_the_manifest(desk, good, tmp_path):
    files = {**entries(good), "manifest.json": b" " * 9_000_000}
    desk.refused(archive(tmp_path / "x.zip", files), "endless data")


def test_bomb_in_place_of_the_signatures(desk, good, tmp_path):
    files = {**entries(good), "signatures.json": b" " * 100_000}
    desk.refused(archive(tmp_path / "x.zip", files), "endless data")


def test_list_of_contents_that_claims_to_be_huge(desk, good, tmp_path):
    data = bytearray(good.read_bytes())
    place = data.rfind(b"PK\x05\x06")
    data[place + 12 : place + 16] = (0x7FFFFFFF).to_bytes(4, "little")
    bad = tmp_path / "x.zip"
    bad.write_bytes(bytes(data))
    desk.refused(bad, "endless data")


# --- truncated and swapped -------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95, 0.999])
def test_cut_anywhere(desk, good, tmp_path, share):
    data = good.read_bytes()
    bad = tmp_path / "x.zip"
    bad.write_bytes(data[: int(len(data) * share)])
    desk.refused(bad, "truncated")


def test_file_missing(desk, good, tmp_path):
    files = entries(good)
    del files["documents/wounds.txt"]
    desk.refused(archive(tmp_path / "x.zip", files), "truncated")
    desk.refused(unpacked(tmp_path / "x.zip", tmp_path / "folder"), "truncated")


def test_file_cut_short_in_a_folder(desk, good, tmp_path):
    folder = unpacked(good, tmp_path / "folder")
    path = folder / "documents/fever.txt"
    path.write_bytes(path.read_bytes()[:-1])
    desk.refused(folder, "truncated")


def test_one_byte_swapped(desk, good, tmp_path):
    files = entries(good)
    files["documents/fever.txt"] = files["documents/fever.txt"].replace(b"2 cups", b"9 cups")
    desk.refused(archive(tmp_path / "x.zip", files), "swapped file")
    desk.refused(unpacked(tmp_path / "x.zip", tmp_path / "folder"), "swapped file")


def test_every_flipped_byte_is_refused_or_without_effect(desk, good, tmp_path):
    data = good.read_bytes()
    before = bytes_below(desk.home)
    bad = tmp_path / "x.zip"
    packs = packs_in(desk.home, desk.trusted)
    refused, passed = 0, 0
    for place in range(0, len(data), 7):
        bad.write_bytes(data[:place] + bytes([data[place] ^ 0x5A]) + data[place + 1 :])
        try:
            assert packs.verify(bad).digest == packs.verify(good).digest
            passed += 1
        except LibraryError:
            refused += 1
    assert refused > 4 * passed  # those that pass hit dates and flags of the archive
    assert bytes_below(desk.home) == before


# --- zip slip, symlink, duplicate entry ------------------------------------------------------

OUTSIDE = [
    "../evil.txt", "documents/../../evil.txt", "/etc/evil.txt", "//server/evil.txt",
    "C:/evil.txt", "c:evil.txt", "documents\\..\\..\\evil.txt", "\\evil.txt", "documents/./x.txt",
    "documents//x.txt", "documents/NUL.txt", "documents/com1", "documents/x.txt ", "documents/x.",
    "documents/a:b.txt", "documents/\u202etxt.exe", "documents/x\x01.txt", "~/../x", "",
    "documents/" + "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_name_that_leads_out(desk, good, tmp_path, name):
    files = [*entries(good).items(), (name, b"evil")]
    desk.refused(archive(tmp_path / "x.zip", files), "zip slip")


def test_name_behind_a_zero_byte(desk, good, tmp_path):
    bad = archive(tmp_path / "x.zip", [*entries(good).items(), ("documents/a.txt/../b", b"evil")])
    data = bad.read_bytes().replace(b"documents/a.txt/../b", b"documents/a.txt\0../b")
    bad.write_bytes(data)
    desk.refused(bad, "zip slip")


def test_signed_name_that_leads_out(desk, good, owners, tmp_path):
    """Even two key holders cannot write outside of the pack."""

    def change(manifest):
        manifest["files"][0]["path"] = "../../evil.txt"

    files = changed_manifest(good, change)
    files["signatures.json"] = write_signatures(Signatures("0" * 64))
    desk.refused(archive(tmp_path / "x.zip", files), "zip slip")


def test_link_in_an_archive(desk, good, tmp_path):
    files = {**entries(good), "documents/fever.txt": b"/etc/passwd"}
    desk.refused(archive(tmp_path / "x.zip", files, attributes=0o120777), "symlink")


@pytest.mark.parametrize("kind", [0o020644, 0o060644, 0o010644, 0o140644])
def test_device_in_an_archive(desk, good, tmp_path, kind):
    desk.refused(archive(tmp_path / "x.zip", entries(good), attributes=kind), "symlink")


@pytest.mark.parametrize("target", ["documents/fever.txt", "documents"])
def test_link_in_a_folder(desk, good, tmp_path, target):
    folder = unpacked(good, tmp_path / "folder")
    (folder / target).rename(tmp_path / "elsewhere")
    (folder / target).symlink_to(tmp_path / "elsewhere")
    desk.refused(folder, "symlink")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipe_in_a_folder(desk, good, tmp_path):
    folder = unpacked(good, tmp_path / "folder")
    os.mkfifo(folder / "documents/pipe")
    desk.refused(folder, "symlink")


TWINS = [
    ("documents/fever.txt", "documents/fever.txt"),
    ("documents/fever.txt", "documents/FEVER.txt"),
    ("documents/fever.txt", "Documents/fever.txt"),
    ("documents/fièvre.txt", "documents/fie\u0300vre.txt"),
    ("documents/strasse.txt", "documents/straße.txt"),
    ("documents/fever.txt", "documents/\uff46ever.txt"),
    ("manifest.json", "MANIFEST.json"),
    ("documents/a", "documents/a/b.txt"),
]


@pytest.mark.parametrize(("one", "other"), TWINS)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_names_that_are_one(desk, good, tmp_path, one, other):
    known = [(name, data) for name, data in entries(good).items() if name != one]
    files = [*known, (one, b"first"), (other, b"second")]
    desk.refused(archive(tmp_path / "x.zip", files), "duplicate entry")


def test_two_names_that_are_one_in_a_folder(desk, good, tmp_path):
    folder = unpacked(good, tmp_path / "folder")
    (folder / "documents/FEVER.txt").write_text("Another.")
    desk.refused(folder, "duplicate entry")


def test_two_signed_names_that_are_one(desk, good, tmp_path):
    def change(manifest):
        first = manifest["files"][0]
        manifest["files"].append({**first, "path": first["path"].upper()})

    desk.refused(archive(tmp_path / "x.zip", changed_manifest(good, change)), "duplicate entry")


def test_signing_adds_no_way_around(desk, good, tmp_path):
    """A stranger's signature on a good pack neither helps nor harms."""
    copy = tmp_path / "x.zip"
    copy.write_bytes(good.read_bytes())
    sign_pack(copy, keys(1)[0])
    assert zipfile.is_zipfile(copy)
    assert desk.install(copy).changed
