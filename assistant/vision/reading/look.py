"""What runs in the child process: opens a picture, judges and reads it; and what comes back."""

from dataclasses import asdict
from datetime import date
from functools import cache
from typing import cast

from assistant.vision.barcodes import Barcode, read_barcodes
from assistant.vision.door import Opened, jpeg, open_picture
from assistant.vision.errors import PictureRefused
from assistant.vision.gates import judge
from assistant.vision.masking import mask_text
from assistant.vision.pixels import smaller
from assistant.vision.reading.messages import Problem, Quality
from assistant.vision.reading.quick_ocr import QuickOcr
from assistant.vision.reading.reader import Seen
from assistant.vision.reading.rows import Row, Span
from assistant.vision.reading.sheet import read_sheet
from kb.extract.progress import Tell
from kb.extract.wire import Json

LOOK = "assistant.vision.reading.look:look_task"
MASK = "assistant.vision.reading.look:mask_task"
PRELOAD = ("assistant.vision.reading.look", "rapidocr", "cv2", "zxingcpp")
_SHOWN = 1400
"""Longer side of the picture that is shown to the person."""


def look_task(data: bytes, _: Json, tell: Tell) -> tuple[Json, bytes]:
    """What stands on a picture as JSON values, and the picture upright with nothing else in it."""
    try:
        opened = open_picture(data)
    except PictureRefused as error:
        return {"refused": [error.reason, error.hint]}, b""
    tell(0, 1)
    return asdict(look(opened)), jpeg(smaller(opened.points, _SHOWN))


def mask_task(data: bytes, _: Json, tell: Tell) -> tuple[Json, bytes]:
    """How many lines of text were covered, and the image without them."""
    try:
        opened = open_picture(data)
    except PictureRefused as error:
        return {"refused": [error.reason, error.hint]}, b""
    tell(0, 1)
    masked = mask_text(opened.points, _ocr())
    return {"covered": len(masked.texts)}, jpeg(masked.points, 95)


def look(opened: Opened) -> Seen:
    """What stands on an opened picture."""
    sheet = read_sheet(opened.points, _ocr())
    height, width = sheet.points.shape[:2]
    quality = judge(sheet.points, sheet.lines, (height, width))
    codes = read_barcodes(opened.points) if _may_have_codes(sheet.text) else ()
    return Seen(sheet.rows, codes, quality, opened.notes)


def _may_have_codes(text: str) -> bool:
    """Codes stand on packs and forms, which hold little text; looking for them costs time."""
    return len(text) < 4000


@cache
def _ocr() -> QuickOcr:
    return QuickOcr()


def seen_of(found: Json) -> Seen:
    """What the child found, checked on the way in.

    Raises:
        PictureRefused: the picture was refused, or what came back makes no sense.
    """
    if "refused" in found:
        reason, hint = cast("list[str]", found["refused"])
        raise PictureRefused(str(reason), str(hint))
    try:
        return _seen(found)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise PictureRefused("The picture was read, but what came out makes no sense.") from error


def _seen(found: Json) -> Seen:
    quality = cast("dict[str, list[dict[str, str]]]", found["quality"])
    rows = cast("list[dict[str, object]]", found["rows"])
    codes = cast("list[dict[str, object]]", found["codes"])
    return Seen(
        tuple(_row(row) for row in rows),
        tuple(_code(code) for code in codes),
        Quality(
            bool(quality["good"]),
            tuple(
                Problem(str(p["code"]), str(p["reason"]), str(p["hint"]))
                for p in quality["problems"]
            ),
            tuple((str(name), float(value)) for name, value in quality["measures"]),
        ),
        tuple(str(note) for note in cast("list[str]", found["notes"])),
    )


def _row(row: dict[str, object]) -> Row:
    text = str(row["text"])
    spans = []
    for span in cast("list[dict[str, float]]", row["spans"]):
        left, top, width, height = (min(max(float(x), 0.0), 1.0) for x in span["box"])  # type: ignore[attr-defined]
        start, end = int(span["start"]), int(span["end"])
        if not 0 <= start <= end <= len(text):
            raise ValueError(text)
        spans.append(Span(start, end, float(span["sure"]), (left, top, width, height)))
    return Row(text, tuple(spans), float(str(row["height"])), bool(row["cut"]))


def _code(code: dict[str, object]) -> Barcode:
    corners = cast("list[list[float]]", code["corners"])
    return Barcode(
        str(code["format"]),
        str(code["text"]),
        tuple((float(x), float(y)) for x, y in corners),
        bool(code["gs1"]),
    )


def today() -> date:
    """The day by the clock of this machine."""
    return date.today()  # noqa: DTZ011 - the date on the wall of the clinic
