"""Packs: building, signing, trust, clock, contents, deltas, going back, and who speaks first."""

import dataclasses
import io
import json
import zipfile
from datetime import date

import pytest
from conftest import FRONT, KEY, plain_text
from docx import Document as WordDocument
from makers_formulary import GOOD as MEDICINES
from makers_packs import (
    DOCUMENTS,
    TODAY,
    archive,
    bytes_below,
    changed_manifest,
    entries,
    folder_of,
    keys,
    machine,
    pack_of,
    packs_in,
    root,
    unpacked,
)

from assistant.messages import Question
from assistant.pipeline import Assistant
from kb.errors import LibraryError
from kb.interactions_read import FILES
from kb.library import Library
from kb.messages import PRECEDENCE, rank_of
from kb.packs.build import build, sign_pack
from kb.packs.errors import (
    ArbitraryInstall,
    ExpiredPack,
    PackContentRefused,
    PackError,
    PackUnreadable,
    RollbackAttack,
    WrongKey,
    ZipSlip,
)
from kb.packs.keys import is_signed, new_key, open_key, public_of, sign
from kb.packs.names import check_name
from kb.packs.policy import BUILT, require_program, today, warnings_for
from kb.packs.trust import accepted, merged, read_root, signed_by, write_root
from kb.packs.trust_store import add_root, load_trust, read_root_file
from kb.starter_pack import index_starter
from kb.store import Store
from ui.wiring import open_rules
from ui.workers import extract_in_child

ZINC = """## Medicines
- Zinc for diarrhoea aged 6 months or more: {dose} mg by mouth once daily for 10 days, maximum {dose} mg a day. [s1]

## Danger signs
- A child with diarrhoea who cannot drink goes to hospital at once. [s1]
"""


def card_text(identity, title, body):
    return FRONT.format(id=identity, title=title, lists='aliases = ["zinc"]') + body


@pytest.fixture(scope="module")
def owners():
    return keys()


@pytest.fixture
def library(home):
    home.mkdir()
    opened = Library(Store(home / "library.db", KEY), plain_text)
    yield opened
    opened.close()


@pytest.fixture
def packs(home, owners):
    return packs_in(home, root(owners))


def texts(library):
    return sorted(library.text(document.id) for document in library.documents())


# --- building and signing --------------------------------------------------------------------


def test_two_builds_are_the_same_bytes(owners, tmp_path):
    folder = folder_of(tmp_path / "source")
    for name in ("one.zip", "two.zip"):
        build(folder, tmp_path / name, TODAY, None, full=False)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_signing_again_with_the_same_key_changes_nothing(owners, tmp_path):
    pack = pack_of(tmp_path, owners[:2])
    before = entries(pack)
    assert len(sign_pack(pack, owners[0]).each) == 2
    assert sorted(entries(pack)["signatures.json"]) == sorted(before["signatures.json"])


def test_folder_is_signed_and_installed_like_an_archive(owners, packs, library, tmp_path):
    folder = unpacked(pack_of(tmp_path, owners[:1]), tmp_path / "stick" / "protocols")
    sign_pack(folder, owners[1])
    (tmp_path / "stick" / "System Volume Information").mkdir()
    (folder / ".DS_Store").write_bytes(b"\0")
    assert packs.install(tmp_path / "stick", library).documents == 2


def test_stick_with_two_packs_is_asked_about(owners, packs, library, tmp_path):
    stick = tmp_path / "stick"
    stick.mkdir()
    for version in (1, 2):
        pack_of(tmp_path, owners, version).rename(stick / f"v{version}.zip")
    with pytest.raises(PackUnreadable, match=r"v1\.zip, v2\.zip"):
        packs.install(stick, library)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"precedence": "world"}, "precedence"),
        ({"id": "starter"}, "id"),
        ({"id": "../x"}, "zip slip"),
        ({"id": "con"}, "zip slip"),
        ({"id": "trust"}, "id"),
        ({"expires": "2027-13-01"}, "expires"),
        ({"expires": "2026-01-01"}, "expires"),
        ({"version": 0}, "version"),
        ({"domain": "Two Words"}, "domain"),
        ({"files": {"stray.txt": "x"}}, "stray.txt"),
        ({"files": {"cards/a.txt": "x"}}, "cards/a.txt"),
        ({"files": {"formulary/a.json": "x"}}, "formulary/a.json"),
        ({"files": {"interactions/my-rules.toml": "x"}}, "my-rules"),
    ],
)
def test_what_cannot_be_a_pack_is_not_built(tmp_path, change, words):
    folder = folder_of(tmp_path / "source", **change)
    with pytest.raises(PackError, match=words):
        build(folder, tmp_path / "x.zip", TODAY, None, full=False)
    assert not (tmp_path / "x.zip").exists()


