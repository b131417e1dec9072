"""From a stick to a program that answers; a program that does not is never called installed."""

import os
from dataclasses import replace

import pytest
from makers_bundle import DOMAIN, Publisher, app_archive, calls, installer, program, started

from ui.bundle.errors import BundleError, BundleNotTrusted, ProgramFailed, WrongPlatform

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="the program of the tests is a shell script"
)


@pytest.fixture
def publisher(tmp_path):
    return Publisher(tmp_path / "publisher")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "clinic"


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


def test_a_program_for_another_machine_is_refused_in_words(publisher, home, tmp_path):
    apps = (app_archive(tmp_path / "w", program(), platform="windows-x86_64"),)
    with pytest.raises(WrongPlatform, match="holds programs for: windows-x86_64"):
        installer(home, publisher).install(publisher.bundle(apps=apps))
