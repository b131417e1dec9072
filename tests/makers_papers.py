"""Papers with known text, clean and photographed, and damaged pictures."""

import struct
import zlib

from PIL import Image

from ui.exam_reading_letters import letter
from ui.exam_reading_papers import Cell, Paper, lab_slip, medicine_label
from ui.exam_reading_print import CLEAN, Harm, harm_of, photographed, printed

__all__ = ["CLEAN", "Cell", "Harm", "Paper", "harm_of", "lab_slip", "letter",
           "medicine_label", "photographed", "printed"]  # fmt: skip
COLUMNS = (0, 0.4, 0.55, 0.7, 0.92)
HEADS = ("Test", "Result", "Unit", "Reference Range", "Flag")


def slip(rows, age=40, sex="F"):
    """A laboratory slip with these rows of test, value, unit, reference and flag."""
    head = [(Cell("Lakeview Clinic Laboratory", 0.15, 1.5, bold=True),),
            (Cell("Name: Grace Banda"), Cell(f"Age/Sex: {age} Y / {sex}", 0.6)),
            tuple(Cell(text, at, bold=True) for text, at in zip(HEADS, COLUMNS, strict=True))]  # fmt: skip
    body = [tuple(Cell(t, at) for t, at in zip(row, COLUMNS, strict=True) if t) for row in rows]
    return Paper("lab", (*head, *body), {}, 0.85)


def pack(lines, big=1):
    """A medicine label with these lines, the first ones in large print."""
    rows = tuple(
        (Cell(text, 0, 1.7 if at < big else 1.0, bold=at < big),) for at, text in enumerate(lines)
    )
    return Paper("label", rows, {}, 1.5)


def photographed_slip(rows, age=40, sex="F", seed=1):
    """A photograph of a slip as a picture."""
    return Image.fromarray(photographed(printed(slip(rows, age, sex), seed), harm_of(seed), seed))


def png_head(width, height, parts=b""):
    """The beginning of a PNG that says it is so large; it has no points."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_part(b"IHDR", head)
        + parts
        + png_part(b"IDAT", zlib.compress(b"\0"))
        + png_part(b"IEND", b"")
    )


def png_part(kind, data):
    """One part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
