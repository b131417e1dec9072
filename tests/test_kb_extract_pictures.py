"""Pictures inside documents: print on them is read and shown in its place; the rest is left out."""

import io

import numpy as np
import pytest
from docx.shared import Inches
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.utils import ImageReader

from kb.extract.pdf import extract
from kb.extract.pdf_lines import Box, Frame
from kb.extract.pdf_mend import PageLine
from kb.extract.pdf_pictures import pasted_pictures, put_in
from kb.extract.pdf_view import page_boxes, render_page
from kb.extract.registry import extract as extract_any
from kb.extract.word import extract as extract_word
from kb.messages import Extraction
from tests.makers_files import HEIGHT, PdfMaker, drawn, photo, saved, with_part, word
from tests.test_kb_extract_view import ink, picture

ROWS = [
    ("Medicine", "Child under 5 years", "Adult"),
    ("Tarvexin", "125 mg twice a day", "500 mg twice a day"),
    ("Morvane", "2.5 mL three times a day", "10 mL three times a day"),
    ("Zelmorax", "not before 12 months", "20 mg once a day"),
]
READ = [" | ".join(row) for row in ROWS]


def table() -> Image.Image:
    """A table as a picture."""
    maker = PdfMaker()
    for number, row in enumerate(ROWS):
        for left, cell in zip((40, 160, 340), row, strict=True):
            maker.at(left, 40 + 20 * number, cell, 11)
    maker.page()
    return drawn(maker.made()).crop((80, 60, 1400, 340))


def labels() -> Image.Image:
    """A figure: labels here and there."""
    maker = PdfMaker()
    places = [(60, 50), (260, 70), (90, 110), (300, 130), (80, 180), (250, 205), (150, 240)]
    names = ["Left ventricle", "Aorta", "Mitral valve", "Lung vein", "Septum", "Apex", "Wall"]
    for (left, top), name in zip(places, names, strict=True):
        maker.at(left, top, name, 11)
    maker.page()
    return drawn(maker.made()).crop((80, 60, 1400, 760))


def noise() -> Image.Image:
    """A photo, as far as light and shade go."""
    values = np.random.default_rng(7).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    return Image.fromarray(values)


def page(pasted: Image.Image, *, over: bool = False) -> bytes:
    """A page of text with a picture in the middle."""
    maker = PdfMaker()
    maker.line("The doses of this clinic are kept in the table that follows here.")
    maker.canvas.drawImage(ImageReader(pasted), 72, HEIGHT - 300, 440, 160)
    if over:
        for number in range(5):
            maker.at(80, 160 + 20 * number, "Words that the file itself has on the picture.", 10)
    maker.at(72, 330, "Ask the doctor before a second course of any of these medicines.", 11)
    maker.page()
    return maker.made()


def texts(found: Extraction, kind: str = "") -> list[str]:
    return [found.text[b.start : b.end] for b in found.blocks if kind in {"", b.kind}]


def test_a_pasted_table_is_read_where_it_stands() -> None:
    found = extract(page(table()), "a.pdf")
    assert texts(found, "table") == ["\n".join(READ)]
    assert [block.kind for block in found.blocks] == ["paragraph", "table", "paragraph"]
    assert found.notes == ("Page read by OCR from a picture: 1. Check every figure.",)


def test_a_table_pasted_on_a_turned_page_is_read_and_shown_as_it_is_seen() -> None:
    maker = PdfMaker()
    maker.canvas.drawImage(ImageReader(table().rotate(90, expand=True)), 200, 40, 120, 500)
    for number in range(8):
        maker.at(400, 300 + 20 * number, "Text of the page beside the table.", 10)
    maker.canvas.setPageRotation(90)
    maker.page()
    data = maker.made()
    assert texts(extract(data, "a.pdf"), "table") == ["\n".join(READ)]
    (box,) = page_boxes(data, 1, READ[2])
    assert ink(picture(render_page(data, 1, 2.0)), box)
    assert box.width > 5 * box.height


