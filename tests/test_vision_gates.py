"""Doors and gates: which pictures are opened, what leaves them, and what is said of bad ones."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from assistant.vision.door import open_picture
from assistant.vision.errors import PictureRefused
from assistant.vision.gates import measure_light
from assistant.vision.masking import mask_text
from assistant.vision.pixels import flatten, moved
from assistant.vision.reading.look import look
from assistant.vision.reading.quick_ocr import QuickOcr
from tests.makers_papers import Harm, photographed, png_head, png_part, printed, slip
from ui.vision_reading import LIMITS, PictureDesk

ROWS = [("Creatinine", "1.8", "mg/dL", "0.6-1.2", "H"), ("Sodium", "139", "mmol/L", "135-145", ""),
        ("Potassium", "4.1", "mmol/L", "3.5-5.1", "")]  # fmt: skip


def saved(picture, kind, **options):
    held = io.BytesIO()
    picture.save(held, kind, **options)
    return held.getvalue()


def page(width=300, height=200):
    return Image.new("RGB", (width, height), (200, 190, 180))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_listed_formats_are_opened(kind):
    opened = open_picture(saved(page(), kind))
    assert opened.points.shape == (200, 300, 3)
    assert abs(int(opened.points[5, 5, 0]) - 200) < 4


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"II*\0" + bytes(50), "TIFF"),
        (b"MM\0*" + bytes(50), "TIFF"),
        (bytes([0, 0, 0, 24]) + b"ftypheic" + bytes(40), "HEIC"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><svg/>", "SVG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"GIF89a" + bytes(60), "GIF"),
        (b"%PDF-1.7\n", "PDF"),
        (b"MZ" + bytes(100), "no picture"),
        (b"RIFF" + bytes(4) + b"WAVE" + bytes(40), "no picture"),
    ],
)
def test_other_kinds_are_refused_by_their_bytes(data, word):
    with pytest.raises(PictureRefused, match=word):
        open_picture(data)


@pytest.mark.parametrize(("width", "height"), [(12_000, 12_000), (60_000, 60_000), (60_000, 1_000)])
def test_too_many_points_are_refused_from_the_header(width, height):
    began = time.perf_counter()
    with pytest.raises(PictureRefused, match="too many points"):
        open_picture(png_head(width, height))
    assert time.perf_counter() - began < 1


def test_a_jpeg_that_says_it_is_huge_is_refused_from_the_header():
    data = bytearray(saved(page(), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 60_000, 60_000)
    with pytest.raises(PictureRefused, match="too many points"):
        open_picture(bytes(data))


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (8, 8)])
def test_specks_are_refused(size):
    with pytest.raises(PictureRefused, match="too small"):
        open_picture(saved(page(*size), "PNG"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_files_are_refused(kind, share):
    noise = Image.fromarray(
        np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    )
    data = saved(noise, kind)
    with pytest.raises(PictureRefused, match="damaged"):
        open_picture(data[: int(len(data) * share)])


def test_place_and_names_are_dropped_and_the_picture_is_turned():
    picture = page(300, 200)
    ImageDraw.Draw(picture).rectangle((0, 0, 60, 60), fill=(250, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRET MAKER"
    exif.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    with PictureDesk() as desk:
        _, shown = desk.look(saved(picture, "JPEG", exif=exif))
    assert b"SECRET" not in shown
    assert b"Exif" not in shown
    upright = Image.open(io.BytesIO(shown))
    assert upright.size == (200, 300)
    assert upright.getpixel((190, 10))[0] > 220 > upright.getpixel((10, 10))[0]


def test_sixteen_bits_and_print_colours_are_converted():
    deep = Image.fromarray((np.linspace(0, 65535, 64 * 64).reshape(64, 64)).astype(np.uint16))
    points = open_picture(saved(deep, "PNG")).points
    assert points[0, 0, 0] == 0
    assert points[-1, -1, 0] == 255
    assert abs(int(points[32, 0, 0]) - 128) < 3
    ink = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    red = open_picture(saved(ink, "JPEG")).points[5, 5]
    assert red[0] > 180
    assert red[1] < 90


def test_of_a_moving_picture_the_first_frame_is_read():
    frames = [page(), Image.new("RGB", (300, 200), "black")]
    data = saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    opened = open_picture(data)
    assert opened.points[5, 5, 0] == 200
    assert "first frame" in opened.notes[0]


def test_a_comment_that_unpacks_to_gigabytes_costs_nothing():
    bomb = png_part(b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000), 9))
    good = saved(page(), "PNG")
    data = good[:33] + bomb + good[33:]
    began = time.perf_counter()
    assert open_picture(data).points.shape == (200, 300, 3)
    assert time.perf_counter() - began < 1


def test_a_thousand_damaged_pictures_end_in_an_answer():
    draw = np.random.default_rng(3)
    whole = {kind: saved(page(64, 64), kind) for kind in ("JPEG", "PNG", "WEBP", "BMP")}
    ended = 0
    for turn in range(1000):
        data = bytearray(whole[("JPEG", "PNG", "WEBP", "BMP")[turn % 4]])
        for _ in range(int(draw.integers(1, 6))):
            data[int(draw.integers(len(data)))] = int(draw.integers(256))
        try:
            assert open_picture(bytes(data)).points.ndim == 3
        except PictureRefused as error:
            assert str(error)
        ended += 1
    assert ended == 1000


def test_the_limits_of_the_child_are_those_of_the_plan():
    assert LIMITS.seconds <= 10
    assert LIMITS.memory <= 1 << 30


def test_a_refusal_comes_out_of_the_child_with_its_hint():
    with PictureDesk() as desk, pytest.raises(PictureRefused) as caught:
        desk.look(saved(page(300, 200), "JPEG")[:400])
    assert caught.value.hint


# --- the gates -----------------------------------------------------------------------------------


def codes(points):
    quality = look(open_picture(saved(Image.fromarray(points), "JPEG", quality=92))).quality
    return {problem.code for problem in quality.problems}, quality


@pytest.fixture(scope="module")
def paper():
    return printed(slip(ROWS), 4)


def test_a_good_photograph_has_no_problem(paper):
    found, quality = codes(photographed(paper, Harm(2, 0.02, 0.4, 0.2, 1, 2), 4))
    assert not found
    assert quality.good


def test_blur_is_told(paper):
    blurred = np.asarray(Image.fromarray(paper).filter(ImageFilter.GaussianBlur(7)))
    found, quality = codes(blurred)
    assert found & {"blur", "no_text", "faint"}
    assert measure_light(blurred)["sharpness"] < 0.6 * measure_light(paper)["sharpness"]
    assert all(problem.hint for problem in quality.problems)


def test_darkness_is_told(paper):
    assert "dark" in codes((paper * 0.12).astype(np.uint8))[0]


def test_a_reflection_is_told(paper):
    dull = (paper * 0.6).astype(np.float64)
    across, down = np.meshgrid(np.arange(paper.shape[1]), np.arange(paper.shape[0]))
    far = np.hypot(across - 600, down - 300)
    shiny = np.clip(dull + 400 * np.clip(1.6 - far / 250, 0, 1)[:, :, None], 0, 255)
    assert "glare" in codes(shiny.astype(np.uint8))[0]


def test_words_at_the_edge_are_told(paper):
    assert "crop" in codes(paper[:, 90:700])[0]


def test_a_picture_without_paper_is_not_read():
    draw = np.random.default_rng(8)
    rough = Image.fromarray(draw.integers(60, 200, (30, 40, 3), dtype=np.uint8))
    found, quality = codes(np.asarray(rough.resize((800, 600), Image.Resampling.BICUBIC)))
    assert "no_text" in found
    assert not quality.good


# --- geometry and masking ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_slanted_sheet_is_found_and_places_come_back(paper, seed):
    flat = flatten(photographed(paper, Harm(slant=0.05, turn=4), seed))
    assert flat.found
    assert flat.points.shape[1] == pytest.approx(paper.shape[1], rel=0.12)
    corner = moved(((0.0, 0.0), (10.0, 10.0)), flat.back)
    assert corner[0][0] > 20
    assert corner[0][1] > 20


def test_a_name_on_a_picture_is_covered():
    draw = np.random.default_rng(5)
    soft = Image.fromarray(draw.integers(20, 120, (20, 20), dtype=np.uint8)).resize((900, 900))
    image = soft.convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.text((30, 20), "BANDA GRACE 12/03/1980", font=ImageFont.load_default(34), fill="white")
    pen.text((30, 840), "ID 4471-99", font=ImageFont.load_default(30), fill="white")
    ocr = QuickOcr()
    masked = mask_text(np.asarray(image), ocr)
    assert any("BANDA" in text for text in masked.texts)
    left = " ".join(line.text for line in ocr.read(masked.points[:, :, ::-1]))
    assert not any(part in left for part in ("BANDA", "GRACE", "1980", "4471"))
    middle = slice(200, 700)
    assert (masked.points[middle] == np.asarray(image)[middle]).all()
