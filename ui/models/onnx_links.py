"""Whether an ONNX network keeps weights in other files, found without opening it.

Such links can point anywhere, so networks with links are not used. Walks the few messages of the
format in which weights can stand (onnx.proto of the ONNX project, IR version 3 and later); what is
in between is passed over by its length.
"""

from collections.abc import Iterator

_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5
_TENSOR_LINKS = 13
_TENSOR_PLACE = 14
_DEEPEST = 40

_INSIDE = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor",
        6: "graph",
        10: "tensor",
        11: "graph",
        22: "sparse",
        23: "sparse",
    },
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""Message -> number of a field -> message in it."""


class NoNetwork(ValueError):
    """The bytes are not an ONNX network."""


def has_links(data: bytes) -> bool:
    """Whether any weights of a network lie in another file.

    Raises:
        NoNetwork: it is damaged.
    """
    return _any_link(memoryview(data), "model", 0)


def _any_link(data: memoryview, kind: str, depth: int) -> bool:
    if depth > _DEEPEST:
        raise NoNetwork("it is nested too deeply")
    for number, value in _fields(data):
        if kind == "tensor" and (number == _TENSOR_LINKS or (number == _TENSOR_PLACE and value)):
            return True  # the place is 0 for weights that stand here
        inner = _INSIDE[kind].get(number)
        if inner and isinstance(value, memoryview) and _any_link(value, inner, depth + 1):
            return True
    return False


def _fields(data: memoryview) -> Iterator[tuple[int, "int | memoryview"]]:
    """Number and value of each field of a message; numbers of fixed width are left out."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
        elif kind == _LENGTH:
            length, at = _varint(data, at)
            yield number, _part(data, at, length)
            at += length
        elif kind in {_EIGHT, _FOUR}:
            length = 8 if kind == _EIGHT else 4
            _part(data, at, length)
            at += length
        else:
            raise NoNetwork("a field is of no known kind")


def _part(data: memoryview, at: int, length: int) -> memoryview:
    if length > len(data) - at:
        raise NoNetwork("it is cut off")
    return data[at : at + length]


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number and where the next begins."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise NoNetwork("it is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (1 << 64) - 1, at
    raise NoNetwork("a number has no end")