def test_documents_are_described(owners, packs, library, tmp_path):
    folder = folder_of(tmp_path / "source")
    recipe = folder / "pack.toml"
    about = '[documents."documents/fever.txt"]\ntitle = "Fever in children"\nsource = "{}"\n'
    recipe.write_text(recipe.read_text() + about.format("p1"))
    out = tmp_path / "x.zip"
    build(folder, out, TODAY, None, full=False)
    for key in owners[:2]:
        sign_pack(out, key)
    packs.install(out, library)
    found = {document.title: document for document in library.documents()}
    assert found["Fever in children"].sources[0].title == "Protocols of the district"
    recipe.write_text(recipe.read_text().replace('source = "p1"', 'source = "p9"'))
    with pytest.raises(PackUnreadable, match="p9"):
        build(folder, out, TODAY, None, full=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(format=2),
        lambda m: m.update(extra=1),
        lambda m: m.pop("title"),
        lambda m: m.update(version="2"),
        lambda m: m.update(version=True),
        lambda m: m.update(title="two\nlines"),
        lambda m: m.update(title="turned \u202e round"),
        lambda m: m["files"][0].update(sha256="x" * 64),
        lambda m: m["files"][0].update(size=-1),
        lambda m: m.update(files="none"),
    ],
)
def test_manifest_that_is_not_understood(owners, packs, library, home, tmp_path, change):
    bad = archive(tmp_path / "x.zip", changed_manifest(pack_of(tmp_path, owners), change))
    before = bytes_below(home)
    with pytest.raises(PackUnreadable):
        packs.install(bad, library)
    assert bytes_below(home) == before


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"format":1,"format":1}', b"\xff", b"[" * 9999]
)
def test_manifest_that_is_no_json(owners, packs, library, tmp_path, data):
    files = {**entries(pack_of(tmp_path, owners)), "manifest.json": data}
    with pytest.raises(PackError):
        packs.install(archive(tmp_path / "x.zip", files), library)


def test_locked_archive(owners, packs, library, tmp_path):
    pack = pack_of(tmp_path, owners)
    data = bytearray(pack.read_bytes())
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.find(magic) + offset] |= 1
    pack.write_bytes(bytes(data))
    with pytest.raises(PackUnreadable, match="password"):
        packs.install(pack, library)


# --- keys and trust --------------------------------------------------------------------------


def test_key_with_a_passphrase():
    data = new_key(b"four plain words")
    assert b"ENCRYPTED" in data
    assert public_of(open_key(data, b"four plain words"))
    for wrong in (None, b"another"):
        with pytest.raises(PackError):
            open_key(data, wrong)
    with pytest.raises(PackError):
        open_key(b"no key")


def test_signature_of_a_manifest_is_none_of_a_root():
    key = keys(1)[0]
    signature = sign(key, "manifest", b"data")
    assert is_signed(public_of(key), "manifest", b"data", signature)
    assert not is_signed(public_of(key), "root", b"data", signature)
    assert not is_signed(public_of(key), "manifest", b"Data", signature)


def test_roots_are_renewed_by_the_old_keys_only(owners, tmp_path):
    new = keys()
    first = signed_by(root(owners), owners)
    add_root(tmp_path, read_root(write_root(first)))
    stolen = signed_by(root(new, version=2), new)
    with pytest.raises(ArbitraryInstall):
        add_root(tmp_path, stolen)
    with pytest.raises(WrongKey):
        add_root(tmp_path, signed_by(root(new, version=2), [owners[0], *new]))
    skipped = signed_by(root(new, version=3), [*owners, *new])
    with pytest.raises(PackError, match="version 2 first"):
        add_root(tmp_path, skipped)
    assert load_trust(tmp_path).root("district").version == 1
    add_root(tmp_path, signed_by(root(new, version=2), [*owners[:2], *new]))
    assert load_trust(tmp_path).root("district").version == 2
    with pytest.raises(RollbackAttack):
        add_root(tmp_path, first)


