"""Runs the readers of files in child processes with limits of time and memory.

Files come from sticks and phones; a parser may hang on one, fill the memory, or crash. In a child
process that costs an error message. Parsers themselves know nothing of this.
"""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import kb.errors
from kb.errors import DocumentTooLarge, LibraryError, UnreadableDocument
from kb.extract.places import Rectangle
from kb.extract.wire import Json, unpack_boxes, unpack_extraction
from kb.messages import Extraction
from ui import worker_main

MAX_BYTES = 50_000_000
"""Largest file that is read at all."""

_KILLED = 9
"""Signal by which the system ends a process that takes too much."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child process may use."""

    seconds: float = 10.0
    """Time from start to answer, by the wall clock."""
    memory: int = 1 << 30
    """Bytes of memory."""


LIMITS = Limits()


def extract_in_child(source: Path | bytes, name: str, limits: Limits = LIMITS) -> Extraction:
    """Text and blocks of a file.

    Args:
        source: the file, or its bytes.
        name: file name, for messages and for its suffix.
        limits: give more seconds for a large file that is known to be good.

    Raises:
        DocumentEncrypted: the file asks for a password.
        DocumentTooLarge: it is over a limit of size, time or memory.
        NoTextFound: it is empty or a scan.
        UnreadableDocument: it is damaged, of no kind that is read, or cannot be opened.
    """
    data = source if isinstance(source, bytes) else _file(source, name)
    found, _ = call("kb.extract.registry:extract_task", data, {"name": name}, limits)
    return unpack_extraction(found)


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
    name = str(arguments.get("name", "The file"))
    head = {
        "target": target,
        "arguments": dict(arguments),
        "memory": limits.memory,
        "seconds": limits.seconds,
        "path": [str(Path(place).absolute()) for place in sys.path if place],
    }
    packed = json.dumps(head).encode()
    request = worker_main.FRAME.pack(len(packed), len(data)) + packed + data
    status, output = _run(request, limits.seconds, name)
    if status in {worker_main.OUT_OF_MEMORY, -_KILLED}:
        raise DocumentTooLarge(f"{name} needs more memory to read than a document may take.")
    if status != 0:
        raise UnreadableDocument(f"{name} could not be read: it is damaged in some way.")
    found, raw = _answer(output, name)
    _raise_error(found)
    return found, raw


def _file(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DocumentTooLarge(f"{name} is larger than {MAX_BYTES // 1_000_000} MB.")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{name} cannot be opened: {error.strerror}.") from error


def _run(request: bytes, seconds: float, name: str) -> tuple[int, bytes]:
    """Exit status and output of one child process."""
    command = [sys.executable, "-I", "-X", "utf8", worker_main.__file__]
    try:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=Path(sys.executable).anchor or None,
            start_new_session=True,
        )
    except OSError as error:
        message = f"{name} could not be read: no other process can be started ({error.strerror})."
        raise UnreadableDocument(message) from error
    with child:
        try:
            output, _ = child.communicate(request, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise _too_slow(name, seconds) from error
        finally:
            if child.poll() is None:
                child.kill()
    return child.returncode, output


def _environment() -> dict[str, str]:
    """Only what an interpreter needs to start; no keys, names or proxies of the person."""
    kept = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {key: os.environ[key] for key in kept if key in os.environ} | {"LC_ALL": "C.UTF-8"}


def _too_slow(name: str, seconds: float) -> DocumentTooLarge:
    return DocumentTooLarge(f"{name} could not be read within {seconds:g} seconds.")


def _answer(output: bytes, name: str) -> tuple[Json, bytes]:
    size = worker_main.FRAME.size
    try:
        head_size, raw_size = worker_main.FRAME.unpack(output[:size])
        found = json.loads(output[size : size + head_size])
    except (ValueError, struct.error) as error:
        raise UnreadableDocument(f"{name} could not be read: it is damaged in some way.") from error
    raw = output[size + head_size :]
    if not isinstance(found, dict) or len(raw) != raw_size:
        raise UnreadableDocument(f"{name} could not be read: it is damaged in some way.")
    return cast("Json", found), raw


def _raise_error(found: Json) -> None:
    """The error of the library that the child tells of, if it does."""
    if "error" not in found:
        return
    kind = getattr(kb.errors, str(found["error"]), UnreadableDocument)
    wanted = isinstance(kind, type) and issubclass(kind, LibraryError)
    raise (kind if wanted else UnreadableDocument)(str(found.get("message", "")))
