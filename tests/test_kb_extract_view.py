"""Pages as pictures, the places of quotes on them, and what is believed of a child process."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kb.errors import UnknownDocument, UnreadableDocument
from kb.extract.pdf import extract
from kb.extract.pdf_view import MAX_PIXELS, page_boxes, render_page, show_task
from kb.extract.places import Rectangle
from kb.extract.wire import Json, pack_boxes, pack_extraction, unpack_boxes, unpack_extraction
from kb.messages import Block, Extraction
from tests.makers_files import HEIGHT, WIDTH, PdfMaker, pdf


def sample() -> bytes:
    maker = PdfMaker()
    maker.line("Signs of dehydra-")
    maker.line("tion in a child. Give zinc at once.")
    maker.gap()
    maker.line("Weigh the child.")
    maker.page()
    maker.line("Second page.")
    maker.page()
    return maker.made()


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_page_is_drawn_at_its_scale() -> None:
    shown = picture(render_page(sample(), 1, 2.0))
    assert shown.format == "PNG"
    assert shown.mode == "RGB"
    assert abs(shown.width - 2 * WIDTH) <= 1
    assert abs(shown.height - 2 * HEIGHT) <= 1


def test_colours_are_not_swapped() -> None:
    maker = PdfMaker()
    maker.canvas.setFillColorRGB(1, 0, 0)
    maker.canvas.rect(0, 0, WIDTH, HEIGHT, fill=1, stroke=0)
    maker.page()
    assert picture(render_page(maker.made(), 1)).getpixel((50, 50)) == (255, 0, 0)


def test_a_huge_scale_is_held_down() -> None:
    shown = picture(render_page(sample(), 1, 1000.0))
    assert shown.width * shown.height <= MAX_PIXELS * 1.01


def ink(shown: Image.Image, box: Rectangle) -> int:
    """Dark pixels inside a rectangle of the page."""
    left, top = box.left * shown.width, box.top * shown.height
    right, bottom = left + box.width * shown.width, top + box.height * shown.height
    part = shown.convert("L").crop((int(left), int(top), int(right), int(bottom)))
    return sum(part.histogram()[:100])


def test_boxes_cover_the_ink_of_the_quote() -> None:
    data = sample()
    shown = picture(render_page(data, 1, 2.0))
    boxes = page_boxes(data, 1, "Weigh the child.")
    assert len(boxes) == 1
    whole = Rectangle(0.0, 0.0, 1.0, 1.0)
    others = page_boxes(data, 1, "Signs of dehydration in a child. Give zinc at once.")
    assert ink(shown, boxes[0]) > 100
    assert sum(ink(shown, box) for box in boxes + others) > 0.9 * ink(shown, whole)


def test_a_quote_over_two_lines_has_a_box_for_each() -> None:
    boxes = page_boxes(sample(), 1, "Signs of dehydration in a child.")
    assert len(boxes) == 2
    assert boxes[0].top < boxes[1].top


def test_every_block_is_found_again_on_its_page() -> None:
    data = sample()
    found = extract(data, "a.pdf")
    for block in found.blocks:
        assert block.page
        assert page_boxes(data, block.page, found.text[block.start : block.end])


def test_sentences_are_found_when_the_whole_quote_is_not() -> None:
    boxes = page_boxes(sample(), 1, "Weigh the child now. Give zinc at once.")
    assert len(boxes) == 1


def test_what_is_not_there_has_no_box() -> None:
    assert page_boxes(sample(), 2, "Weigh the child.") == []
    assert page_boxes(sample(), 1, " - ") == []


def test_boxes_follow_a_turned_page() -> None:
    maker = PdfMaker()
    maker.canvas.setPageRotation(90)
    maker.at(100, HEIGHT - 300, "Words along the edge.", 12)
    maker.page()
    data = maker.made()
    shown = picture(render_page(data, 1, 2.0))
    (box,) = page_boxes(data, 1, "Words along the edge.")
    assert box.height > box.width
    assert ink(shown, box) > 0.8 * ink(shown, Rectangle(0.0, 0.0, 1.0, 1.0))


@pytest.mark.parametrize("page", [0, 3, -1])
def test_a_page_that_is_not_there(page: int) -> None:
    with pytest.raises(UnknownDocument, match="has no page"):
        render_page(sample(), page)
    with pytest.raises(UnknownDocument, match="has no page"):
        page_boxes(sample(), page, "Words")


def test_the_task_gives_boxes_and_picture() -> None:
    found, raw = show_task(
        sample(), {"name": "a.pdf", "page": 1, "quote": "Weigh the child.", "scale": 1.0}
    )
    assert unpack_boxes(found) == page_boxes(sample(), 1, "Weigh the child.")
    assert raw == render_page(sample(), 1, 1.0)
    nothing, _ = show_task(sample(), {"name": "a.pdf", "page": 1, "quote": " ", "scale": 1.0})
    assert unpack_boxes(nothing) == []


GOOD = Extraction(
    "Title",
    "Heading\n\nText.",
    (Block(0, 7, "heading"), Block(9, 14, "paragraph", ("Heading",), 2)),
    "text/plain",
    2,
    ("A note.",),
)


def test_an_extraction_comes_through_as_it_was() -> None:
    assert unpack_extraction(pack_extraction(GOOD)) == GOOD


@pytest.mark.parametrize(
    "change",
    [
        {"text": None},
        {"title": 3},
        {"pages": "2"},
        {"pages": True},
        {"notes": [1]},
        {"blocks": None},
        {"blocks": [[0, 7, "heading", []]]},
        {"blocks": [[0, 7, "poem", [], None]]},
        {"blocks": [[0, 99, "heading", [], None]]},
        {"blocks": [[-1, 7, "heading", [], None]]},
        {"blocks": [[9, 14, "paragraph", [], None], [0, 7, "heading", [], None]]},
        {"blocks": [[None, 7, "heading", [], None]]},
        {"blocks": [[0, 7, "heading", [1], None]]},
    ],
)
def test_an_extraction_that_makes_no_sense_is_refused(change: Json) -> None:
    with pytest.raises(UnreadableDocument, match="makes no sense"):
        unpack_extraction(pack_extraction(GOOD) | change)


@given(st.lists(st.builds(Rectangle, *[st.floats(0, 1)] * 4), max_size=4))
def test_boxes_come_through_as_they_were(boxes: list[Rectangle]) -> None:
    assert unpack_boxes(pack_boxes(boxes)) == boxes


@pytest.mark.parametrize(
    "box", [[0, 0, 1], [0, 0, 1, 2], [0, 0, 1, "1"], [0, 0, 1, float("nan")], [0, -1, 1, 1]]
)
def test_boxes_outside_the_page_are_refused(box: list[object]) -> None:
    with pytest.raises(UnreadableDocument):
        unpack_boxes({"boxes": [box]})


def test_a_damaged_file_is_not_drawn() -> None:
    with pytest.raises(UnreadableDocument):
        render_page(b"%PDF-1.4 broken", 1)
    assert pdf([["x"]])[:4] == b"%PDF"
