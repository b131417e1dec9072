"""What `make dist` is made of: archives that repeat, licences that are held, lists that are whole."""

import importlib
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"


@pytest.fixture
def script(monkeypatch):
    """Loads a script of packaging/, which are no package."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    return importlib.import_module


def filled(folder):
    (folder / "sub").mkdir(parents=True)
    (folder / "run").write_bytes(b"#!/bin/sh\n")
    (folder / "run").chmod(0o755)
    (folder / "sub" / "data").write_bytes(b"\0" * 5000)
    (folder / "sub" / "link").symlink_to("data")
    return folder


def test_two_archives_of_one_folder_are_the_same_bytes(script, tmp_path):
    pack = script("portable").pack
    first, again = filled(tmp_path / "a"), filled(tmp_path / "b")
    (again / "run").touch()
    pack(first, "top", tmp_path / "a.tar.gz", 1_700_000_000)
    pack(again, "top", tmp_path / "other-name.tar.gz", 1_700_000_000)
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "other-name.tar.gz").read_bytes()
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        rows = {row.name: row for row in archive}
    assert list(rows) == ["top/run", "top/sub/data", "top/sub/link"]
    assert rows["top/run"].mode == 0o755
    assert rows["top/sub/data"].mode == 0o644
    assert rows["top/sub/link"].linkname == "data"
    assert {row.uid for row in rows.values()} == {0}


def package(notices, name, *licences):
    return notices.Package(name, "1.0", licences, ())


@pytest.mark.parametrize(
    ("licences", "said"),
    [
        (("MIT",), ""),
        (("LGPL-3.0-or-later",), ""),
        (("GPL-3.0-or-later",), "refused"),
        (("MIT", "GPL-2.0-only"), "refused"),
        (("GNU General Public License v3 (GPLv3)",), "not allowed"),
        (("AGPL-3.0",), "refused"),
        (("Some words",), "not allowed"),
        ((), "states no licence"),
    ],
)
def test_a_licence_is_allowed_refused_or_looked_at_by_a_person(script, licences, said):
    notices = script("notices")
    found = notices.faults([package(notices, "x", *licences)], notices.load_rules())
    assert bool(found) == bool(said)
    assert said in "".join(found)


def installed(tmp_path, name, *rows):
    """A package in a folder, as pip leaves it."""
    folder = tmp_path / f"{name}-1.0.dist-info"
    (folder / "licenses").mkdir(parents=True)
    head = "\n".join(("Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *rows))
    (folder / "METADATA").write_text(head + "\n")
    (folder / "licenses" / "LICENSE").write_text(f"Words of {name}.")
    (folder / "RECORD").write_text(f"{folder.name}/licenses/LICENSE,,\n{folder.name}/METADATA,,\n")


def test_licences_are_read_as_packages_write_them(script, tmp_path):
    notices = script("notices")
    installed(tmp_path, "one", "License-Expression: Apache-2.0 OR BSD-3-Clause")
    installed(tmp_path, "two", "Classifier: License :: OSI Approved :: MIT License")
    installed(tmp_path, "three", "License: Apache License 2.0")
    installed(tmp_path, "four", "License-Expression: GPL-3.0-or-later")
    installed(tmp_path, "setuptools", "License-Expression: GPL-3.0-or-later")
    rules = notices.load_rules()
    found = {one.name: one for one in notices.packages(rules, tmp_path)}
    assert {name: one.licences for name, one in found.items()} == {
        "one": ("Apache-2.0", "BSD-3-Clause"),
        "two": ("MIT",),
        "three": ("Apache-2.0",),
        "four": ("GPL-3.0-or-later",),
    }
    assert notices.faults(found.values(), rules) == [
        "four 1.0 is under GPL-3.0-or-later, which is refused."
    ]
    text = notices.written(found.values(), "9.9")
    assert "Words of two." in text
    assert "espeak-ng" in text
    with pytest.raises(SystemExit, match="licence check failed"):
        notices.checked_notices(tmp_path, "9.9")


def test_everything_that_is_installed_here_to_run_the_program_may_be_inside(script):
    """The packages of the locks that go into the program, by their own metadata."""
    notices = script("notices")
    wheelhouse = script("wheelhouse")
    names = set()
    for lock in ("requirements.txt", "speech-requirements.txt", "llm-requirements.txt"):
        text = (PACKAGING / lock).read_text()
        names |= {re.sub(r"[-_.]+", "-", name).casefold() for name in wheelhouse.split_lock(text)}
    rules = notices.load_rules()
    place = Path(pytest.__file__).parent.parent
    found = [one for one in notices.packages(rules, place) if one.name in names]
    assert len(found) > 60
    assert notices.faults(found, rules) == []


def test_the_list_of_contents_is_whole_and_repeats(script, tmp_path):
    sbom, notices = script("sbom"), script("notices")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libx.so.1").write_bytes(b"x")
    (tmp_path / "lib" / "page.html").write_bytes(b"x")
    packages = [package(notices, "one", "MIT"), package(notices, "two", "MPL-2.0")]
    made = sbom.bill("0.1.0", "linux-x86_64", 1_700_000_000, packages)
    full = sbom.with_files(made, tmp_path)
    data = sbom.written(full)
    assert data == sbom.written(sbom.with_files(made, tmp_path))
    read = json.loads(data)
    assert sbom.faults(read) == []
    assert [one["bom-ref"] for one in read["components"]] == [
        "pkg:pypi/one@1.0",
        "pkg:pypi/two@1.0",
        "file:lib/libx.so.1",
    ]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", read["serialNumber"])
    assert read["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    doubled = {**read, "components": [*read["components"], read["components"][0]]}
    assert sbom.faults(doubled) == ["Two components have one reference."]


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs a C compiler")
def test_the_library_in_the_place_of_an_encoder_holds_every_name(script, tmp_path):
    encoders = script("dist_encoders")
    names = ["x264_encoder_open_165", "x264_levels", "x264_param_default"]
    (tmp_path / "x.c").write_text(encoders.source_for(names))
    library = tmp_path / "libx264.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, tmp_path / "x.c"], check=True)
    found = ["nm", "-D", "--defined-only", library]
    out = subprocess.run(found, check=True, capture_output=True, text=True)
    for name in names:
        assert re.search(rf" [TDBR] {name}$", out.stdout, re.M)


def test_equal_libraries_of_a_folder_become_links(script, tmp_path):
    lean = script("dist_lean")
    for name in ("libg.so", "libg.so.0", "libg.so.0.25.3"):
        (tmp_path / name).write_bytes(b"g" * 200_000)
    (tmp_path / "libother.so").write_bytes(b"o" * 200_000)
    lean.link_twins(tmp_path)
    assert (tmp_path / "libg.so").readlink() == Path("libg.so.0.25.3")
    assert (tmp_path / "libg.so.0").readlink() == Path("libg.so.0.25.3")
    assert not (tmp_path / "libother.so").is_symlink()
    assert (tmp_path / "libg.so").read_bytes() == b"g" * 200_000


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("gradio/templates/frontend/static/ffmpeg/ffmpeg-core.wasm", True),
        ("gradio/templates/frontend/assets/index.js", False),
        ("gradio\\templates\\node\\build\\index.js", True),
        ("pandas/tests/data.csv", True),
        ("gradio/hash_seed.txt", True),
        ("gradio/components/audio.pyi", True),
        ("kb/starter/topics.toml", False),
        ("kb/encoder/model.onnx", False),
    ],
)
def test_what_stays_behind(script, name, out):
    assert script("dist_left_out").is_left_out(name) is out


@pytest.mark.parametrize("lock", sorted(path.name for path in PACKAGING.glob("*requirements.txt")))
def test_every_pin_has_a_hash_and_no_address(script, lock):
    text = (PACKAGING / lock).read_text()
    assert "://" not in text
    rows = script("wheelhouse").split_lock(text)
    assert rows
    assert all("--hash=sha256:" in row for row in rows.values())


def test_the_page_of_a_smoke_test_is_a_pdf_that_is_read(script):
    from kb.extract.registry import extract

    smoke = script("smoke")
    found = extract(smoke._documents()["rules.pdf"], "rules.pdf")
    assert "zorvane cupboard key" in found.text


def test_every_installed_package_suits_the_python_of_debian_12():
    """Debian 12 has Python 3.11.2; a lock made with a later one can hold what does not suit it."""
    from importlib.metadata import distributions

    from packaging.specifiers import SpecifierSet

    unfit = {
        one.metadata["Name"]: wanted
        for one in distributions()
        if (wanted := one.metadata.get("Requires-Python"))
        and not SpecifierSet(wanted).contains("3.11.2")
    }
    assert unfit == {}
