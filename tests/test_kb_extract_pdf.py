"""PDF files: what is read from good ones, and how bad ones are refused."""

import pytest

from kb.errors import (
    DocumentEncrypted,
    DocumentTooLarge,
    LibraryError,
    NoTextFound,
    UnreadableDocument,
)
from kb.extract.pdf import extract
from kb.messages import Extraction
from tests.makers_files import PdfMaker, pdf, raw_pdf, scan

WORDS = "Give the child oral rehydration solution in small sips from a cup until it is better"


def texts(extraction: Extraction, kind: str = "") -> list[str]:
    return [
        extraction.text[block.start : block.end]
        for block in extraction.blocks
        if kind in {"", block.kind}
    ]


def test_pages_are_counted_from_one() -> None:
    found = extract(pdf([["First page."], ["Second page."], ["Third page."]]), "a.pdf")
    assert found.pages == 3
    assert [(block.page, found.text[block.start : block.end]) for block in found.blocks] == [
        (1, "First page."),
        (2, "Second page."),
        (3, "Third page."),
    ]
    assert found.media_type == "application/pdf"


def test_larger_lines_are_headings_and_sections() -> None:
    maker = PdfMaker()
    maker.line("Treatment of malaria", size=20)
    maker.gap()
    maker.line("Severe malaria", size=15)
    maker.gap()
    maker.line(WORDS)
    maker.line("and then go on with it.")
    maker.gap()
    maker.line("Simple malaria", size=15)
    maker.gap()
    maker.line(WORDS)
    maker.page()
    found = extract(maker.made(), "a.pdf")
    assert texts(found, "heading") == ["Treatment of malaria", "Severe malaria", "Simple malaria"]
    assert [block.section for block in found.blocks if block.kind == "paragraph"] == [
        ("Treatment of malaria", "Severe malaria"),
        ("Treatment of malaria", "Simple malaria"),
    ]
    assert found.title == "Treatment of malaria"


def test_bold_lines_are_headings_below_the_larger_ones() -> None:
    maker = PdfMaker()
    maker.line("Fever", size=18)
    maker.gap()
    maker.line("When to refer", bold=True)
    maker.gap()
    maker.line(WORDS)
    maker.line("Bold words that end a sentence are not a heading.", bold=True)
    maker.page()
    found = extract(maker.made(), "a.pdf")
    assert texts(found, "heading") == ["Fever", "When to refer"]


def test_lines_of_a_paragraph_are_joined_and_gaps_part_paragraphs() -> None:
    maker = PdfMaker()
    maker.line("Weigh the child before treatment and write the")
    maker.line("weight down.")
    maker.gap()
    maker.line("Look again after four hours.")
    maker.page()
    found = extract(maker.made(), "a.pdf")
    assert texts(found) == [
        "Weigh the child before treatment and write the weight down.",
        "Look again after four hours.",
    ]


def test_a_word_cut_at_the_line_end_is_made_whole() -> None:
    maker = PdfMaker()
    maker.line("Signs of dehydra-")
    maker.line("tion in a low-dose group, and a low-")
    maker.line("dose of zinc.")
    maker.page()
    found = extract(maker.made(), "a.pdf")
    assert texts(found) == ["Signs of dehydration in a low-dose group, and a low-dose of zinc."]


def test_list_items_stand_alone() -> None:
    maker = PdfMaker()
    maker.line("Danger signs:")
    maker.line("1. Cannot drink at all, or vomits everything that")
    maker.line("is given.", left=84)
    maker.line("2. Fits.")
    maker.line("\u2022 Cold hands.")
    maker.page()
    found = extract(maker.made(), "a.pdf")
    assert texts(found, "list") == [
        "1. Cannot drink at all, or vomits everything that is given.",
        "2. Fits.",
        "\u2022 Cold hands.",
    ]


def test_rows_of_a_table_keep_their_cells() -> None:
    maker = PdfMaker()
    maker.line("Doses of zinc for diarrhoea are given below.")
    maker.gap()
    for top, cells in enumerate([("Age", "Dose"), ("2-5 months", "10 mg"), ("6 months", "20 mg")]):
        for column, cell in enumerate(cells):
            maker.at(72 + column * 200, 150 + top * 16, cell, 11)
    maker.page()
    found = extract(maker.made(), "a.pdf")
    assert texts(found, "table") == ["Age | Dose\n2-5 months | 10 mg\n6 months | 20 mg"]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_page_is_read_as_it_is_shown(degrees: int) -> None:
    maker = PdfMaker()
    maker.canvas.setPageRotation(degrees)
    maker.canvas.setPageSize((600, 600))
    maker.canvas.translate(300, 300)
    maker.canvas.rotate(degrees)
    for down, cells in enumerate([("Age", "Dose"), ("2-5 months", "10 mg"), ("6 months", "20 mg")]):
        for across, cell in enumerate(cells):
            maker.canvas.drawString(across * 150 - 200, 100 - down * 16, cell)
    maker.canvas.setFontSize(22)
    maker.canvas.drawString(-200, 0, "Heading of the rest")
    maker.page()
    found = extract(maker.made(), "a.pdf")
    assert texts(found, "table") == ["Age | Dose\n2-5 months | 10 mg\n6 months | 20 mg"]
    assert texts(found, "heading") == ["Heading of the rest"]


