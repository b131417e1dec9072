"""Opens picture and DICOM files, each in a fenced child process that is kept for the next one."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import numpy as np
from PIL import Image

import kb.errors
from assistant.vision.dicom_check import MARK, PREAMBLE
from assistant.vision.encoder_prepare import Pixels
from kb.errors import DocumentTooLarge, LibraryError, UnreadableDocument
from ui.worker_child import Child
from ui.worker_task import LIMITS, Task

MOST_BYTES = 64_000_000
MOST_DICOM_BYTES = 256_000_000
MOST_FILES = 2_000
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})
_PICTURE = "assistant.vision.encoder_picture:picture_task"
_DICOM = "assistant.vision.dicom:dicom_task"
_SMALL = 256


@dataclass(frozen=True)
class OpenedFile:
    """A picture and what is known of its file."""

    pixels: Pixels
    data: bytes
    """The bytes of the file."""
    notes: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    """Of a DICOM file: tags that cannot tell who the patient is."""
    hidden: int = 0


class PictureFiles:
    """Opens many files; use it as a context manager."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._child = Child()

    def __enter__(self) -> "PictureFiles":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._child.close()

    def open(self, path: Path, window: tuple[float, float] | None = None) -> OpenedFile:
        """A picture file, or a DICOM file.

        Args:
            path: the file.
            window: centre and width of the values of a DICOM file that are looked at.

        Raises:
            LibraryError: it cannot be opened; the message says why.
        """
        data = _bytes(path)
        is_dicom = data[PREAMBLE : PREAMBLE + len(MARK)] == MARK
        arguments: dict[str, object] = {"name": path.name}
        if window is not None:
            arguments["window"] = list(window)
        target = _DICOM if is_dicom else _PICTURE
        task = Task(target, data, arguments, (target.split(":")[0],))
        found, raw = self._child.do(task, LIMITS)
        _raise_error(found)
        told = cast("dict[str, Any]", found)
        pixels = np.frombuffer(raw, np.uint8).reshape(told["height"], told["width"], 3)
        tags = {str(key): str(value) for key, value in told.get("tags", {}).items()}
        notes = tuple(str(note) for note in told["notes"])
        return OpenedFile(pixels, data, notes, tags, int(told.get("hidden", 0)))


def small_png(pixels: Pixels) -> bytes:
    """A small copy of a picture that carries nothing but points."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((_SMALL, _SMALL))
    held = io.BytesIO()
    picture.save(held, "PNG")
    return held.getvalue()


def dicom_files(folder: Path) -> list[Path]:
    """The DICOM files of a folder, by name; lists of files (DICOMDIR) are not followed.

    Raises:
        DocumentTooLarge: it holds more files than are opened at once.
        UnreadableDocument: it holds none.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.name.upper() == "DICOMDIR":
            continue
        with path.open("rb") as file:
            if file.read(PREAMBLE + len(MARK))[PREAMBLE:] == MARK:
                found.append(path)
        if len(found) > MOST_FILES:
            raise DocumentTooLarge(f"{folder.name} holds more than {MOST_FILES} DICOM files.")
    if not found:
        raise UnreadableDocument(f"{folder.name} holds no DICOM files.")
    return found


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_DICOM_BYTES:
            raise DocumentTooLarge(f"{path.name} is larger than {MOST_DICOM_BYTES >> 20} MiB.")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{path.name} cannot be opened: {error.strerror}.") from error
    if size > MOST_BYTES and data[PREAMBLE : PREAMBLE + len(MARK)] != MARK:
        raise DocumentTooLarge(f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB.")
    return data


def _raise_error(found: dict[str, object]) -> None:
    """The error of the library that the child tells of, if it does."""
    if "error" not in found:
        return
    kind = getattr(kb.errors, str(found["error"]), UnreadableDocument)
    wanted = isinstance(kind, type) and issubclass(kind, LibraryError)
    raise (kind if wanted else UnreadableDocument)(str(found.get("message", "")))
