"""Cells that reach over rows and columns: each row can be read alone, in every kind of file."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.extract.grid import MOST_COLUMNS, MOST_ROWS, Cell, span, whole_rows
from kb.extract.registry import extract
from tests.makers_files import saved, word

ROWS = [
    "Medicine | Age | Dose",
    "Tarvexin | under 5 years | 125 mg",
    "Tarvexin | 5 years and over | 250 mg",
    "Morvane | any age | 2.5 mL",
]
HTML = """<html><table><tr><th>Medicine<th>Age<th>Dose</tr>
<tr><td rowspan="2">Tarvexin<td>under 5 years<td>125 mg</tr><tr><td>5 years and over<td>250 mg</tr>
<tr><td>Morvane<td>any age<td>2.5 mL</tr></table></html>"""
CALS = """<document><title>Doses</title><table><tgroup cols="3"><thead><row><entry>Medicine</entry>
<entry>Age</entry><entry>Dose</entry></row></thead><tbody><row><entry morerows="1">Tarvexin</entry>
<entry>under 5 years</entry><entry>125 mg</entry></row><row><entry>5 years and over</entry>
<entry>250 mg</entry></row><row><entry>Morvane</entry><entry>any age</entry><entry>2.5 mL</entry>
</row></tbody></tgroup></table></document>"""


def letter() -> bytes:
    document = word()
    table = document.add_table(rows=4, cols=3)
    for number, row in enumerate(ROWS):
        for column, text in enumerate(row.split(" | ")):
            if (number, column) != (2, 0):
                table.cell(number, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    return saved(document)


@pytest.mark.parametrize(
    ("data", "name"),
    [(HTML.encode(), "a.html"), (CALS.encode(), "a.cnxml"), (letter(), "a.docx")],
)
def test_a_cell_that_reaches_down_is_in_each_of_its_rows(data: bytes, name: str) -> None:
    found = extract(data, name)
    (table,) = [b for b in found.blocks if b.kind == "table"]
    assert found.text[table.start : table.end].split("\n") == ROWS


def test_a_cell_that_reaches_across_keeps_what_follows_in_its_column() -> None:
    html = """<table><tr><th colspan="3">Doses of the ward</tr><tr><td colspan="2">Morvane<td>2.5 mL
    </tr><tr><td>a<td>b<td>c</tr></table>"""
    assert extract(html.encode(), "a.html").text.split("\n") == [
        "Doses of the ward",
        "Morvane | | 2.5 mL",
        "a | b | c",
    ]
    cals = CALS.replace('<entry morerows="1">', '<entry namest="c1" nameend="c2">', 1)
    assert "Tarvexin | | under 5 years | 125 mg" in extract(cals.encode(), "a.cnxml").text


def test_a_wide_cell_of_a_letter_keeps_what_follows_in_its_column() -> None:
    document = word()
    table = document.add_table(rows=2, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Morvane"
    for cell, text in (
        (table.cell(0, 2), "2.5 mL"),
        (table.cell(1, 1), "b"),
        (table.cell(1, 2), "c"),
    ):
        cell.text = text
    assert extract(saved(document), "a.docx").text.split("\n") == ["Morvane | | 2.5 mL", "| b | c"]


@pytest.mark.parametrize(
    ("value", "reach"),
    [
        ("2", 2),
        (" 3 ", 3),
        (None, 1),
        ("", 1),
        ("x", 1),
        ("-1", 1),
        ("9" * 30, 1),
        ("٣", 1),
        ("0", 0),
    ],
)
def test_a_reach_that_makes_no_sense_is_one(value: str | None, reach: int) -> None:
    assert span(value) == reach


def test_a_reach_without_end_ends() -> None:
    rows = [[Cell("a", 99_999, 99_999)], *[[Cell("b")]] * (MOST_ROWS + 5)]
    found = list(whole_rows(rows))
    assert len(found) == len(rows)
    assert max(map(len, found)) == MOST_COLUMNS + 1
    assert found[-1] == ["b"]


cells = st.builds(Cell, st.sampled_from(["", "a", "b"]), st.integers(0, 4), st.integers(0, 4))


@given(st.lists(st.lists(cells, max_size=5), max_size=6))
def test_every_cell_is_in_its_row_and_what_reaches_down_below_it(rows: list[list[Cell]]) -> None:
    found = list(whole_rows(rows))
    assert len(found) == len(rows)
    for row, whole in zip(rows, found, strict=True):
        said = [cell.text for cell in row if cell.text]
        assert len([text for text in whole if text]) >= len(said)
    for (row, below), whole in zip(pairwise(rows), found[1:], strict=False):
        reaching = [cell.text for cell in row if cell.down > 1 and cell.text]
        own = [cell.text for cell in below if cell.text]
        assert len([text for text in whole if text]) >= len(reaching) + len(own)