def test_old_keys_sign_no_packs_after_they_were_replaced(owners, home, library, tmp_path):
    new = keys()
    packs_in(home, root(owners)).install(pack_of(tmp_path, owners), library)
    after = packs_in(home, root(new, version=2))
    with pytest.raises(ArbitraryInstall):
        after.install(pack_of(tmp_path, owners, 2), library)
    assert after.install(pack_of(tmp_path, new, 3), library).changed


def test_root_must_be_signed_by_itself_and_well_formed(owners, tmp_path):
    with pytest.raises(WrongKey):
        read_root(write_root(signed_by(root(owners), owners[:1])))
    one_key_twice = dataclasses.replace(root(owners), keys=root(owners).keys[:1] * 3)
    with pytest.raises(PackUnreadable, match="different"):
        read_root(write_root(signed_by(one_key_twice, owners)))
    with pytest.raises(PackUnreadable, match="threshold"):
        read_root(write_root(signed_by(root(owners, threshold=1), owners)))
    with pytest.raises(PackUnreadable):
        read_root(b"{" * 70_000)
    with pytest.raises(PackError):
        read_root_file(tmp_path / "none.json")
    (tmp_path / "bad.root.json").write_text("{}")
    with pytest.raises(PackError, match=r"bad\.root\.json"):
        load_trust(tmp_path)


def test_newest_root_counts(owners):
    old, new = root(owners), root(keys(), version=2)
    assert merged([new, old]).roots == merged([old, new]).roots == (new,)
    assert accepted(old, signed_by(old, owners)) == old


# --- clock and program -----------------------------------------------------------------------


def test_clock_before_the_program_was_made():
    found = today(date(1970, 1, 1))
    assert found.day == BUILT
    assert "1970-01-01" in found.warnings[0]
    assert today(TODAY).warnings == ()
    assert today(TODAY, (date(2027, 5, 1),)).day == date(2027, 5, 1)


def test_wrong_clock_is_told_and_the_pack_is_installed(owners, home, library, tmp_path):
    done = packs_in(home, root(owners), day=date(1970, 1, 1)).install(
        pack_of(tmp_path, owners), library
    )
    assert done.changed
    assert "1970" in done.warnings[0]


def test_installed_pack_beyond_its_term_stays_and_is_told(owners, home, library, tmp_path):
    packs_in(home, root(owners)).install(pack_of(tmp_path, owners), library)
    late = packs_in(home, root(owners), day=date(2029, 1, 1))
    assert "2028-01-01" in late.catch_up(library)[0]
    assert len(library.documents()) == 2
    soon = packs_in(home, root(owners), day=date(2027, 12, 1))
    assert "next one" in soon.warnings()[0]


@pytest.mark.parametrize(
    ("app", "fits"), [("0.1.0", True), ("0.1", True), ("1.0rc1", True), ("0.0.9", False)]
)
def test_program_that_is_too_old(owners, packs, tmp_path, app, fits):
    manifest = packs.verify(pack_of(tmp_path, owners)).manifest
    assert warnings_for(manifest, TODAY) == ()
    if fits:
        require_program(manifest, app)
    else:
        with pytest.raises(PackError, match=r"0\.1\.0"):
            require_program(manifest, app)


# --- versions --------------------------------------------------------------------------------


def test_update_goes_back_and_comes_again(owners, packs, library, tmp_path):
    first, second = (pack_of(tmp_path, owners, version) for version in (1, 2))
    packs.install(first, library)
    with pytest.raises(PackError, match="No earlier version"):
        packs.rollback("protocols", library)
    packs.install(second, library)
    new = texts(library)
    assert packs.rollback("protocols", library).manifest.version == 1
    assert texts(library) != new
    with pytest.raises(RollbackAttack):
        packs.install(first, library)
    assert packs.install(second, library).changed
    assert texts(library) == new
    assert not packs.install(second, library).changed


def test_only_two_versions_are_kept(owners, packs, library, home, tmp_path):
    for version in (1, 2, 3, 4):
        packs.install(pack_of(tmp_path, owners, version), library)
    slots = sorted(p.name[:2] for p in (home / "packs/protocols").iterdir() if p.is_dir())
    assert slots == ["3-", "4-"]


