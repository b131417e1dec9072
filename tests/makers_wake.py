"""The three networks of a wake word, written by hand: they wake at a tone that is held."""

import numpy as np

from speech.audio.clip import RATE

WORD_HZ = 1000.0
_FLOAT = 1


def _number(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _part(field, value):
    """A field of a protocol buffer: a whole number, or bytes."""
    if isinstance(value, int):
        return _number(field << 3) + _number(value)
    data = value.encode() if isinstance(value, str) else value
    return _number(field << 3 | 2) + _number(len(data)) + data


def _shape(name, *sizes):
    dims = b"".join(
        _part(1, _part(1, size) if isinstance(size, int) else _part(2, size)) for size in sizes
    )
    return _part(1, name) + _part(2, _part(1, _part(1, _FLOAT) + _part(2, dims)))


def _weights(name, values):
    dims = b"".join(_part(1, size) for size in values.shape)
    kind, raw = (7, "<i8") if values.dtype.kind == "i" else (_FLOAT, "<f4")
    return dims + _part(2, kind) + _part(8, name) + _part(9, values.astype(raw).tobytes())


def _numbers(name, *values):
    packed = b"".join(_part(8, value) for value in values)
    return _part(5, _part(1, name) + packed + _part(20, 7))


def _node(kind, inputs, output, attributes=b""):
    named = b"".join(_part(1, one) for one in inputs)
    return _part(1, named + _part(2, output) + _part(4, kind) + attributes)


def network(nodes, weights, given, made):
    """The bytes of an ONNX model."""
    initial = b"".join(_part(5, _weights(name, values)) for name, values in weights.items())
    graph = b"".join(nodes) + _part(2, "g") + initial + _part(11, given) + _part(12, made)
    return _part(1, 8) + _part(8, _part(1, "") + _part(2, 13)) + _part(7, graph)


def make_wake_word(folder, threshold=40.0):
    """Write the three files; the word is a tone of 1 kHz that is held for a second."""
    folder.mkdir(parents=True, exist_ok=True)
    times = np.arange(512) / RATE
    filters = np.zeros((32, 1, 512), np.float32)
    for band in range(32):
        # Two filters a quarter turn apart hear a tone whatever its phase.
        turn = (np.sin, np.cos)[band % 2]
        filters[band, 0] = turn(2 * np.pi * WORD_HZ * times) * np.hanning(512) / 1e4
    spectrum = network(
        [
            _node("Unsqueeze", ["x", "one"], "a"),
            _node("Conv", ["a", "w"], "b", _numbers("strides", 160)),
            _node("Abs", ["b"], "c"),
            _node("Transpose", ["c"], "d", _numbers("perm", 0, 2, 1)),
            _node("Unsqueeze", ["d", "one"], "y"),
        ],
        {"w": filters, "one": np.array([1])},
        _shape("x", 1, "n"),
        _shape("y", 1, 1, "t", 32),
    )
    mean = np.full((76 * 32, 96), 1 / (76 * 32), np.float32)
    meaning = network(
        [
            _node("Reshape", ["x", "flat"], "a"),
            _node("MatMul", ["a", "w"], "b"),
            _node("Reshape", ["b", "wide"], "y"),
        ],
        {"w": mean, "flat": np.array([-1, 76 * 32]), "wide": np.array([-1, 1, 1, 96])},
        _shape("x", 1, 76, 32, 1),
        _shape("y", 1, 1, 1, 96),
    )
    total = np.full((16 * 96, 1), 1 / (16 * 96) * 100, np.float32)
    word = network(
        [
            _node("Reshape", ["x", "flat"], "a"),
            _node("MatMul", ["a", "w"], "b"),
            _node("Add", ["b", "less"], "c"),
            _node("Sigmoid", ["c"], "y"),
        ],
        {"w": total, "flat": np.array([-1, 16 * 96]), "less": np.array([-threshold * 6], "f4")},
        _shape("x", 1, 16, 96),
        _shape("y", 1, 1),
    )
    files = {"melspectrogram": spectrum, "embedding_model": meaning, "word": word}
    for name, data in files.items():
        (folder / f"{name}.onnx").write_bytes(data)
    return folder / "word.onnx"


def word_sound(seconds=1.5, level=0.3):
    """The tone."""
    wave = level * np.sin(2 * np.pi * WORD_HZ * np.arange(int(seconds * RATE)) / RATE)
    return wave.astype("f4")
