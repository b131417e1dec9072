"""Opens a picture file in a child process: bytes in; size, notes and pixels out."""

from collections.abc import Mapping

from assistant.vision.door import open_picture
from assistant.vision.encoder_errors import ImageError
from assistant.vision.encoder_prepare import checked
from assistant.vision.errors import PictureRefused
from kb.errors import UnreadableDocument


def picture_task(data: bytes, arguments: Mapping[str, object]) -> tuple[dict[str, object], bytes]:
    """Height, width and notes of a picture, and its pixels in red, green and blue.

    Raises:
        UnreadableDocument: it is no picture that is opened.
    """
    name = str(arguments["name"])
    try:
        opened = open_picture(data)
        pixels = checked(opened.points)
    except (PictureRefused, ImageError) as error:
        raise UnreadableDocument(f"{name}: {error}") from error
    told: dict[str, object] = {
        "height": pixels.shape[0], "width": pixels.shape[1], "notes": list(opened.notes),
    }  # fmt: skip
    return told, pixels.tobytes()
