"""The door for pictures: bytes in, points out; meant to run in a child process with limits.

Only points leave it: place, camera, names and whatever else a file carries stay behind. The size
is judged by the header, before anything is decoded.
"""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from assistant.vision.formats import Formats, Kind, load_formats

Points = NDArray[np.uint8]
"""Rows, columns, and red, green and blue of every point."""
_PNG = b"\x89PNG\r\n\x1a\n"
_HEAD = 4096
"""Bytes in which a PNG says that it moves."""
_NEEDED = frozenset({b"tRNS", b"eXIf"})
"""Parts of a PNG that are kept although a picture can do without: clearness and position."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture as it is to be looked at."""

    points: Points
    """Upright as the camera says, 8 bits a colour, on white."""
    kind: str
    size: tuple[int, int]
    """Width and height in the file."""
    notes: tuple[str, ...] = ()


def open_picture(data: bytes, formats: Formats | None = None) -> Opened:
    """The points of a picture.

    Raises:
        PictureRefused: it is of a kind that is not opened, damaged, too large or too small.
    """
    rules = formats or load_formats()
    kind = rules.kind_of(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = _opened(data, kind, rules)
            moves = kind.opens == "PNG" and b"acTL" in data[:_HEAD]
            return _decoded(picture, kind, rules, moves=moves)
    except Image.DecompressionBombError as error:
        raise rules.refused("too_large") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError) as error:
        raise rules.refused("damaged") from error


def jpeg(points: Points, quality: int = 88) -> bytes:
    """Points as a JPEG that carries nothing else."""
    held = io.BytesIO()
    Image.fromarray(points).save(held, "JPEG", quality=quality)
    return held.getvalue()


def _opened(data: bytes, kind: Kind, rules: Formats) -> Image.Image:
    """The picture with its header read and judged, and nothing decoded."""
    picture: Image.Image = Image.open(io.BytesIO(_without_extras(data)), formats=(kind.opens,))
    if picture.width * picture.height > rules.most_points:
        raise rules.refused("too_large")
    if min(picture.size) < rules.fewest_side:
        raise rules.refused("too_small")
    return picture


def _decoded(picture: Image.Image, kind: Kind, rules: Formats, *, moves: bool) -> Opened:
    size = picture.size
    moves = moves or int(getattr(picture, "n_frames", 1)) > 1
    longest = (rules.longest_side, rules.longest_side)
    picture.draft("RGB", longest)
    upright = ImageOps.exif_transpose(_of_eight_bits(picture))
    upright.thumbnail(longest)
    points = np.array(_on_white(upright), dtype=np.uint8)
    return Opened(points, kind.name, size, (rules.texts["first_frame"][0],) if moves else ())


def _of_eight_bits(picture: Image.Image) -> Image.Image:
    """A grey picture of more than 8 bits a point in 8; exposure is kept relative to its range."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    fine = np.asarray(picture).astype(np.float64)
    if not np.isfinite(fine).all():
        raise ValueError(picture.mode)
    top = 65535.0 if picture.mode.startswith("I") else max(float(fine.max()), 1.0)
    return Image.fromarray((fine / top * 255).clip(0, 255).astype(np.uint8))


def _on_white(picture: Image.Image) -> Image.Image:
    """A picture without see-through parts; ink on them is read as on paper."""
    if picture.mode in {"RGBA", "LA", "PA", "P", "La", "RGBa"}:
        seen = picture.convert("RGBA")
        paper = Image.new("RGBA", seen.size, (255, 255, 255, 255))
        return Image.alpha_composite(paper, seen).convert("RGB")
    return picture.convert("RGB")


def _without_extras(data: bytes) -> bytes:
    """A PNG without comments, of which one can unpack to gigabytes; others as they are."""
    if not data.startswith(_PNG):
        return data
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        part = data[at + 4 : at + 8]
        if part[:1].isupper() or part in _NEEDED:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)
