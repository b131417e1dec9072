"""The hazard log: every hazard is whole, and every test that it names exists."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HAZARDS = tomllib.loads((ROOT / "docs" / "hazards.toml").read_text("utf-8"))["hazard"]
HARMS = {"death-or-serious", "serious", "moderate", "privacy", "service"}


def names_in(name):
    tree = ast.parse((ROOT / "tests" / name).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_hazard_has_its_own_name_and_says_what_is_left():
    ids = [one["id"] for one in HAZARDS]
    assert len(ids) == len(set(ids)) >= 20
    for one in HAZARDS:
        assert set(one) == {"id", "what", "harm", "control", "tests", "left"}
        assert one["harm"] in HARMS
        assert all(one[key].strip().endswith(".") for key in ("what", "control", "left")), one["id"]


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda one: one["id"])
def test_the_tests_of_a_hazard_exist(hazard):
    assert hazard["tests"]
    for test in hazard["tests"]:
        file, name = test.split("::")
        known = names_in(file)
        assert name in known or (name == "*" and any(n.startswith("test_") for n in known)), test


def test_what_could_kill_is_held_by_more_than_one_test_or_a_whole_file():
    for one in HAZARDS:
        if one["harm"] == "death-or-serious":
            assert len(one["tests"]) >= 2, one["id"]
