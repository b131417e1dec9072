"""The importance matrix: how strongly each input of each table of weights is used.

For a table of weights it holds, for every column, the mean of the squared inputs that this column
was multiplied with while the model read a text. Rounding then spares the columns that matter. The
file has the older of the two forms that llama.cpp's own tools read (tools/imatrix in llama.cpp:
`save_imatrix_legacy`), so it can be used with them and looked at with them.
"""

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quantize.errors import WorkshopError

Floats = NDArray[np.float32]
Importance = Mapping[str, Floats]
"""Name of a table of weights -> mean of the squared inputs of each of its columns."""

_LONGEST_NAME = 256
_MOST_TABLES = 1 << 16
_MOST_COLUMNS = 1 << 20


def write_importance(path: Path, importance: Importance, chunks: int, source: str) -> None:
    """Write the matrix, tables in the order of their names.

    Args:
        path: the file to write.
        importance: what to write.
        chunks: pieces of text that were read.
        source: what the text was, in a few words.
    """
    parts = [struct.pack("<i", len(importance))]
    for name in sorted(importance):
        values, label = importance[name].astype("<f4"), name.encode()
        parts += [struct.pack("<i", len(label)), label, struct.pack("<ii", 1, len(values))]
        parts.append(values.tobytes())
    label = source.encode()
    parts += [struct.pack("<ii", chunks, len(label)), label]
    path.write_bytes(b"".join(parts))


def read_importance(path: Path) -> dict[str, Floats]:
    """The matrix in a file.

    Raises:
        WorkshopError: it cannot be read, or is no importance matrix.
    """
    try:
        return _read(path.read_bytes())
    except OSError as error:
        raise WorkshopError(
            f"The importance matrix {path} cannot be read: {error.strerror}."
        ) from error
    except (struct.error, ValueError) as error:
        raise WorkshopError(
            f"{path} is no importance matrix, or is damaged; make it again with `aidpost quantize"
            " gguf`."
        ) from error


def _read(data: bytes) -> dict[str, Floats]:
    (count,) = struct.unpack_from("<i", data, 0)
    _within(count, _MOST_TABLES)
    found: dict[str, Floats] = {}
    at = 4
    for _ in range(count):
        (length,) = struct.unpack_from("<i", data, at)
        _within(length, _LONGEST_NAME)
        name = data[at + 4 : at + 4 + length].decode()
        calls, columns = struct.unpack_from("<ii", data, at + 4 + length)
        _within(calls, 1 << 30)
        _within(columns, _MOST_COLUMNS)
        at += 12 + length
        values = np.frombuffer(data, "<f4", columns, at).astype(np.float32) / np.float32(calls)
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise ValueError(name)
        found[name] = values
        at += 4 * columns
    return found


def _within(number: int, most: int) -> None:
    if not 0 < number <= most:
        message = f"{number} is not from 1 to {most}"
        raise ValueError(message)
