"""Builds that repeat: each piece of `make dist` twice from equal folders gives equal bytes.

Two whole builds are compared by `packaging/compare_builds.py`; they take too long for a test.
"""

import importlib
import os
import random
import shutil
import sys
import time
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parent.parent / "packaging"
TIME = "1760000000"


@pytest.fixture
def script(monkeypatch):
    """Loads a script of packaging/, which are no package."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    return importlib.import_module


def program(folder: Path, mask: int) -> Path:
    """The same program, made with another umask, in another order and at another time."""
    before = os.umask(mask)
    try:
        names = ["aidpost", "THIRD-PARTY-NOTICES.txt", "sbom.cdx.json", "_internal/b.so"]
        names += [f"_internal/{name}/code.so" for name in ("ctranslate2", "av", "kb")]
        names += [f"_internal/{name}/code.so" for name in ("ctranslate2.libs", "av.libs")]
        random.Random(mask).shuffle(names)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name * 1000)
        (folder / "_internal" / "a.so").symlink_to("b.so")
        (folder / "aidpost").chmod(0o777 & ~mask)
        os.utime(folder / "aidpost", (mask, mask))
    finally:
        os.umask(before)
    return folder


@pytest.fixture
def twins(tmp_path):
    return program(tmp_path / "one" / "aidpost", 0o022), program(tmp_path / "o" / "aidpost", 0o077)


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb")
@pytest.mark.parametrize("packing", ["-z0", "-z6"])
def test_two_packages_of_one_program_are_the_same_bytes(
    script, twins, tmp_path, monkeypatch, packing
):
    build_deb = script("build_deb")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", TIME)
    made = []
    for number, folder in enumerate(twins):
        monkeypatch.setattr(build_deb, "BUILD", tmp_path / f"build-{number}")
        out = tmp_path / f"out-{number}"
        out.mkdir()
        before = os.umask(0o077 if number else 0o022)
        try:
            packages = [
                build(folder, out, "9.9", packing)
                for build in (build_deb.build, build_deb.build_speech)
            ]
        finally:
            os.umask(before)
        made.append([package.read_bytes() for package in packages])
        time.sleep(1.1)  # a second later by the clock, which archives count in
    assert made[0] == made[1]


def test_two_archives_of_one_program_are_the_same_bytes(script, twins, tmp_path):
    common, portable = script("dist_common"), script("portable")
    made = []
    for number, folder in enumerate(twins):
        common.settle(folder, int(TIME))
        portable.pack(folder, "aidpost-9.9", tmp_path / f"{number}.tar.gz", int(TIME))
        made.append((tmp_path / f"{number}.tar.gz").read_bytes())
    assert made[0] == made[1]


def test_two_lists_of_contents_and_notices_are_the_same(script, twins, tmp_path):
    sbom, notices = script("sbom"), script("notices")
    made = []
    for number, folder in enumerate(twins):
        place = tmp_path / f"packages-{number}"
        for name in ("two", "one", "three") if number else ("one", "two", "three"):
            installed(place, name)
        found = notices.packages(notices.load_rules(), place)
        listed = sbom.with_files(sbom.bill("9.9", "linux-x86_64", int(TIME), found), folder)
        made.append((sbom.written(listed), notices.written(found, "9.9")))
    assert made[0] == made[1]
    assert b"pkg:pypi/three@1.0" in made[0][0]
    assert "Words of two." in made[0][1]


def installed(place: Path, name: str) -> None:
    """A package in a folder, as pip leaves it."""
    folder = place / f"{name}-1.0.dist-info"
    (folder / "licenses").mkdir(parents=True)
    head = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nLicense-Expression: MIT\n"
    (folder / "METADATA").write_text(head)
    (folder / "licenses" / "LICENSE").write_text(f"Words of {name}.")
    (folder / "RECORD").write_text(f"{folder.name}/licenses/LICENSE,,\n{folder.name}/METADATA,,\n")


def test_equal_builds_are_told_to_be_equal(script, twins, tmp_path, capsys):
    common, compare = script("dist_common"), script("compare_builds")
    for folder in twins:
        common.settle(folder.parent, int(TIME))
    builds = [str(build(tmp_path / name, folder)) for name, folder in zip("ab", twins, strict=True)]
    assert compare.main(builds) == 0
    assert "0 differences" in capsys.readouterr().out


def build(place: Path, folder: Path) -> Path:
    """A folder as `make dist` leaves it."""
    shutil.copytree(folder.parent, place / "dist", symlinks=True)
    (place / "out").mkdir()
    (place / "out" / "SHA256SUMS").write_text("x")
    return place


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda app: (app / "_internal" / "b.so").write_text("b"), "b.so: other bytes"),
        (lambda app: (app / "aidpost").chmod(0o700), "aidpost: permissions 755 and 700"),
        (lambda app: (app / "sbom.cdx.json").unlink(), "sbom.cdx.json: only in"),
        (lambda app: (app / "more").mkdir(), "more: only in"),
        (lambda app: relink(app / "_internal" / "a.so", "c.so"), "leads to b.so and c.so"),
        (lambda app: relink(app / "sbom.cdx.json", "b.so"), "sbom.cdx.json: file and link"),
    ],
)
def test_every_kind_of_difference_is_found(script, twins, tmp_path, capsys, change, said):
    common, compare = script("dist_common"), script("compare_builds")
    common.settle(twins[0], int(TIME))
    one, other = build(tmp_path / "a", twins[0]), build(tmp_path / "b", twins[0])
    change(other / "dist" / "aidpost")
    assert compare.main([str(one), str(other)]) == 1
    out = capsys.readouterr().out
    assert said in out
    assert "1 differences" in out


def relink(path: Path, to: str) -> None:
    path.unlink()
    path.symlink_to(to)


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb")
def test_what_differs_inside_a_package_is_named(script, twins, tmp_path, monkeypatch):
    build_deb, compare = script("build_deb"), script("compare_builds")
    monkeypatch.setattr(build_deb, "BUILD", tmp_path / "build")
    folders = []
    for number in range(2):
        folders.append(tmp_path / f"out-{number}")
        folders[-1].mkdir()
        (twins[0] / "_internal" / "kb" / "code.so").write_text(f"build {number}")
        build_deb.build(twins[0], folders[-1], "9.9", "-z0")
    rows = [row.strip() for row in compare.differences(*folders)]
    assert "usr/lib/aidpost/_internal/kb/code.so: other bytes" in rows
    assert "DEBIAN/md5sums: other bytes" in rows


def test_the_compiler_is_told_to_keep_no_path(script):
    build_env = script("build_env")
    told = build_env._compiling()
    for flags in (told["CFLAGS"], told["CXXFLAGS"]):
        assert flags == f"-ffile-prefix-map={build_env.SOURCE}=llama-cpp-python"
    assert told["GIT_CEILING_DIRECTORIES"] == str(build_env.BUILD)
    rows = build_env._lock(llama=True)
    assert rows.startswith("llama-cpp-python==")
    assert "--hash=sha256:" in rows
    assert "llama-cpp-python==" not in build_env._lock(llama=False)
