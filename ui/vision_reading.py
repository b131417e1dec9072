"""Reads pictures of papers in a child process with limits; puts the parts of reading together."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.vision.errors import PictureRefused
from assistant.vision.formats import load_formats
from assistant.vision.reading import look
from assistant.vision.reading.messages import Reading
from assistant.vision.reading.reader import PaperReader, Seen
from kb.errors import LibraryError
from kb.extract.wire import Json
from ui.worker_child import Child
from ui.worker_task import Limits, Task

if TYPE_CHECKING:
    from assistant.clinical.medicines.names import Names

LIMITS = Limits(seconds=10.0, page=30.0, memory=1 << 30, longest=40.0)
"""Opening has 10 seconds. Reading has processor time for 10 seconds on two cores, and 30 by the
clock for a machine with other work to do."""
MAX_BYTES = 50_000_000


class PictureDesk:
    """Reads one picture after another; use it as a context manager."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        """Take the limits of each picture; a child process starts with the first."""
        self._child = Child()
        self._limits = limits
        self._reader = PaperReader(_names)

    def __enter__(self) -> "PictureDesk":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def read(self, data: bytes, day: date | None = None) -> tuple[Reading, bytes]:
        """What a paper says, and its picture upright without place, camera and names.

        Raises:
            PictureRefused: it is not opened, with the reason and a hint.
        """
        seen, picture = self.look(data)
        return self._reader.read(seen, day or look.today()), picture

    def look(self, data: bytes) -> tuple[Seen, bytes]:
        """What stands on a picture, not taken apart.

        Raises:
            PictureRefused: it is not opened, with the reason and a hint.
        """
        found, picture = self._done(look.LOOK, data)
        return look.seen_of(found), picture

    def mask(self, data: bytes) -> tuple[bytes, int]:
        """The image as JPEG with all text that can be read covered, and how many lines.

        Raises:
            PictureRefused: it is not opened, with the reason and a hint.
        """
        found, picture = self._done(look.MASK, data)
        if "refused" in found:
            look.seen_of(found)
        return picture, int(str(found.get("covered", 0)))

    def _done(self, target: str, data: bytes) -> tuple[Json, bytes]:
        formats = load_formats()
        if len(data) > MAX_BYTES:
            raise formats.refused("too_large")
        formats.kind_of(data)
        task = Task(target, data, {"name": "The picture"}, look.PRELOAD, tells=True)
        try:
            return self._child.do(task, self._limits)
        except LibraryError as error:
            raise formats.refused("too_heavy") from error


def read_picture(path: Path, day: date | None = None) -> Reading:
    """What a paper in a file says.

    Raises:
        PictureRefused: the file cannot be opened as a picture.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise load_formats().refused("too_large")
        data = path.read_bytes()
    except OSError as error:
        raise PictureRefused(f"{path.name} cannot be opened: {error.strerror}.") from error
    with PictureDesk() as desk:
        return desk.read(data, day)[0]


@cache
def _names() -> "Names":
    from ui.wiring import MedicineShelf  # noqa: PLC0415 - only with a medicine

    return MedicineShelf().names
