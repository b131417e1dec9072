"""Reads the tensors of ggml, the library under llama.cpp, while it computes.

The form of a tensor in memory is that of ggml 0.25 (ggml/include/ggml.h). It is compared with what
the library itself says of each tensor before anything in it is believed.
"""

import ctypes
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantize.errors import WorkshopError

_F32 = 0
_AXES, _SOURCES, _NAME, _SETTINGS = 4, 10, 64, 16
_PRODUCT = b"MUL_MAT"
_COUNTED = "blk."
"""Tables inside the layers; the output is rounded better without weighing (as llama.cpp does)."""


class _Tensor(ctypes.Structure):
    """`struct ggml_tensor`."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("buffer", ctypes.c_void_p),
        ("ne", ctypes.c_int64 * _AXES),
        ("nb", ctypes.c_size_t * _AXES),
        ("op", ctypes.c_int),
        ("op_params", ctypes.c_int32 * _SETTINGS),
        ("flags", ctypes.c_int32),
        ("src", ctypes.c_void_p * _SOURCES),
        ("view_src", ctypes.c_void_p),
        ("view_offs", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("name", ctypes.c_char * _NAME),
    )


@dataclass(slots=True)
class Collector:
    """Sums the squared inputs of the tables of weights; given to the engine as its watcher."""

    ggml: Any
    """The native library."""
    sums: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    strange: bool = False
    """Whether a tensor was not what its form says; then nothing was read from it."""

    def __post_init__(self) -> None:
        """Say what the functions of the library take and give."""
        self.ggml.ggml_op_desc.restype = ctypes.c_char_p
        self.ggml.ggml_op_desc.argtypes = (ctypes.c_void_p,)
        self.ggml.ggml_get_name.restype = ctypes.c_char_p
        self.ggml.ggml_get_name.argtypes = (ctypes.c_void_p,)
        self.ggml.ggml_nbytes.restype = ctypes.c_size_t
        self.ggml.ggml_nbytes.argtypes = (ctypes.c_void_p,)
        self.ggml.ggml_backend_tensor_get.restype = None
        self.ggml.ggml_backend_tensor_get.argtypes = (
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_size_t,
            ctypes.c_size_t,
        )

    def watch(self, at: int, ask: bool, _data: object) -> bool:  # noqa: FBT001 - ggml's own form
        """Called for each step: first whether its inputs are wanted, then with them computed."""
        if ask:
            return self._wanted(at)
        if not self.strange:
            self._add(at)
        return True

    def means(self) -> dict[str, NDArray[np.float32]]:
        """Mean of the squared inputs of each column.

        Raises:
            WorkshopError: the engine is another one than this module knows.
        """
        if self.strange or not self.sums:
            message = (
                "The importance matrix cannot be computed with the installed llama.cpp: its"
                " tensors are not as expected. Install the pinned version with `make llm`."
            )
            raise WorkshopError(message)
        return {
            name: (total / self.rows[name]).astype(np.float32) for name, total in self.sums.items()
        }

    def _wanted(self, at: int) -> bool:
        if self.ggml.ggml_op_desc(at) != _PRODUCT:
            return False
        step = _Tensor.from_address(at)
        if not step.src[0] or not step.src[1]:
            return False
        return bytes(self.ggml.ggml_get_name(step.src[0])).startswith(_COUNTED.encode())

    def _add(self, at: int) -> None:
        step = _Tensor.from_address(at)
        weights, inputs = _Tensor.from_address(step.src[0]), _Tensor.from_address(step.src[1])
        columns, rows = inputs.ne[0], inputs.ne[1] * inputs.ne[2] * inputs.ne[3]
        size = 4 * columns * rows
        believable = (
            inputs.type == _F32
            and columns == weights.ne[0]
            and weights.name == self.ggml.ggml_get_name(step.src[0])
            and size == self.ggml.ggml_nbytes(step.src[1])
        )
        if not believable:
            self.strange = True
            return
        values = np.empty((rows, columns), np.float32)
        self.ggml.ggml_backend_tensor_get(step.src[1], values.ctypes.data, 0, size)
        name = weights.name.decode()
        squares = np.einsum("ij,ij->j", values, values, dtype=np.float64)
        self.sums[name] = self.sums[name] + squares if name in self.sums else squares
        self.rows[name] = self.rows.get(name, 0) + rows
