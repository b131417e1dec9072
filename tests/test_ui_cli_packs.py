"""`aidpost kb pack`: from keys to an installed pack and back, as people type it."""

import json
import stat
import zipfile

import pytest
from click.testing import CliRunner
from makers_packs import folder_of

from ui.cli.main import cli, main


@pytest.fixture
def run(home):
    home.mkdir()
    (home / "aidpost.toml").write_text("meaning = false\n")  # the encoder has tests of its own

    def runner(*arguments, text=None, fails=False):
        result = CliRunner().invoke(cli, [str(a) for a in arguments], input=text)
        assert (result.exit_code != 0) == fails, result.output
        return result

    return runner


@pytest.fixture
def district(run, tmp_path):
    """Keys of a domain that this machine trusts."""
    run("kb", "pack", "keys", "new", "district", "-o", tmp_path / "keys")
    run("kb", "pack", "trust", "add", tmp_path / "keys/district.root.json", "--yes")
    return tmp_path / "keys"


def signed(run, tmp_path, keys, version=1, base=None):
    out = tmp_path / f"v{version}.zip"
    more = ["--base", base] if base else []
    run("kb", "pack", "build", folder_of(tmp_path / f"v{version}", version), "-o", out, *more)
    for number in (1, 3):
        run("kb", "pack", "sign", out, "--key", keys / f"key-{number}.key")
    return out


def test_from_keys_to_an_answer_and_back(run, tmp_path, district):
    first = signed(run, tmp_path, district)
    about = json.loads(run("kb", "pack", "verify", first, "--json").stdout)
    assert (about["id"], about["version"], about["changed"]) == ("protocols", 1, False)
    assert about["documents"] == 2
    assert "is installed" in run("kb", "pack", "install", first).stdout
    assert "installed already" in run("kb", "pack", "install", first).stdout
    listed = json.loads(run("kb", "pack", "list", "--json").stdout)
    assert [row["id"] for row in listed["packs"]] == ["protocols"]
    hits = json.loads(run("kb", "search", "--json", "cups of water fever").stdout)["hits"]
    assert hits[0]["passage"].startswith("protocols/")
    run("kb", "pack", "install", signed(run, tmp_path, district, 2, base=first))
    assert "2 cups" in run("kb", "search", "cups of water fever").stdout
    assert "version 1" in run("kb", "pack", "rollback", "protocols").stdout
    assert "1 cups" in run("kb", "search", "cups of water fever").stdout
    run("kb", "pack", "remove", "protocols")
    assert "No pack is installed" in run("kb", "pack", "list").stdout
    assert "protocols/" not in run("kb", "search", "cups of water fever").stdout


def test_questions_know_the_packs_even_after_the_library_file_was_lost(
    run, tmp_path, district, home
):
    run("kb", "pack", "install", signed(run, tmp_path, district))
    (home / "library.db").unlink()
    answer = json.loads(run("ask", "--json", "cups of water in fever").stdout)
    cited = [citation["passage"] for citation in answer["citations"].values()]
    assert any(passage.startswith("protocols/") for passage in cited)
    kept = next((home / "packs").rglob("fever.txt"))
    kept.write_text("changed")
    (home / "library.db").unlink()
    result = run("doctor", "--json")
    notices = [f["says"] for f in json.loads(result.stdout)["findings"] if f["name"] == "notice"]
    assert any("The pack protocols is not as it was installed" in notice for notice in notices)


def test_refusal_is_one_line_and_exit_code_1(run, tmp_path, district, capsys):
    out = tmp_path / "x.zip"
    run("kb", "pack", "build", folder_of(tmp_path / "source"), "-o", out)
    with pytest.raises(SystemExit) as ended:
        main(["kb", "pack", "install", str(out)])
    assert ended.value.code == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "(arbitrary install)" in said[0]