def test_letters_along_the_edge_are_no_heading() -> None:
    maker = PdfMaker()
    for number in range(8):
        maker.line(f"Line {number} of the text of this page goes on.")
    maker.canvas.rotate(90)
    maker.canvas.drawString(200, -40, "Draft of the district, not for use")
    maker.page()
    assert texts(extract(maker.made(), "a.pdf"), "heading") == []


def test_two_columns_are_read_one_after_the_other() -> None:
    maker = PdfMaker()
    for left, word in ((72, "left"), (320, "right")):
        maker.back_to_top()
        for number in range(6):
            maker.line(f"The {word} column has line {number} of six", left=left)
    maker.page()
    text = extract(maker.made(), "a.pdf").text
    assert text.index("left column has line 5") < text.index("right column has line 0")
    assert "|" not in text


def test_running_lines_and_page_numbers_are_dropped() -> None:
    maker = PdfMaker()
    for number in range(1, 6):
        maker.at(72, 40, "District handbook 2026")
        for line in range(3):
            maker.line(f"Text number {line} that page {'abcde'[number - 1]} alone has.")
        maker.at(280, 810, f"Page {number} of 5")
        maker.page()
    found = extract(maker.made(), "a.pdf")
    assert "District handbook" not in found.text
    assert "of 5" not in found.text
    assert "Text number 2 that page e alone has." in found.text


def test_a_lonely_page_number_is_dropped_but_not_a_number_in_the_text() -> None:
    maker = PdfMaker()
    maker.line("The pulse is")
    maker.line("120")
    maker.at(300, 815, "7")
    maker.page()
    assert extract(maker.made(), "a.pdf").text == "The pulse is 120"


def test_white_text_is_text() -> None:
    maker = PdfMaker()
    maker.line("Seen words.")
    maker.canvas.setFillColorRGB(1, 1, 1)
    maker.line("Hidden words.")
    maker.page()
    assert "Hidden words." in extract(maker.made(), "a.pdf").text


def test_the_title_of_the_properties_is_used_unless_a_program_made_it_up() -> None:
    assert extract(pdf([["Text."]], title="Malaria guide"), "a.pdf").title == "Malaria guide"
    assert extract(pdf([["Text."]], title="Microsoft Word - x.doc"), "a/b.pdf").title == "b"
    assert extract(pdf([["Text."]]), "notes on fits.pdf").title == "notes on fits"


def test_pages_without_text_are_told() -> None:
    maker = PdfMaker()
    maker.line("Text.")
    maker.page()
    maker.canvas.rect(100, 100, 200, 200, fill=1)
    maker.page()
    found = extract(maker.made(), "a.pdf")
    assert found.notes == ("Page without text, such as pictures or scans: 2.",)


def test_form_fields_are_told() -> None:
    maker = PdfMaker()
    maker.line("Name:")
    maker.canvas.acroForm.textfield(name="name", value="Filled in", x=100, y=600)
    maker.page()
    found = extract(maker.made(), "form.pdf")
    assert found.text == "Name:"
    assert found.notes == ("What is filled into the form fields of this file is not read.",)


def test_a_scan_has_no_text() -> None:
    with pytest.raises(NoTextFound, match="seems to hold only pictures"):
        extract(scan(), "scan.pdf")


def test_a_locked_file_asks_for_a_copy_without_password() -> None:
    with pytest.raises(DocumentEncrypted, match="asks for a password"):
        extract(pdf([["Text."]], password="1234"), "secret.pdf")


def test_a_file_with_too_many_pages() -> None:
    with pytest.raises(DocumentTooLarge, match="201 pages"):
        extract(pdf([["x"]] * 201), "long.pdf")


def test_a_file_with_the_most_pages_is_read() -> None:
    found = extract(pdf([[f"Page text {number}."] for number in range(200)]), "long.pdf")
    assert found.pages == 200
    assert found.blocks[-1].page == 200


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + b"\x00" * 1000,
        pdf([["Text."]])[:400],
        raw_pdf(b"", kids="[]"),
    ],
)
def test_damaged_files_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        extract(data, "broken.pdf")


@pytest.mark.parametrize(
    "data",
    [
        raw_pdf(b"BT /F1 9 Tf 10 10 Td (Text.) Tj ET", trailer="/Prev SELF"),
        raw_pdf(b"BT /F1 9 Tf 10 10 Td (Text.) Tj ET", kids="[2 0 R]"),
        raw_pdf(b"BT /F1 9 Tf 10 10 Td (Text.) Tj ET", kids="[3 0 R 2 0 R 3 0 R]"),
        pdf([[f"Line {number}."] for number in range(20)])[:-300],
    ],
)
def test_circles_and_cut_ends_give_text_or_a_plain_refusal(data: bytes) -> None:
    try:
        found = extract(data, "odd.pdf")
    except LibraryError as error:
        assert "odd.pdf" in str(error)
    else:
        assert "Line 0." in found.text or "Text." in found.text


def test_letters_without_meaning_are_not_taken_for_text() -> None:
    stream = b"BT /F1 9 Tf 10 10 Td <" + b"01020304" * 40 + b"> Tj ET"
    with pytest.raises(NoTextFound):
        extract(raw_pdf(stream), "shapes.pdf")
