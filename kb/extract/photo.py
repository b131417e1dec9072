"""Pictures of pages (PNG, JPEG): their printed words, read by OCR."""

import io
import warnings

import numpy as np
from PIL import Image, ImageOps

from kb.errors import DocumentTooLarge, NoTextFound, UnreadableDocument
from kb.extract.building import TextBuilder
from kb.extract.ocr import Ocr, Picture
from kb.extract.pdf_layout import arrange
from kb.extract.pdf_scan import scan_lines
from kb.extract.progress import Tell, silent
from kb.extract.scan import read_scan
from kb.extract.scan_notes import scan_notes
from kb.messages import Extraction

MAX_POINTS = 40_000_000
"""Most points of a picture; today's telephones take 12 to 50 million."""
LONGEST = 2600
"""A larger picture is made smaller to this length of its longer side."""
_PNG = b"\x89PNG\r\n\x1a\n"
_EXTRAS = frozenset({b"tRNS", b"eXIf"})
_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg"}


def extract(data: bytes, name: str, tell: Tell = silent) -> Extraction:
    """Words of a picture.

    Raises:
        DocumentTooLarge: it has more than `MAX_POINTS` points.
        NoTextFound: no words can be read on it.
        UnreadableDocument: it is damaged.
    """
    picture, kind = opened_picture(data, name)
    ocr = Ocr()
    tell(0, 1)
    scan = read_scan(picture, ocr)
    lines = scan_lines(scan, 1, 1.0)
    if not any(char.isalnum() for line in lines for char in line.text):
        raise NoTextFound(f"No printed words can be read on {name}.")
    builder = TextBuilder()
    for piece in arrange(lines, [scan.shape[0]]):
        if piece.kind == "heading":
            builder.heading(piece.text, piece.level)
        else:
            builder.add(piece.kind, piece.text)
    return builder.extraction(name, kind, notes=scan_notes([1], lines))


def opened_picture(data: bytes, name: str) -> tuple[Picture, str]:
    """Points of a picture, turned as the camera says, and its media type.

    Raises:
        DocumentTooLarge: it has more than `MAX_POINTS` points.
        UnreadableDocument: it is damaged, or no PNG or JPEG.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(_without_extras(data)), formats=tuple(_FORMATS))
        if picture.width * picture.height > MAX_POINTS:
            raise DocumentTooLarge(
                f"{name} has more than {MAX_POINTS // 1_000_000} million points."
            )
        kind = _FORMATS[str(picture.format)]
        picture.draft("RGB", (LONGEST, LONGEST))
        upright = ImageOps.exif_transpose(_of_eight_bits(picture))
        upright.thumbnail((LONGEST, LONGEST))
        return np.asarray(_on_white(upright))[:, :, ::-1], kind
    except Image.DecompressionBombError as error:
        raise DocumentTooLarge(f"{name} has too many points to be read.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise UnreadableDocument(f"{name} is damaged: it cannot be opened as a picture.") from error


def _without_extras(data: bytes) -> bytes:
    """A PNG with only the parts that make its points, clearness and position; others as they are.

    A damaged or endless comment must not keep the picture from being read.
    """
    if not data.startswith(_PNG):
        return data
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        kind = data[at + 4 : at + 8]
        if kind[:1].isupper() or kind in _EXTRAS:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _of_eight_bits(picture: Image.Image) -> Image.Image:
    """A grey picture of 16 bits a point in 8, which is what everything after it expects."""
    if not picture.mode.startswith("I"):
        return picture
    fine = np.asarray(picture).astype(np.uint32)
    coarse = Image.fromarray((fine >> 8).clip(0, 255).astype(np.uint8))
    coarse.info, coarse.format = picture.info, picture.format
    return coarse


def _on_white(picture: Image.Image) -> Image.Image:
    """A picture without see-through parts; ink on them is read as on paper."""
    if picture.mode in {"RGBA", "LA", "PA", "P"}:
        seen = picture.convert("RGBA")
        paper = Image.new("RGBA", seen.size, (255, 255, 255, 255))
        return Image.alpha_composite(paper, seen).convert("RGB")
    return picture.convert("RGB")
