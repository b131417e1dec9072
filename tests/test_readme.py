"""What the README says is true."""

import importlib.util
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def load_tree_maker():
    spec = importlib.util.spec_from_file_location("readme_tree", ROOT / "packaging/readme_tree.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_file_tree_is_the_files():
    assert load_tree_maker().updated(README) == README, "run: python packaging/readme_tree.py"


def test_paths_named_in_the_data_flow_exist():
    flow = README.split("## The journey of a question")[1].split("## The house")[0]
    for path in re.findall(r"\b(?:assistant|kb|ui)/[\w/]+(?:\.py)?", flow):
        assert (ROOT / path).exists(), path


def test_exactly_two_set_up_commands():
    block = README.split("## Set-up")[1].split("```")[1]
    assert re.findall(r"^(make \w+)", block, re.MULTILINE) == ["make run", "make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\nrun:" in makefile
    assert "\ntest:" in makefile


def test_changelog_begins_with_the_package_s_version():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[
        1
    ]
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    assert first == version


def test_lock_files_hold_hashes_and_no_addresses():
    for lock in (ROOT / "packaging").glob("*requirements.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|index-url|find-links", text), lock.name


def test_dev_tools_are_named_once():
    wanted = (ROOT / "packaging/dev-requirements.in").read_text().splitlines()
    pyproject = (ROOT / "pyproject.toml").read_text()
    for line in wanted:
        if line and not line.startswith(("#", "-")):
            assert f'"{line}"' in pyproject


def test_no_path_or_address_of_one_machine_in_tracked_files():
    listed = subprocess.run(
        ["git", "grep", "-nIE", r"/(home|root|work|tmp)/[a-z]", "--", ".", ":!tests"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert listed.stdout == ""


def test_packaging_and_tests_are_no_packages():
    assert not (ROOT / "packaging/__init__.py").exists()
    assert not (ROOT / "tests/__init__.py").exists()
