"""Scans: what OCR reads, where it stands, and what is not shown because it is in doubt."""

import re
import struct
import zlib
from dataclasses import astuple, dataclass, field

import numpy as np
import pytest
from PIL import Image

from kb.errors import DocumentTooLarge, NoTextFound, UnreadableDocument
from kb.extract.ocr import Ocr, Picture, ReadLine, ReadWord
from kb.extract.pdf import extract
from kb.extract.pdf_view import page_boxes, render_page
from kb.extract.photo import MAX_POINTS
from kb.extract.photo import extract as extract_photo
from kb.extract.scan import read_scan
from kb.extract.scan_notes import UNREADABLE
from kb.messages import Extraction
from tests.makers_files import PdfMaker, drawn, paper, pdf, photo, worn
from tests.test_kb_extract_view import ink, picture

FIGURES = {"12", "5", "3", "2.5", "20", "10", "0.25", "14"}


def leaflet() -> bytes:
    maker = PdfMaker()
    maker.line("Treatment of diarrhoea", size=20)
    maker.gap()
    maker.line("Give zinc to every child with diarrhoea for 10 to 14 days, and")
    maker.line("do not stop when the stools become solid.")
    maker.gap()
    maker.line("Children under 5 months weigh 2.5 to 3 kg at birth, and 0.25 mL")
    maker.line("more is given for each of the 12 feeds, at most 20 mL a day.")
    maker.gap()
    maker.line("Look again after two days.")
    maker.page()
    return maker.made()


ORDER = [
    "Treatment of diarrhoea",
    "Give zinc to every child with diarrhoea for 10 to 14 days, and do not stop when the stools"
    " become solid.",
    "Children under 5 months weigh 2.5 to 3 kg at birth, and 0.25 mL more is given for each of the"
    " 12 feeds, at most 20 mL a day.",
    "Look again after two days.",
]


def texts(found: Extraction, kind: str = "") -> list[str]:
    return [found.text[b.start : b.end] for b in found.blocks if kind in {"", b.kind}]


def test_a_scan_is_read_as_the_page_that_was_scanned() -> None:
    found = extract(paper([drawn(leaflet())]), "scan.pdf")
    assert texts(found) == ORDER
    assert texts(found, "heading") == ORDER[:1]
    assert found.notes == ("Page read by OCR from a picture: 1. Check every figure.",)


def test_only_the_pages_that_are_pictures_are_read_by_ocr() -> None:
    typed = pdf([["Typed page."]])
    maker = PdfMaker()
    for data in (None, drawn(leaflet()), None, drawn(pdf([["Weigh the child again."]]))):
        if data is None:
            maker.line("Typed page.")
        else:
            maker.canvas.drawInlineImage(data.convert("RGB"), 0, 0, 595, 842)
        maker.page()
    steps: list[tuple[int, int]] = []
    found = extract(maker.made(), "mixed.pdf", lambda done, of: steps.append((done, of)))
    shown = [(block.page, found.text[block.start : block.end]) for block in found.blocks]
    assert shown == [
        (1, "Typed page."),
        *((2, text) for text in ORDER),
        (3, "Typed page."),
        (4, "Weigh the child again."),
    ]
    assert found.notes == ("Pages read by OCR from a picture: 2, 4. Check every figure.",)
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert extract(typed, "typed.pdf").notes == ()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_that_lies_on_its_side_or_head_is_read_in_order(turns: int) -> None:
    data = paper([drawn(leaflet()).rotate(90 * turns, expand=True)])
    assert texts(extract(data, "turned.pdf")) == ORDER
    places = page_boxes(data, 1, ORDER[3])
    page = picture(render_page(data, 1, 2.0))
    assert all(ink(page, place) > 50 for place in places)
    assert len(places) == 1
    wide = places[0].width * page.width > places[0].height * page.height
    assert wide == (turns == 2)


@pytest.mark.parametrize("tilt", [-2.5, 1.5])
def test_a_page_that_lies_askew_is_read_in_order(tilt: float) -> None:
    data = paper([worn(drawn(leaflet()), tilt=tilt)])
    found = texts(extract(data, "askew.pdf"))
    patterns = (re.escape(text).replace("12", "(?:12|.unreadable.)") for text in ORDER)
    assert all(re.fullmatch(p, text) for p, text in zip(patterns, found, strict=True)), found


def check_place(data: bytes, quote: str) -> None:
    """The boxes of a quote hold ink, and blanking them leaves nothing that reads as the quote."""
    shown = picture(render_page(data, 1, 2.0))
    boxes = page_boxes(data, 1, quote)
    assert boxes
    assert all(ink(shown, box) > 50 for box in boxes)
    blank = np.array(shown)
    height, width = blank.shape[:2]
    for box in boxes:
        rows = slice(int(box.top * height), int(box.bottom * height) + 1)
        blank[rows, int(box.left * width) : int(box.right * width) + 1] = 255
    left = extract(paper([Image.fromarray(blank).convert("L")]), "blanked.pdf").text
    assert " ".join(quote.split()[:3]) not in left
    assert " ".join(quote.split()[-3:]) not in left
    assert "zinc" in left


