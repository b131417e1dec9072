"""A language model of known size that says nothing: random weights in the form of a real one.

Speed depends on the measures of a network and on how its weights are stored, not on what they are.
The file is written by the rules of GGUF 3 (docs/gguf.md of the ggml project).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from assistant.writing.gguf_types import NUMBERS, TEXT, WEIGHT_SIZES
from ui.models.catalogue import Shape

_F32, _Q8_0, _Q4_K, _Q6_K = 0, 8, 12, 14
_U32, _REAL, _ARRAY, _I32 = 4, 6, 9, 5
_ALIGNMENT = 32
_SCALE_AT = {_Q8_0: (0,), _Q4_K: (0, 2), _Q6_K: (208,)}
"""Kind of weights -> where its blocks hold half-precision scales, which must be small numbers."""
_SCALE = 1e-4
_BYTE_TOKENS = 256
_CONTROL = ("<|end|>", "<|user|>")
_NORMAL_TYPE, _CONTROL_TYPE = 1, 3
_AT_A_TIME = 1 << 22

TRIAL = Shape(
    layers=4,
    width=2048,
    feed_forward=8192,
    heads=32,
    kv_heads=8,
    head_size=64,
    vocabulary=_BYTE_TOKENS + len(_CONTROL),
)
"""A quarter of a model with a billion weights: 140 MB, more than the caches of most processors."""
CONTEXT = 1024


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    shape: tuple[int, ...]
    kind: int

    @property
    def blocks(self) -> int:
        return int(np.prod(self.shape)) // WEIGHT_SIZES[self.kind][0]

    @property
    def size(self) -> int:
        return self.blocks * WEIGHT_SIZES[self.kind][1]


def write_trial(path: Path, shape: Shape = TRIAL, context: int = CONTEXT, seed: int = 1) -> None:
    """Write a model file with random weights stored as Q4_K_M stores them.

    Args:
        path: The file to write.
        shape: Measures of the network; width and feed_forward are multiples of 256. The vocabulary
            holds the 256 bytes, two control words and words that do not occur.
        context: Length of context it says it was trained for.
        seed: Of the random numbers.
    """
    tables = list(_tables(shape))
    random = np.random.default_rng(seed)
    with path.open("wb") as file:
        entries = list(_entries(shape, context))
        file.write(b"GGUF" + struct.pack("<IQQ", 3, len(tables), len(entries)))
        for entry in entries:
            file.write(entry)
        offset = 0
        for table in tables:
            axes = struct.pack(f"<I{len(table.shape)}Q", len(table.shape), *table.shape)
            file.write(_text(table.name) + axes + struct.pack("<IQ", table.kind, offset))
            offset += -(-table.size // _ALIGNMENT) * _ALIGNMENT
        _pad(file)
        for table in tables:
            _write_weights(file, table, random)
            _pad(file)


def bytes_for_a_word(shape: Shape = TRIAL) -> int:
    """Bytes of weights that pass through the processor for every token that is written."""
    return sum(table.size for table in _tables(shape) if table.name != "token_embd.weight")


def _tables(shape: Shape) -> Iterator[_Table]:
    queries, keys = shape.heads * shape.head_size, shape.kv_heads * shape.head_size
    yield _Table("token_embd.weight", (shape.width, shape.vocabulary), _Q8_0)
    yield _Table("output_norm.weight", (shape.width,), _F32)
    yield _Table("output.weight", (shape.width, shape.vocabulary), _Q6_K)
    for layer in range(shape.layers):
        # Q4_K_M stores half of the most sensitive tables with six bits.
        fine = _Q6_K if layer % 2 else _Q4_K
        for name, axes, kind in (
            ("attn_norm", (shape.width,), _F32),
            ("ffn_norm", (shape.width,), _F32),
            ("attn_q", (shape.width, queries), _Q4_K),
            ("attn_k", (shape.width, keys), _Q4_K),
            ("attn_v", (shape.width, keys), fine),
            ("attn_output", (queries, shape.width), _Q4_K),
            ("ffn_gate", (shape.width, shape.feed_forward), _Q4_K),
            ("ffn_up", (shape.width, shape.feed_forward), _Q4_K),
            ("ffn_down", (shape.feed_forward, shape.width), fine),
        ):
            yield _Table(f"blk.{layer}.{name}.weight", axes, kind)


def _entries(shape: Shape, context: int) -> Iterator[bytes]:
    words = [*_letters(), *_CONTROL]
    words += [f"<{number}>" for number in range(shape.vocabulary - len(words))]
    kinds = [_NORMAL_TYPE] * len(words)
    first = _BYTE_TOKENS
    kinds[first : first + len(_CONTROL)] = [_CONTROL_TYPE] * len(_CONTROL)
    yield _entry("general.architecture", TEXT, _text("llama"))
    yield _entry("general.name", TEXT, _text("trial"))
    numbers = {
        "context_length": context,
        "embedding_length": shape.width,
        "block_count": shape.layers,
        "feed_forward_length": shape.feed_forward,
        "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.kv_heads,
        "attention.key_length": shape.head_size,
        "attention.value_length": shape.head_size,
        "rope.dimension_count": shape.head_size,
    }
    for name, number in numbers.items():
        yield _entry(f"llama.{name}", _U32, struct.pack("<I", number))
    yield _entry("llama.attention.layer_norm_rms_epsilon", _REAL, struct.pack("<f", 1e-5))
    yield _entry("tokenizer.ggml.model", TEXT, _text("gpt2"))
    yield _entry("tokenizer.ggml.pre", TEXT, _text("gpt-2"))
    yield _entry("tokenizer.ggml.tokens", _ARRAY, _row(TEXT, [_text(word) for word in words]))
    yield _entry("tokenizer.ggml.token_type", _ARRAY, _row(_I32, [_number(one) for one in kinds]))
    yield _entry("tokenizer.ggml.merges", _ARRAY, _row(TEXT, [_text("Ġ Ġ")]))
    yield _entry("tokenizer.ggml.eos_token_id", _U32, struct.pack("<I", first))


def _write_weights(file: BinaryIO, table: _Table, random: np.random.Generator) -> None:
    if table.kind == _F32:
        file.write(np.ones(table.blocks, dtype="<f4").tobytes())
        return
    size = WEIGHT_SIZES[table.kind][1]
    at_a_time = max(1, _AT_A_TIME // size)
    silent = _quiet_rows(table)
    for start in range(0, table.blocks, at_a_time):
        count = min(at_a_time, table.blocks - start)
        blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
        scale = np.array([_SCALE], dtype="<f2").view(np.uint8)
        for at in _SCALE_AT[table.kind]:
            blocks[:, at : at + 2] = scale
        first, last = max(0, silent[0] - start), max(0, silent[1] - start)
        blocks[first:last] = 0
        file.write(blocks.tobytes())


def _quiet_rows(table: _Table) -> tuple[int, int]:
    """Blocks of the output for control words: they stay 0, so that no turn is ever ended."""
    if table.name != "output.weight":
        return 0, 0
    each = table.shape[0] // WEIGHT_SIZES[table.kind][0]
    return _BYTE_TOKENS * each, (_BYTE_TOKENS + len(_CONTROL)) * each


def _entry(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value


def _row(kind: int, values: list[bytes]) -> bytes:
    return struct.pack("<IQ", kind, len(values)) + b"".join(values)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _number(number: int) -> bytes:
    return struct.pack(f"<{NUMBERS[_I32]}", number)


def _pad(file: BinaryIO) -> None:
    file.write(bytes(-file.tell() % _ALIGNMENT))


def _letters() -> list[str]:
    """The printable stand-ins that vocabularies of bytes write for bytes."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]
