"""What parsers found, as JSON values and back, checked on the way in.

A parser runs in a child process that a damaged file may have led astray; nothing that comes from
there is believed unseen.
"""

from dataclasses import astuple
from typing import cast, get_args

from kb.errors import UnreadableDocument
from kb.extract.places import Rectangle
from kb.messages import Block, BlockKind, Extraction

Json = dict[str, object]

_KINDS = frozenset(get_args(BlockKind))


def pack_extraction(extraction: Extraction) -> Json:
    """An extraction as JSON values."""
    return {
        "title": extraction.title,
        "text": extraction.text,
        "media_type": extraction.media_type,
        "pages": extraction.pages,
        "notes": list(extraction.notes),
        "blocks": [
            [block.start, block.end, block.kind, list(block.section), block.page]
            for block in extraction.blocks
        ],
    }


def unpack_extraction(packed: Json) -> Extraction:
    """An extraction from JSON values.

    Raises:
        UnreadableDocument: a value is missing, of the wrong type, or points outside of the text.
    """
    text = _text(packed.get("text"))
    blocks = tuple(_block(block) for block in _list(packed.get("blocks")))
    ends = [0, *(place for block in blocks for place in (block.start, block.end)), len(text)]
    if ends != sorted(ends):
        raise _astray()
    return Extraction(
        title=_text(packed.get("title")),
        text=text,
        blocks=blocks,
        media_type=_text(packed.get("media_type")),
        pages=_whole(packed.get("pages")),
        notes=tuple(map(_text, _list(packed.get("notes")))),
    )


def pack_boxes(boxes: list[Rectangle]) -> Json:
    """Rectangles as JSON values."""
    return {"boxes": [list(astuple(box)) for box in boxes]}


def unpack_boxes(packed: Json) -> list[Rectangle]:
    """Rectangles from JSON values.

    Raises:
        UnreadableDocument: a rectangle is none, or lies outside of the page.
    """
    return [_box(_list(box)) for box in _list(packed.get("boxes"))]


def _box(values: list[object]) -> Rectangle:
    numbers = [float(value) for value in values if isinstance(value, (int, float))]
    if len(values) != 4 or not all(0.0 <= number <= 1.0 for number in numbers) or len(numbers) != 4:
        raise _astray()
    return Rectangle(*numbers)


def _block(value: object) -> Block:
    values = _list(value)
    if len(values) != 5 or values[2] not in _KINDS:
        raise _astray()
    start, end = _whole(values[0]), _whole(values[1])
    if start is None or end is None:
        raise _astray()
    section = tuple(map(_text, _list(values[3])))
    return Block(start, end, cast("BlockKind", values[2]), section, _whole(values[4]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _astray()
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _astray()
    return value


def _whole(value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise _astray()
    return value


def _astray() -> UnreadableDocument:
    return UnreadableDocument("The file was read, but what came out of it makes no sense.")
