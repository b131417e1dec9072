"""Runs the readers of files in child processes with limits of time and memory.

Files come from sticks and phones; a parser may hang on one, fill the memory, or crash. In a child
process that costs an error message. Parsers themselves know nothing of this.
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import kb.errors
from kb.errors import DocumentTooLarge, LibraryError, UnreadableDocument
from kb.extract.places import Rectangle
from kb.extract.registry import MAX_BYTES, module_for
from kb.extract.wire import Json, unpack_boxes, unpack_extraction
from kb.messages import Extraction
from ui.worker_child import Child, Progress, ReadingStopped
from ui.worker_task import LIMITS, Limits, Task

__all__ = ["LIMITS", "MAX_BYTES", "Limits", "Progress", "Reader", "ReadingStopped"]


class Reader:
    """Reads many files, each in a process of its own that starts in no time.

    Use it as a context manager: it holds a child process until it is closed.
    """

    def __init__(self, progress: Progress | None = None, limits: Limits = LIMITS) -> None:
        """Take what is called after each page read by OCR, and the limits for each file."""
        self._child = Child()
        self._progress = progress
        self._limits = limits

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._child.close()

    def stop(self) -> None:
        """End the reading of a file at once; any thread may call it."""
        self._child.stop()

    def __call__(self, data: bytes, name: str) -> Extraction:
        """Text and blocks of a file, as `extract_in_child`.

        Raises:
            ReadingStopped: `stop` was called.
        """
        module = module_for(data, name)
        task = Task(
            "kb.extract.registry:extract_task",
            data,
            {"name": name},
            ("kb.extract.registry", *module),
            tells=True,
        )
        found, _ = self._child.do(task, self._limits, self._progress)
        _raise_error(found)
        return unpack_extraction(found)


def extract_in_child(source: Path | bytes, name: str, limits: Limits = LIMITS) -> Extraction:
    """Text and blocks of a file.

    Args:
        source: the file, or its bytes.
        name: file name, for messages and for its suffix.
        limits: give more seconds for a large file that is known to be good.

    Raises:
        DocumentEncrypted: the file asks for a password.
        DocumentTooLarge: it is over a limit of size, time or memory.
        NoTextFound: it holds no words.
        UnreadableDocument: it is damaged, of no kind that is read, or cannot be opened.
    """
    data = source if isinstance(source, bytes) else _file(source, name)
    with Reader(limits=limits) as reader:
        return reader(data, name)


def render_in_child(
    data: bytes,
    page: int,
    quote: str = "",
    scale: float = 1.5,
    limits: Limits = LIMITS,
) -> tuple[bytes, list[Rectangle]]:
    """PNG picture of a PDF page, and where a quote stands on it.

    Args:
        data: the PDF.
        page: number of the page, from 1.
        quote: text whose places are wanted; may be empty.
        scale: pixels for each point (1/72 inch).
        limits: of the child process.

    Raises:
        LibraryError: there is no such page, or the file cannot be drawn.
    """
    arguments: Json = {"name": "The document", "page": page, "quote": quote, "scale": scale}
    found, picture = call("kb.extract.pdf_view:show_task", data, arguments, limits)
    if not picture.startswith(b"\x89PNG"):
        raise UnreadableDocument("The page could not be drawn.")
    return picture, unpack_boxes(found)


def call(
    target: str, data: bytes, arguments: Mapping[str, object], limits: Limits = LIMITS
) -> tuple[Json, bytes]:
    """Run one function in a child process and wait for what it gives.

    Args:
        target: `module:function`; the function takes `(bytes, JSON values)` and gives
            `(JSON values, bytes)`.
        data: bytes for the function.
        arguments: JSON values for the function; `name` is used in messages.
        limits: what the child may use.

    Raises:
        DocumentTooLarge: it took too long or too much memory.
        UnreadableDocument: it crashed.
        LibraryError: whatever error of the library the function raised.
    """
    child = Child()
    try:
        found, raw = child.do(Task(target, data, dict(arguments)), limits)
    finally:
        child.close()
    _raise_error(found)
    return found, raw


def _file(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DocumentTooLarge(f"{name} is larger than {MAX_BYTES // 1_000_000} MB.")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{name} cannot be opened: {error.strerror}.") from error


def _raise_error(found: Json) -> None:
    """The error of the library that the child tells of, if it does."""
    if "error" not in found:
        return
    kind = getattr(kb.errors, str(found["error"]), UnreadableDocument)
    wanted = isinstance(kind, type) and issubclass(kind, LibraryError)
    raise (kind if wanted else UnreadableDocument)(str(found.get("message", "")))
