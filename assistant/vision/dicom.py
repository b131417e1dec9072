"""The door to pydicom: a DICOM file becomes a picture and the few tags that tell nothing of whom.

The only importer of `pydicom`, inside functions; meant to run in a child process. What a file says
is never believed: sizes are checked against the bytes that are there, and texts are shown only
where they can be nothing but a code.
"""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.vision.dicom_check import check_structure
from assistant.vision.dicom_rules import DicomRules, dicom_rules
from assistant.vision.dicom_window import Look, Window, greys, spread_evenly, strip
from kb.errors import DocumentTooLarge, LibraryError, UnreadableDocument

if TYPE_CHECKING:
    from pydicom import Dataset

_WORD = re.compile(r"[A-Z0-9_ ]{1,16}")
_CURVES = {"LINEAR", "LINEAR_EXACT", "SIGMOID"}
_COLOURS = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "PALETTE COLOR"}
_GREYS = {"MONOCHROME1", "MONOCHROME2"}


@dataclass(frozen=True, slots=True)
class DicomPicture:
    """What is shown of a file."""

    pixels: NDArray[np.uint8]
    """Red, green and blue; frames side by side."""
    tags: Mapping[str, str]
    """Only tags that cannot tell who the patient is."""
    hidden: int
    """Tags that are not shown."""
    frames: int
    """Frames in the file."""
    shown: tuple[int, ...]
    """Which of them are in the picture, from 0."""
    notes: tuple[str, ...] = ()


def dicom_task(data: bytes, arguments: Mapping[str, object]) -> tuple[dict[str, object], bytes]:
    """For a child process: size, tags and notes as JSON values, and the pixels as bytes.

    Raises:
        LibraryError: see `open_dicom`.
    """
    window = arguments.get("window")
    found = open_dicom(data, str(arguments["name"]), _asked(window))
    high, wide = found.pixels.shape[:2]
    told: dict[str, object] = {
        "height": high, "width": wide, "tags": dict(found.tags), "hidden": found.hidden,
        "frames": found.frames, "shown": list(found.shown), "notes": list(found.notes),
    }  # fmt: skip
    return told, found.pixels.tobytes()


