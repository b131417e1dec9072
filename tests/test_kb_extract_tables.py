"""Tables of text and Excel workbooks: every row can be read alone."""

import datetime
import io
import random
import zipfile

import pytest

from kb.errors import (
    DocumentEncrypted,
    DocumentTooLarge,
    LibraryError,
    NoTextFound,
    UnreadableDocument,
)
from kb.extract import sheet
from kb.extract.building import LONG_TABLE
from kb.extract.registry import extract
from kb.messages import Extraction
from tests.makers_files import book_bytes, part_of, with_part, workbook, zipped

ROWS = [("Medicine", "Dose", "Days"), ("Zinc, tablets", "10 mg", "14"), ("ORS", "75 mL/kg", "1")]
LINES = [
    "Medicine | Dose | Days",
    "Medicine: Zinc, tablets | Dose: 10 mg | Days: 14",
    "Medicine: ORS | Dose: 75 mL/kg | Days: 1",
]


def tables(found: Extraction) -> list[str]:
    return [found.text[b.start : b.end] for b in found.blocks if b.kind == "table"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('Medicine,Dose,Days\n"Zinc, tablets",10 mg,14\nORS,75 mL/kg,1\n', "a.csv"),
        ("Medicine;Dose;Days\r\nZinc, tablets;10 mg;14\r\nORS;75 mL/kg;1\r\n", "a.csv"),
        ("Medicine\tDose\tDays\nZinc, tablets\t10 mg\t14\nORS\t75 mL/kg\t1\n", "a.tsv"),
    ],
)
def test_rows_carry_the_names_of_their_columns(text: str, name: str) -> None:
    found = extract(text.encode(), name)
    assert tables(found) == ["\n".join(LINES)]
    assert found.title == "a"


def test_cells_without_a_head_stay_in_their_columns() -> None:
    found = extract(b"2,10,4\n3,,6\n4,20,8\n", "numbers.csv")
    assert tables(found) == ["2 | 10 | 4\n3 | | 6\n4 | 20 | 8"]


def test_an_empty_cell_never_moves_the_next_one_under_its_name() -> None:
    found = extract(b"Medicine,Child,Adult\nZinc,,20 mg\n", "doses.csv")
    assert tables(found) == ["Medicine | Child | Adult\nMedicine: Zinc | Adult: 20 mg"]


def test_a_long_table_is_cut_between_rows() -> None:
    rows = "".join(f"Medicine {number},{number} mg\n" for number in range(500))
    found = extract(f"Name,Dose\n{rows}".encode(), "long.csv")
    parts = tables(found)
    assert len(parts) > 5
    assert all(len(part) <= LONG_TABLE + 100 for part in parts)
    lines = [line for part in parts for line in part.split("\n")]
    assert lines == ["Name | Dose"] + [
        f"Name: Medicine {number} | Dose: {number} mg" for number in range(500)
    ]


def test_tables_that_are_no_text() -> None:
    for data in (b"\x00\x01\x02\x03" * 100, bytes(range(256)) * 8):
        with pytest.raises(UnreadableDocument):
            extract(data, "a.csv")
    with pytest.raises(NoTextFound):
        extract(b",,,\n,,\n", "a.csv")
    assert "x" * 10 in extract(b"a,b\n" + b"x" * 300_000, "wide.txt").text
    with pytest.raises(UnreadableDocument, match="no table that can be read"):
        extract(b'a,"' + b"x" * 300_000 + b'"\n', "wide.csv")


def doses() -> bytes:
    book = workbook()
    page = book.active
    page.title = "Doses"
    for row in ROWS:
        page.append(row)
    return book_bytes(book)


def test_sheets_are_sections_with_tables() -> None:
    found = extract(doses(), "doses.xlsx")
    assert tables(found) == ["\n".join(LINES)]
    assert {block.section for block in found.blocks if block.kind == "table"} == {("Doses",)}
    assert found.notes == ()


def test_values_are_shown_as_the_sheet_means_them() -> None:
    book = workbook()
    page = book.active
    page.append(["Day", "Time", "Part", "Share", "Given", "Count"])
    when = datetime.datetime(2024, 5, 3, 14, 30)  # noqa: DTZ001 - a sheet knows no zones
    page.append([datetime.date(2024, 5, 3), when, 0.1 + 0.2, 0.125, True, 12.0])
    page["D2"].number_format = "0.0%"
    found = extract(book_bytes(book), "values.xlsx")
    assert tables(found)[0].split("\n")[1] == (
        "Day: 2024-05-03 | Time: 2024-05-03 14:30 | Part: 0.3 | Share: 12.5% | Given: TRUE"
        " | Count: 12"
    )