def test_delta_needs_its_base_and_saves_the_rest(owners, packs, library, tmp_path):
    files = {**DOCUMENTS, "documents/large.txt": "The same. " * 9000}
    first = pack_of(tmp_path, owners, 1, files=files)
    delta = pack_of(tmp_path, owners, 2, base=first, files=files)
    assert set(entries(delta)) == {"manifest.json", "signatures.json", "documents/fever.txt"}
    packs.install(first, library)
    assert packs.install(delta, library).documents == 3
    assert any("The same." in text for text in texts(library))
    assert not packs.install(delta, library).changed
    full = tmp_path / "full.zip"
    build(tmp_path / f"{delta.stem}-source", full, date(2027, 2, 1), first, full=True)
    assert entries(full)["manifest.json"] == entries(delta)["manifest.json"]
    assert set(entries(full)) == {"manifest.json", *files}


def test_base_must_be_earlier_and_the_same_pack(owners, tmp_path):
    other = pack_of(tmp_path, owners, 1, id="other")
    same = pack_of(tmp_path, owners, 2)
    folder = folder_of(tmp_path / "source", 2)
    for base in (other, same):
        with pytest.raises(PackError, match="earlier version"):
            build(folder, tmp_path / "x.zip", TODAY, base, full=False)


def test_delta_on_a_base_that_rotted_is_refused(owners, packs, library, home, tmp_path):
    first = pack_of(tmp_path, owners, 1)
    delta = pack_of(tmp_path, owners, 2, base=first)
    packs.install(first, library)
    path = next((home / "packs/protocols").glob("1-*")) / "documents/wounds.txt"
    path.write_bytes(path.read_bytes().replace(b"10", b"99"))
    before = bytes_below(home / "packs")
    with pytest.raises(PackError, match="full pack"):
        packs.install(delta, library)
    assert bytes_below(home / "packs") == before


def test_rotten_version_is_told_and_mended_by_installing_again(
    owners, packs, library, home, tmp_path
):
    pack = pack_of(tmp_path, owners)
    packs.install(pack, library)
    path = next((home / "packs/protocols").glob("1-*")) / "documents/wounds.txt"
    path.write_bytes(b"changed")
    library.remove_pack("protocols")
    assert "Install it anew" in packs.catch_up(library)[0]
    assert library.documents() == []
    assert packs.install(pack, library).changed
    assert len(library.documents()) == 2
    next((home / "packs/protocols").glob("1-*")).joinpath("manifest.json").write_text("{}")
    assert packs.warnings() == ("The files of the pack protocols are damaged: install it again.",)
    assert len(library.documents()) == 2
    assert packs.install(pack, library).changed


def test_removed_pack_leaves_nothing_to_quote(owners, packs, library, tmp_path):
    packs.install(pack_of(tmp_path, owners), library)
    packs.remove("protocols", library)
    assert library.documents() == []
    assert library.versions() == {}
    assert library.search("fever") == []
    with pytest.raises(PackError, match="No pack called protocols"):
        packs.remove("protocols", library)
    assert packs.install(pack_of(tmp_path, owners, 2), library).changed


def test_library_that_fell_behind_catches_up(owners, packs, library, tmp_path):
    packs.install(pack_of(tmp_path, owners), library)
    library.remove_pack("protocols")
    assert packs.catch_up(library) == ()
    assert len(library.documents()) == 2
    packs.remove("protocols", library)
    library.install_pack("protocols", "x", list)
    packs.catch_up(library)
    assert library.versions() == {}


@pytest.mark.parametrize("name", ["..", "../x", "", "x/y", "none"])
def test_pack_that_is_not_there(packs, library, name):
    for work in (packs.rollback, packs.remove):
        with pytest.raises(PackError, match="No pack"):
            work(name, library)


# --- contents --------------------------------------------------------------------------------


def test_documents_carry_what_the_pack_says(owners, packs, library, tmp_path):
    card = card_text("zinc", "Zinc", ZINC.format(dose=10))
    packs.install(pack_of(tmp_path, owners, files={**DOCUMENTS, "cards/zinc.md": card}), library)
    found = {document.id: document for document in library.documents()}
    file = next(d for name, d in found.items() if "fever" in name)
    assert (file.status, file.language, file.precedence) == ("clinician-reviewed", "en", "regional")
    assert file.sources[0].publisher == "District office"
    assert found["protocols/zinc"].status == "draft-not-clinician-reviewed"
    assert found["protocols/zinc"].precedence == "regional"
    assert library.passages("protocols/zinc")[0].precedence == "regional"
    assert library.verify() == []


