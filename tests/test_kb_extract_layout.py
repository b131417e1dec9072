"""Lines of pages to blocks: rules that need no PDF, and what must hold for any lines."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import DocumentTooLarge
from kb.extract.building import MAX_CHARACTERS, TextBuilder
from kb.extract.pdf_layout import arrange
from kb.extract.pdf_mend import CELL, PageLine, mended, without_running


def line(text: str, top: float, **more: float) -> PageLine:
    left, size = more.get("left", 72.0), more.get("size", 12.0)
    right = more.get("right", left + 6 * len(text))
    page = int(more.get("page", 1))
    return PageLine(text, page, left, right, top, top + size, size)


def test_a_raised_figure_does_not_break_a_line() -> None:
    lines = [line("Area (km2", 100, right=200), line(") of the district", 101, left=200.5)]
    assert [each.text for each in mended(lines)] == ["Area (km2) of the district"]


def test_a_wide_gap_inside_running_text_parts_no_cells() -> None:
    above = line("A full line of text from edge to edge", 100, right=400)
    middle = PageLine(f"ends.{CELL}Starts", 1, 72, 400, 114, 126, 12, gaps=((120.0, 150.0),))
    below = line("Another full line of text, edge to edge", 128, right=400)
    assert mended([above, middle, below])[1].text == "ends. Starts"


def test_columns_that_meet_on_one_height_are_parted() -> None:
    above = line("left column text", 100, right=200)
    middle = PageLine(
        f"its end.{CELL}Right begins", 1, 72, 500, 114, 126, 12, gaps=((200.0, 320.0),)
    )
    below = line("right column text", 128, left=320, right=500)
    assert [each.text for each in mended([above, middle, below])] == [
        "left column text",
        "its end.",
        "Right begins",
        "right column text",
    ]


def test_a_row_of_a_table_stays_a_row() -> None:
    row = PageLine(f"Zinc{CELL}20 mg", 1, 72, 500, 114, 126, 12, gaps=((200.0, 320.0),))
    other = PageLine(f"ORS{CELL}75 mL", 1, 72, 500, 130, 142, 12, gaps=((200.0, 320.0),))
    assert mended([row, other]) == [row, other]


def test_a_line_that_repeats_in_the_text_is_no_running_line() -> None:
    lines = [line("Give zinc.", 400, page=page) for page in range(1, 6)]
    assert without_running(lines, [800.0] * 5) == lines


def test_a_heading_in_capitals_over_two_lines_is_one() -> None:
    lines = [
        line("TREATMENT OF SEVERE", 100, size=20),
        line("MALARIA", 122, size=20),
        line("Give artesunate to every person with severe malaria.", 160),
    ]
    pieces = list(arrange(lines, [800.0]))
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("heading", "TREATMENT OF SEVERE MALARIA"),
        ("paragraph", "Give artesunate to every person with severe malaria."),
    ]


def test_a_sentence_goes_on_in_the_next_column() -> None:
    lines = [
        line("The child is given", 700),
        line("zinc for ten days.", 100, left=320),
        line("Another thought.", 100, left=320, page=2),
    ]
    pieces = list(arrange(lines, [800.0, 800.0]))
    assert [piece.text for piece in pieces] == [
        "The child is given zinc for ten days.",
        "Another thought.",
    ]


LINES = st.builds(
    PageLine,
    text=st.text(
        alphabet="ab AB\u2022-.|1234567890()\u00ad\u200b\n\x00\ufb01\u0301e",
        min_size=1,
        max_size=30,
    ),
    page=st.integers(1, 3),
    left=st.floats(0, 500),
    right=st.floats(0, 600),
    top=st.floats(0, 800),
    bottom=st.floats(0, 800),
    size=st.floats(0, 40),
    bold=st.booleans(),
    gaps=st.sampled_from([(), ((100.0, 200.0),)]),
)


@given(st.lists(LINES, max_size=25))
def test_no_lines_break_the_arrangement(lines: list[PageLine]) -> None:
    ordered = sorted(lines, key=lambda each: each.page)
    usable = [each for each in ordered if not each.gaps or CELL in each.text]
    for piece in arrange(usable, [800.0] * 3):
        assert piece.page in {1, 2, 3}
        assert (piece.level > 0) == (piece.kind == "heading")


def test_a_text_without_end_is_refused() -> None:
    builder = TextBuilder()
    with pytest.raises(DocumentTooLarge, match="5,000,000 characters"):
        builder.add("paragraph", "x" * (MAX_CHARACTERS + 1))


PIECES = st.lists(
    st.tuples(
        st.sampled_from(["heading", "paragraph", "list", "table"]),
        st.text(max_size=60),
        st.integers(1, 6),
    ),
    max_size=20,
)


@given(PIECES)
def test_every_block_is_its_text_and_no_two_overlap(
    pieces: list[tuple[str, str, int]],
) -> None:
    builder = TextBuilder()
    builder.add("paragraph", "x")
    for kind, text, level in pieces:
        if kind == "heading":
            builder.heading(text, level)
        elif kind == "list":
            builder.add("list", text)
        else:
            builder.add("table" if kind == "table" else "paragraph", text)
    found = builder.extraction("a.txt", "text/plain")
    end = 0
    for block in found.blocks:
        shown = found.text[block.start : block.end]
        assert end <= block.start < block.end <= len(found.text)
        assert found.text[end : block.start].strip("\n") == ""
        assert shown == shown.strip()
        assert not re.search(r"[\x00-\x08\u200b-\u200f\ufeff]|[^\S\n]{2}", shown)
        assert len(block.section) <= 4
        end = block.end
    assert end == len(found.text)
