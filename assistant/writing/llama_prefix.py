"""What a model made of the texts that are the same for everyone, kept in memory and on disk.

A file holds nothing but the state after such a text: no question, no patient, no answer. It is
named after everything that it depends on and carries its own digest; any other is passed over.
"""

import hashlib
import json
import os
import struct
import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"AIDPOST-PREFIX-1\n"
_SUFFIX = ".prefix"
_DIGEST = 32
_IN_MEMORY = 8
LEAST_TOKENS = 16
"""A shorter beginning is read again in no time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where states are kept on disk, and which program and model made them."""

    folder: Path
    limit_mb: int
    model: str
    """Digest of the model file."""
    engine: str
    """Version of the engine, and all settings that change the form of a state."""


class Prefixes:
    """States by their tokens. Trouble with the disk is never an error: the text is read again."""

    def __init__(self, place: Place | None = None) -> None:
        """Keep states in memory, and in a place on disk where there is one."""
        self._place = place
        self._held: OrderedDict[tuple[int, ...], bytes] = OrderedDict()

    def get(self, tokens: Sequence[int]) -> bytes:
        """The state after these tokens; empty where there is none."""
        key = tuple(tokens)
        data = self._held.get(key) or (_read(self._path(key)) if self._place else b"")
        if data:
            self._hold(key, data)
        return data

    def put(self, tokens: Sequence[int], data: bytes) -> None:
        """Keep the state after these tokens."""
        key = tuple(tokens)
        self._hold(key, data)
        if self._place and 0 < len(data) <= self._place.limit_mb << 20:
            with suppress(OSError):
                _write(self._path(key), data)
                _tidy(self._place.folder, self._place.limit_mb << 20)

    def drop(self, tokens: Sequence[int]) -> None:
        """Forget a state that turned out to be of no use."""
        key = tuple(tokens)
        self._held.pop(key, None)
        if self._place:
            with suppress(OSError):
                self._path(key).unlink(missing_ok=True)

    def _hold(self, key: tuple[int, ...], data: bytes) -> None:
        self._held[key] = data
        self._held.move_to_end(key)
        while len(self._held) > _IN_MEMORY:
            self._held.popitem(last=False)

    def _path(self, key: tuple[int, ...]) -> Path:
        place = self._place
        if place is None:
            raise ValueError("there is no place on disk")
        known = json.dumps([place.model, place.engine]).encode()
        digest = hashlib.sha256(known + struct.pack(f"<{len(key)}i", *key)).hexdigest()
        return place.folder / f"{digest}{_SUFFIX}"


def _read(path: Path) -> bytes:
    """The state in a file; empty for a file that is missing, damaged or of another kind."""
    try:
        if path.is_symlink():
            return b""
        data = path.read_bytes()
        os.utime(path)
    except OSError:
        return b""
    start = len(_MAGIC) + _DIGEST
    digest, state = data[len(_MAGIC) : start], data[start:]
    if not data.startswith(_MAGIC) or _digest(path, state) != digest:
        return b""
    return state


def _digest(path: Path, state: bytes) -> bytes:
    """Of the state and the name, so that a file under another's name is no use."""
    return hashlib.sha256(path.name.encode() + state).digest()


def _write(path: Path, state: bytes) -> None:
    """Write all or nothing, for this person's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + _digest(path, state) + state)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _tidy(folder: Path, limit: int) -> None:
    """Delete what was not used for longest until the rest fits."""
    found = [(file.stat(), file) for file in folder.glob(f"*{_SUFFIX}")]
    found.sort(key=lambda one: one[0].st_mtime_ns)
    size = sum(stat.st_size for stat, _ in found)
    for stat, file in found:
        if size <= limit:
            return
        file.unlink(missing_ok=True)
        size -= stat.st_size
