"""The header of a GGUF file, read without trust: nothing is kept or skipped that is not there.

Every count and length that the file states is held against the bytes that are left in it before
anything is read, and only short texts are kept. Knows nothing of llama.cpp, whose own reader has
ended the process on damaged headers. Source of the layout: docs/gguf.md of the ggml project.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.writing.gguf_bytes import BadHeader, BoundedReader
from assistant.writing.gguf_types import ARRAY, NUMBERS, TEXT, WEIGHT_SIZES

Value = int | float | bool | str
WORDS = "tokenizer.ggml.tokens"
MOST_WORDS = 1 << 20
"""Words of the longest vocabulary that is read; the longest that are known have 262,000."""
MOST_TENSORS = 1 << 16
MOST_ENTRIES = 1 << 12
_LONGEST_KEY = 256
_LONGEST_NAME = 63
_LONGEST_TEXT = 1 << 18
_MOST_AXES = 4
_LARGEST = 1 << 62
_ALIGNMENT = 32
_MOST_ALIGNMENT = 1 << 16


@dataclass(frozen=True, slots=True)
class Row:
    """A list among the entries; its values are not kept."""

    kind: int
    """Number of the type of its values."""
    count: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """A table of weights and where it lies."""

    name: str
    shape: tuple[int, ...]
    kind: int
    """Number of the type of its weights."""
    offset: int
    """Bytes from the start of the weights."""
    size: int
    """Bytes that it takes."""


@dataclass(frozen=True, slots=True)
class Header:
    """All that a GGUF file says before its weights."""

    version: int
    entries: Mapping[str, Value]
    rows: Mapping[str, Row]
    tensors: Mapping[str, Tensor]
    weights_at: int
    """Byte of the file at which the weights begin."""

    @property
    def architecture(self) -> str:
        """The family of the network, such as `llama`; empty where the file does not say."""
        return str(self.entries.get("general.architecture", ""))

    def whole(self, name: str) -> int:
        """A whole number of the architecture, such as `block_count`; 0 where there is none."""
        value = self.entries.get(f"{self.architecture}.{name}", 0)
        return value if isinstance(value, int) else 0

    @property
    def parameters(self) -> int:
        """How many weights there are."""
        return sum(_product(tensor.shape) for tensor in self.tensors.values())


def read_header(path: Path) -> Header:
    """Read the header of a file and check that all it names lies inside the file.

    Raises:
        BadHeader: it is not a GGUF file of version 2 or 3, or it is damaged.
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        reader = BoundedReader(file, size)
        if size < 24 or reader.take(4) != b"GGUF":
            raise BadHeader("it is not a GGUF file")
        version = reader.number("I")
        if version not in {2, 3}:
            raise BadHeader("its format version is not known")
        tensors, entries = reader.number("Q"), reader.number("Q")
        # A tensor takes 24 bytes at least and an entry 13.
        if not 0 < tensors <= min(size // 24, MOST_TENSORS):
            raise BadHeader("it is cut off or its header is wrong")
        if entries > min(size // 13, MOST_ENTRIES):
            raise BadHeader("it is cut off or its header is wrong")
        values, rows = _entries(reader, entries)
        alignment = _alignment(values)
        found = _tensors(reader, tensors, alignment)
    weights_at = _padded(reader.at, alignment)
    if any(weights_at + tensor.offset + tensor.size > size for tensor in found.values()):
        raise BadHeader("it is cut off: weights are missing")
    return Header(version, values, rows, found, weights_at)


def _entries(reader: BoundedReader, count: int) -> tuple[dict[str, Value], dict[str, Row]]:
    values: dict[str, Value] = {}
    rows: dict[str, Row] = {}
    for _ in range(count):
        key = reader.text(_LONGEST_KEY)
        if not key or key in values or key in rows:
            raise BadHeader("a name in its header is missing or stands twice")
        kind = reader.number("I")
        if kind == ARRAY:
            rows[key] = _row(reader, key)
        elif kind == TEXT:
            values[key] = reader.text(_LONGEST_TEXT)
        elif kind in NUMBERS:
            values[key] = _scalar(reader, NUMBERS[kind])
        else:
            raise BadHeader("its header holds a value of an unknown kind")
    return values, rows


def _scalar(reader: BoundedReader, form: str) -> Value:
    data = reader.take(struct.calcsize("<" + form))
    if form == "?" and data not in {b"\x00", b"\x01"}:
        raise BadHeader("its header holds a value of an unknown kind")
    value: Value = struct.unpack("<" + form, data)[0]
    return value


def _row(reader: BoundedReader, key: str) -> Row:
    kind, count = reader.number("I"), reader.number("Q")
    if kind in NUMBERS:
        reader.skip(_bounded(count, struct.calcsize("<" + NUMBERS[kind])))
    elif kind == TEXT:
        reader.need(_bounded(count, 8))
        _texts(reader, key, count)
    else:
        raise BadHeader("its header holds a list of an unknown kind")
    return Row(kind, count)


def _texts(reader: BoundedReader, key: str, count: int) -> None:
    """Pass over a list of texts; no word may stand twice in the vocabulary."""
    if key != WORDS:
        for _ in range(count):
            reader.skip(reader.number("Q"))
        return
    if count > MOST_WORDS:
        raise BadHeader("its list of words is too long")
    seen: set[int] = set()
    empty = 0
    for _ in range(count):
        # llama.cpp reads a word up to its first zero byte, and gives empty ones names of their own.
        word = reader.take(reader.number("Q")).split(b"\0", 1)[0]
        empty += not word
        if word:
            # Hashes and not the words: little memory, whatever the words are.
            seen.add(hash(word))
    if len(seen) + empty != count:
        raise BadHeader("a word stands twice in its list of words")


def _alignment(entries: Mapping[str, Value]) -> int:
    value = entries.get("general.alignment", _ALIGNMENT)
    good = isinstance(value, int) and 0 < value <= _MOST_ALIGNMENT and not value & (value - 1)
    if not good:
        raise BadHeader("its header states an impossible alignment")
    return int(value)


def _tensors(reader: BoundedReader, count: int, alignment: int) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    end = 0
    for _ in range(count):
        tensor = _tensor(reader)
        # Weights lie one after the other without gaps; llama.cpp counts on it.
        if tensor.name in found or tensor.offset != end:
            raise BadHeader("its weights lie over each other")
        found[tensor.name] = tensor
        end = _bounded(_padded(tensor.offset + tensor.size, alignment), 1)
    return found


def _tensor(reader: BoundedReader) -> Tensor:
    name = reader.text(_LONGEST_NAME)
    axes = reader.number("I")
    if not 0 < axes <= _MOST_AXES:
        raise BadHeader("a table of weights has an impossible shape")
    shape = tuple(reader.number("Q") for _ in range(axes))
    kind, offset = reader.number("I"), reader.number("Q")
    if kind not in WEIGHT_SIZES:
        raise BadHeader("its weights are of a kind that is not known")
    block, size = WEIGHT_SIZES[kind]
    if not all(shape) or shape[0] % block:
        raise BadHeader("a table of weights has an impossible shape")
    return Tensor(name, shape, kind, offset, _bounded(_product(shape) // block, size))


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for axis in shape:
        total = _bounded(total, axis)
    return total


def _bounded(count: int, size: int) -> int:
    """The product, if it can be a number of bytes."""
    if count * size > _LARGEST:
        raise BadHeader("it states sizes that cannot be")
    return count * size


def _padded(at: int, alignment: int) -> int:
    return -(-at // alignment) * alignment
