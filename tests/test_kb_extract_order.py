"""Columns, rows whose cells were wrapped, long tables, and quotes found in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.chunk import chunk
from kb.extract.building import LONG_TABLE, TextBuilder
from kb.extract.page_order import in_reading_order, parts_of, read_across
from kb.extract.pdf import extract
from kb.extract.pdf_mend import CELL, PageLine
from kb.extract.pdf_rows import rows_of
from kb.extract.pdf_view import page_boxes, render_page
from kb.extract.quote_find import find_quote, letters_of
from kb.messages import Document
from tests.makers_files import PdfMaker
from tests.test_kb_extract_view import ink, picture

LEFT = [f"the left column has words on line {word}" for word in "one two three four five".split()]
RIGHT = [f"and the right one goes on with {word}" for word in "six seven eight nine ten".split()]


def columns(lefts: list[float], texts: list[list[str]], top: float = 130) -> PdfMaker:
    """A page whose columns are drawn row by row, as some programs write them."""
    maker = PdfMaker()
    maker.line("A headline that runs over all of the columns of this page here", size=14)
    for number, row in enumerate(zip(*texts, strict=True)):
        for left, text in zip(lefts, row, strict=True):
            maker.at(left, top + 12 * number, text, 9)
    maker.page()
    return maker


def test_columns_that_the_file_gives_row_by_row_are_read_one_after_the_other() -> None:
    found = extract(columns([72, 310], [LEFT, RIGHT]).made(), "a.pdf")
    body = found.text.split("\n\n", 1)[1]
    assert body.replace("\n\n", " ") == " ".join(LEFT + RIGHT)


def test_three_columns() -> None:
    texts = [[f"{name} goes on {n} and on" for n in range(5)] for name in ("Ash", "Birch", "Cedar")]
    found = extract(columns([60, 230, 400], texts).made(), "a.pdf")
    body = found.text.split("\n\n", 1)[1]
    assert body.replace("\n\n", " ") == " ".join(text for column in texts for text in column)


def test_short_cells_on_one_height_stay_rows() -> None:
    texts = [["Age", "2 months", "Older"], ["Zinc", "10 mg", "20 mg"], ["Days", "14", "10"]]
    found = extract(columns([72, 220, 380], texts).made(), "a.pdf")
    assert (
        found.text.split("\n\n", 1)[1]
        == "Age | Zinc | Days\n2 months | 10 mg | 14\nOlder | 20 mg | 10"
    )


def part(text: str, left: float, top: float, *, page: int = 1) -> PageLine:
    return PageLine(text, page, left, left + 5 * len(text), top, top + 10, 10)


places = st.builds(
    part,
    st.text(alphabet="abc", min_size=1, max_size=40),
    st.integers(0, 400).map(float),
    st.integers(0, 700).map(float),
)


@given(st.lists(places, max_size=30))
def test_no_part_is_lost_or_read_twice(parts: list[PageLine]) -> None:
    ordered = in_reading_order(parts)
    words = [word for line in ordered for word in line.text.replace(CELL, " ").split()]
    assert sorted(words) == sorted(part.text for part in parts)


@given(st.lists(places, max_size=30))
def test_lines_without_gaps_keep_the_order_of_the_file(parts: list[PageLine]) -> None:
    assert read_across(parts) == parts


def row(cells: list[tuple[float, str]], top: float) -> PageLine:
    rights = [left + 5 * len(text) for left, text in cells]
    gaps = tuple(zip(rights[:-1], [left for left, _ in cells[1:]], strict=True))
    text = CELL.join(text for _, text in cells)
    return PageLine(text, 1, cells[0][0], rights[-1], top, top + 10, 10, gaps=gaps)


def test_a_row_is_cut_into_its_parts() -> None:
    whole = row([(10, "Age"), (100, "Dose")], 50)
    assert [(each.text, each.left, each.right) for each in parts_of(whole)] == [
        ("Age", 10, 25),
        ("Dose", 100, 120),
    ]


def test_a_wrapped_cell_is_whole_again() -> None:
    lines = [
        row([(10, "Paracetamol"), (100, "10 to 15 mg for each kg"), (300, "Pain")], 50),
        part("every 6 hours", 100, 62),
        row([(10, "Zinc"), (100, "20 mg"), (300, "Diarrhoea")], 80),
    ]
    assert rows_of(lines) == [
        "Paracetamol | 10 to 15 mg for each kg every 6 hours | Pain",
        "Zinc | 20 mg | Diarrhoea",
    ]


@pytest.mark.parametrize(
    "second",
    [
        row([(100, "adult"), (300, "1 g")], 62),  # fills all columns but a shared first one
        part("adult", 100, 62),  # would have had room on the line above
        part("adult dose of the medicine", 100, 90),  # too far below
        part("A line of text under the table", 10, 62),  # begins in the first column
    ],
)
def test_two_rows_never_run_into_each_other(second: PageLine) -> None:
    first = row([(10, "Paracetamol"), (100, "child"), (300, "250 mg a dose")], 50)
    wide = row([(10, "Zinc"), (100, "all ages and weights"), (300, "20 mg")], 38)
    assert rows_of([wide, first, second])[1:] == [
        "Paracetamol | child | 250 mg a dose",
        second.text,
    ]


def test_figures_of_two_rows_never_run_into_each_other() -> None:
    lines = [
        row([(10, "Hardener"), (150, "Kind 1"), (300, "0.4"), (380, "0.4")], 50),
        row([(300, "100"), (380, "100")], 62),
    ]
    assert rows_of(lines) == ["Hardener | Kind 1 | 0.4 | 0.4", "100 | 100"]


def test_a_wrapped_cell_of_a_page_can_be_shown_on_it() -> None:
    maker = PdfMaker()
    rows = [
        [(72, "Medicine"), (180, "Dose for a child"), (420, "For")],
        [(72, "Paracetamol"), (180, "10 to 15 mg for each kilogram of weight"), (420, "Pain")],
        [(180, "every 6 hours, at most 4 times")],
        [(72, "Zinc"), (180, "20 mg"), (420, "Diarrhoea")],
    ]
    for number, cells in enumerate(rows):
        for left, cell in cells:
            maker.at(left, 150 + 13 * number, cell, 11)
    maker.page()
    data = maker.made()
    table = extract(data, "a.pdf")
    lines = table.text.split("\n")
    assert lines[1].startswith(
        "Paracetamol | 10 to 15 mg for each kilogram of weight every 6 hours"
    )
    page, boxes = picture(render_page(data, 1, 2.0)), page_boxes(data, 1, lines[1])
    assert len(boxes) >= 2
    assert all(ink(page, box) > 50 for box in boxes)


@given(
    st.lists(st.text(alphabet="ab \n|", max_size=12), max_size=6),
    st.text(alphabet="ab \n|.", max_size=40),
)
def test_what_is_found_are_letters_of_the_quote(parts: list[str], quote: str) -> None:
    page = letters_of(" ".join(parts) + quote[:20])
    for first, end in find_quote(page, quote):
        assert 0 <= first < end <= len(page)
        assert page[first:end] in letters_of(quote)


def test_every_part_of_a_long_table_begins_with_its_head() -> None:
    rows = [f"Medicine {number} | {number} mg | by mouth" for number in range(200)]
    builder = TextBuilder()
    builder.heading("Doses", 1)
    builder.add("table", "\n".join(["Name | Dose | Route", *rows]), 3)
    found = builder.extraction("a.pdf", "x")
    parts = [found.text[b.start : b.end] for b in found.blocks if b.kind == "table"]
    assert len(parts) > 3
    assert all(part.startswith("Name | Dose | Route\nMedicine") for part in parts)
    assert all(len(part) <= LONG_TABLE for part in parts)
    assert [line for part in parts for line in part.split("\n")[1:]] == rows
    assert {block.page for block in found.blocks if block.kind == "table"} == {3}
    document = Document("local/a", "local", "a", "0", "x", "draft")
    passages = [passage.text for passage in chunk(document, found)]
    assert passages == parts


def test_a_head_too_long_to_repeat_is_not_repeated() -> None:
    builder = TextBuilder()
    builder.add("table", "\n".join(["long head " * 100, *(f"row {n} " * 20 for n in range(30))]))
    found = builder.extraction("a.pdf", "x")
    assert found.text.count("long head " * 50) == 1
    assert all(found.text.count(f"row {number} ") >= 19 for number in range(30))
