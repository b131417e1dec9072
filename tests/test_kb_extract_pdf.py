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
from kb.extract.pdf_view import page_boxes
from kb.messages import Extraction
from tests.makers_files import HEIGHT, PdfMaker, pdf, raw_pdf, scan

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


def test_a_long_text_tells_now_and_then_how_far_it_is() -> None:
    steps: list[tuple[int, int]] = []
    extract(pdf([["Text."]] * 45), "a.pdf", lambda done, whole: steps.append((done, whole)))
    assert steps == [(20, 45), (40, 45)]


@pytest.mark.parametrize("number", ["12", "- 12 -", "Page 12", "page 12 / 14", "p. 12", "12 of 14"])
def test_the_number_of_a_single_page_is_dropped(number: str) -> None:
    maker = PdfMaker()
    maker.line("Give zinc for ten days.")
    maker.at(300, 790, number)
    maker.page()
    assert extract(maker.made(), "a.pdf").text == "Give zinc for ten days."


def test_a_number_among_the_lines_stays_though_pages_have_numbers() -> None:
    maker = PdfMaker()
    for page in range(1, 6):
        for line in range(50):
            words = f"Row {'abcde'[page - 1]}{line}" if line != 20 + page else str(2500 + page)
            maker.at(72, 60 + 14 * line, words)
        maker.at(300, 815, str(page))
        maker.page()
    text = extract(maker.made(), "a.pdf").text
    assert all(str(2500 + page) in text for page in range(1, 6))
    assert "5\n" not in text.replace("2505", "")


def test_a_number_below_the_last_line_of_a_list_stays() -> None:
    maker = PdfMaker()
    for line in range(52):
        maker.at(72, 60 + 14 * line, f"Row {line}" if line < 51 else "250")
    maker.page()
    assert "250" in extract(maker.made(), "a.pdf").text


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
    assert found.notes == ("Page without text, such as pictures: 2.",)


def test_what_is_filled_into_a_form_is_read_with_the_names_of_the_fields() -> None:
    maker = PdfMaker()
    maker.line("Register of births")
    form = maker.canvas.acroForm
    form.textfield(name="mother", tooltip="Name of the mother", value="Asha", x=100, y=600)
    form.textfield(name="empty", x=100, y=560)
    form.checkbox(name="alive", checked=True, x=100, y=500)
    form.checkbox(name="twin", checked=False, x=100, y=460)
    maker.page()
    maker.line("Second page.")
    maker.page()
    found = extract(maker.made(), "form.pdf")
    assert texts(found) == [
        "Register of births",
        "Name of the mother: Asha",
        "alive: yes",
        "Second page.",
    ]
    assert [block.page for block in found.blocks] == [1, 1, 1, 2]
    assert found.notes == ("Notes and filled form fields stand after the text of their page.",)


def test_notes_that_readers_wrote_are_read_and_links_are_not() -> None:
    maker = PdfMaker()
    maker.line("Give zinc.")
    maker.canvas.textAnnotation("Stock ran out in May.", (100, 600, 120, 620))
    maker.canvas.linkURL("https://example.org/zinc", (100, 500, 200, 520))
    maker.page()
    found = extract(maker.made(), "noted.pdf")
    assert texts(found) == ["Give zinc.", "Stock ran out in May."]


def test_a_picture_without_words_has_no_text() -> None:
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


def raise_figure(
    maker: PdfMaker, top: float, before: str, figure: str, after: str, rise: float
) -> None:
    text = maker.canvas.beginText(72, HEIGHT - top)
    for part, size, height in ((before, 11, 0), (figure, 7, rise), (after, 11, 0)):
        text.setFont("Helvetica", size)
        text.setRise(height)
        text.textOut(part)
    maker.canvas.drawText(text)


def test_raised_figures_do_not_run_into_the_figures_before_them() -> None:
    maker = PdfMaker()
    raise_figure(maker, 100, "Platelets 150 x 10", "9", "/L or more.", 4)
    raise_figure(maker, 140, "Potassium (K", "+", ") of 10", 4)
    raise_figure(maker, 180, "At once", "12", " and again.", 4)
    raise_figure(maker, 220, "Carbon dioxide (CO", "2", ") of 35.", -2)
    maker.page()
    data = maker.made()
    assert texts(extract(data, "a.pdf")) == [
        "Platelets 150 x 10\u2079/L or more.",
        "Potassium (K+) of 10",
        "At once\u00b9\u00b2 and again.",
        "Carbon dioxide (CO2) of 35.",
    ]
    assert len(page_boxes(data, 1, "Platelets 150 x 10\u2079/L or more.")) >= 1