def test_word_file_is_read_in_a_child_process(owners, home, library, tmp_path):
    document, data = WordDocument(), io.BytesIO()
    document.add_heading("Burns", 1)
    document.add_paragraph("A burn is cooled with water for 20 minutes.")
    document.save(data)
    packs = packs_in(home, root(owners), extract=extract_in_child)
    pack = pack_of(tmp_path, owners, files={"documents/burns.docx": data.getvalue()})
    packs.install(pack, library)
    assert (
        library.search("burn water")[0].passage.text
        == "A burn is cooled with water for 20 minutes."
    )


def test_file_that_cannot_be_read_refuses_the_pack(owners, home, library, tmp_path):
    packs = packs_in(home, root(owners), extract=extract_in_child)
    files = {**DOCUMENTS, "documents/broken.pdf": b"no pdf at all"}
    before = bytes_below(home)
    with pytest.raises(PackContentRefused, match=r"documents/broken\.pdf"):
        packs.install(pack_of(tmp_path, owners, files=files), library)
    assert bytes_below(home) == before


BAD_UNIT = MEDICINES.replace('unit = "mg"', 'unit = "smidgens"', 1)
CONTENTS = [
    ({"formulary/a.toml": BAD_UNIT}, "smidgens"),
    ({"formulary/a.toml": MEDICINES.replace("max_per_day = 1000", "", 1)}, "maximum|max_per_day"),
    ({"formulary/a.toml": MEDICINES.replace("per_kg = [10, 15]", "per_kg = [15, 10]")}, "per_kg"),
    ({"formulary/a.toml": MEDICINES + "wrong = = toml"}, "medicines"),
    ({"formulary/a.toml": MEDICINES.encode() + b"# \xff"}, "UTF-8"),
    ({"formulary/a.toml": MEDICINES, "formulary/b.toml": MEDICINES}, "samplicillin"),
    ({"interactions/rules.toml": "[[rule]]\n"}, "four"),
    ({f"interactions/{name}": "x = 1" for name in FILES}, "interactions"),
    ({"cards/a.md": "no front matter"}, "front matter"),
    ({"cards/a.md": card_text("x", "X", ZINC), "cards/b.md": card_text("x", "Y", ZINC)}, "id"),
]


@pytest.mark.parametrize(("files", "words"), CONTENTS)
def test_content_that_is_not_fit_refuses_the_whole_pack(
    owners, packs, library, home, tmp_path, files, words
):
    pack = pack_of(tmp_path, owners, files={**DOCUMENTS, **files})
    before = bytes_below(home)
    with pytest.raises(PackContentRefused, match=words):
        packs.install(pack, library)
    assert bytes_below(home) == before
    with pytest.raises(PackContentRefused, match=words):
        packs.verify(pack)


def test_good_tables_are_stored_and_counted(owners, packs, library, home, tmp_path):
    from importlib.resources import files

    rules = {
        f"interactions/{name}": files("kb.starter").joinpath("interactions", name).read_bytes()
        for name in FILES
    }
    reviewed = MEDICINES.replace("draft-not-clinician-reviewed", "clinician-reviewed")
    pack = pack_of(tmp_path, owners, files={"formulary/a.toml": reviewed, **rules})
    done = packs.install(pack, library)
    assert (done.documents, done.medicines) == (0, 1)
    assert done.rules > 10
    slot = next((home / "packs/protocols").glob("1-*"))
    assert (slot / "formulary/a.toml").read_text() == reviewed


def test_withdrawn_card_is_not_quoted(owners, packs, library, tmp_path):
    card = card_text("zinc", "Zinc", ZINC.format(dose=10)).replace(
        'status = "draft-not-clinician-reviewed"', 'status = "withdrawn"'
    )
    assert (
        packs.install(pack_of(tmp_path, owners, files={"cards/a.md": card}), library).documents == 0
    )


# --- who speaks first ------------------------------------------------------------------------