def open_dicom(data: bytes, name: str, window: Window | None = None) -> DicomPicture:
    """The picture in a DICOM file.

    Args:
        data: the file.
        name: what it is called, for messages.
        window: which values are spread over the greys; by default what the file says.

    Raises:
        DocumentTooLarge: it is over a limit of size, frames or points.
        UnreadableDocument: it is damaged, a directory, nested too deep, begins like a program, has
            no picture, or is packed in a way that cannot be opened.
    """
    rules = dicom_rules()
    syntax = check_structure(data, name, rules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _opened(data, name, syntax, window)
        except (LibraryError, MemoryError):
            raise
        except Exception as error:  # the library raises children of Exception itself
            raise UnreadableDocument(f"{name} is damaged: its picture cannot be read.") from error


def _opened(data: bytes, name: str, syntax: str, window: Window | None) -> DicomPicture:
    import io  # noqa: PLC0415

    from pydicom import dcmread  # noqa: PLC0415 - only where a DICOM file is opened

    rules = dicom_rules()
    file = dcmread(io.BytesIO(data), force=False)
    frames = _check_size(file, name, rules)
    _check_packing(syntax, name, rules)
    kind = str(file.get("PhotometricInterpretation", ""))
    shown = spread_evenly(frames, rules.most_frames)
    if kind in _GREYS:
        pictures = [greys(_frame(file, at), _look(file, kind, window)) for at in shown]
    elif kind in _COLOURS:
        pictures = [_colour(file, at, kind) for at in shown]
    else:
        raise UnreadableDocument(f"{name} holds a kind of picture that is not opened.")
    tags = shown_tags(file, rules)
    notes = _notes(file, frames, len(shown), window is None and "WindowCenter" not in tags)
    hidden = sum(1 for _ in file) - len(tags)
    return DicomPicture(strip(pictures), tags, hidden, frames, tuple(shown), notes)


def shown_tags(file: "Dataset", rules: DicomRules) -> dict[str, str]:
    """The tags that are shown; a value that is not what it must be is left out."""
    found: dict[str, str] = {}
    for keyword, kind in rules.shown.items():
        value = file.get(keyword)
        if value is None or value == "":
            continue
        text = _numbers(value) if kind == "number" else str(value)
        if text and (kind == "number" or _WORD.fullmatch(text)):
            found[keyword] = text
    return found


def _numbers(value: Any) -> str:  # noqa: ANN401 - whatever a file holds
    parts = value if isinstance(value, (list, tuple)) or hasattr(value, "append") else [value]
    try:
        numbers = [float(part) for part in list(parts)[:3]]
    except (TypeError, ValueError):
        return ""
    return " x ".join(f"{number:g}" for number in numbers) if np.isfinite(numbers).all() else ""


def _check_size(file: "Dataset", name: str, rules: DicomRules) -> int:
    """Number of frames, once what will be decoded is known to be within the limits."""
    rows, columns = int(file.get("Rows", 0) or 0), int(file.get("Columns", 0) or 0)
    frames = int(file.get("NumberOfFrames", 1) or 1)
    if rows < 1 or columns < 1 or frames < 1 or "PixelData" not in file:
        raise UnreadableDocument(f"{name} holds no picture.")
    decoded = rows * columns * min(frames, rules.most_frames)
    if rows * columns > rules.most_points or decoded > rules.most_total:
        raise DocumentTooLarge(
            f"{name} has {rows} x {columns} points and {frames} frames, more than are opened."
        )
    return frames


def _check_packing(syntax: str, name: str, rules: DicomRules) -> None:
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415
    from pydicom.uid import UID  # noqa: PLC0415

    kind = rules.packing.get(syntax, "unknown")
    if kind == "not packed":
        return
    try:
        ready = get_decoder(UID(syntax)).is_available
    except NotImplementedError:
        ready = False
    if not ready:
        raise UnreadableDocument(
            f"{name} is packed in a way that is not opened here ({kind}). Ask for the picture"
            " uncompressed, or as JPEG baseline, JPEG 2000 or RLE."
        )


def _frame(file: "Dataset", at: int) -> NDArray[np.generic]:
    from pydicom.pixels.utils import pixel_array  # noqa: PLC0415

    frame: NDArray[np.generic] = pixel_array(file, index=at)
    if frame.ndim not in {2, 3}:
        raise ValueError("a frame has two or three dimensions")
    return frame


def _colour(file: "Dataset", at: int, kind: str) -> NDArray[np.uint8]:
    from pydicom.pixels.processing import apply_color_lut  # noqa: PLC0415

    frame = _frame(file, at)
    if kind == "PALETTE COLOR":
        frame = apply_color_lut(frame, file)
    top = 65535.0 if frame.dtype == np.uint16 else 255.0
    scaled = frame.astype(np.float64) / top * 255.0
    if scaled.ndim != 3 or scaled.shape[2] != 3:
        raise ValueError("a frame in colour has three of them")
    whole: NDArray[np.uint8] = np.rint(scaled.clip(0, 255)).astype(np.uint8)
    return whole


def _look(file: "Dataset", kind: str, window: Window | None) -> Look:
    slope, intercept = _one(file, "RescaleSlope", 1.0), _one(file, "RescaleIntercept", 0.0)
    inverted = kind == "MONOCHROME1"
    return Look(slope or 1.0, intercept, window or _told_window(file), inverted)


def _told_window(file: "Dataset") -> Window | None:
    centre, width = _one(file, "WindowCenter", np.nan), _one(file, "WindowWidth", np.nan)
    if not np.isfinite([centre, width]).all() or width <= 0:
        return None
    curve: Any = str(file.get("VOILUTFunction", "LINEAR"))
    return Window(centre, width, curve if curve in _CURVES else "LINEAR")


def _asked(window: object) -> Window | None:
    if not isinstance(window, (list, tuple)) or len(window) != 2:
        return None
    return Window(float(window[0]), float(window[1]))


def _one(file: "Dataset", keyword: str, otherwise: float) -> float:
    """A number of the file, the first where there are several."""
    value = file.get(keyword)
    if value is None or value == "":
        return otherwise
    first = value[0] if hasattr(value, "append") or isinstance(value, (list, tuple)) else value
    return float(first)


def _notes(file: "Dataset", frames: int, shown: int, chosen: bool) -> tuple[str, ...]:  # noqa: FBT001
    notes = ["What the file says of the patient is hidden, and is not trusted."]
    if str(file.get("BurnedInAnnotation", "")) != "NO":
        notes.append("Names may be burnt into the picture itself: look before you show it.")
    if shown < frames:
        notes.append(f"{shown} of {frames} frames are shown, spread evenly.")
    if chosen:
        notes.append("The file names no window; the greys were spread over its own values.")
    return tuple(notes)