def test_publisher_verifies_before_anybody_trusts_it(run, tmp_path):
    run("kb", "pack", "keys", "new", "ministry", "-o", tmp_path / "keys", "--highest", "national")
    folder = folder_of(tmp_path / "source", domain="ministry", precedence="national")
    out = tmp_path / "x.zip"
    run("kb", "pack", "build", folder, "-o", out)
    for number in (1, 2):
        run("kb", "pack", "sign", out, "--key", tmp_path / f"keys/key-{number}.key")
    run("kb", "pack", "verify", out, fails=True)
    run("kb", "pack", "verify", out, "--root", tmp_path / "keys/ministry.root.json")


def test_keys_are_private_and_never_overwritten(run, tmp_path, district):
    for number in (1, 2, 3):
        assert stat.S_IMODE((district / f"key-{number}.key").stat().st_mode) == 0o600
    before = (district / "key-1.key").read_bytes()
    run("kb", "pack", "keys", "new", "district", "-o", district, fails=True)
    assert (district / "key-1.key").read_bytes() == before
    run(
        "kb",
        "pack",
        "keys",
        "new",
        "two",
        "-o",
        tmp_path / "two",
        "--holder",
        "A",
        "--holder",
        "B",
        fails=True,
    )


def test_keys_with_passphrases(run, tmp_path):
    words = "first words\nfirst words\nsecond words\nsecond words\nthird words\nthird words\n"
    run("kb", "pack", "keys", "new", "locked", "-o", tmp_path / "keys", "--passphrase", text=words)
    out = tmp_path / "x.zip"
    run("kb", "pack", "build", folder_of(tmp_path / "source", domain="locked"), "-o", out)
    key = tmp_path / "keys/key-2.key"
    run("kb", "pack", "sign", out, "--key", key, fails=True)
    run("kb", "pack", "sign", out, "--key", key, "--passphrase", text="first words\n", fails=True)
    done = run(
        "kb", "pack", "sign", out, "--key", key, "--passphrase", "--json", text="second words\n"
    )
    assert len(json.loads(done.stdout)["signed_by"]) == 1
    with zipfile.ZipFile(out) as made:
        assert "signatures.json" in made.namelist()


def test_keys_are_renewed(run, tmp_path, district):
    new = tmp_path / "new"
    root = district / "district.root.json"
    one = ["--key", district / "key-1.key"]
    run("kb", "pack", "keys", "renew", root, *one, "-o", tmp_path / "alone")
    run("kb", "pack", "trust", "add", tmp_path / "alone/district.root.json", "--yes", fails=True)
    run("kb", "pack", "keys", "renew", root, *one, "--key", district / "key-2.key", "-o", new)
    run("kb", "pack", "trust", "add", new / "district.root.json", "--yes")
    trusted = json.loads(run("kb", "pack", "trust", "list", "--json").stdout)["trusted"]
    assert [row["version"] for row in trusted] == [2]
    run("kb", "pack", "install", signed(run, tmp_path, district), fails=True)
    run("kb", "pack", "install", signed(run, tmp_path, new, 2))


def test_nobody_is_trusted_without_a_yes(run, tmp_path):
    run("kb", "pack", "keys", "new", "district", "-o", tmp_path / "keys")
    root = tmp_path / "keys/district.root.json"
    asked = run("kb", "pack", "trust", "add", root, text="n\n", fails=True)
    key = json.loads(root.read_text())["signatures"][0]["key"]
    assert key in asked.output
    assert "No publisher is trusted yet" in run("kb", "pack", "trust", "list").stdout
    run("kb", "pack", "trust", "add", root, text="y\n")
    assert key in run("kb", "pack", "trust", "list").stdout


def test_what_is_not_there_is_said(run, tmp_path, district):
    for words in (("install", tmp_path / "none"), ("rollback", "none"), ("remove", "none")):
        assert run("kb", "pack", *words, fails=True).exception
    run("kb", "pack", "sign", tmp_path / "none", "--key", district / "key-1.key", fails=True)
    run("kb", "pack", "trust", "add", tmp_path / "none", "--yes", fails=True)
