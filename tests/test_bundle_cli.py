"""`aidpost bundle` as people type it, with the real program on the stick."""

import json
import os
import shlex
import subprocess
import sys

import pytest
from click.testing import CliRunner
from makers_bundle import app_archive, program
from makers_packs import folder_of

from ui.cli.bundle import bundle
from ui.cli.doctor import QUESTION
from ui.cli.main import cli

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="the program of the tests is a shell script"
)

REAL = """#!/bin/sh
# The real program, with a library that it made before: making it anew each time takes long.
mkdir -p "$AIDPOST_HOME"
[ -e "$AIDPOST_HOME/library.db" ] || cp -R {ready}/. "$AIDPOST_HOME"
exec {python} -m ui.cli "$@"
"""


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """The real program; its first answer in this run made the starter library."""
    ready = tmp_path_factory.mktemp("ready")
    (ready / "aidpost.toml").write_text("meaning = false\n")  # the encoder has tests of its own
    words = [sys.executable, "-m", "ui.cli", "ask", "--json", QUESTION]
    environment = {**os.environ, "AIDPOST_HOME": str(ready)}
    subprocess.run(words, env=environment, check=True, capture_output=True)
    return REAL.format(ready=shlex.quote(str(ready)), python=shlex.quote(sys.executable))


@pytest.fixture
def run(home, tmp_path, monkeypatch):
    home.mkdir()
    (home / "aidpost.toml").write_text("meaning = false\n")  # the encoder has tests of its own
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)

    def runner(*arguments, text=None, fails=False, of=bundle):
        result = CliRunner().invoke(of, [str(a) for a in arguments], input=text)
        assert (result.exit_code != 0) == fails, (result.output, result.exception)
        return result

    return runner


@pytest.fixture
def publisher(run, tmp_path):
    """Keys of a publisher whom this machine does not know yet."""
    run("kb", "pack", "keys", "new", "district", "-o", tmp_path / "keys", of=cli)
    return tmp_path / "keys"


def made(run, publisher, tmp_path, number, script, more=()):
    stick = tmp_path / f"stick-{number}"
    app = app_archive(tmp_path / f"app-{number}", script)
    keys = [word for key in (1, 3) for word in ("--key", publisher / f"key-{key}.key")]
    root = ["--root", publisher / "district.root.json"]
    about = ["--number", number, "--label", f"edition {number}"]
    said = run("build", "-o", stick, "--app", app, *root, *keys, *about, *more, "--json").stdout
    assert json.loads(said)["number"] == number
    return stick


def test_from_a_stick_to_an_answer_with_the_packs_of_the_clinic(
    run, publisher, tmp_path, home, real
):
    pack = tmp_path / "protocols.zip"
    run("kb", "pack", "build", folder_of(tmp_path / "source"), "-o", pack, of=cli)
    for number in (1, 2):
        run("kb", "pack", "sign", pack, "--key", publisher / f"key-{number}.key", of=cli)
    stick = made(run, publisher, tmp_path, 1, real, ("--pack", pack))
    root = publisher / "district.root.json"
    about = json.loads(run("verify", stick, "--root", root, "--json").stdout)
    assert (about["sound"], about["number"]) == (True, 1)

    result = run("install", stick, text="n\n", fails=True)
    assert "first holder" in result.output
    assert not (tmp_path / "person" / ".local").exists()

    result = run("install", stick, text="y\n")
    assert "is installed and has answered a question" in result.stdout
    assert "pack protocols.zip" in result.stdout
    hits = json.loads(run("kb", "search", "--json", "cups of water fever", of=cli).stdout)["hits"]
    assert hits[0]["passage"].startswith("protocols/")
    assert (tmp_path / "person/.local/bin/aidpost").exists()
    assert "no file is damaged" in run("repair").stdout


def test_the_words_of_a_person_who_updates_goes_back_and_removes(run, publisher, tmp_path, home):
    first = made(run, publisher, tmp_path, 1, program("one"))
    second = made(run, publisher, tmp_path, 2, program("two"))
    folder = tmp_path / "elsewhere"
    run("install", first, "--to", folder, "--yes")
    # The keys are known now, and nobody is asked.
    assert "already" in run("install", first, "--to", folder).stdout
    said = json.loads(run("install", second, "--to", folder, "--json").stdout)
    assert said["version"].startswith("2-")
    result = run("install", first, "--to", folder, fails=True)
    assert "has had number 2" in str(result.exception)
    assert "bundle 1 is in use again" in run("rollback", "--to", folder).stdout
    (folder / "versions").joinpath(said["version"], "aidpost").write_text("broken")
    back = run("rollback", "--to", folder, fails=True)
    assert "cannot be started" in str(back.exception) or "status" in str(back.exception)
    result = run("uninstall", "--to", folder, "--yes")
    assert "records and settings are still in" in result.stdout
    assert not folder.exists()
    assert (home / "aidpost.toml").exists()


def test_damage_without_a_stick_says_which_stick(run, publisher, tmp_path):
    stick = made(run, publisher, tmp_path, 1, program("one"))
    folder = tmp_path / "elsewhere"
    run("install", stick, "--to", folder, "--yes")
    library = next(folder.glob("versions/*/_internal/library.bin"))
    library.write_bytes(b"other")
    result = run("repair", "--to", folder, fails=True)
    assert "1 files of the program are damaged" in str(result.exception)
    assert "are right again" in run("repair", stick, "--to", folder).stdout
    assert "no file is damaged" in run("repair", "--to", folder).stdout