def test_a_quote_is_shown_where_it_stands_on_the_scan() -> None:
    data = paper([drawn(leaflet())])
    check_place(data, "Look again after two days.")
    lines = page_boxes(data, 1, ORDER[2])
    assert len(lines) == 2
    assert lines[0].top < lines[1].top
    assert page_boxes(data, 1, "Words that are not on this page at all.") == []


def test_columns_of_a_scan_are_read_one_after_the_other() -> None:
    left = [f"The left column goes on with line {word} of it" for word in NUMBERS]
    right = [f"And the right column has a line {word} as well" for word in NUMBERS]
    maker = PdfMaker()
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        maker.at(60, 150 + 13 * number, one, 10)
        maker.at(320, 150 + 13 * number, other, 10)
    maker.page()
    found = extract(paper([drawn(maker.made())]), "columns.pdf")
    assert found.text.replace("\n\n", " ") == " ".join(left + right)


NUMBERS = "one two three four five six seven eight".split()


def test_rows_of_a_table_on_a_scan_keep_their_cells() -> None:
    maker = PdfMaker()
    rows = [("Age", "Zinc", "Days"), ("2 to 5 months", "10 mg", "14"), ("Older", "20 mg", "10")]
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            maker.at(72 + 160 * column, 150 + 20 * number, cell, 12)
    maker.page()
    found = extract(paper([drawn(maker.made())]), "table.pdf")
    assert texts(found, "table") == [
        "Age | Zinc | Days\n2 to 5 months | 10 mg | 14\nOlder | 20 mg | 10"
    ]


@pytest.mark.parametrize("blur", [1.0, 2.0, 3.0, 4.0])
def test_a_figure_is_read_rightly_or_not_shown(blur: float) -> None:
    """The blurred page may lose words; it must not gain a figure."""
    try:
        found = extract(paper([worn(drawn(leaflet()), blur=blur)]), "worn.pdf")
    except NoTextFound:
        return
    assert set(re.findall(r"\d+(?:\.\d+)?", found.text)) <= FIGURES


def test_letters_that_carry_no_meaning_are_read_from_their_shapes() -> None:
    """A font that gives its letters no Unicode still shows them."""
    data = leaflet()
    assert b"/WinAnsiEncoding" in data
    odd = data.replace(b"/WinAnsiEncoding", b"/OddAnsiEncoding")
    found = extract(odd, "odd.pdf")
    assert "Look again after two days." in texts(found)


@dataclass
class Scripted:
    """Reads what it is told to, whatever the picture."""

    lines: list[ReadLine]
    seen: list[Picture] = field(default_factory=list)

    def read(self, picture: Picture) -> list[ReadLine]:
        self.seen.append(picture)
        return self.lines