def test_precedence_has_an_order():
    assert sorted(PRECEDENCE, key=rank_of) == ["textbook", "who", "regional", "national"]
    assert rank_of("") == 0 == rank_of("nobody")


def ask(library, text):
    return Assistant(library, open_rules(), {}).answer(Question(text))


@pytest.mark.parametrize(
    ("one", "other"), [("national", "textbook"), ("textbook", "national"), ("who", "regional")]
)
def test_packs_that_disagree_are_both_shown_the_higher_first(
    owners, packs, library, tmp_path, one, other
):
    for name, rank, dose in (("first", one, 10), ("second", other, 25)):
        card = card_text("zinc", f"Zinc in diarrhoea by {name}", ZINC.format(dose=dose))
        packs.install(
            pack_of(tmp_path, owners, id=name, precedence=rank, files={"cards/zinc.md": card}),
            library,
        )
    answer = ask(library, "zinc dose in diarrhoea")
    said = [sentence.text for sentence in answer.sentences]
    ten = next(n for n, text in enumerate(said) if "10 mg by mouth" in text)
    five_and_twenty = next(n for n, text in enumerate(said) if "25 mg by mouth" in text)
    assert (ten < five_and_twenty) == (rank_of(one) > rank_of(other))
    warning = next(line for line in answer.warnings if "Sources differ on zinc" in line)
    assert "one first" in warning
    assert all(answer.citations[key].quote for s in answer.sentences for key in s.citations)


def test_pack_beside_the_starter_cards_is_shown(owners, packs, library, tmp_path):
    index_starter(library)
    card = card_text("zinc", "Zinc in diarrhoea of children", ZINC.format(dose=30))
    packs.install(
        pack_of(tmp_path, owners, precedence="national", files={"cards/zinc.md": card}), library
    )
    answer = ask(library, "zinc dose for a child of 2 years with diarrhoea")
    quotes = [sentence.text for sentence in answer.sentences if sentence.kind == "quote"]
    said = [text for text in quotes if "inc" in text]
    assert "30 mg by mouth" in said[0]
    assert any("20 mg" in text for text in said[1:])
    assert any("the national one first" in line for line in answer.warnings)


def test_same_rank_keeps_the_order_of_relevance(owners, packs, library, tmp_path):
    for name, dose in (("first", 10), ("second", 25)):
        card = card_text("zinc", f"Zinc in diarrhoea by {name}", ZINC.format(dose=dose))
        packs.install(pack_of(tmp_path, owners, id=name, files={"cards/zinc.md": card}), library)
    warning = next(w for w in ask(library, "zinc dose in diarrhoea").warnings if "differ" in w)
    assert "first (" not in warning


@pytest.mark.parametrize("order", [("textbook", "national"), ("national", "textbook")])
def test_same_words_in_two_packs_are_found_in_the_higher_one_first(
    owners, packs, library, tmp_path, order
):
    for rank in order:
        pack = pack_of(tmp_path, owners, id=f"by-{rank}", precedence=rank)
        packs.install(pack, library)
    assert [hit.passage.pack for hit in library.search("child with fever", 2)] == [
        "by-national",
        "by-textbook",
    ]


# --- oddities --------------------------------------------------------------------------------


def test_names_that_are_fine():
    for name in ("documents/Protocole paludisme (2027).pdf", "cards/a-b_c.md", "documents/दस्त.txt"):
        check_name(name)
    with pytest.raises(ZipSlip):
        check_name("documents/con.txt")


def test_archive_of_another_kind(packs, library, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as made:
        made.writestr("hello.txt", "hello")
    with pytest.raises(LibraryError, match=r"manifest\.json"):
        packs.install(tmp_path / "x.zip", library)


def test_pointer_that_was_edited_is_told(owners, packs, library, home, tmp_path):
    packs.install(pack_of(tmp_path, owners), library)
    (home / "packs/protocols/current.json").write_text(json.dumps({"format": 1}))
    assert "current.json" in packs.catch_up(library)[0]
    assert len(library.documents()) == 2


def test_expired_is_a_refusal_with_the_date(owners, tmp_path, home, library):
    with pytest.raises(ExpiredPack, match="2028-01-01"):
        packs_in(home, root(owners), day=date(2030, 1, 1)).verify(pack_of(tmp_path, owners))
    assert machine().clock() == TODAY