def test_merged_cells_belong_to_each_of_their_rows() -> None:
    book = workbook()
    page = book.active
    for row in [("Medicine", "Age", "Dose"), ("Zinc", "Child", "10 mg"), (None, "Older", "20 mg")]:
        page.append(row)
    page.merge_cells("A2:A3")
    assert tables(extract(book_bytes(book), "merged.xlsx"))[0].split("\n")[1:] == [
        "Medicine: Zinc | Age: Child | Dose: 10 mg",
        "Medicine: Zinc | Age: Older | Dose: 20 mg",
    ]


def test_hidden_sheets_are_named_and_not_read() -> None:
    book = workbook()
    book.active.append(["Words", "of the sheet that is seen"])
    old = book.create_sheet("Old doses")
    old.append(["Words", "of the hidden one"])
    old.sheet_state = "hidden"
    found = extract(book_bytes(book), "book.xlsx")
    assert "hidden one" not in found.text
    assert found.notes == ("The hidden sheet \u201cOld doses\u201d is not read.",)


def test_stored_results_of_formulas_are_read_and_missing_ones_told() -> None:
    book = workbook()
    book.active.append(["Weight", "Dose"])
    book.active.append([10, "=A2*15"])
    fresh = book_bytes(book)
    found = extract(fresh, "formula.xlsx")
    assert "150" not in found.text
    assert "=A2" not in found.text
    assert found.notes == ("Formulas without a stored result are left out: 1.",)
    part = "xl/worksheets/sheet1.xml"
    stored = (
        part_of(fresh, part)
        .replace(b"<v></v>", b"<v>150</v>")
        .replace(b"<v />", b"<v>150</v>")
        .replace(b"<v/>", b"<v>150</v>")
    )
    found = extract(with_part(fresh, part, stored), "formula.xlsx")
    assert "Weight: 10 | Dose: 150" in found.text
    assert found.notes == ()


def test_large_sheets_are_read_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "_LARGE", 100)
    found = extract(doses(), "doses.xlsx")
    assert tables(found) == ["\n".join(LINES)]
    assert found.notes == ("Merged cells of this large file are read as they are stored.",)
    monkeypatch.setattr(sheet, "MAX_CELLS", 5)
    cut = extract(doses(), "doses.xlsx")
    assert "Zinc" in cut.text
    assert "ORS" not in cut.text
    assert "Of the sheet \u201cDoses\u201d only the first part is read." in cut.notes


def bomb() -> bytes:
    rows = b"<row><c><v>1</v></c></row>" * 3_000_000
    return with_part(doses(), "xl/worksheets/sheet1.xml", rows)


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (bomb(), DocumentTooLarge),
        (with_part(doses(), "xl/workbook.xml", ENTITIES), UnreadableDocument),
        (with_part(doses(), "../outside.xml", b"<x/>"), UnreadableDocument),
        (with_part(doses(), "xl/workbook.xml", b"<x"), UnreadableDocument),
        (zipped({"xl/workbook.xml": b"<x/>"}), UnreadableDocument),
        (doses()[:2000], UnreadableDocument),
    ],
)
def test_harmful_and_damaged_workbooks(data: bytes, kind: type[LibraryError]) -> None:
    with pytest.raises(kind) as refusal:
        extract(data, "odd.xlsx")
    assert "odd.xlsx" in str(refusal.value)


def test_a_locked_workbook() -> None:
    data = bytearray(doses())
    with zipfile.ZipFile(io.BytesIO(doses())) as container:
        places = [part.header_offset for part in container.infolist()]
    for place in places:
        data[place + 6] |= 1
    central = data.find(b"PK\x01\x02")
    while central >= 0:
        data[central + 8] |= 1
        central = data.find(b"PK\x01\x02", central + 1)
    with pytest.raises(DocumentEncrypted, match="asks for a password"):
        extract(bytes(data), "locked.xlsx")


def test_changed_bytes_end_in_text_or_a_plain_refusal() -> None:
    random.seed(5)
    for _ in range(60):
        data = bytearray(doses())
        for _ in range(8):
            data[random.randrange(len(data))] = random.randrange(256)
        try:
            assert extract(bytes(data), "odd.xlsx").text
        except LibraryError as error:
            assert "odd.xlsx" in str(error)
