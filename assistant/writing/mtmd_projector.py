"""The projector of a language model that sees: it turns a picture into what the model can read.

Through llama.cpp's multimodal interface, but through its narrow part only. Pictures are handed over
as pixels, so nothing here decodes a file or opens an address; and no text passes through it, so no
text can stand for a picture: its marker for pictures is never looked for.
"""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from assistant.errors import ModelError
from assistant.writing.llama import picture_library
from assistant.writing.llama_device import BATCH, Loaded
from assistant.writing.model_file import check_header, damaged
from assistant.writing.mtmd_picture import Picture

DOES_NOT_FIT = (
    "The projector {file} does not belong to this language model, so it cannot be shown pictures."
    " Install the model again together with its own projector."
)
NO_EYES = (
    "The projector {file} is not made for pictures. Install the model again together with its own"
    " projector."
)
UNREADABLE = "The language model could not read this picture."
TOO_LARGE = "This picture takes more room than this language model has for one."

MOST_TOKENS = 1024
"""Of a picture, where the projector can choose; more would take too long without a graphics card.

Never more than half of what the model can read, so that there is room for a question.
"""
_TEXT, _IMAGE = 0, 1
_NODES_BETWEEN_LOOKS = 16
_ABORTED = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of what a picture becomes: marks around it, or a part of the picture itself."""

    tokens: tuple[int, ...]
    """Marks; empty for a part of the picture."""
    native: Any
    count: int
    """Places in the context that it takes."""
    steps: int
    """Positions that it takes; with positions in two dimensions fewer than places."""


class Projector:
    """An open projector. Not safe for threads."""

    def __init__(self, path: Path, loaded: Loaded, threads: int) -> None:
        """Open a projector for a language model.

        Raises:
            ModelDamaged: The file is not a projector.
            ModelError: It is not made for pictures, or belongs to another language model.
        """
        header = check_header(path)
        if header.architecture != "clip":
            raise damaged(path, "it is not a projector for pictures")
        if header.entries.get("clip.has_vision_encoder") is not True:
            raise ModelError(NO_EYES.format(file=path.name))
        self._lib = picture_library()
        self._stop: Callable[[], bool] = lambda: False
        self._nodes = 0
        self._room = min(BATCH, loaded.context_length)
        params = self._params(threads, gpu=loaded.device == "gpu")
        params.image_max_tokens = min(MOST_TOKENS, loaded.context_length // 2)
        self._context = self._lib.mtmd_init_from_file(bytes(path), loaded.model, params)
        if not self._context:
            raise _why_not(self._lib, path, params)
        if not self._lib.mtmd_support_vision(self._context):
            self.close()
            raise ModelError(NO_EYES.format(file=path.name))

    @contextmanager
    def parts(self, picture: Picture) -> Iterator[tuple[Part, ...]]:
        """What a picture becomes, as long as the context is open.

        Raises:
            ModelError: The projector cannot read it.
        """
        lib = self._lib
        pixels = (ctypes.c_uint8 * len(picture.data)).from_buffer_copy(picture.data)
        bitmap = lib.mtmd_bitmap_init(picture.width, picture.height, pixels)
        chunks = lib.mtmd_input_chunks_init()
        try:
            part = lib.mtmd_input_part(None, bitmap)
            only = (ctypes.POINTER(lib.mtmd_input_part) * 1)(ctypes.pointer(part))
            if lib.mtmd_tokenize_from_parts(self._context, chunks, only, 1, False):  # noqa: FBT003
                raise ModelError(UNREADABLE)
            size = lib.mtmd_input_chunks_size(chunks)
            yield tuple(self._part(lib.mtmd_input_chunks_get(chunks, at)) for at in range(size))
        finally:
            lib.mtmd_input_chunks_free(chunks)
            lib.mtmd_bitmap_free(bitmap)

    def encode(self, part: Part, stop: Callable[[], bool]) -> None:
        """Turn a part of a picture into numbers, unless `stop` says that no one waits for them.

        Raises:
            ModelError: The projector cannot read it.
        """
        self._stop, self._nodes = stop, 0
        try:
            failed = self._lib.mtmd_encode_chunk(self._context, part.native)
        finally:
            self._stop = lambda: False
        if failed:
            raise ModelError(UNREADABLE)

    def read(self, part: Part, into: Any, at: int) -> bool:  # noqa: ANN401
        """Put what was encoded into the context of the model; False if that was interrupted.

        Args:
            part: What was encoded last.
            into: The context of the language model.
            at: The position at which it stands.

        Raises:
            ModelError: The language model cannot read it.
        """
        lib = self._lib
        after = ctypes.c_int32(at)
        code = lib.mtmd_helper_decode_image_chunk(
            self._context,
            into,
            part.native,
            lib.mtmd_get_output_embd(self._context),
            at,
            0,
            self._room,
            ctypes.byref(after),
            lib.mtmd_helper_post_decode_callback(),
            None,
        )
        if code and code != _ABORTED:
            raise ModelError(UNREADABLE)
        return bool(code == 0)

    def close(self) -> None:
        """Free the memory of the projector; it cannot be used afterwards."""
        self._lib.mtmd_free(self._context)

    def _part(self, native: Any) -> Part:  # noqa: ANN401
        lib = self._lib
        kind = lib.mtmd_input_chunk_get_type(native)
        count = int(lib.mtmd_input_chunk_get_n_tokens(native))
        if kind == _TEXT:
            size = ctypes.c_size_t()
            found = lib.mtmd_input_chunk_get_tokens_text(native, ctypes.byref(size))
            return Part(tuple(found[: size.value]), None, count, count)
        if kind != _IMAGE:
            raise ModelError(UNREADABLE)
        # The engine ends the process where attention in both directions is cut in pieces.
        if count > self._room and lib.mtmd_decode_use_non_causal(self._context, native):
            raise ModelError(TOO_LARGE)
        return Part((), native, count, int(lib.mtmd_input_chunk_get_n_pos(native)))

    def _params(self, threads: int, *, gpu: bool) -> Any:  # noqa: ANN401
        lib = self._lib
        params = lib.mtmd_context_params_default()
        params.use_gpu = gpu
        params.n_threads = threads
        # The trial run would encode a picture of full size before anyone has asked for one.
        params.warmup = params.print_timings = False
        kind = dict(lib.mtmd_context_params._fields_)["cb_eval"]
        # Kept, because native code calls it for as long as the projector is open.
        self._watch = kind(self._goes_on)
        params.cb_eval = self._watch
        return params

    def _goes_on(self, _node: Any, asks: bool, _data: Any) -> bool:  # noqa: ANN401, FBT001
        """Called for each step of the encoder; the engine has no other way to stop it.

        First asked whether to look after this step, then whether to go on.
        """
        if not asks:
            return not self._stop()
        self._nodes += 1
        return self._nodes % _NODES_BETWEEN_LOOKS == 0


def _why_not(lib: ModuleType, path: Path, params: Any) -> ModelError:  # noqa: ANN401
    """Why a projector does not open: it opens without the model, or it does not open at all."""
    alone = lib.mtmd_init_from_file(bytes(path), None, params)
    if not alone:
        return damaged(path, "it is damaged or of a kind this program does not know")
    lib.mtmd_free(alone)
    return ModelError(DOES_NOT_FIT.format(file=path.name))