def box(left: float, top: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def line(words: list[tuple[str, float]], sure: float = 0.98, top: float = 10) -> ReadLine:
    placed = tuple(
        ReadWord(word, box(10 + 40 * number, top, 45 + 40 * number, top + 20), how)
        for number, (word, how) in enumerate(words)
    )
    text = " ".join(word for word, _ in words)
    return ReadLine(text, box(10, top, 10 + 40 * len(words), top + 20), sure, placed)


def shown(*lines: ReadLine) -> list[str]:
    paper_sheet = np.full((400, 600, 3), 255, dtype=np.uint8)
    return [each.text for each in read_scan(paper_sheet, Scripted(list(lines))).lines]


def test_a_doubtful_figure_is_not_shown_and_a_doubtful_word_is() -> None:
    assert shown(line([("Give", 0.99), ("10", 0.7), ("mg", 0.6), ("twice", 0.99)])) == [
        f"Give {UNREADABLE} mg twice"
    ]


@pytest.mark.parametrize("figure", ["4-l8", "1.B", "S.7", "l000", "i.5", "2I5", "1O0"])
def test_a_letter_among_figures_is_never_shown_as_one(figure: str) -> None:
    assert shown(line([("Give", 0.99), (figure, 0.99), ("mg", 0.99)])) == [f"Give {UNREADABLE} mg"]


@pytest.mark.parametrize(
    "figure", ["B12", "O2", "5l", "10mg", "H1N1", "1.5", "4-18", "SpO2", "1st"]
)
def test_figures_with_letters_that_belong_to_them_are_shown(figure: str) -> None:
    assert shown(line([("Give", 0.99), (figure, 0.99)])) == [f"Give {figure}"]


def test_a_doubtful_line_is_marked_and_a_stain_is_dropped() -> None:
    good = line([("Give", 0.99), ("it", 0.99), ("slowly", 0.99)])
    assert shown(good, line([("xq", 0.6), ("vv", 0.6)], sure=0.6, top=60)) == [
        "Give it slowly",
        UNREADABLE,
    ]
    assert shown(good, line([("\u7701", 0.98)], top=60)) == ["Give it slowly"]


def test_words_that_do_not_fit_the_line_lose_nothing() -> None:
    words = (ReadWord("Give", box(10, 10, 50, 30), 0.99),)
    odd = ReadLine("Give 10 mg", box(10, 10, 90, 30), 0.99, words)
    assert shown(odd) == ["Give 10 mg"]
    assert shown(ReadLine("Give 10 mg", box(10, 10, 90, 30), 0.99)) == ["Give 10 mg"]


def test_what_could_not_be_read_is_told() -> None:
    found = extract(paper([worn(drawn(leaflet()), blur=4.0)]), "worn.pdf")
    marks = found.text.count(UNREADABLE)
    assert marks == 0 or any(f"{marks} place" in note for note in found.notes)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_a_document(kind: str) -> None:
    found = extract_photo(photo(drawn(leaflet()), kind), "leaflet.jpg")
    assert texts(found) == ORDER
    assert found.media_type == f"image/{kind.lower()}"
    assert found.pages is None
    assert found.notes == ("Page read by OCR from a picture: 1. Check every figure.",)


def test_a_picture_is_turned_as_the_camera_says_and_its_other_data_is_not_read() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "Words of the camera"
    turned = drawn(leaflet()).rotate(90, expand=True)
    found = extract_photo(photo(turned, "JPEG", exif=exif), "a.jpg")
    assert texts(found) == ORDER
    assert "camera" not in found.text


def test_ink_on_a_clear_ground_is_read_as_on_paper() -> None:
    grey = np.array(drawn(leaflet()))
    clear = np.zeros((*grey.shape, 4), dtype=np.uint8)
    clear[..., 3] = 255 - grey
    assert texts(extract_photo(photo(Image.fromarray(clear, "RGBA")), "a.png")) == ORDER


@pytest.mark.parametrize("mode", ["I;16", "CMYK", "1", "P", "LA"])
def test_pictures_of_other_depths_and_colours_are_read(mode: str) -> None:
    page = drawn(pdf([["Give zinc for ten days."]])).crop((0, 0, 1400, 400))
    if mode == "I;16":
        shown = Image.fromarray(np.asarray(page).astype(np.uint16) * 257)
    else:
        shown = page.convert(mode)
    assert shown.mode == mode
    found = extract_photo(photo(shown, "JPEG" if mode == "CMYK" else "PNG"), "a.png")
    assert found.text == "Give zinc for ten days."


def _png(width: int, height: int, *parts: tuple[bytes, bytes]) -> bytes:
    """A PNG written by hand: its head and some parts, in order."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), *parts, (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (_png(12_000, 12_000), DocumentTooLarge),
        (_png(60_000, 60_000), DocumentTooLarge),
        (_png(9, 9, (b"PLTE", b"words")), UnreadableDocument),
        (photo(Image.new("RGB", (1, 1))), NoTextFound),
    ],
)
def test_a_small_file_of_a_huge_or_empty_picture_is_refused(
    data: bytes, kind: type[UnreadableDocument]
) -> None:
    assert len(data) < 200_000
    with pytest.raises(kind, match=r"odd\.png"):
        extract_photo(data, "odd.png")


@pytest.mark.parametrize("extra", ["comment that is a bomb", "damaged"])
def test_what_is_noted_beside_a_picture_does_not_keep_it_from_being_read(extra: str) -> None:
    data = photo(drawn(pdf([["Give zinc for ten days."]])).crop((0, 0, 1400, 400)))
    content = b"a\0\0" + zlib.compress(bytes(90_000_000), 9)
    check = zlib.crc32(b"zTXt" + content) ^ (extra == "damaged")
    part = struct.pack(">I", len(content)) + b"zTXt" + content + struct.pack(">I", check)
    assert extract_photo(data[:33] + part + data[33:], "a.png").text == "Give zinc for ten days."


def test_pictures_that_are_refused() -> None:
    with pytest.raises(NoTextFound, match=r"No printed words can be read on blank\.png"):
        extract_photo(photo(Image.new("L", (300, 300), 255)), "blank.png")
    with pytest.raises(DocumentTooLarge, match="million points"):
        extract_photo(photo(Image.new("1", (MAX_POINTS // 5_000 + 1, 5_000))), "bomb.png")
    with pytest.raises(DocumentTooLarge, match="points"):
        extract_photo(photo(Image.new("1", (30_000, 30_000))), "bomb.png")
    for data in (b"\x89PNG\r\n\x1a\n", photo(drawn(leaflet()))[:3_000], b"\xff\xd8\xff\xe0words"):
        with pytest.raises(UnreadableDocument, match="damaged"):
            extract_photo(data, "broken.png")


def test_the_networks_are_those_of_the_package() -> None:
    lines = Ocr().read(np.full((200, 300, 3), 255, dtype=np.uint8))
    assert lines == []


def test_places_are_parts_of_the_page() -> None:
    found = read_scan(
        np.full((400, 600, 3), 255, dtype=np.uint8), Scripted([line([("Weigh", 0.99)])])
    )
    place = found.lines[0].words[0].place
    assert astuple(place) == pytest.approx((10 / 600, 10 / 400, 35 / 600, 20 / 400))
