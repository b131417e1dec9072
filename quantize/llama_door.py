"""The workshop's door to llama.cpp: the only module of `quantize` that imports `llama_cpp`.

A damaged file can take the process down, so it is used in a process of its own
(`quantize.gguf_child`). It uses the C interface, never the wrapper class.
"""

import ctypes
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from quantize.errors import WorkshopError
from quantize.gguf_kinds import KINDS
from quantize.importance import Importance
from quantize.native_tensors import Collector

NOT_INSTALLED = "llama.cpp is not installed, or does not start; `make llm` installs it."


def library() -> ModuleType:
    """Import llama.cpp, silenced.

    Raises:
        WorkshopError: it is not installed or cannot be loaded.
    """
    try:
        from llama_cpp import llama_cpp as lib  # noqa: PLC0415
    except (ImportError, OSError, RuntimeError) as error:
        raise WorkshopError(NOT_INSTALLED) from error
    lib.llama_log_set(_silence(), None)
    lib.llama_backend_init()
    return lib


def engine_version() -> str:
    """Version of llama.cpp's Python package."""
    return version("llama-cpp-python")


@cache
def _silence() -> Any:  # noqa: ANN401
    """A log receiver that drops everything; cached, because native code keeps its address."""
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
    return kind(lambda _level, _text, _data: None)


def schema_grammar(schema: str) -> str:
    """The grammar of a JSON schema."""
    from llama_cpp.llama_grammar import json_schema_to_gbnf  # noqa: PLC0415

    text: str = json_schema_to_gbnf(schema)
    return text


def new_collector() -> Collector:
    """Something that sums the inputs of the weights of an `Engine`."""
    from llama_cpp._ggml import libggml  # noqa: PLC0415

    library()
    return Collector(libggml)


def shrink(
    source: Path, target: Path, kind: str, importance: Importance | None, threads: int
) -> None:
    """Write a GGUF file again with weights of another kind.

    Args:
        source: a GGUF file with full or half precision.
        target: the file to write.
        kind: one of `KINDS`.
        importance: how much each column of the weights matters; None for all alike.
        threads: threads to use.

    Raises:
        WorkshopError: llama.cpp refuses.
    """
    if kind not in KINDS:
        raise WorkshopError(f"The kind {kind} is not known. Known: {', '.join(KINDS)}.")
    lib = library()
    params = lib.llama_model_quantize_default_params()
    params.ftype = getattr(lib, f"LLAMA_FTYPE_MOSTLY_{kind}")
    params.nthread = threads
    # The list must outlive the call.
    rows = _native(lib, importance or {})
    if importance:
        params.imatrix = rows
    if lib.llama_model_quantize(bytes(source), bytes(target), ctypes.byref(params)) != 0:
        raise WorkshopError(
            f"llama.cpp cannot turn {source.name} into {kind}: the file is damaged, is already"
            " small, or the disk is full."
        )


def _native(lib: ModuleType, importance: Importance) -> Any:  # noqa: ANN401
    rows = (lib.llama_model_imatrix_data * (len(importance) + 1))()
    for row, (name, values) in zip(rows, importance.items(), strict=False):
        kept = (ctypes.c_float * len(values))(*values.tolist())
        row.name, row.data, row.size = name.encode(), kept, len(values)
    return rows
