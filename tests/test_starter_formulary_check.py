"""The second reading of the formulary covers what ships."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from kb.medicines import Formulary
from ui.wiring import open_dosing

CHECK = Path(__file__).parents[1] / "docs" / "formulary-check.toml"


@pytest.fixture(scope="module")
def formulary() -> Formulary:
    return open_dosing().formulary


@pytest.fixture(scope="module")
def read() -> dict[str, dict[str, Any]]:
    tables = tomllib.loads(CHECK.read_text("utf-8"))["medicine"]
    named = {table["id"]: table for table in tables}
    assert len(named) == len(tables), "a medicine is named twice"
    return named


def test_every_medicine_was_read_and_no_other(
    formulary: Formulary, read: dict[str, dict[str, Any]]
) -> None:
    assert set(read) == set(formulary.medicines)


def test_no_row_was_added_or_lost_since(
    formulary: Formulary, read: dict[str, dict[str, Any]]
) -> None:
    rows = {one: len(medicine.record.doses) for one, medicine in formulary.medicines.items()}
    assert {one: table["rows"] for one, table in read.items()} == rows


def test_a_change_says_what_was_and_what_is(read: dict[str, dict[str, Any]]) -> None:
    changes = [(one, change) for one, table in read.items() for change in table["changed"]]
    assert changes
    assert [one for one, change in changes if change.count(" -> ") != 1] == []