def test_a_quote_from_a_pasted_table_is_shown_on_it() -> None:
    data = page(table())
    (box,) = page_boxes(data, 1, READ[2])
    shown = picture(render_page(data, 1, 2.0))
    assert ink(shown, box)
    assert 0.1 < box.left < 0.2
    assert 0.16 < box.top < box.bottom < 0.36
    (native,) = page_boxes(data, 1, "Ask the doctor before a second course")
    assert native.top > box.bottom


@pytest.mark.parametrize(
    "pasted", [noise(), labels(), Image.new("L", (400, 300), 255), table().resize((20, 6))]
)
def test_photos_labels_and_empty_pictures_are_not_read(pasted: Image.Image) -> None:
    found = extract(page(pasted), "a.pdf")
    assert len(found.blocks) == 2
    assert found.notes == ()


def test_a_picture_that_carries_its_text_is_not_read_again() -> None:
    found = extract(page(table(), over=True), "a.pdf")
    assert "Tarvexin" not in found.text
    assert found.text.count("Words that the file itself has") == 5


FRAME = Frame(1, Box(0, 0, 600, 800), 0)
PAPER = np.full((800, 600, 3), 255, dtype=np.uint8)
PAPER[::10] = 0


def test_strips_of_one_picture_are_one_and_small_ones_are_left_out() -> None:
    strips = [(100.0, 500.0 - 40 * n, 500.0, 540.0 - 40 * n) for n in range(4)]
    small = (10.0, 10.0, 40.0, 40.0)
    beyond = (-50.0, 700.0, 650.0, 790.0)
    found = pasted_pictures([*strips, small, beyond], lambda: (PAPER, 1.0), FRAME, [])
    assert [each.box for each in found] == [Box(0, 700, 600, 790), Box(100, 380, 500, 540)]
    assert found[1].picture.shape == (161, 401, 3)


def _line(top: float, left: float) -> PageLine:
    return PageLine(f"{top} {left}", 1, left, left + 100, top, top + 10, 10)


lines = st.lists(st.builds(_line, st.floats(0, 800), st.floats(0, 500)), max_size=8)


@given(lines, lines)
def test_no_line_is_lost_or_moved_when_a_picture_is_put_in(
    own: list[PageLine], read: list[PageLine]
) -> None:
    found = put_in(own, read)
    kept = [line for line in found if not any(line is each for each in read)]
    assert [id(line) for line in kept] == [id(line) for line in own]
    assert len(found) == len(own) + len(read)


def letter(*pasted: bytes) -> bytes:
    document = word()
    document.add_paragraph("The doses of this clinic:")
    for each in pasted:
        document.add_picture(io.BytesIO(each), width=Inches(5))
    document.add_paragraph("Ask the doctor before a second course.")
    return saved(document)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_table_pasted_into_a_letter_is_read(kind: str) -> None:
    steps: list[tuple[int, int]] = []
    data = letter(photo(table(), kind))
    found = extract_any(data, "a.docx", lambda done, whole: steps.append((done, whole)))
    assert texts(found) == [
        "The doses of this clinic:",
        "\n".join(READ),
        "Ask the doctor before a second course.",
    ]
    assert found.notes == ("Pictures read by OCR: 1. Check every figure.",)
    assert steps == [(0, 1), (1, 1)]


def test_other_pictures_of_a_letter_leave_nothing_and_one_that_comes_twice_is_read_once() -> None:
    printed = photo(table())
    found = extract_word(letter(photo(noise()), printed, photo(labels()), printed), "a.docx")
    assert texts(found, "table") == ["\n".join(READ)]
    assert len(found.blocks) == 3


@pytest.mark.parametrize("content", [b"", b"\xd7\xcd\xc6\x9a drawing", photo(table())[:400]])
def test_a_picture_that_cannot_be_opened_is_passed_over(content: bytes) -> None:
    data = with_part(letter(photo(table())), "word/media/image1.png", content)
    found = extract_word(data, "a.docx")
    assert len(found.blocks) == 2
    assert found.notes == ()
